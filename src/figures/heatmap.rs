//! A metric over two swept keys.

use super::number::briefs;
use super::raster;
use super::style::{Colour, INK, LABEL, MARGIN, SOFT, TICK, TITLE, WHITE, blend, luminance};
use super::text::{self, Across, Along, Style, Turn};
use image::{Rgb, RgbImage};

/// One value for each pair of settings.
#[derive(Debug, Clone, Default)]
pub struct Heatmap {
    /// Says what is shown.
    pub title: String,
    /// A smaller line below the title; none when empty.
    pub note: String,
    /// Key that runs across.
    pub x_label: String,
    /// Key that runs down.
    pub y_label: String,
    /// Name of the metric, at the colour bar.
    pub metric: String,
    /// The settings of the first key, from left to right.
    pub columns: Vec<String>,
    /// The settings of the second key, from top to bottom.
    pub rows: Vec<String>,
    /// Row by row; not a number where a run is missing or has no such value.
    pub values: Vec<f64>,
}

/// Sequential, even in lightness, readable for all kinds of colour vision; from low to high. Eight
/// samples in the spirit of viridis, cut off before its darkest end, so that text stays readable.
const RAMP: [[u8; 3]; 8] = [
    [62, 56, 130],
    [54, 90, 140],
    [44, 115, 142],
    [33, 144, 140],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [240, 229, 60],
];

/// The ramp's colour at `part` in [0, 1].
fn ramp(part: f64) -> Colour {
    let place = part.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64;
    let below = (place.floor() as usize).min(RAMP.len() - 2);
    blend(Rgb(RAMP[below]), Rgb(RAMP[below + 1]), (place - below as f64) as f32)
}

/// Width and height of a cell in pixels.
const CELL: (f32, f32) = (104.0, 62.0);
/// Colour of a cell without a value.
const EMPTY: Colour = Rgb([240, 240, 240]);

impl Heatmap {
    /// The heat map as an image, every value written in its cell.
    pub fn render(&self) -> RgbImage {
        let widest = |names: &[String]| {
            names.iter().map(|name| text::width(name, TICK)).fold(0.0, f32::max).min(260.0)
        };
        let texts = briefs(&self.values);
        let value = texts.iter().map(|text| text::width(text, LABEL)).fold(0.0, f32::max);
        let cell = (CELL.0.max(widest(&self.columns) + 20.0).max(value + 24.0).ceil(), CELL.1);
        let left = MARGIN as f32 + LABEL + 22.0 + widest(&self.rows).ceil() + 12.0;
        // Where a smaller line below the title begins.
        let below = MARGIN as f32 + TITLE * text::CAPITAL + 15.0;
        let noted = if self.note.is_empty() { 0.0 } else { TICK + 10.0 };
        let top = MARGIN as f32 + TITLE + 14.0 + noted;
        let (wide, high) = (self.columns.len() as f32 * cell.0, self.rows.len() as f32 * cell.1);
        let bar = 130.0;
        let lines = text::width(&self.title, TITLE).max(text::width(&self.note, TICK));
        let room = lines.max(text::width(&self.x_label, LABEL)).max(360.0);
        let width = (left + wide + bar + 30.0).max(room + left) + MARGIN as f32;
        let down = text::width(&self.y_label, LABEL).max(high);
        let height = top + down.max(40.0) + TICK + LABEL + 44.0 + MARGIN as f32 - 10.0;
        let mut image = RgbImage::from_pixel(width as u32, height as u32, WHITE);
        let style = Style::new(TITLE, INK).bold().at(Across::Left, Along::Top);
        text::draw(&mut image, &self.title, (MARGIN as f32, MARGIN as f32), &style);
        let small = Style::new(TICK, SOFT).at(Across::Left, Along::Top);

        let finite = || self.values.iter().copied().filter(|v| v.is_finite());
        let least = finite().fold(f64::INFINITY, f64::min);
        let most = finite().fold(f64::NEG_INFINITY, f64::max);
        if wide == 0.0 || high == 0.0 || least > most {
            text::draw(&mut image, "no values to show", (MARGIN as f32, below), &small);
            return image;
        }
        text::draw(&mut image, &self.note, (MARGIN as f32, below), &small);
        let part = |v: f64| {
            if most > least { (v / 2.0 - least / 2.0) / (most / 2.0 - least / 2.0) } else { 0.5 }
        };
        self.cells(&mut image, (left, top), cell, (&texts, part));
        self.names(&mut image, (left, top), cell);
        self.bar(&mut image, (left + wide + 36.0, top, high), (least, most));
        image
    }

