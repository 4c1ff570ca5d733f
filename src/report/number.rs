//! Numbers and durations as they are shown.

use super::group::Stat;
use std::time::Duration;

/// Significant digits of a figure.
const DIGITS: usize = 5;

/// A value in five significant digits: `0.049510`, `13.195`, `1.0000e-7`.
pub fn figure(value: f64) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let size = exponent(value);
    if value != 0.0 && !(-5..9).contains(&size) {
        return format!("{value:.*e}", DIGITS - 1);
    }
    format!("{value:.*}", decimals(size, DIGITS))
}

/// A mean with its deviation, `0.04951 ± 0.00012`, or alone where there is none.
pub fn stat(stat: &Stat) -> String {
    match stat.deviation {
        None => figure(stat.mean),
        Some(deviation) => format!("{} ± {}", figure(stat.mean), short(deviation)),
    }
}

/// A value in two significant digits, for deviations and differences.
pub fn short(value: f64) -> String {
    let size = exponent(value);
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    if (-5..9).contains(&size) {
        return format!("{value:.*}", decimals(size, 2));
    }
    format!("{value:.1e}")
}

/// A difference with its sign, `+0.0012` or `−0.0012`.
pub fn signed(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    format!("{}{}", if value < 0.0 { '−' } else { '+' }, short(value.abs()))
}

/// A share in percent, `4.5 %`; none of nothing, and where it would be `0.0 %`.
pub fn percent(part: f64, whole: f64) -> Option<String> {
    let share = 100.0 * part / whole;
    let decimals = usize::from(share.abs() < 10.0);
    (share.is_finite() && share.abs() >= 0.05).then(|| format!("{share:.decimals$} %"))
}

/// Seconds as people say them.
pub fn duration(seconds: f64) -> String {
    let whole = Duration::try_from_secs_f64(seconds).unwrap_or_default().as_secs();
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, s) if s < 10 => format!("{seconds:.1} s"),
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s:02} s"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}

/// Names in a sentence: `a`, `a and b`, `a, b and c`.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn exponent(value: f64) -> i32 {
    if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 }
}

fn decimals(exponent: i32, digits: usize) -> usize {
    (digits.cast_signed() as i32 - 1 - exponent).max(0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_five_digits_and_deviations_two() {
        let shown = [0.049_510_397, 13.195_24, 0.0, 1e-7, 178_001.0, -2.5].map(figure);
        assert_eq!(shown, ["0.049510", "13.195", "0.0000", "1.0000e-7", "178001", "-2.5000"]);
        let stat = Stat { mean: 0.5, deviation: Some(0.001_23), count: 2, complete: true };
        assert_eq!(super::stat(&stat), "0.50000 ± 0.0012");
        assert_eq!([signed(-0.00123), signed(12.0), signed(0.0)], ["−0.0012", "+12", "0"]);
    }

    #[test]
    fn shares_and_durations_read_as_people_say_them() {
        assert_eq!(percent(1.0, 8.0).as_deref(), Some("12 %"));
        assert_eq!(percent(0.02, 1.0).as_deref(), Some("2.0 %"));
        assert_eq!([percent(1.0, 0.0), percent(0.0, 0.0), percent(0.000_4, 1.0)], [None, None, None]);
        assert_eq!([3.21, 75.0, 4000.0].map(duration), ["3.2 s", "1 min 15 s", "1 h 06 min"]);
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!([listed(&names), listed(&names[..2])], ["a, b and c", "a and b"]);
    }
}
