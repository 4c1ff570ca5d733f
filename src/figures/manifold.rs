//! What a decoder makes of a grid of two-dimensional codes.

use super::axis::Axis;
use super::picture::Picture;
use super::raster;
use super::style::{INK, LABEL, MARGIN, RULE, SOFT, TICK, TITLE, WHITE};
use super::text::{self, Across, Along, Style, Turn};
use image::RgbImage;

/// The codes of an `n` x `n` manifold over [low, high]^2, in drawing order: row 0 holds the largest
/// z\[1\], and z\[0\] grows from left to right. `2 * n * n` values, (z\[0\], z\[1\]) for each picture.
pub fn manifold_codes(n: usize, (low, high): (f32, f32)) -> Vec<f32> {
    let at = |i: usize| {
        let part = if n > 1 { i as f32 / (n - 1) as f32 } else { 0.5 };
        low + (high - low) * part
    };
    (0..n * n).flat_map(|i| [at(i % n), at(n - 1 - i / n)]).collect()
}

/// `n` x `n` decoded pictures, in the order of [`manifold_codes`], without gaps, with axes that
/// give the z under the centre of each picture. Missing pictures stay white.
pub fn manifold(title: &str, pictures: &[Picture], n: usize, range: (f32, f32)) -> RgbImage {
    let cell = pictures.first().map_or((1, 1), |p| (p.size.width as u32, p.size.height as u32));
    let cell = (cell.0.max(1), cell.1.max(1));
    let columns = if pictures.is_empty() { 0 } else { n as u32 };
    let scale = (900 / (columns * cell.0.max(cell.1)).max(1)).clamp(1, 8);
    let scale = if columns * cell.0 * scale < 700 { scale + 1 } else { scale };
    let (wide, high) = (columns * cell.0 * scale, columns * cell.1 * scale);

    let left = MARGIN + (LABEL + TICK + 40.0) as u32;
    let title_room = (text::width(title, TITLE).ceil() as u32).max(420);
    let width = (left + wide + MARGIN + 10).max(title_room + 2 * MARGIN);
    let top = MARGIN + (TITLE * text::CAPITAL) as u32 + 24;
    let bottom = (TICK + LABEL + 44.0) as u32 + MARGIN - 10;
    let mut image = RgbImage::from_pixel(width, top + high + bottom, WHITE);
    let style = Style::new(TITLE, INK).bold().at(Across::Left, Along::Top);
    text::draw(&mut image, title, (MARGIN as f32, MARGIN as f32), &style);
    if columns == 0 {
        let note = Style::new(TICK, SOFT).at(Across::Left, Along::Top);
        let below = MARGIN as f32 + TITLE * text::CAPITAL + 15.0;
        text::draw(&mut image, "no pictures to show", (MARGIN as f32, below), &note);
        return image;
    }
    for (i, picture) in pictures.iter().take(n * n).enumerate() {
        let (row, column) = ((i / n) as u32, (i % n) as u32);
        picture.draw(
            &mut image,
            (left + column * cell.0 * scale, top + row * cell.1 * scale),
            scale,
        );
    }
    axes(&mut image, (left, top), (wide, high), n, range);
    image
}

/// Tick marks and labels below and beside a square of `n` x `n` pictures.
fn axes(
    image: &mut RgbImage,
    (left, top): (u32, u32),
    (wide, high): (u32, u32),
    n: usize,
    range: (f32, f32),
) {
    let axis = Axis::linear(range.0.into(), range.1.into());
    let (left, bottom) = (left as f32, (top + high) as f32);
    let (wide, high) = (wide as f32, high as f32);
    for (value, label) in axis.ticks() {
        // The range's ends lie under the centres of the outermost pictures.
        let part = if n > 1 { axis.part(*value) as f32 } else { 0.5 };
        let along = (0.5 + part * (n as f32 - 1.0)) / n as f32;
        let (x, y) = ((left + along * wide).floor(), (bottom - along * high).floor());
        raster::block(image, (x as i64, bottom as i64 + 3), (1, 6), RULE);
        raster::block(image, (left as i64 - 9, y as i64), (6, 1), RULE);
        let style = Style::new(TICK, SOFT);
        let below = style.at(Across::Centre, Along::Top);
        text::draw(image, label, (x, bottom + 15.0), &below);
        let beside = style.at(Across::Right, Along::Middle);
        text::draw(image, label, (left - 14.0, y), &beside);
    }
    let style = Style::new(LABEL, INK).at(Across::Centre, Along::Top);
    text::draw(image, "z[0]", (left + wide / 2.0, bottom + TICK + 27.0), &style);
    let turned = style.turned(Turn::Up);
    text::draw(image, "z[1]", (MARGIN as f32, bottom - high / 2.0), &turned);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Size;
    use image::Rgb;

    #[test]
    fn row_zero_has_the_largest_z1_and_columns_run_with_z0() {
        let codes = manifold_codes(3, (-4.0, 4.0));
        assert_eq!(codes[..6], [-4.0, 4.0, 0.0, 4.0, 4.0, 4.0]);
        assert_eq!(codes[12..], [-4.0, -4.0, 0.0, -4.0, 4.0, -4.0]);
        assert_eq!(manifold_codes(1, (-4.0, 2.0)), [-1.0, -1.0]);
        assert!(manifold_codes(0, (0.0, 1.0)).is_empty());
    }

    #[test]
    fn pictures_touch_and_are_shown_exactly() {
        let values: Vec<f32> = (0..16).map(|i| (i * 16) as f32 / 255.0).collect();
        let image =
            manifold("Manifold", &Picture::split(&values, Size::new(2, 2, 1)), 2, (-4.0, 4.0));
        // The corner of the first picture is black, its right neighbour 16: find the corner.
        let corner = image.enumerate_pixels().find(|p| {
            let right = image.get_pixel_checked(p.0 + 8, p.1);
            *p.2 == Rgb([0; 3]) && right == Some(&Rgb([0; 3])) && p.0 > 60 && p.1 > 40
        });
        let (x, y) = corner.map(|p| (p.0, p.1)).expect("a black square");
        let scale = (x..image.width())
            .take_while(|&x| *image.get_pixel(x, y) == Rgb([0; 3]))
            .count() as u32;
        let shown = |column: u32, row: u32| image.get_pixel(x + column * scale, y + row * scale)[0];
        let rows: Vec<Vec<u8>> = (0..4).map(|r| (0..4).map(|c| shown(c, r)).collect()).collect();
        assert_eq!(rows[0], [0, 16, 64, 80]);
        assert_eq!(rows[1], [32, 48, 96, 112]);
        assert_eq!(rows[2], [128, 144, 192, 208]);
        assert_eq!(rows[3], [160, 176, 224, 240]);
    }

    #[test]
    fn no_pictures_or_an_odd_range_do_not_panic() {
        manifold("Nothing", &[], 30, (-4.0, 4.0));
        let size = Size::new(2, 2, 1);
        for range in [(0.0, 0.0), (f32::NAN, 1.0), (4.0, -4.0), (-1e38, f32::INFINITY)] {
            manifold("Odd", &[Picture::new(&[f32::NAN; 4], size)], 1, range);
            manifold("Odd", &[Picture::new(&[], size); 3], 2, range);
        }
    }
}
