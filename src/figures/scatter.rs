//! Scatter plots of codes, coloured by class.

use super::{
    axis::{Axis, Scale},
    canvas::units,
    chart::{Frame, ink, pixels},
    drawing::Drawing,
    lines::join,
    names::{self, Name},
    raster::Point,
    style::{Colour, INK, LABEL, WHITE, blend, class_colour, line_colour},
    text,
};
use crate::{
    statistics::median,
    words::{counted, thousands},
};
use plotters::prelude::*;
use std::collections::BTreeSet;

/// The part of the plane that a scatter plot shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum View {
    /// From the first to the second value on each axis; the note counts points outside.
    Ranges([(f32, f32); 2]),
    /// All finite points, each axis with its own range.
    Fit,
    /// All finite points, with the same unit on both axes, so that distances are true.
    Even,
}

/// Maximum number of legend entries.
const ENTRIES: usize = 26;
/// Maximum number of classes named at their medians: more names would hide the points.
const NAMES: usize = 100;
/// Up to this many points, names are placed beside them: each point that a name hid would be missed.
const FEW: usize = 200;
/// Maximum width of a class's name, in pixels.
const NAME: f32 = 212.0;

/// Two-dimensional codes, or projections of longer ones.
#[derive(Debug, Clone)]
pub struct Scatter<'a> {
    /// Title of the plot.
    pub title: String,
    /// Label of the horizontal axis.
    pub x_label: String,
    /// Label of the vertical axis.
    pub y_label: String,
    /// `(x, y)` of each point, concatenated: twice as many values as points.
    pub codes: &'a [f32],
    /// Class of each point, as an index into `classes`; empty for a single colour.
    pub labels: &'a [u16],
    /// Names of the classes, for the legend and for labels at each class's median.
    pub classes: &'a [String],
    /// The part of the plane to show.
    pub view: View,
}

/// Returns the radius of a point in pixels and its opacity, which decrease with the number of points.
fn weight(points: usize) -> (f32, f32) {
    match points {
        0..=200 => (4.5, 0.85),
        201..=2_000 => (3.5, 0.7),
        2_001..=20_000 => (2.5, 0.55),
        _ => (1.5, 0.4),
    }
}

