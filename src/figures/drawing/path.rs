//! Numbers and paths of SVG, in few characters.

use crate::figures::raster::Point;

/// The data of a path. Its coordinates are relative, which takes fewer digits.
#[derive(Debug, Default)]
pub(super) struct Path {
    pub data: String,
    /// The current point, in hundredths.
    at: (i64, i64),
}

impl Path {
    /// Returns a path through points.
    pub fn through(points: &[Point]) -> Self {
        let mut path = Self::default();
        for (i, point) in points.iter().enumerate() {
            path.step(if i == 0 { 'm' } else { 'l' }, &[*point]);
        }
        path
    }

    /// Appends a command whose last point becomes the current one.
    pub fn step(&mut self, command: char, points: &[Point]) {
        let from = self.at;
        self.data.push(command);
        for (i, point) in points.iter().enumerate() {
            self.at = (hundredths(point.0), hundredths(point.1));
            for (j, by) in [self.at.0 - from.0, self.at.1 - from.1].into_iter().enumerate() {
                if by >= 0 && i + j > 0 {
                    self.data.push(' ');
                }
                self.data.push_str(&decimal(by));
            }
        }
    }
}

/// Writes a number with at most two decimals.
pub(super) fn number(value: f32) -> String {
    decimal(hundredths(value))
}

fn hundredths(value: f32) -> i64 {
    // Enough for any image; far larger numbers could overflow their differences.
    (f64::from(value) * 100.0).round().clamp(-1e12, 1e12) as i64
}

/// Writes hundredths as a decimal number without superfluous zeros.
fn decimal(hundredths: i64) -> String {
    let sign = if hundredths < 0 { "-" } else { "" };
    let (whole, part) = (hundredths.abs() / 100, hundredths.abs() % 100);
    match (whole, part) {
        (_, 0) => format!("{sign}{whole}"),
        (0, _) => format!("{sign}.{part:02}").trim_end_matches('0').to_owned(),
        _ => format!("{sign}{whole}.{part:02}").trim_end_matches('0').to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_within_a_hundredth() {
        let values = [0.0, -0.001, 0.5, -0.25, 12.0, 100.0, 1160.75, -3.147, 0.05];
        let written = values.map(number);
        assert_eq!(written, ["0", "0", ".5", "-.25", "12", "100", "1160.75", "-3.15", ".05"]);
    }

    #[test]
    fn rounding_does_not_add_up_along_a_path() {
        let points: Vec<Point> = (0..300).map(|i| (i as f32 / 3.0, -1.0)).collect();
        let path = Path::through(&points);
        assert!(path.data.starts_with("m0-1l.33 0l.34 0l.33 0"), "{}", path.data);
        assert_eq!(path.at, (9967, -100));
    }
}
