//! Formats numbers for people.

use std::time::Duration;

/// Significant digits of a figure.
const DIGITS: i32 = 5;

/// Formats a number with as few digits as possible: `1`, `0.25`, `1e30`.
pub fn number(value: f64) -> String {
    // Turns -0 into 0.
    let value = value + 0.0;
    if value == 0.0 || (1e-5..1e15).contains(&value.abs()) {
        value.to_string()
    } else {
        format!("{value:?}")
    }
}

/// Formats a value with five significant digits: `0.049510`, `13.195`, `1.0000e-7`.
pub fn figure(value: f64) -> String {
    significant(value, DIGITS)
}

/// Formats one of several values below each other, such as the losses of epochs, with five decimals, `0.04951`,
/// or with three significant digits if that shows more: `0.000123`, `2.22e-7`.
pub fn decimals(value: f64) -> String {
    if value == 0.0 || value.abs() >= 1e-3 { format!("{value:.5}") } else { significant(value, 3) }
}

/// Formats a value with two significant digits, for deviations and differences.
pub fn short(value: f64) -> String {
    if value == 0.0 { "0".into() } else { significant(value, 2) }
}

/// Formats a difference with its sign: `+0.0012` or `−0.0012`.
pub fn signed(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    format!("{}{}", if value < 0.0 { '−' } else { '+' }, short(value.abs()))
}

/// Joins a mean with its deviation, if any: `0.04951 ± 0.00012`.
pub fn with_deviation(mean: String, deviation: Option<String>) -> String {
    [mean].into_iter().chain(deviation).collect::<Vec<_>>().join(" ± ")
}

/// Formats a share in percent: `4.5 %`. Returns `None` if `whole` is 0 or the result would be `0.0 %`.
pub fn percent(part: f64, whole: f64) -> Option<String> {
    let share = 100.0 * part / whole;
    let decimals = usize::from(share.abs() < 10.0);
    (share.is_finite() && share.abs() >= 0.05).then(|| format!("{share:.decimals$} %"))
}

/// Formats a duration in seconds: `1h 20m`, `3m 05s`, `12s` or `4.9s`; `?` if it is negative or too large.
pub fn duration(seconds: f64) -> String {
    let Ok(exact) = Duration::try_from_secs_f64(seconds) else { return "?".into() };
    let whole = exact.saturating_add(Duration::from_millis(500)).as_secs();
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        _ if seconds < 9.95 => format!("{seconds:.1}s"),
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m {s:02}s"),
        (h, m, _) => format!("{h}h {m:02}m"),
    }
}

/// Formats a value with `digits` significant digits, with an exponent if it is far from 1.
fn significant(value: f64, digits: i32) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let decimals = |places: i32| usize::try_from(places).unwrap_or(0);
    // The power of ten that it has once it is rounded.
    let rounded = format!("{value:.*e}", decimals(digits - 1));
    let size = rounded.rsplit('e').next().and_then(|size| size.parse().ok()).unwrap_or(0);
    if (-5..9).contains(&size) {
        format!("{value:.*}", decimals(digits - 1 - size))
    } else {
        rounded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_far_from_one_have_exponents() {
        let texts = [-0.0, 1.0, -0.25, 1e-5, 1e-30, 1e30].map(number);
        assert_eq!(texts, ["0", "1", "-0.25", "0.00001", "1e-30", "1e30"]);
    }

    #[test]
    fn figures_have_five_digits_and_deviations_two() {
        let shown = [0.049_510_397, 13.195_24, 0.0, 1e-7, 178_001.0, -2.5].map(figure);
        assert_eq!(shown, ["0.049510", "13.195", "0.0000", "1.0000e-7", "178001", "-2.5000"]);
        assert_eq!([9.999_996, 0.099_999_96].map(figure), ["10.000", "0.10000"], "rounded up");
        assert_eq!([0.0996, 9.96].map(short), ["0.10", "10"], "rounded up");
        assert_eq!([f64::NAN, f64::NEG_INFINITY].map(figure), ["NaN", "-inf"]);
        assert_eq!([signed(-0.00123), signed(12.0), signed(0.0)], ["−0.0012", "+12", "0"]);
        let told = with_deviation(figure(0.5), Some(short(0.001_23)));
        assert_eq!(told, "0.50000 ± 0.0012");
        assert_eq!(with_deviation(figure(0.5), None), "0.50000");
    }

    #[test]
    fn a_small_loss_is_not_shown_as_zeros() {
        let shown = [0.014_559, 12.736_97, 0.001, -0.000_123_4, 2.224_6e-7, 0.0, f64::NAN];
        assert_eq!(
            shown.map(decimals),
            ["0.01456", "12.73697", "0.00100", "-0.000123", "2.22e-7", "0.00000", "NaN"]
        );
        assert_eq!(decimals(0.000_098_7), "0.0000987");
    }

    #[test]
    fn shares_read_as_people_say_them() {
        assert_eq!(percent(1.0, 8.0).as_deref(), Some("12 %"));
        assert_eq!(percent(0.02, 1.0).as_deref(), Some("2.0 %"));
        assert_eq!(
            [percent(1.0, 0.0), percent(0.0, 0.0), percent(0.000_4, 1.0)],
            [None, None, None]
        );
    }

    #[test]
    fn durations_are_rounded_and_short_ones_show_tenths_of_a_second() {
        let texts = [0.0, 0.26, 4.987, 9.96, 12.0, 59.6, 185.4, 4800.0, 1e300, -1.0].map(duration);
        assert_eq!(
            texts,
            ["0.0s", "0.3s", "5.0s", "10s", "12s", "1m 00s", "3m 05s", "1h 20m", "?", "?"]
        );
    }
}
