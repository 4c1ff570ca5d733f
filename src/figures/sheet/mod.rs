//! Sheets of images that show every pixel exactly: integer upscaling without interpolation.

mod layout;
mod presets;
#[cfg(test)]
mod tests;

pub use presets::{colorization, denoising, grid, noise_levels, reconstruction};

use super::{
    drawing::Drawing,
    pixels,
    style::{INK, LABEL, MARGIN, SOFT, TICK, TITLE},
    text::{self, Across, Along, Style},
};
use image::RgbImage;
use layout::Layout;

/// Images side by side, with a label on the left.
#[derive(Debug, Clone, Default)]
pub struct Row<'a> {
    /// What the row shows; may be empty.
    pub label: String,
    /// Images from left to right.
    pub images: Vec<&'a RgbImage>,
}

impl<'a> Row<'a> {
    /// Returns a labelled row.
    pub fn new(label: impl Into<String>, images: impl IntoIterator<Item = &'a RgbImage>) -> Self {
        Self { label: label.into(), images: images.into_iter().collect() }
    }
}

/// Rows that belong together; groups are separated by a wider gap.
#[derive(Debug, Clone, Default)]
pub struct Group<'a> {
    /// Heading above the group; omitted if empty.
    pub heading: String,
    /// Rows from top to bottom.
    pub rows: Vec<Row<'a>>,
}

/// Images in rows and columns. All columns are as wide as the widest image of the sheet, all rows as high as
/// the highest.
#[derive(Debug, Clone, Default)]
pub struct Sheet<'a> {
    /// Title; omitted if empty.
    pub title: String,
    /// Smaller line below the title; omitted if empty.
    pub note: String,
    /// Groups from top to bottom.
    pub groups: Vec<Group<'a>>,
    /// Headings of the columns, from left to right; may be empty.
    pub columns: Vec<String>,
    /// Number of columns after which there is a wider gap; 0 for none.
    pub columns_apart: usize,
    /// Side of an image pixel in pixels of the sheet, reduced if the sheet would not fit in memory. If not
    /// given, 1 to 8, so that the sheet is about 1,000 pixels wide.
    pub scale: Option<u32>,
}

impl Sheet<'_> {
    /// Draws the sheet.
    pub fn render(&self) -> RgbImage {
        let layout = Layout::of(self);
        let mut drawing = Drawing::new(layout.width as f32, layout.height as f32);
        let label = Style::new(LABEL, SOFT);
        let (left, right) = (MARGIN as f32, layout.right as f32);
        let title = Style::new(layout.title_size, INK).bold().at(Across::Left, Along::Top);
        drawing.text(&self.title, (left, layout.title_y), &title);
        let note = Style::new(TICK, SOFT).at(Across::Left, Along::Top);
        drawing.text(layout.note(self), (left, layout.note_y), &note);
        for (heading, &x) in self.columns.iter().zip(&layout.columns) {
            let (size, style) = layout.column_heading;
            let text = text::fitted(heading, size, style);
            let centre = x as f32 + layout.cell.0 as f32 / 2.0;
            let style = Style::new(size, SOFT).at(Across::Centre, Along::Base);
            drawing.text(&text, (centre, layout.columns_y), &style);
        }
        for (group, &y) in self.groups.iter().zip(&layout.headings) {
            let text = text::fitted(&group.heading, LABEL, right - left);
            drawing.text(&text, (left, y), &Style::new(LABEL, INK).bold());
        }
        let rows = self.groups.iter().flat_map(|group| &group.rows);
        for (row, &y) in rows.clone().zip(&layout.rows) {
            let middle = (left, y as f32 + layout.cell.1 as f32 / 2.0);
            drawing.text(&row.label, middle, &label.at(Across::Left, Along::Middle));
        }
        let mut image = drawing.render();
        let images = rows.flat_map(|row| &row.images);
        for (shown, &place) in images.zip(&layout.places) {
            pixels::draw(&mut image, shown, place, layout.scale);
        }
        image
    }

    /// Returns the top left corner of each image in [`render`](Self::render), row by row.
    pub fn places(&self) -> Vec<(u32, u32)> {
        Layout::of(self).places
    }

    /// Returns the font size of the title: smaller on a narrow sheet, so that it is not cut off.
    fn title_size(&self, room: f32) -> f32 {
        let wide = text::width(&self.title, TITLE);
        if wide > room { (TITLE * room / wide).max(LABEL) } else { TITLE }
    }
}
