//! An axis with its range, ticks and labels, as a plotters coordinate.

use super::number::{brief, brief_within, label, width};
use crate::statistics::range;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// How values are placed along an axis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scale {
    /// Logarithmic when all values are positive and span more than a decade, linear otherwise.
    #[default]
    Auto,
    /// Linear.
    Linear,
    /// Linear, with ticks at whole numbers only, as for epochs.
    Whole,
    /// Value `i` stands for the `i`-th of these names.
    Names(Vec<String>),
}

/// A range with ticks.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    min: f64,
    max: f64,
    log: bool,
    /// Whether ticks are names rather than numbers.
    named: bool,
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// Fits an axis to all `values` that are finite and below 1e150, with a margin on both sides. Values
    /// below 1e-150 count as 0.
    pub fn fit(values: impl Iterator<Item = f64>, scale: &Scale) -> Self {
        // Beyond these limits, differences and quotients overflow or lose precision.
        let values = values.filter(|v| v.abs() < 1e150);
        let values: Vec<f64> = values.map(|v| if v.abs() > 1e-150 { v } else { 0.0 }).collect();
        let ends = range(values.iter().copied());
        let (least, most) = ends.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
        match scale {
            Scale::Names(names) => Self::names(names),
            Scale::Auto if least > 0.0 && least.is_finite() && most / least > 10.0 => {
                Self::log(least, most)
            }
            Scale::Whole if least <= most && least.abs().max(most) < 1e9 => {
                // Between ends that are close to each other there may be no whole number.
                let near = most - least < 1.0;
                if near {
                    Self::whole(least.floor(), most.ceil())
                } else {
                    Self::whole(least, most)
                }
            }
            _ if least <= most => {
                let room = room(least, most, 0.05);
                Self::linear(least - room, most + room)
            }
            Scale::Whole if least > most => Self::whole(1.0, 1.0),
            _ => Self::linear(0.0, 1.0),
        }
    }

    /// Returns a linear axis from `min` to `max`, or one around `min` if that is not a range.
    pub fn linear(min: f64, max: f64) -> Self {
        let (min, max) = ordered(min, max);
        let step = step((max - min) / 7.0);
        let first = (min / step - 1e-9).ceil();
        let count = ((max / step + 1e-9).floor() - first).clamp(0.0, 20.0) as usize;
        let tick = |i: usize| {
            let value = (first + i as f64) * step;
            (value, label(value, step))
        };
        Self { min, max, log: false, named: false, ticks: (0..=count).map(tick).collect() }
    }

    fn whole(least: f64, most: f64) -> Self {
        let room = room(least, most, 0.02);
        let (min, max) = (least - room, most + room);
        let step = step((most - least) / 10.0).max(1.0).ceil();
        // Multiples of the step; the first whole number replaces a tick that is too close to it.
        let first = least.ceil();
        let from = (least / step).ceil();
        let count = ((most / step).floor() - from).clamp(0.0, 20.0) as usize;
        let mut ticks: Vec<f64> = (0..=count).map(|i| (from + i as f64) * step).collect();
        ticks.retain(|&t| t >= least && t <= most && (t - first).abs() >= 0.45 * step);
        ticks.insert(0, first);
        let ticks = ticks.into_iter().map(|t| (t, label(t, 1.0))).collect();
        Self { min, max, log: false, named: false, ticks }
    }

    fn log(least: f64, most: f64) -> Self {
        let spread = (most / least).max(1.5);
        let (min, max) = (least / spread.powf(0.05), most * spread.powf(0.05));
        let (low, high) = (min.log10(), max.log10());
        let every = ((high - low) / 7.0).ceil().max(1.0) as i32;
        let within = if high - low > 3.5 {
            &[1.0][..]
        } else if high - low > 1.3 {
            &[1.0, 2.0, 5.0][..]
        } else {
            &[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0][..]
        };
        let mut ticks = Vec::new();
        for decade in (low.floor() as i32)..=(high.ceil() as i32) {
            for &digit in within.iter().filter(|_| decade.rem_euclid(every) == 0) {
                let value = digit * 10_f64.powi(decade);
                if (min..=max).contains(&value) {
                    ticks.push((value, brief(value)));
                }
            }
        }
        Self { min, max, log: true, named: false, ticks }
    }

    fn names(names: &[String]) -> Self {
        let ticks = names.iter().enumerate().map(|(i, name)| (i as f64, name.clone())).collect();
        let max = names.len().max(1) as f64 - 0.5;
        Self { min: -0.5, max, log: false, named: true, ticks }
    }

    /// Moves the ticks to `values`, unless their labels would overlap.
    #[must_use]
    pub fn ticked_at(mut self, values: impl Iterator<Item = f64>) -> Self {
        let mut values: Vec<f64> = values.filter(|v| self.holds(*v)).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        let apart = values.windows(2).all(|pair| self.part(pair[1]) - self.part(pair[0]) > 0.07);
        if apart && (2..=12).contains(&values.len()) {
            let width = width(values.iter().copied());
            self.ticks = values.into_iter().map(|v| (v, brief_within(v, width))).collect();
        }
        self
    }

    /// Whether the axis can show `value`.
    pub fn holds(&self, value: f64) -> bool {
        let slack = (self.max - self.min) * 1e-9;
        (self.min - slack..=self.max + slack).contains(&value)
    }

    /// Returns the position of a value between the axis's ends, 0 to 1.
    pub fn part(&self, value: f64) -> f64 {
        let scaled = |v: f64| if self.log { v.max(f64::MIN_POSITIVE).ln() } else { v };
        let (low, high) = (scaled(self.min), scaled(self.max));
        (scaled(value) - low) / (high - low)
    }

    /// Whether ticks are names, each centred in its own part of the axis.
    pub fn is_named(&self) -> bool {
        self.named
    }

    /// Returns tick values and their labels, from the low end.
    pub fn ticks(&self) -> &[(f64, String)] {
        &self.ticks
    }
}

