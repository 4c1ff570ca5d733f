//! Charts as SVG for readers without JavaScript; the script replaces them with its own.

use crate::{
    figures::{Scale, axis::Axis, style::LINE_COLOURS},
    words::number,
};
use maud::{Markup, html};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
const RIGHT: f64 = WIDTH - 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = HEIGHT - 44.0;
/// Width of a digit.
const DIGIT: f64 = 7.0;
/// Number of requested ticks whose labels fit.
const TICKS: usize = 12;

/// x, y, and the deviation of y.
type Point = (f64, f64, Option<f64>);

/// A line, with deviations if there are any.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Name in the legend.
    pub label: String,
    /// Points from left to right; a non-finite value leaves a gap.
    pub points: Vec<Point>,
    /// Index of its colour; its place among the lines if `None`.
    pub colour: Option<usize>,
    /// Whether it is dashed and without a colour of its own, for what the other lines are compared with.
    pub reference: bool,
    /// Points in its colour that it does not connect, as no run behind them is complete.
    pub beside: Vec<(f64, f64)>,
}

impl Line {
    /// Returns the class of its colour, where `index` is its place among the lines.
    fn class(&self, index: usize) -> String {
        if self.reference {
            return "reference".to_owned();
        }
        format!("c{}", self.colour.unwrap_or(index) % LINE_COLOURS)
    }

    /// Yields the lower and upper ends of its points, including deviations.
    fn reaches(&self) -> impl Iterator<Item = f64> {
        let points = self.points.iter().flat_map(|(_, y, deviation)| {
            let deviation = deviation.unwrap_or(0.0);
            [y - deviation, y + deviation]
        });
        points.chain(self.beside.iter().map(|point| point.1))
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        let points = self.points.iter().map(|point| point.1);
        points.chain(self.beside.iter().map(|point| point.1))
    }

    fn places(&self) -> impl Iterator<Item = f64> {
        let points = self.points.iter().map(|point| point.0);
        points.chain(self.beside.iter().map(|point| point.0))
    }
}

/// Lines over a common axis.
#[derive(Debug, Default)]
pub struct Chart {
    /// Title of the chart.
    pub title: String,
    /// Additional note.
    pub note: String,
    /// Labels of the axes.
    pub labels: [String; 2],
    /// Scale of the x axis.
    pub x: Scale,
    /// Positions of the ticks on the x axis; chosen by its scale if there are none, or too many for labels.
    pub at: Vec<f64>,
    /// Scale of the y axis.
    pub y: Scale,
    /// The lines.
    pub lines: Vec<Line>,
    /// Whether each point has a marker.
    pub marked: bool,
    /// Positions on the x axis without a value.
    pub missing: Vec<f64>,
}

impl Chart {
    /// Renders the chart with its legend.
    pub fn figure(&self) -> Markup {
        let area = Area::of(self);
        let [x_label, y_label] = &self.labels;
        html! {
            figure.chart {
                svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(self.title) {
                    (area.grid())
                    text.label x=(f64::midpoint(area.left, RIGHT)) y=(HEIGHT - 6.0) text-anchor="middle" { (x_label) }
                    text.label transform=(format!("translate(14 {}) rotate(-90)", BOTTOM / 2.0)) text-anchor="middle" { (y_label) }
                    @for (index, line) in self.lines.iter().enumerate() {
                        g class=(format!("line {}", line.class(index))) { (area.series(line, self.marked)) }
                    }
                    @for x in &self.missing {
                        text.missing x=(px(area.across(*x))) y=(BOTTOM - 6.0) text-anchor="middle" { "–" }
                    }
                }
                figcaption {
                    (self.title)
                    @if !self.note.is_empty() { " (" (self.note) ")" }
                    (legend(&self.lines))
                }
            }
        }
    }
}

/// The plotting area: maps values to coordinates.
struct Area {
    left: f64,
    x: Axis,
    y: Axis,
    ticks: Vec<(f64, String)>,
}

impl Area {
    fn of(chart: &Chart) -> Self {
        let places = chart.lines.iter().flat_map(Line::places).chain(chart.missing.iter().copied());
        let x = Axis::fit(places, &chart.x);
        let positive = chart.lines.iter().flat_map(Line::values).all(|y| y > 0.0 || y.is_nan());
        // A deviation that reaches zero or below would rule out, or leave, a logarithmic axis.
        let reaches = chart.lines.iter().flat_map(Line::reaches);
        let y = Axis::fit(reaches.filter(|y| *y > 0.0 || !positive), &chart.y);
        // Space for the tick labels and the axis label.
        let widest = y.ticks().iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
        let at = chart.at.iter().map(|at| (*at, number(*at)));
        let few = (1..=TICKS).contains(&chart.at.len());
        let ticks = if few { at.collect() } else { x.ticks().to_vec() };
        Self { left: 36.0 + DIGIT * widest as f64, x, y, ticks }
    }

    fn across(&self, x: f64) -> f64 {
        self.left + self.x.part(x) * (RIGHT - self.left)
    }

