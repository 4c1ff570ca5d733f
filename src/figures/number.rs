//! Number formats for figures.

use crate::statistics::range;

/// Formats the label of a tick with as many decimals as the step between ticks needs.
pub fn label(value: f64, step: f64) -> String {
    let largest = value.abs().max(step);
    if !(1e-4..1e6).contains(&largest) && value != 0.0 {
        let apart = largest.log10().floor() - step.log10().floor();
        return scientific(value, apart.clamp(2.0, 8.0) as usize);
    }
    let decimals = (-step.log10().floor()).clamp(0.0, 8.0) as usize;
    let text = format!("{value:.decimals$}");
    if text.trim_start_matches(['-', '0', '.']).is_empty() { "0".to_owned() } else { minus(&text) }
}

/// Formats a value with three significant digits, without trailing zeros.
pub fn brief(value: f64) -> String {
    brief_within(value, 0.0)
}

/// Formats a value with enough additional digits to distinguish values within a range of this width.
pub fn brief_within(value: f64, width: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "–".to_owned() } else { minus(&value.to_string()) };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let decimals = decimals(value, width);
    if !(1e-4..1e6).contains(&value.abs()) {
        return scientific(value, (decimals + magnitude(value)).clamp(2.0, 8.0) as usize);
    }
    let decimals = decimals.clamp(0.0, 8.0) as usize;
    let text = format!("{value:.decimals$}");
    let short = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    };
    minus(&short)
}

/// Formats values for comparison with equal decimals: enough for three significant digits of the smallest and
/// two of their differences, and to tell all of them apart as far as five digits do. If their magnitudes differ too
/// much, each value gets its own.
pub fn briefs(values: &[f64]) -> Vec<String> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let sizes = || finite().map(f64::abs).filter(|size| *size > 0.0);
    let (least, most) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let width = width(finite());
    if least < 1e-4 || most >= 1e6 || most / least > 1e3 {
        return values.iter().map(|value| brief_within(*value, width)).collect();
    }
    let mut distinct: Vec<f64> = finite().collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let written = |decimals: usize| distinct.iter().map(move |value| format!("{value:.decimals$}"));
    let tells_apart = |decimals: &usize| {
        written(*decimals).zip(written(*decimals).skip(1)).all(|(one, next)| one != next)
    };
    let fewest = decimals(least, width).clamp(0.0, 8.0) as usize;
    let most = (4.0 - magnitude(most)).clamp(0.0, 8.0) as usize;
    let decimals = (fewest..=most).find(tells_apart).unwrap_or(fewest.max(most));
    let format = |value: &f64| {
        if value.is_finite() { minus(&format!("{value:.decimals$}")) } else { brief(*value) }
    };
    values.iter().map(format).collect()
}

/// Returns the difference between the largest and the smallest of finite values.
pub fn width(values: impl Iterator<Item = f64>) -> f64 {
    range(values).map_or(f64::NEG_INFINITY, |(least, most)| most - least)
}

/// Returns the decimals for three significant digits of a value, or for two of the differences within a range
/// of this width, whichever is more.
fn decimals(value: f64, width: f64) -> f64 {
    let three = 2.0 - magnitude(value);
    if width > 0.0 && width.is_finite() { three.max(1.0 - magnitude(width)) } else { three }
}

/// Returns the power of ten of a value's first digit.
fn magnitude(value: f64) -> f64 {
    value.abs().log10().floor()
}

/// Formats `1.25e-7`, with up to `digits` decimals and no trailing zeros.
fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    minus(&format!("{mantissa}e{exponent}"))
}

/// Replaces a leading hyphen with a minus sign.
fn minus(text: &str) -> String {
    text.strip_prefix('-').map_or_else(|| text.to_owned(), |rest| format!("−{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_significant_digits() {
        assert_eq!(brief(0.015_849), "0.0158");
        assert_eq!(brief(-1234.5), "−1234");
        assert_eq!(brief(1e-5), "1e-5");
        assert_eq!(brief(f64::NAN), "–");
    }

    #[test]
    fn close_ticks_have_distinct_labels() {
        assert_eq!(label(1.002e-5, 2e-8), "1.002e-5");
        assert_eq!(label(2.5e7, 5e6), "2.5e7");
        assert_eq!(label(-12_000_004.0, 2.0), "−1.2000004e7");
        assert_eq!((label(0.0, 1e-6), label(0.25, 0.05)), ("0".to_owned(), "0.25".to_owned()));
    }

    #[test]
    fn compared_numbers_have_the_same_decimals() {
        assert_eq!(briefs(&[0.45, 0.4512, f64::NAN, -0.5]), ["0.450", "0.451", "–", "−0.500"]);
        assert_eq!(briefs(&[18.25, 9.5, 0.0]), ["18.25", "9.50", "0.00"]);
        assert_eq!(briefs(&[0.001, 12.0]), ["0.001", "12"], "too far apart");
        assert_eq!(briefs(&[f64::NAN]), ["–"]);
    }

    #[test]
    fn close_numbers_are_written_differently() {
        assert_eq!(briefs(&[13.157, 13.168, 13.189]), ["13.157", "13.168", "13.189"]);
        assert_eq!(briefs(&[1.2345e-5, 1.2349e-5, f64::NAN]), ["1.2345e-5", "1.2349e-5", "–"]);
        assert_eq!(briefs(&[2_000_000.0, 2_000_300.0]), ["2e6", "2.0003e6"]);
        assert_eq!(briefs(&[13.157, 13.157]), ["13.2", "13.2"], "equal values need no more digits");
        assert_eq!(brief_within(1000.25, 0.5), "1000.25");
        let close = [16.56, 19.58, 19.63];
        assert_eq!(briefs(&close), ["16.56", "19.58", "19.63"], "though others are far away");
        assert_eq!(briefs(&[16.0, 19.580_01, 19.580_02]), ["16.000", "19.580", "19.580"]);
    }
}