impl Scatter<'_> {
    /// Draws the scatter plot.
    pub fn draw(&self) -> Drawing {
        let points: Vec<(f64, f64)> = self
            .codes
            .chunks_exact(2)
            .map(|code| (f64::from(code[0]), f64::from(code[1])))
            .collect();
        let (x, y) = self.axes(&points);
        let inside: Vec<(usize, (f64, f64))> = points
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, p)| x.holds(p.0) && y.holds(p.1))
            .collect();
        let medians = self.medians(&inside);
        let frame = Frame {
            title: self.title.clone(),
            note: note(&points, inside.len()),
            x_label: self.x_label.clone(),
            y_label: self.y_label.clone(),
            side_legend: self.legend(),
            ..Frame::default()
        };
        let frame = Frame { size: Some(frame.around_square(800)), ..frame };
        let ranges = (x.range(), y.range());
        let (mut names, mut dots, mut corners) = (Vec::new(), Vec::new(), [(0.0, 0.0); 2]);
        let (radius, opacity) = weight(inside.len());
        let mut drawing = frame.draw(x, y, |plot| {
            plot.draw_series(inside.iter().map(|&(i, point)| {
                let colour = ink(self.colour(i)).mix(f64::from(opacity));
                Circle::new(point, units(radius), colour.filled())
            }))?;
            let named = medians.into_iter().take(NAMES);
            names.extend(named.map(|(class, at)| self.mark(class, pixels(plot, at))));
            if inside.len() <= FEW {
                dots.extend(inside.iter().map(|(_, point)| pixels(plot, *point)));
            }
            corners = [(ranges.0.start, ranges.1.end), (ranges.0.end, ranges.1.start)]
                .map(|corner| pixels(plot, corner));
            Ok(())
        });
        names::draw(&mut drawing, &names, corners, (&dots, radius));
        drawing
    }

    fn axes(&self, points: &[(f64, f64)]) -> (Axis, Axis) {
        if let View::Ranges(ranges) = self.view {
            let [x, y] = ranges.map(|(low, high)| Axis::linear(low.into(), high.into()));
            return (x, y);
        }
        let finite: Vec<_> = points.iter().filter(|p| is_finite(p)).collect();
        let x = Axis::fit(finite.iter().map(|p| p.0), &Scale::Linear);
        let y = Axis::fit(finite.iter().map(|p| p.1), &Scale::Linear);
        if self.view == View::Even { even(&x, &y) } else { (x, y) }
    }

    fn class(&self, point: usize) -> Option<usize> {
        self.labels.get(point).map(|&class| usize::from(class))
    }

    fn colour(&self, point: usize) -> Colour {
        self.class(point).map_or(line_colour(0), class_colour)
    }

    fn legend(&self) -> Vec<(String, Colour)> {
        if self.labels.is_empty() {
            return Vec::new();
        }
        let occurring = self.occurring();
        let count = occurring.len();
        let named = if count > ENTRIES { ENTRIES - 1 } else { count };
        let more = (count > named).then(|| (format!("and {} more", count - named), WHITE));
        let entry = |class: &usize| (self.name(*class), class_colour(*class));
        occurring[..named].iter().map(entry).chain(more).collect()
    }

    /// Returns the named classes that points have, in order.
    fn occurring(&self) -> Vec<usize> {
        let classes = (0..self.codes.len() / 2).filter_map(|point| self.class(point));
        let classes: BTreeSet<usize> =
            classes.filter(|class| *class < self.classes.len()).collect();
        classes.into_iter().collect()
    }

    /// Labels a class at its median, larger if its name is as short as a digit.
    fn mark(&self, class: usize, at: Point) -> Name {
        let text = self.name(class);
        let size = if text.chars().count() <= 2 { 30.0 } else { LABEL };
        Name { at, text, size, colour: blend(class_colour(class), INK, 0.6) }
    }

    /// Returns the displayed name of a class, prefixed with its number, from 1, if the fonts lack one of its
    /// characters.
    fn name(&self, class: usize) -> String {
        let name = self.classes.get(class).map_or("", String::as_str);
        if text::is_drawable(name) {
            text::fitted(name, LABEL, NAME)
        } else {
            text::fitted(&format!("{}: {name}", class + 1), LABEL, NAME)
        }
    }

    /// Returns the median point, axis by axis, of each named class with visible points.
    fn medians(&self, inside: &[(usize, (f64, f64))]) -> Vec<(usize, (f64, f64))> {
        let mut found = Vec::new();
        for class in 0..self.classes.len() {
            let of_class = || inside.iter().filter(|(i, _)| self.class(*i) == Some(class));
            let x = median(of_class().map(|(_, p)| p.0).collect());
            let y = median(of_class().map(|(_, p)| p.1).collect());
            found.extend(x.zip(y).map(|point| (class, point)));
        }
        found
    }
}

fn is_finite(point: &(f64, f64)) -> bool {
    point.0.is_finite() && point.1.is_finite()
}

/// Returns both axes with the length of the longer one.
fn even(x: &Axis, y: &Axis) -> (Axis, Axis) {
    let length = |axis: &Axis| axis.range().end - axis.range().start;
    let half = length(x).max(length(y)) / 2.0;
    let around = |axis: &Axis| {
        let middle = f64::midpoint(axis.range().start, axis.range().end);
        Axis::linear(middle - half, middle + half)
    };
    (around(x), around(y))
}

