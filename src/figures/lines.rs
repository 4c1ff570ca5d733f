//! Line plots: metrics over epochs, learning rates, sweeps with deviations.

use super::{
    axis::{Axis, Scale},
    canvas::units,
    chart::{Drawn, Frame, Plot, ink},
    drawing::Drawing,
    style::{Colour, INK, WHITE, line_colour},
};
use plotters::prelude::*;

/// How the points of a line are connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// Straight segments; points are marked if there are few.
    #[default]
    Straight,
    /// Steps: constant until the next point.
    Step,
    /// Straight segments, with every point marked.
    Marked,
    /// Dashed straight segments between marked points, for a reference.
    Dashed,
    /// Points only.
    Dots,
    /// Hollow points only, for values that count less than others.
    Hollow,
}

/// A line of a plot.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// Name in the legend; there is no legend if all names are empty.
    pub name: String,
    /// Points from left to right; a non-finite value leaves a gap.
    pub points: Vec<(f64, f64)>,
    /// Deviation of each point's y, drawn as an error bar; may be empty.
    pub deviations: Vec<f64>,
    /// How the points are connected.
    pub form: Form,
    /// Colour; chosen by position if not given.
    pub colour: Option<Colour>,
}

impl Line {
    /// Returns a line of straight segments.
    pub fn new(name: impl Into<String>, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), points, ..Self::default() }
    }

    /// Returns a line over epochs 1, 2, ...; a non-finite value leaves a gap.
    pub fn over_epochs(name: impl Into<String>, values: &[f64]) -> Self {
        Self::new(name, (1..).map(f64::from).zip(values.iter().copied()).collect())
    }

    /// Yields the lower and upper end of each finite point, including its deviation.
    fn reaches(&self) -> impl Iterator<Item = f64> {
        self.points.iter().enumerate().filter(|(_, p)| p.1.is_finite()).flat_map(|(i, p)| {
            let deviation = self.deviation(i).unwrap_or(0.0);
            [p.1 - deviation, p.1 + deviation]
        })
    }

    /// Returns the colour of the line, which is the `index`-th of its plot.
    fn drawn_in(&self, index: usize) -> Colour {
        self.colour.unwrap_or(line_colour(index))
    }

    /// Whether every point is marked, as for settings of a sweep.
    fn is_marked(&self) -> bool {
        matches!(self.form, Form::Marked | Form::Dashed | Form::Dots | Form::Hollow)
    }

    fn deviation(&self, i: usize) -> Option<f64> {
        self.deviations.get(i).copied().filter(|d| d.is_finite() && *d > 0.0)
    }
}

/// A point to be ringed.
#[derive(Debug, Clone)]
pub struct Mark {
    /// The point.
    pub at: (f64, f64),
    /// Text for the legend.
    pub text: String,
}

/// Lines over a common axis.
#[derive(Debug, Clone, Default)]
pub struct LinePlot {
    /// Title of the plot.
    pub title: String,
    /// Smaller line below the title.
    pub note: String,
    /// Label of the horizontal axis.
    pub x_label: String,
    /// Label of the vertical axis.
    pub y_label: String,
    /// Scale of the x axis.
    pub x: Scale,
    /// Scale of the y axis.
    pub y: Scale,
    /// The lines.
    pub lines: Vec<Line>,
    /// A point to be ringed.
    pub mark: Option<Mark>,
}

impl LinePlot {
    /// Draws the plot, with a note if there is nothing to show.
    pub fn draw(&self) -> Drawing {
        let xs = || self.lines.iter().flat_map(|line| &line.points).map(|p| p.0);
        let mut x = Axis::fit(xs(), &self.x);
        let settings = self.lines.iter().all(Line::is_marked);
        if settings && matches!(self.x, Scale::Auto | Scale::Linear) {
            x = x.ticked_at(xs());
        }
        let mut reaches: Vec<f64> = self.lines.iter().flat_map(Line::reaches).collect();
        // A bar that reaches zero or below would rule out, or leave, a logarithmic axis.
        if reaches.iter().any(|v| *v <= 0.0) && self.all_positive() {
            reaches.retain(|v| *v > 0.0);
        }
        let y = Axis::fit(reaches.into_iter(), &self.y);
        let shown = |p: &&(f64, f64)| x.holds(p.0) && y.holds(p.1);
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let infinite = points().filter(|p| p.1.is_infinite()).count();
        let note = match (points().filter(shown).count(), infinite) {
            (0, 0) => "no values to show".to_owned(),
            (0, _) => "no finite values to show".to_owned(),
            (_, 0) => self.note.clone(),
            (_, n) => join(&self.note, &format!("{n} infinite not shown")),
        };
        let named = self.lines.iter().enumerate().filter(|(_, line)| !line.name.is_empty());
        let mark = self.mark.as_ref().filter(|m| x.holds(m.at.0) && y.holds(m.at.1));
        let frame = Frame {
            title: self.title.clone(),
            note,
            x_label: self.x_label.clone(),
            y_label: self.y_label.clone(),
            legend: named.map(|(i, line)| (line.name.clone(), line.drawn_in(i))).collect(),
            ringed: mark.map(|mark| mark.text.clone()).unwrap_or_default(),
            ..Frame::default()
        };
        let axes = (x.clone(), y.clone());
        frame.draw(x, y, |plot| {
            for (i, line) in self.lines.iter().enumerate() {
                draw_line(plot, line, &axes, line.drawn_in(i))?;
            }
            let pen = ink(INK).stroke_width(units(2.0) as u32);
            let ring =
                |mark: &Mark| EmptyElement::at(mark.at) + Circle::new((0, 0), units(9.0), pen);
            plot.draw_series(mark.map(ring))?;
            Ok(())
        })
    }

