//! The frame shared by all plots: title, note, legend, and axes with a grid.

use super::{
    axis::Axis,
    canvas::{Canvas, UNITS, units},
    drawing::Drawing,
    raster::Point,
    style::{Colour, GRID, INK, LABEL, MARGIN, RULE, SOFT, TICK, TITLE},
    text::{self, Across, Along, Style},
};
use plotters::chart::ChartContext;
use plotters::coord::Shift;
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::ValueFormatter;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters_backend::BackendCoord;
use std::convert::Infallible;

/// A plot with axes, ready for series.
pub type Plot<'a, 'b> = ChartContext<'a, Canvas<'b>, Cartesian2d<Axis, Axis>>;
/// Result of drawing; drawing into memory cannot fail.
pub type Drawn = Result<(), DrawingAreaErrorKind<Infallible>>;

/// Maximum height of upright names below an axis, in pixels.
const HIGHEST: f32 = 260.0;

/// The text around a plot, and its size.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    /// Title of the plot.
    pub title: String,
    /// Smaller line below the title; omitted if empty.
    pub note: String,
    /// Label below the horizontal axis.
    pub x_label: String,
    /// Label beside the vertical axis.
    pub y_label: String,
    /// Names and colours of the legend, from left to right below the title; omitted if empty.
    pub legend: Vec<(String, Colour)>,
    /// Meaning of a ring around a point, for the legend; omitted if empty.
    pub ringed: String,
    /// Names and colours of a legend in a column on the right; omitted if empty.
    pub side_legend: Vec<(String, Colour)>,
    /// Pixels on the right to leave free for the caller.
    pub beside: f32,
    /// Width and height in pixels; 1160 x 720 if not given.
    pub size: Option<(u32, u32)>,
}

/// Converts a colour for plotters.
pub fn ink(colour: Colour) -> RGBColor {
    RGBColor(colour[0], colour[1], colour[2])
}

/// Returns the position of a plot's point in its drawing.
pub fn pixels(plot: &Plot, at: (f64, f64)) -> Point {
    let (x, y) = plot.plotting_area().map_coordinate(&at);
    (x as f32 / UNITS as f32, y as f32 / UNITS as f32)
}

impl Frame {
    /// Draws the frame around what `body` draws on its axes.
    pub fn draw(&self, x: Axis, y: Axis, body: impl FnOnce(&mut Plot) -> Drawn) -> Drawing {
        let (width, height) = self.size.unwrap_or((1160, 720));
        let mut drawing = Drawing::new(width as f32, height as f32);
        let top = self.heading(&mut drawing);
        let side = self.side_legend_width().max(self.beside);
        if !self.side_legend.is_empty() {
            let left = width as f32 - side - MARGIN as f32 + 18.0;
            for (i, entry) in self.side_legend.iter().enumerate() {
                let y = top + 14.0 + i as f32 * 31.0;
                swatch(&mut drawing, entry, (left, y), side - 18.0, 7.5);
            }
        }
        // Cannot fail; if it ever did, only the plot would be missing.
        let _ = self.axes(&mut drawing, (top, side), (x, y), body);
        drawing
    }

    /// Returns the size of a figure whose axes enclose a square of about `side` pixels.
    pub fn around_square(&self, side: u32) -> (u32, u32) {
        let margin = MARGIN as f32;
        let left = margin + LABEL + 60.0;
        let words = TITLE * text::CAPITAL + 23.0;
        let note = if self.note.is_empty() { 0.0 } else { TICK * text::CAPITAL + 14.0 };
        let below = TICK + LABEL + 26.0 + margin - 6.0;
        let wide = left + margin + self.side_legend_width();
        (side + wide as u32, side + (margin + words + note + below) as u32)
    }

    /// Draws title, note and legend; returns the top of the plot.
    fn heading(&self, drawing: &mut Drawing) -> f32 {
        let (left, room) = (MARGIN as f32, drawing.width - 2.0 * MARGIN as f32);
        let mut y = MARGIN as f32;
        let wide = text::width(&self.title, TITLE);
        let size = if wide > room { (TITLE * room / wide).max(TICK) } else { TITLE };
        let title = text::fitted(&self.title, size, room);
        let style = Style::new(size, INK).bold().at(Across::Left, Along::Top);
        drawing.text(&title, (left, y), &style);
        y += size * text::CAPITAL + 15.0;
        if !self.note.is_empty() {
            let note = text::fitted(&self.note, TICK, room);
            let style = Style::new(TICK, SOFT).at(Across::Left, Along::Top);
            drawing.text(&note, (left, y), &style);
            y += TICK * text::CAPITAL + 14.0;
        }
        if !self.legend.is_empty() || !self.ringed.is_empty() {
            y += self.legend_rows(drawing, (left, y + 9.0), room);
        }
        y + 8.0
    }