/// Describes the number of points, and how many are not shown and why.
fn note(points: &[(f64, f64)], inside: usize) -> String {
    let finite = points.iter().filter(|p| is_finite(p)).count();
    let mut note = match points.len() {
        0 => "no points to show".to_owned(),
        n => counted(n, "point"),
    };
    if finite > inside {
        note = join(&note, &format!("{} outside the axes", thousands(finite - inside)));
    }
    if points.len() > finite {
        note = join(&note, &format!("{} not finite", thousands(points.len() - finite)));
    }
    note
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scatter<'a>(codes: &'a [f32], labels: &'a [u16], classes: &'a [String]) -> Scatter<'a> {
        let (title, x_label, y_label) = (String::new(), "z[0]".to_owned(), "z[1]".to_owned());
        let view = View::Ranges([(-4.0, 4.0); 2]);
        Scatter { title, x_label, y_label, codes, labels, classes, view }
    }

    #[test]
    fn the_note_counts_points_outside_and_non_finite_points() {
        let codes = [0.0, 0.0, 5.0, 0.0, f32::NAN, 1.0, 0.0, f32::INFINITY, 1.0, -4.0];
        let points: Vec<_> = codes.chunks(2).map(|c| (f64::from(c[0]), f64::from(c[1]))).collect();
        assert_eq!(note(&points, 2), "5 points · 1 outside the axes · 2 not finite");
        assert_eq!(note(&[], 0), "no points to show");
    }

    #[test]
    fn a_class_is_marked_at_its_median() {
        let classes = ["a".to_owned(), "b".to_owned(), "none".to_owned()];
        let labels = [0, 0, 0, 1, 1, 9];
        let shown = scatter(&[], &labels, &classes);
        let points = [(0.0, 9.0), (1.0, 3.0), (50.0, 5.0), (1.0, 1.0), (2.0, 3.0), (7.0, 7.0)];
        let inside: Vec<_> = points.into_iter().enumerate().collect();
        assert_eq!(shown.medians(&inside), [(0, (1.0, 5.0)), (1, (1.5, 2.0))]);
    }

    #[test]
    fn a_legend_says_how_many_classes_it_leaves_out() {
        let classes: Vec<String> = (0..32).map(|class| format!("class {class}")).collect();
        let names = |count: usize| -> Vec<String> {
            let labels: Vec<u16> = (0..32).collect();
            let legend = scatter(&[0.0; 64], &labels, &classes[..count]).legend();
            legend.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(26), classes[..26]);
        assert_eq!(names(32)[24..], ["class 24", "and 7 more"]);
    }

    #[test]
    fn a_legend_lists_only_classes_that_occur() {
        let classes = ["a", "b", "c"].map(str::to_owned);
        // The last label has no point.
        let legend = scatter(&[0.0; 6], &[2, 0, 2, 1], &classes).legend();
        assert_eq!(legend, [("a".to_owned(), class_colour(0)), ("c".to_owned(), class_colour(2))]);
    }

    #[test]
    fn names_are_shortened_and_numbered_if_they_cannot_be_drawn() {
        let classes = ["a very long name ".repeat(9), "猫".to_owned(), "犬".to_owned()];
        let shown = scatter(&[], &[], &classes);
        assert!(shown.name(0).contains('…') && text::width(&shown.name(0), LABEL) <= NAME);
        assert_eq!([shown.name(1), shown.name(2), shown.name(3)], ["2: 猫", "3: 犬", ""]);
    }

    #[test]
    fn even_axes_have_one_unit_and_all_points() {
        let codes = [-50.0, 1.0, 50.0, 2.0, f32::NAN, 900.0];
        let points: Vec<_> = codes.chunks(2).map(|c| (f64::from(c[0]), f64::from(c[1]))).collect();
        let shown = Scatter { view: View::Even, ..scatter(&codes, &[], &[]) };
        let (x, y) = shown.axes(&points);
        assert!(points[..2].iter().all(|p| x.holds(p.0) && y.holds(p.1)));
        let [x, y] = [x, y].map(|axis| axis.range());
        assert!((x.end - x.start - (y.end - y.start)).abs() < 1e-9, "{x:?} {y:?}");
        let fit = Scatter { view: View::Fit, ..shown };
        assert!(!fit.axes(&points).1.holds(40.0));
    }

    #[test]
    fn points_are_drawn_in_the_colour_of_their_class_and_not_outside_the_axes() {
        let count = |codes: &[f32], labels: &[u16]| {
            let image = scatter(codes, labels, &[]).draw().render();
            let near = |p: &image::Rgb<u8>| (0..3).all(|i| p[i].abs_diff(class_colour(2)[i]) < 60);
            image.pixels().filter(|p| near(p)).count()
        };
        assert!(count(&[1.0, 1.0], &[2]) > 20);
        assert_eq!(count(&[1.0, 1.0], &[0]), 0);
        assert_eq!(count(&[9.0, 1.0], &[2]), 0);
        assert_eq!(count(&[], &[]), 0);
    }
}