    fn all_positive(&self) -> bool {
        let mut values = self.lines.iter().flat_map(|line| &line.points).map(|p| p.1);
        values.all(|v| v > 0.0 || v.is_nan())
    }
}

/// Joins two notes on one line; either may be empty.
pub fn join(first: &str, second: &str) -> String {
    let apart = if first.is_empty() || second.is_empty() { "" } else { " · " };
    format!("{first}{apart}{second}")
}

fn draw_line(plot: &mut Plot, line: &Line, (x, y): &(Axis, Axis), colour: Colour) -> Drawn {
    let pen = ink(colour).stroke_width(units(2.5) as u32);
    let shows = |p: &(f64, f64)| x.holds(p.0) && y.holds(p.1);
    for piece in line.points.split(|p| !shows(p)).filter(|piece| !piece.is_empty()) {
        let path: Vec<_> = match line.form {
            Form::Step => steps(piece),
            Form::Straight | Form::Marked | Form::Dashed => piece.to_vec(),
            Form::Dots | Form::Hollow => continue,
        };
        if line.form == Form::Dashed {
            plot.draw_series(DashedLineSeries::new(path, units(10.0), units(6.0), pen))?;
        } else {
            plot.draw_series(LineSeries::new(path, pen))?;
        }
    }
    let bars = line.points.iter().enumerate().filter(|(_, p)| shows(p));
    for (i, &(at, value)) in bars.clone() {
        if let Some(deviation) = line.deviation(i) {
            draw_bar(plot, at, (value - deviation, value + deviation), y, colour)?;
        }
    }
    let few = line.form != Form::Step && line.points.len() <= 32;
    if few || line.is_marked() || bars.clone().count() == 1 {
        let (around, mark) = match line.form {
            Form::Hollow => (6.5, ink(colour).stroke_width(units(2.0) as u32)),
            _ => (5.5, ink(colour).filled()),
        };
        let dot = |(_, p): (usize, &(f64, f64))| {
            EmptyElement::at(*p)
                + Circle::new((0, 0), units(around), WHITE_PAPER.filled())
                + Circle::new((0, 0), units(4.0), mark)
        };
        plot.draw_series(bars.map(dot))?;
    }
    Ok(())
}

const WHITE_PAPER: RGBColor = RGBColor(WHITE.0[0], WHITE.0[1], WHITE.0[2]);

/// Returns the corners of a step line.
fn steps(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut corners = Vec::with_capacity(points.len() * 2);
    for pair in points.windows(2) {
        corners.extend([pair[0], (pair[1].0, pair[0].1)]);
    }
    corners.extend(points.last());
    corners
}

fn draw_bar(plot: &mut Plot, x: f64, ends: (f64, f64), axis: &Axis, colour: Colour) -> Drawn {
    let pen = ink(colour).stroke_width(units(1.5) as u32);
    let range = axis.range();
    let (low, high) = (ends.0.max(range.start), ends.1.min(range.end));
    plot.draw_series([PathElement::new(vec![(x, low), (x, high)], pen)])?;
    for (end, shown) in [(ends.0, low), (ends.1, high)] {
        if end.to_bits() == shown.to_bits() {
            let cap = PathElement::new(vec![(-units(6.0), 0), (units(6.0), 0)], pen);
            plot.draw_series([EmptyElement::at((x, shown)) + cap])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_line_holds_each_value_until_the_next_point() {
        let corners = steps(&[(1.0, 5.0), (2.0, 3.0), (3.0, 3.5)]);
        assert_eq!(corners, [(1.0, 5.0), (2.0, 5.0), (2.0, 3.0), (3.0, 3.0), (3.0, 3.5)]);
        assert_eq!(steps(&[(1.0, 5.0)]), [(1.0, 5.0)]);
        assert!(steps(&[]).is_empty());
    }

    #[test]
    fn a_dashed_line_has_gaps_between_its_points() {
        let colour = line_colour(0);
        let count = |form| {
            let points = vec![(0.0, 1.0), (1.0, 1.0)];
            let lines = vec![Line { form, ..Line::new("", points) }];
            let image = LinePlot { lines, ..LinePlot::default() }.draw().render();
            image.pixels().filter(|p| **p == colour).count()
        };
        let (whole, dashed) = (count(Form::Marked), count(Form::Dashed));
        assert!(whole / 2 < dashed && dashed < whole * 3 / 4, "{dashed} of {whole}");
    }

    #[test]
    fn a_gap_in_the_values_is_a_gap_in_the_line() {
        let colour = line_colour(0);
        let count = |values: &[f64]| {
            let lines = vec![Line::over_epochs("", values)];
            let image = LinePlot { lines, ..LinePlot::default() }.draw().render();
            image.pixels().filter(|p| **p == colour).count()
        };
        let (full, gap) =
            (count(&[1.0, 3.0, 2.0, 3.0, 1.0]), count(&[1.0, 3.0, f64::NAN, 3.0, 1.0]));
        assert!(gap > 0 && gap < full * 2 / 3, "{gap} of {full}");
    }
}
