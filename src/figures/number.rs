//! Numbers as figures write them.

/// A tick's label, with the decimals that the step between ticks needs.
pub fn label(value: f64, step: f64) -> String {
    let largest = value.abs().max(step);
    if !(1e-4..1e6).contains(&largest) && value != 0.0 {
        return scientific(value, 2);
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
}