/// Returns the margin beside `least` and `most`: a share of their distance, or of a single value.
fn room(least: f64, most: f64, part: f64) -> f64 {
    let spread = most - least;
    if spread > least.abs().max(most.abs()) * 1e-9 {
        spread * part
    } else if least.abs() > 1e-9 {
        (least.abs() * 0.1).min(0.5)
    } else {
        0.5
    }
}

/// Orders two values into a non-empty range, whatever they are.
fn ordered(a: f64, b: f64) -> (f64, f64) {
    let limit = |v: f64| if v.is_finite() { v.clamp(-1e300, 1e300) } else { 0.0 };
    let (min, max) = (limit(a).min(limit(b)), limit(a).max(limit(b)));
    if max - min > min.abs().max(max.abs()).max(1e-300) * 1e-12 {
        (min, max)
    } else {
        let room = min.abs().max(1.0) * 0.5;
        (min - room, max + room)
    }
}

/// Returns the smallest of 1, 2, 5 times a power of ten that is at least `least`.
fn step(least: f64) -> f64 {
    let decade = 10_f64.powf(least.max(1e-300).log10().floor());
    let times = [1.0, 2.0, 5.0].into_iter().find(|t| t * decade >= least * (1.0 - 1e-9));
    times.unwrap_or(10.0) * decade
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let part = self.part(*value).clamp(-10.0, 11.0);
        limit.0 + (part * f64::from(limit.1 - limit.0)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, hint: H) -> Vec<f64> {
        // Every tick has a label; plotters's light lines between them are not used.
        if hint.weight().allow_light_points() {
            return Vec::new();
        }
        self.ticks.iter().map(|tick| tick.0).collect()
    }

    fn range(&self) -> Range<f64> {
        self.min..self.max
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        let tick = self.ticks.iter().find(|tick| tick.0.to_bits() == value.to_bits());
        tick.map(|tick| tick.1.clone()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks().iter().map(|tick| tick.1.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers_with_as_many_decimals_as_they_need() {
        assert_eq!(labels(&Axis::linear(-4.0, 4.0)), ["−4", "−2", "0", "2", "4"]);
        let axis = Axis::linear(0.011, 0.019);
        assert_eq!(labels(&axis), ["0.012", "0.014", "0.016", "0.018"]);
    }

    #[test]
    fn epochs_are_ticked_at_whole_numbers_from_the_first() {
        let epochs = |n: u32| Axis::fit((1..=n).map(f64::from), &Scale::Whole);
        assert_eq!(labels(&epochs(1)), ["1"]);
        assert_eq!(labels(&epochs(3)), ["1", "2", "3"]);
        assert_eq!(
            labels(&epochs(20)),
            ["1", "2", "4", "6", "8", "10", "12", "14", "16", "18", "20"]
        );
        let long = epochs(1000);
        assert_eq!(labels(&long)[..3], ["1", "100", "200"]);
        assert_eq!(labels(&long).last(), Some(&"1000"));
    }

    #[test]
    fn a_wide_positive_range_is_logarithmic_and_others_are_linear() {
        let fit = |values: &[f64]| Axis::fit(values.iter().copied(), &Scale::Auto);
        assert!(fit(&[0.001, 0.1]).log);
        assert!(!fit(&[0.01, 0.05]).log);
        assert!(!fit(&[0.0, 100.0]).log);
        assert!(!fit(&[-1.0, 100.0]).log);
        let axis = fit(&[0.001, 0.1]);
        assert_eq!(labels(&axis), ["0.001", "0.002", "0.005", "0.01", "0.02", "0.05", "0.1"]);
        assert!((axis.part(0.01) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn ticks_at_close_values_have_distinct_labels() {
        let values = || [1000.1, 1000.2, 1000.4].into_iter();
        let axis = Axis::fit(values(), &Scale::Linear).ticked_at(values());
        assert_eq!(labels(&axis), ["1000.1", "1000.2", "1000.4"]);
    }

    proptest! {
        #[test]
        fn any_values_make_an_axis_with_a_few_different_ticks_inside_it(
            values in proptest::collection::vec(prop_oneof![
                Just(f64::NAN), Just(f64::INFINITY), Just(0.0), any::<f64>(), -9.0..9.0, 1e-9..1e9,
            ], 0..6),
            // Twice as likely: it yields both linear and logarithmic axes.
            scale in prop_oneof![
                Just(Scale::Auto), Just(Scale::Linear), Just(Scale::Auto), Just(Scale::Whole),
            ],
        ) {
            let axis = Axis::fit(values.into_iter(), &scale);
            prop_assert!(axis.min < axis.max, "{axis:?}");
            prop_assert!(axis.ticks.len() <= 24, "{axis:?}");
            for pair in axis.ticks.windows(2) {
                prop_assert!(pair[0].0 < pair[1].0, "{axis:?}");
            }
            for (value, _) in &axis.ticks {
                prop_assert!((-1e-6..=1.000_001).contains(&axis.part(*value)), "{axis:?}");
            }
        }
    }
}