    fn up(&self, y: f64) -> f64 {
        BOTTOM - self.y.part(y) * (BOTTOM - TOP)
    }

    fn grid(&self) -> Markup {
        html! {
            @for (y, label) in self.y.ticks().iter().map(|(value, label)| (self.up(*value), label)) {
                line.grid x1=(self.left) x2=(RIGHT) y1=(px(y)) y2=(px(y)) {}
                text.tick x=(self.left - 8.0) y=(px(y + 4.0)) text-anchor="end" { (label) }
            }
            @for (value, label) in &self.ticks {
                text.tick x=(px(self.across(*value))) y=(BOTTOM + 18.0) text-anchor="middle" { (label) }
            }
            line.axis x1=(self.left) x2=(RIGHT) y1=(BOTTOM) y2=(BOTTOM) {}
        }
    }

    fn series(&self, line: &Line, marked: bool) -> Markup {
        let at = |(x, y, _): &Point| format!("{:.1},{:.1}", self.across(*x), self.up(*y));
        let pieces = line.points.split(|(_, y, _)| !y.is_finite());
        let pieces: Vec<&[Point]> = pieces.filter(|piece| !piece.is_empty()).collect();
        let shown = pieces.concat();
        html! {
            @for piece in pieces { polyline points=(piece.iter().map(at).collect::<Vec<_>>().join(" ")) {} }
            // A line with a single point is invisible.
            @if marked || shown.len() == 1 {
                @for (x, y, deviation) in &shown {
                    @if let Some(deviation) = deviation { (self.whisker(*x, y - deviation, y + deviation)) }
                    circle cx=(px(self.across(*x))) cy=(px(self.up(*y))) r="3.5" {}
                }
            }
            @for (x, y) in &line.beside {
                circle.hollow cx=(px(self.across(*x))) cy=(px(self.up(*y))) r="3.5" {}
            }
        }
    }

    fn whisker(&self, x: f64, low: f64, high: f64) -> Markup {
        let x = px(self.across(x));
        let low = self.up(low).min(BOTTOM);
        html! { line.whisker x1=(x) x2=(x) y1=(px(low)) y2=(px(self.up(high))) {} }
    }
}

fn legend(lines: &[Line]) -> Markup {
    html! {
        ul.legend {
            @for (index, line) in lines.iter().enumerate() {
                li { span class=(format!("swatch {}", line.class(index))) {} (line.label) }
            }
        }
    }
}

/// Formats a coordinate to a hundredth of a pixel.
fn px(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<Point>, marked: bool) -> String {
        let line = Line { label: "<b>".into(), points, ..Line::default() };
        let (x, lines) = (Scale::Whole, vec![line]);
        let chart = Chart { x, lines, marked, ..Chart::default() };
        chart.figure().into_string()
    }

    #[test]
    fn a_run_of_one_epoch_is_visible_in_its_chart() {
        assert!(chart(vec![(1.0, 0.5, None)], false).contains("<circle"));
        assert!(!chart(vec![(1.0, 0.5, None), (2.0, 0.4, None)], false).contains("<circle"));
    }

    #[test]
    fn the_label_of_an_axis_does_not_overlap_ticks_of_six_characters() {
        let text = chart(vec![(1.0, 0.0061, None), (2.0, 0.0065, None)], false);
        assert!(text.contains("<line class=\"axis\" x1=\"78\""), "{text}");
    }

    #[test]
    fn a_gap_in_the_values_is_a_gap_in_the_line() {
        let points = [1.0, 0.9, f64::NAN, 0.8, 0.7].into_iter().zip(1..);
        let text = chart(points.map(|(y, x)| (f64::from(x), y, None)).collect(), false);
        assert_eq!(text.matches("<polyline").count(), 2, "{text}");
    }

    #[test]
    fn losses_over_a_decade_lie_on_a_logarithmic_axis_whatever_their_deviations() {
        let points = vec![(1.0, 0.001, Some(0.002)), (2.0, 0.01, None), (3.0, 0.1, None)];
        let text = chart(points, true);
        let height = |circle: &str| -> f64 {
            let rest = circle.split("cy=\"").nth(1).expect("a height");
            rest.split('"').next().expect("its end").parse().expect("a number")
        };
        let heights: Vec<f64> = text.split("<circle").skip(1).map(height).collect();
        let [low, middle, high] = heights[..] else { panic!("{text}") };
        assert!((low - middle - (middle - high)).abs() < 0.1, "{heights:?}");
        assert!(text.contains("y1=\"276.00\" y2="), "the deviation ends at the axis: {text}");
    }

    #[test]
    fn a_chart_of_nothing_or_of_nan_is_drawn() {
        for points in [vec![], vec![(1.0, f64::NAN, None), (2.0, 0.5, Some(0.1))]] {
            let text = chart(points, true);
            assert!(text.contains("&lt;b&gt;") && !text.contains("NaN"), "{text}");
        }
    }
}
