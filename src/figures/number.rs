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
    if !value.is_finite() {
        return if value.is_nan() { "–".to_owned() } else { minus(&value.to_string()) };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-4..1e6).contains(&value.abs()) {
        return scientific(value, 2);
    }
    let decimals = (2.0 - value.abs().log10().floor()).clamp(0.0, 8.0) as usize;
    let text = format!("{value:.decimals$}");
    let short = if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    };
    minus(&short)
}

/// Several values to be held against each other: as many decimals for all as the least of them takes for three
/// significant digits, or as each takes for itself where they are too far apart for that.
pub fn briefs(values: &[f64]) -> Vec<String> {
    let sizes =
        || values.iter().map(|value| value.abs()).filter(|size| *size > 0.0 && size.is_finite());
    let (least, most) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    if least < 1e-4 || most >= 1e6 || most / least > 1e3 {
        return values.iter().map(|value| brief(*value)).collect();
    }
    let decimals = (2.0 - least.log10().floor()).clamp(0.0, 8.0) as usize;
    let written = |value: &f64| {
        if value.is_finite() { minus(&format!("{value:.decimals$}")) } else { brief(*value) }
    };
    values.iter().map(written).collect()
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
}
