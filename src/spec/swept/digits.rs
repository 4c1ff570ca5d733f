//! Rounds numbers to few significant digits.

/// Minimum number of significant digits of a generated value.
pub(super) const LEAST: usize = 6;
/// Number of digits in addition to those that the ends of a narrow range have in common.
const BEYOND: f64 = 5.0;
/// Number of digits that represents every float exactly.
const MOST: usize = 17;

/// Returns the number of significant digits for values drawn from a range, large enough that a narrow range
/// contains at least a thousand different values.
pub(super) fn of_range(from: f64, to: f64) -> usize {
    let common = (from.abs().max(to.abs()) / (to - from)).log10().floor();
    ((common + BEYOND).max(0.0) as usize).clamp(LEAST, MOST)
}

/// Returns the number of significant digits for values drawn from a range and then rounded to integers: at
/// least one decimal.
pub(super) fn of_integers(from: f64, to: f64) -> usize {
    let before = from.abs().max(to.abs()).log10().floor() + 1.0;
    ((before + 1.0).max(0.0) as usize).clamp(LEAST, MOST)
}

/// Rounds a number to `digits` significant digits.
pub(super) fn rounded(value: f64, digits: usize) -> f64 {
    format!("{value:.*e}", digits - 1).parse().unwrap_or(value)
}

/// Returns how many numbers of `digits` significant digits lie in a range, plus its ends; `None` if the range
/// contains 0, around which there is no smallest such number.
pub(super) fn count(from: f64, to: f64, digits: usize) -> Option<u64> {
    if from < 0.0 && to < 0.0 {
        return count(-to, -from, digits);
    }
    if from <= 0.0 {
        return None;
    }
    let ([below, _], [_, above]) = (places(from, digits), places(to, digits));
    Some(u64::try_from(above - below).unwrap_or(u64::MAX).saturating_add(1))
}

/// Returns the indices, counted from that of 1, of the numbers of `digits` significant digits around a
/// positive number: the last one not above it, and the first one not below it.
fn places(value: f64, digits: usize) -> [i128; 2] {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let figures: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let figures: u64 = format!("{figures:0<MOST$}").parse().unwrap_or_default();
    let exponent: i128 = exponent.parse().unwrap_or_default();
    let step = 10_u64.pow((MOST - digits) as u32);
    let one = 10_i128.pow(digits as u32 - 1);
    [figures / step, figures.div_ceil(step)].map(|kept| i128::from(kept) - one + 9 * one * exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_ranges_have_six_digits_and_narrow_ones_more() {
        for (from, to) in [
            (0.0, 1.0),
            (0.5, 1.0),
            (0.9, 0.999),
            (-1.0, 1.0),
            (1e-4, 1e-2),
            (0.0, 1e300),
            (16.0, 256.0),
        ] {
            assert_eq!(of_range(from, to), 6, "{from} to {to}");
        }
        assert_eq!(of_range(0.123_456_1, 0.123_456_4), 10);
        assert_eq!(of_range(1.0, 1.0_f64.next_up()), 17);
        assert_eq!([of_integers(2.0, 64.0), of_integers(0.0, 99_999.0)], [6, 6]);
        assert_eq!(of_integers(123_456_100.0, 123_456_400.0), 10);
    }

    #[test]
    fn numbers_in_a_range_are_counted() {
        for (from, to, digits) in [
            (0.1_f64, 0.2, 3),
            (0.105, 0.2061, 2),
            (0.95, 1.3, 2),
            (9.0, 1100.0, 2),
            (1.0, 10.0, 1),
            (1e-4, 1e-2, 2),
        ] {
            // Counts by stepping through the range much more finely than the numbers are spaced.
            let finest = 10_f64.powi(f64::floor(from.log10()) as i32 - 1 - digits);
            let digits = digits as usize;
            let mut all: Vec<f64> = (0..=((to - from) / finest) as usize)
                .map(|index| rounded(from + finest * index as f64, digits).clamp(from, to))
                .chain([from, to])
                .collect();
            all.sort_by(f64::total_cmp);
            all.dedup();
            assert_eq!(count(from, to, digits), Some(all.len() as u64), "{from} to {to}");
            assert_eq!(count(-to, -from, digits), count(from, to, digits));
        }
        assert_eq!([count(0.0, 1.0, 6), count(-1.0, 1.0, 6)], [None; 2]);
        assert_eq!(count(1.5, 1.5 + 1e-12, MOST), Some(10_001), "finer than floats are");
    }
}