    fn cells(
        &self,
        image: &mut RgbImage,
        (left, top): (f32, f32),
        cell: (f32, f32),
        (texts, part): (&[String], impl Fn(f64) -> f64),
    ) {
        for row in 0..self.rows.len() {
            for column in 0..self.columns.len() {
                let index = row * self.columns.len() + column;
                let value = self.values.get(index).copied().unwrap_or(f64::NAN);
                let colour = if value.is_finite() { ramp(part(value)) } else { EMPTY };
                let (x, y) = (left + column as f32 * cell.0, top + row as f32 * cell.1);
                let size = (cell.0 as i64 - 2, cell.1 as i64 - 2);
                raster::block(image, (x as i64, y as i64), size, colour);
                let ink = if luminance(colour) > 0.52 { INK } else { WHITE };
                let ink = if value.is_finite() { ink } else { SOFT };
                let middle = (x + cell.0 / 2.0 - 1.0, y + cell.1 / 2.0 - 1.0);
                let style = Style::new(LABEL, ink).at(Across::Centre, Along::Middle);
                let text = texts.get(index).map_or("–", String::as_str);
                text::draw(image, text, middle, &style);
            }
        }
    }

    fn names(&self, image: &mut RgbImage, (left, top): (f32, f32), cell: (f32, f32)) {
        let style = Style::new(TICK, SOFT);
        let (wide, high) = (self.columns.len() as f32 * cell.0, self.rows.len() as f32 * cell.1);
        for (i, name) in self.rows.iter().enumerate() {
            let at = (left - 12.0, top + (i as f32 + 0.5) * cell.1 - 1.0);
            let name = text::fitted(name, TICK, 260.0);
            text::draw(image, &name, at, &style.at(Across::Right, Along::Middle));
        }
        for (i, name) in self.columns.iter().enumerate() {
            let at = (left + (i as f32 + 0.5) * cell.0 - 1.0, top + high + 12.0);
            let name = text::fitted(name, TICK, cell.0 - 8.0);
            text::draw(image, &name, at, &style.at(Across::Centre, Along::Top));
        }
        let style = Style::new(LABEL, INK).at(Across::Centre, Along::Top);
        let centre = (left + wide / 2.0).max(left + text::width(&self.x_label, LABEL) / 2.0);
        text::draw(image, &self.x_label, (centre, top + high + TICK + 27.0), &style);
        let centre = top + high.max(text::width(&self.y_label, LABEL)) / 2.0;
        text::draw(image, &self.y_label, (MARGIN as f32, centre), &style.turned(Turn::Up));
    }

    /// The colour bar at `(x, y)`, as high as the map, with its two ends and its name.
    fn bar(&self, image: &mut RgbImage, (x, y, high): (f32, f32, f32), (least, most): (f64, f64)) {
        let rows = (high as i64 - 2).max(2);
        for row in 0..rows {
            let colour = ramp(1.0 - row as f64 / (rows - 1) as f64);
            raster::block(image, (x as i64, y as i64 + row), (20, 1), colour);
        }
        let style = Style::new(TICK, SOFT);
        let beside = x + 28.0;
        let ends = briefs(&[least, most]);
        text::draw(image, &ends[1], (beside, y), &style.at(Across::Left, Along::Top));
        let foot = style.at(Across::Left, Along::Base);
        text::draw(image, &ends[0], (beside, y + rows as f32), &foot);
        let style = Style::new(TICK, INK).at(Across::Centre, Along::Middle).turned(Turn::Up);
        let name = text::fitted(&self.metric, TICK, (high - 56.0).max(0.0));
        text::draw(image, &name, (beside + 9.0, y + high / 2.0), &style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_runs_from_dark_to_light_and_ends_where_it_should() {
        let light: Vec<f32> = (0..=20).map(|i| luminance(ramp(f64::from(i) / 20.0))).collect();
        assert!(light.windows(2).all(|pair| pair[0] < pair[1]), "{light:?}");
        assert_eq!(ramp(-1.0), Rgb(RAMP[0]));
        assert_eq!(ramp(2.0), Rgb(RAMP[7]));
    }

    #[test]
    fn cells_have_the_colours_of_their_values() {
        let map = Heatmap {
            columns: vec!["a".into(), "b".into()],
            rows: vec!["c".into()],
            values: vec![1.0, 3.0],
            ..Heatmap::default()
        };
        let image = map.render();
        let count = |colour| image.pixels().filter(|p| **p == colour).count();
        assert!(count(Rgb(RAMP[0])) > 3000 && count(Rgb(RAMP[7])) > 3000);
        let broken = Heatmap { values: vec![f64::NAN, 3.0], ..map };
        assert!(broken.render().pixels().filter(|p| **p == EMPTY).count() > 3000);
    }
}
