//! Numbers as figures write them.

/// A tick's label, with the decimals that the step between ticks needs.
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

/// A value in three significant digits, without trailing zeros.
pub fn brief(value: f64) -> String {
    brief_within(value, 0.0)
}

/// The same with as many more digits as tell values apart that lie within a range of that width.
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

/// Several values to be held against each other: as many decimals for all as the least of them takes for three
/// significant digits and their differences for two, or as each takes for itself where they are too far apart
/// for that.
pub fn briefs(values: &[f64]) -> Vec<String> {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let sizes = || finite().map(f64::abs).filter(|size| *size > 0.0);
    let (least, most) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let width = width(finite());
    if least < 1e-4 || most >= 1e6 || most / least > 1e3 {
        return values.iter().map(|value| brief_within(*value, width)).collect();
    }
    let decimals = decimals(least, width).clamp(0.0, 8.0) as usize;
    let written = |value: &f64| {
        if value.is_finite() { minus(&format!("{value:.decimals$}")) } else { brief(*value) }
    };
    values.iter().map(written).collect()
}

/// How far apart the least and the greatest of finite values are.
pub fn width(values: impl Iterator<Item = f64> + Clone) -> f64 {
    values.clone().fold(f64::MIN, f64::max) - values.fold(f64::MAX, f64::min)
}

/// The decimals of three significant digits of a value, or of two of the differences within a range of a
/// width, whichever are more.
fn decimals(value: f64, width: f64) -> f64 {
    let three = 2.0 - magnitude(value);
    if width > 0.0 && width.is_finite() { three.max(1.0 - magnitude(width)) } else { three }
}

/// The power of ten of a value's first digit.
fn magnitude(value: f64) -> f64 {
    value.abs().log10().floor()
}

/// `1.25e-7`, with no more than `digits` after the point and none that say nothing.
fn scientific(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    minus(&format!("{mantissa}e{exponent}"))
}

/// A real minus sign in front.
fn minus(text: &str) -> String {
    text.strip_prefix('-').map_or_else(|| text.to_owned(), |rest| format!("−{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_that_say_something() {
        assert_eq!(brief(0.015_849), "0.0158");
        assert_eq!(brief(-1234.5), "−1234");
        assert_eq!(brief(1e-5), "1e-5");
        assert_eq!(brief(f64::NAN), "–");
    }

    #[test]
    fn ticks_that_are_near_to_each_other_have_labels_of_their_own() {
        assert_eq!(label(1.002e-5, 2e-8), "1.002e-5");
        assert_eq!(label(2.5e7, 5e6), "2.5e7");
        assert_eq!(label(-12_000_004.0, 2.0), "−1.2000004e7");
        assert_eq!((label(0.0, 1e-6), label(0.25, 0.05)), ("0".to_owned(), "0.25".to_owned()));
    }

    #[test]
    fn numbers_beside_each_other_have_the_same_decimals() {
        assert_eq!(briefs(&[0.45, 0.4512, f64::NAN, -0.5]), ["0.450", "0.451", "–", "−0.500"]);
        assert_eq!(briefs(&[18.25, 9.5, 0.0]), ["18.25", "9.50", "0.00"]);
        assert_eq!(briefs(&[0.001, 12.0]), ["0.001", "12"], "too far apart");
        assert_eq!(briefs(&[f64::NAN]), ["–"]);
    }

    #[test]
    fn numbers_that_are_near_to_each_other_are_not_all_written_alike() {
        assert_eq!(briefs(&[13.157, 13.168, 13.189]), ["13.157", "13.168", "13.189"]);
        assert_eq!(briefs(&[1.2345e-5, 1.2349e-5, f64::NAN]), ["1.2345e-5", "1.2349e-5", "–"]);
        assert_eq!(briefs(&[2_000_000.0, 2_000_300.0]), ["2e6", "2.0003e6"]);
        assert_eq!(briefs(&[13.157, 13.157]), ["13.2", "13.2"], "there is nothing to tell apart");
        assert_eq!(brief_within(1000.25, 0.5), "1000.25");
    }
}
