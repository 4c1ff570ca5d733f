//! Charts as SVG, for readers without JavaScript; the script draws its own in their place.

use crate::figures::{Scale, axis::Axis, style::LINE_COLOURS};
use maud::{Markup, html};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 320.0;
/// Right, top, bottom.
const ROOM: [f64; 3] = [12.0, 10.0, 44.0];
/// The width of a digit.
const DIGIT: f64 = 7.0;

/// A line, with deviations where there are such.
pub struct Line {
    /// Its name in the legend.
    pub label: String,
    /// Points: x, y, and the deviation of y.
    pub points: Vec<(f64, f64, Option<f64>)>,
}

/// A chart of lines, which have their points marked where `marked`.
pub fn chart(
    title: &str,
    [x_label, y_label]: [&str; 2],
    x: &Scale,
    lines: &[Line],
    marked: bool,
) -> Markup {
    let points = || lines.iter().flat_map(|line| &line.points);
    let x = Axis::fit(points().map(|point| point.0), x);
    let reach = points().flat_map(|(_, y, deviation)| {
        let deviation = deviation.unwrap_or(0.0);
        [y - deviation, y + deviation]
    });
    let y = Axis::fit(reach, &Scale::Linear);
    let [right, top, bottom] = ROOM;
    // The ticks beside the axis, and its name before them.
    let widest = y.ticks().iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
    let left = 36.0 + DIGIT * widest as f64;
    let across = |value: f64| left + x.part(value) * (WIDTH - left - right);
    let up = |value: f64| HEIGHT - bottom - y.part(value) * (HEIGHT - top - bottom);
    let path = |line: &Line| {
        let points = line.points.iter().filter(|(_, y, _)| y.is_finite());
        points
            .map(|(x, y, _)| format!("{:.1},{:.1}", across(*x), up(*y)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    html! {
        figure.chart {
            svg viewBox=(format!("0 0 {WIDTH} {HEIGHT}")) role="img" aria-label=(title) {
                @for (value, label) in y.ticks() {
                    line.grid x1=(left) x2=(WIDTH - right) y1=(px(up(*value))) y2=(px(up(*value))) {}
                    text.tick x=(left - 8.0) y=(px(up(*value) + 4.0)) text-anchor="end" { (label) }
                }
                @for (value, label) in x.ticks() {
                    text.tick x=(px(across(*value))) y=(HEIGHT - bottom + 18.0) text-anchor="middle" { (label) }
                }
                line.axis x1=(left) x2=(WIDTH - right) y1=(HEIGHT - bottom) y2=(HEIGHT - bottom) {}
                text.label x=((left + WIDTH - right) / 2.0) y=(HEIGHT - 6.0) text-anchor="middle" { (x_label) }
                text.label transform=(format!("translate(14 {}) rotate(-90)", (HEIGHT - bottom) / 2.0)) text-anchor="middle" { (y_label) }
                @for (index, line) in lines.iter().enumerate() {
                    g class=(format!("line c{}", index % LINE_COLOURS)) {
                        polyline points=(path(line)) {}
                        // A line of a single point cannot be seen.
                        @if marked || line.points.len() == 1 {
                            @for (px_, py, deviation) in &line.points {
                                @if let Some(deviation) = deviation {
                                    line.whisker x1=(px(across(*px_))) x2=(px(across(*px_))) y1=(px(up(py - deviation))) y2=(px(up(py + deviation))) {}
                                }
                                circle cx=(px(across(*px_))) cy=(px(up(*py))) r="3.5" {}
                            }
                        }
                    }
                }
            }
            figcaption {
                (title)
                ul.legend {
                    @for (index, line) in lines.iter().enumerate() {
                        li { span class=(format!("swatch c{}", index % LINE_COLOURS)) {} (line.label) }
                    }
                }
            }
        }
    }
}

/// A coordinate, to a hundredth of a pixel.
fn px(value: f64) -> String {
    format!("{value:.2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_one_epoch_is_seen_in_its_chart() {
        let chart = |points: Vec<(f64, f64, Option<f64>)>| {
            let line = Line { label: "l".into(), points };
            chart("t", ["epoch", "y"], &Scale::Whole, &[line], false).into_string()
        };
        assert!(chart(vec![(1.0, 0.5, None)]).contains("<circle"));
        assert!(!chart(vec![(1.0, 0.5, None), (2.0, 0.4, None)]).contains("<circle"));
    }

    #[test]
    fn the_name_of_an_axis_stands_beside_ticks_of_six_characters() {
        let points = vec![(1.0, 0.0061, None), (2.0, 0.0065, None)];
        let line = Line { label: "l".into(), points };
        let text = chart("t", ["x", "y"], &Scale::Whole, &[line], false).into_string();
        assert!(text.contains("<line class=\"axis\" x1=\"78\""), "{text}");
    }

    #[test]
    fn a_chart_of_nothing_and_of_values_that_are_none_is_drawn() {
        for points in [vec![], vec![(1.0, f64::NAN, None), (2.0, 0.5, Some(0.1))]] {
            let line = Line { label: "<b>".into(), points };
            let text = chart("t", ["x", "y"], &Scale::Whole, &[line], true).into_string();
            assert!(text.contains("&lt;b&gt;") && !text.contains("points=\"NaN"), "{text}");
        }
    }
}