    /// Draws the legend in as many lines as it needs; returns their height.
    fn legend_rows(&self, drawing: &mut Drawing, (left, top): (f32, f32), room: f32) -> f32 {
        let (mut x, mut y) = (left, top);
        let ringed = (self.ringed.clone(), INK);
        let ring = (!self.ringed.is_empty()).then_some(&ringed);
        for (i, entry) in self.legend.iter().chain(ring).enumerate() {
            let wide = text::width(&entry.0, LABEL) + 58.0;
            if x > left && x + wide > left + room {
                (x, y) = (left, y + 30.0);
            }
            if i == self.legend.len() {
                drawing.ring((x + 15.0, y), 8.0, 2.0, entry.1);
            } else {
                drawing.stroke([(x + 2.0, y), (x + 26.0, y)], 4.0, entry.1, 1.0);
            }
            let name = text::fitted(&entry.0, LABEL, room - 36.0);
            let style = Style::new(LABEL, INK).at(Across::Left, Along::Middle);
            drawing.text(&name, (x + 36.0, y), &style);
            x += wide + 14.0;
        }
        y - top + 26.0
    }

    fn side_legend_width(&self) -> f32 {
        let widths = self.side_legend.iter().map(|e| text::width(&e.0, LABEL) + 48.0);
        widths.fold(0.0, f32::max).min(260.0)
    }

    fn axes(
        &self,
        drawing: &mut Drawing,
        (top, side): (f32, f32),
        (x, y): (Axis, Axis),
        body: impl FnOnce(&mut Plot) -> Drawn,
    ) -> Drawn {
        let margin = MARGIN as f32;
        let widest =
            |axis: &Axis| axis.ticks().iter().map(|t| text::width(&t.1, TICK)).fold(0.0, f32::max);
        let labels = (widest(&x), widest(&y));
        // Half a label extends beyond the last tick; names stay within their parts of the axis.
        let right = if x.is_named() { margin } else { margin.max(labels.0 / 2.0) } + side;
        let left = labels.1.max(30.0) + LABEL + 30.0;
        let length = drawing.width - margin - left - right;
        let part = length / x.ticks().len().max(1) as f32;
        let upright = x.is_named() && labels.0 + 12.0 > part;
        let high = if upright { labels.0.min(HIGHEST) } else { TICK };
        let font = |size: f32, colour: Colour| {
            ("text", f64::from(units(size))).into_font().color(&ink(colour))
        };
        let root = Canvas(drawing).into_drawing_area();
        let area = root.margin(units(top), units(margin - 6.0), units(margin), units(right));
        let (ticks, foot) = (x.clone(), y.range().start);
        let mut plot = ChartBuilder::on(&area)
            .x_label_area_size(units(high + LABEL + 26.0))
            .y_label_area_size(units(left))
            .build_cartesian_2d(x, y)?;
        let line = |colour: Colour| ink(colour).stroke_width(units(1.0) as u32);
        plot.configure_mesh()
            .bold_line_style(line(GRID))
            .light_line_style(TRANSPARENT)
            .axis_style(line(RULE))
            .label_style(font(TICK, SOFT))
            .x_label_formatter(&|value| {
                if upright { String::new() } else { ticks.format_ext(value) }
            })
            .axis_desc_style(font(LABEL, INK))
            .set_all_tick_mark_size(units(5.0))
            .x_desc(self.x_label.as_str())
            .y_desc(self.y_label.as_str())
            .draw()?;
        if upright {
            let style = font(TICK, SOFT);
            let at = |value| plot.backend_coord(&(value, foot));
            names_upright(&root, &style, &ticks, part, at)?;
        }
        body(&mut plot)
    }
}

/// Draws names upright below an axis, as many as fit if each has `part` pixels.
fn names_upright(
    root: &DrawingArea<Canvas, Shift>,
    style: &TextStyle,
    axis: &Axis,
    part: f32,
    at: impl Fn(f64) -> BackendCoord,
) -> Drawn {
    let style = style.transform(FontTransform::Rotate270).pos(Pos::new(HPos::Right, VPos::Center));
    let every = (TICK * 1.1 / part).ceil().max(1.0) as usize;
    for (value, name) in axis.ticks().iter().step_by(every) {
        let (x, y) = at(*value);
        root.draw_text(&text::fitted(name, TICK, HIGHEST), &style, (x, y + units(10.0)))?;
    }
    Ok(())
}

/// Draws a legend entry: a disc and a name.
fn swatch(drawing: &mut Drawing, entry: &(String, Colour), (x, y): (f32, f32), room: f32, r: f32) {
    drawing.disc((x + r, y), r, entry.1, 1.0);
    let name = text::fitted(&entry.0, LABEL, room - 26.0);
    let style = Style::new(LABEL, INK).at(Across::Left, Along::Middle);
    drawing.text(&name, (x + 2.0 * r + 9.0, y), &style);
}
