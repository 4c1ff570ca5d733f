//! Maps values to colours, and draws the bar that explains them.

use super::{
    drawing::Drawing,
    number::{brief_within, briefs},
    style::{Colour, INK, SOFT, TICK, between},
    text::{self, Across, Along, Style, Turn},
};
use crate::statistics::range;
use image::Rgb;

/// Width of a bar in pixels, including the gap and its labels.
pub const BAR: f32 = 160.0;
/// Gap before the bar, in pixels.
pub const GAP: f32 = 36.0;

/// A sequential ramp from low to high with even lightness steps, readable with any colour vision: eight
/// samples in the spirit of viridis, without its darkest end, so that text stays readable.
const RAMP: [Colour; 8] = [
    Rgb([62, 56, 130]),
    Rgb([54, 90, 140]),
    Rgb([44, 115, 142]),
    Rgb([33, 144, 140]),
    Rgb([39, 173, 129]),
    Rgb([92, 200, 99]),
    Rgb([170, 220, 50]),
    Rgb([240, 229, 60]),
];

/// Returns the ramp's colour at `part` in [0, 1].
pub fn ramp(part: f64) -> Colour {
    between(&RAMP, part)
}

/// The range of values that the colours represent.
#[derive(Debug, Clone, Copy)]
pub struct ColourScale {
    least: f64,
    most: f64,
}

impl ColourScale {
    /// Returns a scale over the finite values; `None` if there are none.
    pub fn over(values: impl Iterator<Item = f64>) -> Option<Self> {
        range(values).map(|(least, most)| Self { least, most })
    }

    /// Returns the colour of a finite value.
    pub fn colour(&self, value: f64) -> Colour {
        let Self { least, most } = *self;
        // Halved, since the difference of large values may overflow.
        let part = (value / 2.0 - least / 2.0) / (most / 2.0 - least / 2.0);
        ramp(if most > least { part } else { 0.5 })
    }

    /// Formats a value with enough digits to distinguish it from others on the scale.
    pub fn write(&self, value: f64) -> String {
        brief_within(value, self.most - self.least)
    }

    /// Draws the bar at `(x, y)` with height `high`, labelled with its ends and `name`.
    pub fn bar(&self, drawing: &mut Drawing, (x, y, high): (f32, f32, f32), name: &str) {
        let rows = (high as i64 - 2).max(2);
        drawing.gradient((x.trunc(), y.trunc()), (20.0, rows as f32), &RAMP);
        let style = Style::new(TICK, SOFT);
        let beside = x + 28.0;
        let ends = briefs(&[self.least, self.most]);
        drawing.text(&ends[1], (beside, y), &style.at(Across::Left, Along::Top));
        let foot = style.at(Across::Left, Along::Base);
        drawing.text(&ends[0], (beside, y + rows as f32), &foot);
        let style = Style::new(TICK, INK).at(Across::Centre, Along::Middle).turned(Turn::Up);
        let name = text::fitted(name, TICK, (high - 56.0).max(0.0));
        drawing.text(&name, (beside + 9.0, y + high / 2.0), &style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::style::luminance;

    #[test]
    fn the_ramp_runs_from_dark_to_light_and_is_clamped() {
        let light: Vec<f32> = (0..=20).map(|i| luminance(ramp(f64::from(i) / 20.0))).collect();
        assert!(light.windows(2).all(|pair| pair[0] < pair[1]), "{light:?}");
        assert_eq!(ramp(-1.0), RAMP[0]);
        assert_eq!(ramp(2.0), RAMP[7]);
    }

    #[test]
    fn a_scale_has_the_ends_of_the_finite_values() {
        let scale = |values: &[f64]| ColourScale::over(values.iter().copied());
        let found = scale(&[3.0, f64::NAN, -1.0, f64::INFINITY]).expect("finite values");
        assert_eq!((found.colour(-1.0), found.colour(3.0)), (ramp(0.0), ramp(1.0)));
        assert_eq!(
            scale(&[13.157, 13.189]).map(|scale| scale.write(13.168)),
            Some("13.168".into())
        );
        assert_eq!(scale(&[2.0]).map(|scale| scale.colour(2.0)), Some(ramp(0.5)));
        assert!(scale(&[f64::NAN]).is_none());
    }
}
