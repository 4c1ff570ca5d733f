//! Sheets of images, every pixel shown exactly: whole-number upscaling, nothing interpolated.

mod layout;
mod presets;
#[cfg(test)]
mod tests;

pub use layout::Place;
pub use presets::{colorization, denoising, grid, noise_levels, reconstruction};

use super::picture::Picture;
use super::style::{INK, LABEL, SOFT, TICK, TITLE, WHITE};
use super::text::{self, Across, Along, Style};
use image::RgbImage;
use layout::Layout;

/// Images side by side, with a label on their left.
#[derive(Debug, Clone, Default)]
pub struct Row<'a> {
    /// What the row shows; may be empty.
    pub label: String,
    /// From left to right.
    pub pictures: Vec<Picture<'a>>,
}

impl<'a> Row<'a> {
    /// A labelled row.
    pub fn new(label: impl Into<String>, pictures: Vec<Picture<'a>>) -> Self {
        Self { label: label.into(), pictures }
    }
}

/// Rows that belong together; a wider gap sets groups apart.
#[derive(Debug, Clone, Default)]
pub struct Group<'a> {
    /// A heading above the group; none when empty.
    pub heading: String,
    /// From top to bottom.
    pub rows: Vec<Row<'a>>,
}

/// Images in rows and columns. Columns are as wide as the widest image, rows as high as the
/// highest, both over the whole sheet.
#[derive(Debug, Clone, Default)]
pub struct Sheet<'a> {
    /// Above everything; none when empty.
    pub title: String,
    /// A smaller line below the title; none when empty.
    pub note: String,
    /// From top to bottom.
    pub groups: Vec<Group<'a>>,
    /// Headings of the columns, from the left; may be empty.
    pub columns: Vec<String>,
    /// A wider gap after every so many columns; 0 for none.
    pub columns_apart: usize,
    /// Side in the sheet's pixels of an image's pixel, less where the sheet would become too large for
    /// memory; none chooses 1 to 8 so that the sheet is about 1,000 pixels wide.
    pub scale: Option<u32>,
}

impl Sheet<'_> {
    /// The sheet as an image.
    pub fn render(&self) -> RgbImage {
        let layout = Layout::of(self);
        let mut image = RgbImage::from_pixel(layout.width, layout.height, WHITE);
        let label = Style::new(LABEL, SOFT);
        let (left, right) = (layout.left as f32, layout.right as f32);
        let title = Style::new(layout.title_size, INK).bold().at(Across::Left, Along::Top);
        text::draw(&mut image, &self.title, (left, layout.title_y), &title);
        let note = Style::new(TICK, SOFT).at(Across::Left, Along::Top);
        text::draw(&mut image, layout.note(self), (left, layout.note_y), &note);
        for (heading, &x) in self.columns.iter().zip(&layout.columns) {
            let (size, style) = layout.column_heading;
            let text = text::fitted(heading, size, style);
            let centre = x as f32 + layout.cell.0 as f32 / 2.0;
            let style = Style::new(size, SOFT).at(Across::Centre, Along::Base);
            text::draw(&mut image, &text, (centre, layout.columns_y), &style);
        }
        for (group, &y) in self.groups.iter().zip(&layout.headings) {
            let text = text::fitted(&group.heading, LABEL, right - left);
            text::draw(&mut image, &text, (left, y), &Style::new(LABEL, INK).bold());
        }
        let rows = self.groups.iter().flat_map(|group| &group.rows);
        for (row, &y) in rows.clone().zip(&layout.rows) {
            let middle = (left, y as f32 + layout.cell.1 as f32 / 2.0);
            text::draw(&mut image, &row.label, middle, &label.at(Across::Left, Along::Middle));
        }
        let pictures = rows.flat_map(|row| &row.pictures);
        for (picture, place) in pictures.zip(&layout.places) {
            picture.draw(&mut image, (place.x, place.y), layout.scale);
        }
        image
    }

    /// Where [`render`](Self::render) puts each image, row by row.
    pub fn places(&self) -> Vec<Place> {
        Layout::of(self).places
    }

    /// Type size of the title: smaller on a narrow sheet, so that it is not cut off.
    fn title_size(&self, room: f32) -> f32 {
        let wide = text::width(&self.title, TITLE);
        if wide > room { (TITLE * room / wide).max(LABEL) } else { TITLE }
    }
}
