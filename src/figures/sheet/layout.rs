//! Lays out a sheet: pure arithmetic, no drawing.

use super::{Row, Sheet};
use crate::{
    figures::style::{LABEL, MARGIN, TICK},
    figures::{PIXELS, text},
};

/// Layout of a sheet. All positions are in pixels of the sheet.
pub(super) struct Layout {
    pub width: u32,
    pub height: u32,
    pub scale: u32,
    /// Width and height of the largest image.
    pub cell: (u32, u32),
    pub right: u32,
    pub title_size: f32,
    pub title_y: f32,
    pub note_y: f32,
    /// Baseline of the column headings.
    pub columns_y: f32,
    /// Font size of the column headings, and the width available to each.
    pub column_heading: (f32, f32),
    pub columns: Vec<u32>,
    /// Baseline of each group's heading.
    pub headings: Vec<f32>,
    pub rows: Vec<u32>,
    /// The top left corner of each image, row by row.
    pub places: Vec<(u32, u32)>,
}

/// Target width of a sheet without a given scale.
const AIM: usize = 1000;
/// Space between row labels and images.
const LABEL_GAP: u32 = 16;
/// Height of a row label, regardless of its letters.
const LABEL_HEIGHT: u32 = LABEL as u32;

impl Layout {
    pub fn of(sheet: &Sheet) -> Self {
        let rows: Vec<&Row> = sheet.groups.iter().flat_map(|group| &group.rows).collect();
        let images = || rows.iter().flat_map(|row| &row.images);
        let count = rows.iter().map(|row| row.images.len()).max().unwrap_or(0);
        let widest = images().map(|p| p.width()).max().unwrap_or(0) as usize;
        let highest = images().map(|p| p.height()).max().unwrap_or(0) as usize;
        let fitting = (AIM / (count * widest).max(1)).clamp(1, 8) as u32;
        let area = (count * widest * rows.len() * highest).max(1);
        let largest = (PIXELS / area).isqrt() as u32;
        let scale = sheet.scale.unwrap_or(fitting).min(largest).max(1);
        let cell = (widest as u32 * scale, highest as u32 * scale);
        let gap = (scale + 1).clamp(3, 6);
        let apart = 5 * gap;
        // Distance between columns: larger than a small image if its heading needs more.
        let pitch = (cell.0 + gap).max(widest_heading(sheet, SMALLEST).ceil() as u32 + 4);

        let labels = rows.iter().map(|row| text::width(&row.label, LABEL).ceil() as u32);
        let label = labels.max().filter(|&w| w > 0).map_or(0, |w| w + LABEL_GAP);
        let columns: Vec<u32> = (0..count)
            .map(|column| {
                let gaps = column.checked_div(sheet.columns_apart).unwrap_or(0) as u32;
                MARGIN + label + column as u32 * pitch + gaps * apart
            })
            .collect();
        let right = columns.last().map_or(MARGIN + 440, |x| x + cell.0);
        let right = right.max(MARGIN + 320).max(MARGIN + heading_width(sheet));
        let room = (right - MARGIN) as f32;

        let mut layout = Self {
            width: right + MARGIN,
            height: 0,
            scale,
            cell,
            right,
            title_size: sheet.title_size(room),
            title_y: 0.0,
            note_y: 0.0,
            columns_y: 0.0,
            column_heading: column_heading(sheet, pitch),
            columns,
            headings: Vec::new(),
            rows: Vec::new(),
            places: Vec::new(),
        };
        // A title too long even at the smallest size widens the sheet.
        let title = text::width(&sheet.title, layout.title_size).ceil() as u32;
        let note = text::width(layout.note(sheet), TICK).ceil() as u32;
        layout.width = layout.width.max(title.max(note) + 2 * MARGIN);
        layout.stack(sheet, gap, apart);
        layout
    }

    /// Returns the line below the title.
    pub fn note<'a>(&self, sheet: &'a Sheet) -> &'a str {
        if self.columns.is_empty() { "no images to show" } else { &sheet.note }
    }

    /// Places everything from top to bottom.
    fn stack(&mut self, sheet: &Sheet, gap: u32, apart: u32) {
        let mut y = MARGIN as f32;
        self.title_y = y;
        if !sheet.title.is_empty() {
            y += self.title_size * text::CAPITAL + 20.0;
        }
        self.note_y = y;
        if !self.note(sheet).is_empty() {
            y += TICK * (text::CAPITAL + text::DESCENT) + 12.0;
        }
        if !sheet.columns.is_empty() {
            self.columns_y = y + self.column_heading.0 * text::CAPITAL + 2.0;
            y = self.columns_y + 10.0;
        }
        let mut y = y.ceil() as u32 + 2;
        // Rows lower than their labels are spaced out, with each image vertically centred.
        let labelled =
            sheet.groups.iter().flat_map(|group| &group.rows).any(|r| !r.label.is_empty());
        let high = self.cell.1.max(if labelled { LABEL_HEIGHT } else { 0 });
        let above = (high - self.cell.1) / 2;
        for (i, group) in sheet.groups.iter().enumerate() {
            y += if i > 0 { apart } else { 0 };
            if !group.heading.is_empty() {
                y += (LABEL * text::CAPITAL).ceil() as u32 + 4;
            }
            self.headings.push(y as f32);
            if !group.heading.is_empty() {
                y += 11;
            }
            for line in &group.rows {
                let top = y + above;
                self.rows.push(top);
                let columns = self.columns.iter().take(line.images.len());
                self.places.extend(columns.map(|&x| (x, top)));
                y += high + gap;
            }
            y -= if group.rows.is_empty() { 0 } else { gap };
        }
        self.height = y + MARGIN;
    }
}

/// Returns the width of the widest group heading.
fn heading_width(sheet: &Sheet) -> u32 {
    let widths = sheet.groups.iter().map(|group| text::width(&group.heading, LABEL).ceil() as u32);
    widths.max().unwrap_or(0)
}

/// Smallest font size of column headings.
const SMALLEST: f32 = TICK * 0.7;

/// Returns the width of the widest column heading at a font size.
fn widest_heading(sheet: &Sheet, size: f32) -> f32 {
    sheet.columns.iter().map(|column| text::width(column, size)).fold(0.0, f32::max)
}

/// Returns the font size of column headings, smaller if columns are narrow, and the width available to each.
fn column_heading(sheet: &Sheet, pitch: u32) -> (f32, f32) {
    let room = pitch as f32 - 2.0;
    let widest = widest_heading(sheet, LABEL);
    // Slightly less than the exact fit, to allow for rounding.
    let fitting = LABEL * (room - 1.0) / widest;
    (if widest > room { fitting.max(SMALLEST) } else { LABEL }, room)
}
