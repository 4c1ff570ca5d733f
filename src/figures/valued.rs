//! A metric over two numbers: points in the plane, coloured by value.

use super::{
    axis::{Axis, Scale},
    canvas::units,
    chart::{Frame, ink, pixels},
    colour_scale::{BAR, ColourScale, GAP},
    drawing::Drawing,
    style::{INK, SOFT},
};
use plotters::prelude::*;

/// Points with values.
#[derive(Debug, Clone, Default)]
pub struct ValuedPoints {
    /// Title of the plot.
    pub title: String,
    /// Smaller line below the title; omitted if empty.
    pub note: String,
    /// Label of the horizontal axis.
    pub x_label: String,
    /// Label of the vertical axis.
    pub y_label: String,
    /// Name of the metric, for the colour bar.
    pub metric: String,
    /// Each point with its value; drawn hollow if the value is not finite.
    pub points: Vec<((f64, f64), f64)>,
    /// Index of the best point, to be ringed.
    pub best: Option<usize>,
}

impl ValuedPoints {
    /// Draws the points. An axis is logarithmic if its coordinates are positive and span more than a decade.
    pub fn draw(&self) -> Drawing {
        let axis = |part: fn(&(f64, f64)) -> f64| {
            Axis::fit(self.points.iter().map(|(at, _)| part(at)), &Scale::Auto)
        };
        let (x, y) = (axis(|at| at.0), axis(|at| at.1));
        let shown = |at: &(f64, f64)| x.holds(at.0) && y.holds(at.1);
        let shown: Vec<_> = self.points.iter().filter(|(at, _)| shown(at)).copied().collect();
        let scale = ColourScale::over(shown.iter().map(|(_, value)| *value));
        let best = self.best.and_then(|best| self.points.get(best)).filter(|p| shown.contains(p));
        let ringed = |(best, scale): (&((f64, f64), f64), ColourScale)| {
            format!("best: {}", scale.write(best.1))
        };
        let frame = Frame {
            title: self.title.clone(),
            note: if scale.is_some() { self.note.clone() } else { "no values to show".to_owned() },
            x_label: self.x_label.clone(),
            y_label: self.y_label.clone(),
            ringed: best.zip(scale).map(ringed).unwrap_or_default(),
            beside: BAR - GAP,
            ..Frame::default()
        };
        let ends = (x.range(), y.range());
        let mut corners = [(0.0, 0.0); 2];
        let mut drawing = frame.draw(x, y, |plot| {
            plot.draw_series(shown.iter().map(|&(at, value)| {
                let scale = scale.filter(|_| value.is_finite());
                let (inside, rim) = match scale.map(|scale| scale.colour(value)) {
                    Some(colour) => (ink(colour), ink(INK).mix(0.5)),
                    None => (WHITE, ink(SOFT).to_rgba()),
                };
                EmptyElement::at(at)
                    + Circle::new((0, 0), units(7.0), inside.filled())
                    + Circle::new((0, 0), units(7.0), rim.stroke_width(units(1.0) as u32))
            }))?;
            let pen = ink(INK).stroke_width(units(2.0) as u32);
            plot.draw_series(best.map(|(at, _)| Circle::new(*at, units(12.0), pen)))?;
            corners = [ends.1.end, ends.1.start].map(|y| pixels(plot, (ends.0.end, y)));
            Ok(())
        });
        let [(right, top), (_, bottom)] = corners;
        if let Some(scale) = scale {
            scale.bar(&mut drawing, (right + GAP, top, bottom - top), &self.metric);
        }
        drawing
    }
}
