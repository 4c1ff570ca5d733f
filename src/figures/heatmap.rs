//! A metric over two swept keys.

use super::{
    colour_scale::{BAR, ColourScale, GAP},
    drawing::Drawing,
    number::briefs,
    style::{Colour, INK, LABEL, MARGIN, SOFT, TICK, TITLE, WHITE, luminance},
    text::{self, Across, Along, Style, Turn},
};
use image::Rgb;

/// One value for each pair of settings.
#[derive(Debug, Clone, Default)]
pub struct Heatmap {
    /// Title of the heat map.
    pub title: String,
    /// Smaller line below the title; omitted if empty.
    pub note: String,
    /// Key of the columns.
    pub x_label: String,
    /// Key of the rows.
    pub y_label: String,
    /// Name of the metric, for the colour bar.
    pub metric: String,
    /// Settings of the columns' key, from left to right.
    pub columns: Vec<String>,
    /// Settings of the rows' key, from top to bottom.
    pub rows: Vec<String>,
    /// Values in row-major order; NaN if a run or its value is missing.
    pub values: Vec<f64>,
    /// Indices of values that cannot be compared with the others. Their cells have no colour.
    pub hollow: Vec<usize>,
}

/// Width and height of a cell in pixels.
const CELL: (f32, f32) = (104.0, 62.0);
/// Colour of a cell without a value.
const EMPTY: Colour = Rgb([240, 240, 240]);

impl Heatmap {
    /// Draws the heat map, with every value written in its cell.
    pub fn draw(&self) -> Drawing {
        let widest = |names: &[String]| {
            names.iter().map(|name| text::width(name, TICK)).fold(0.0, f32::max).min(260.0)
        };
        let texts = briefs(&self.values);
        let value = texts.iter().map(|text| text::width(text, LABEL)).fold(0.0, f32::max);
        let cell = (CELL.0.max(widest(&self.columns) + 20.0).max(value + 24.0).ceil(), CELL.1);
        let left = MARGIN as f32 + LABEL + 22.0 + widest(&self.rows).ceil() + 12.0;
        let noted = if self.note.is_empty() { 0.0 } else { TICK + 10.0 };
        let top = MARGIN as f32 + TITLE + 14.0 + noted;
        let (wide, high) = (self.columns.len() as f32 * cell.0, self.rows.len() as f32 * cell.1);
        let lines = text::width(&self.title, TITLE).max(text::width(&self.note, TICK));
        let room = lines.max(text::width(&self.x_label, LABEL)).max(360.0);
        let width = (left + wide + BAR).max(room + left) + MARGIN as f32;
        let down = text::width(&self.y_label, LABEL).max(high);
        let height = top + down.max(40.0) + TICK + LABEL + 44.0 + MARGIN as f32 - 10.0;
        let mut drawing = Drawing::new(width.trunc(), height.trunc());
        let solid =
            self.values.iter().enumerate().filter(|(index, _)| !self.hollow.contains(index));
        let scale = ColourScale::over(solid.map(|(_, value)| *value));
        let scale = scale.filter(|_| wide > 0.0 && high > 0.0);
        let note = if scale.is_some() { self.note.as_str() } else { "no values to show" };
        drawing.headings(&self.title, note);
        let Some(scale) = scale else { return drawing };
        self.cells(&mut drawing, (left, top), cell, (&texts, scale));
        self.names(&mut drawing, (left, top), cell);
        scale.bar(&mut drawing, (left + wide + GAP, top, high), &self.metric);
        drawing
    }

    fn cells(
        &self,
        drawing: &mut Drawing,
        (left, top): (f32, f32),
        cell: (f32, f32),
        (texts, scale): (&[String], ColourScale),
    ) {
        for row in 0..self.rows.len() {
            for column in 0..self.columns.len() {
                let index = row * self.columns.len() + column;
                let value = self.values.get(index).copied().unwrap_or(f64::NAN);
                let solid = value.is_finite() && !self.hollow.contains(&index);
                let colour = if solid { scale.colour(value) } else { EMPTY };
                let (x, y) = (left + column as f32 * cell.0, top + row as f32 * cell.1);
                drawing.block((x, y), (cell.0 - 2.0, cell.1 - 2.0), colour);
                if value.is_finite() && !solid {
                    drawing.block((x + 2.0, y + 2.0), (cell.0 - 6.0, cell.1 - 6.0), WHITE);
                }
                let ink = if luminance(colour) > 0.52 { INK } else { WHITE };
                let ink = if solid { ink } else { SOFT };
                let middle = (x + cell.0 / 2.0 - 1.0, y + cell.1 / 2.0 - 1.0);
                let style = Style::new(LABEL, ink).at(Across::Centre, Along::Middle);
                let text = texts.get(index).map_or("–", String::as_str);
                drawing.text(text, middle, &style);
            }
        }
    }

    fn names(&self, drawing: &mut Drawing, (left, top): (f32, f32), cell: (f32, f32)) {
        let style = Style::new(TICK, SOFT);
        let (wide, high) = (self.columns.len() as f32 * cell.0, self.rows.len() as f32 * cell.1);
        for (i, name) in self.rows.iter().enumerate() {
            let at = (left - 12.0, top + (i as f32 + 0.5) * cell.1 - 1.0);
            let name = text::fitted(name, TICK, 260.0);
            drawing.text(&name, at, &style.at(Across::Right, Along::Middle));
        }
        for (i, name) in self.columns.iter().enumerate() {
            let at = (left + (i as f32 + 0.5) * cell.0 - 1.0, top + high + 12.0);
            let name = text::fitted(name, TICK, cell.0 - 8.0);
            drawing.text(&name, at, &style.at(Across::Centre, Along::Top));
        }
        let style = Style::new(LABEL, INK).at(Across::Centre, Along::Top);
        let centre = (left + wide / 2.0).max(left + text::width(&self.x_label, LABEL) / 2.0);
        drawing.text(&self.x_label, (centre, top + high + TICK + 27.0), &style);
        let centre = top + high.max(text::width(&self.y_label, LABEL)) / 2.0;
        drawing.text(&self.y_label, (MARGIN as f32, centre), &style.turned(Turn::Up));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::colour_scale::ramp;

    #[test]
    fn cells_have_the_colours_of_their_values() {
        let map = Heatmap {
            columns: vec!["a".into(), "b".into()],
            rows: vec!["c".into()],
            values: vec![1.0, 3.0],
            ..Heatmap::default()
        };
        let image = map.draw().render();
        let count = |colour| image.pixels().filter(|p| **p == colour).count();
        assert!(count(ramp(0.0)) > 3000 && count(ramp(1.0)) > 3000);
        let hollow = Heatmap { hollow: vec![0], ..map.clone() }.draw().render();
        assert!(hollow.pixels().filter(|p| **p == ramp(0.0)).count() < 3000);
        let white = |image: &image::RgbImage| image.pixels().filter(|p| **p == WHITE).count();
        assert!(white(&hollow) > white(&image) + 3000);
        let broken = Heatmap { values: vec![f64::NAN, 3.0], ..map };
        assert!(broken.draw().render().pixels().filter(|p| **p == EMPTY).count() > 3000);
    }
}
