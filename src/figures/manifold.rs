//! Decoder outputs for a grid of two-dimensional codes.

use super::{
    axis::Axis,
    drawing::Drawing,
    pixels,
    style::{INK, LABEL, MARGIN, RULE, SOFT, TICK, TITLE},
    text::{self, Across, Along, Style, Turn},
};
use image::RgbImage;

/// Returns the codes of an `n` x `n` manifold over the ranges of z\[0\] and z\[1\], in drawing order: row 0
/// has the largest z\[1\], and z\[0\] increases from left to right. `2 * n * n` values, (z\[0\], z\[1\]) for
/// each image.
pub fn manifold_codes(n: usize, ranges: [(f32, f32); 2]) -> Vec<f32> {
    let at = |(low, high): (f32, f32), i: usize| {
        let part = if n > 1 { i as f32 / (n - 1) as f32 } else { 0.5 };
        low + (high - low) * part
    };
    (0..n * n).flat_map(|i| [at(ranges[0], i % n), at(ranges[1], n - 1 - i / n)]).collect()
}

/// Draws `n` x `n` decoded images, in the order of [`manifold_codes`], without gaps, with axes that give the
/// z of the centre of each image. Missing images stay white.
pub fn manifold(title: &str, images: &[RgbImage], n: usize, ranges: [(f32, f32); 2]) -> RgbImage {
    let cell = images.first().map_or((1, 1), RgbImage::dimensions);
    let cell = (cell.0.max(1), cell.1.max(1));
    let columns = if images.is_empty() { 0 } else { n as u32 };
    let scale = (900 / (columns * cell.0.max(cell.1)).max(1)).clamp(1, 8);
    let scale = if columns * cell.0 * scale < 700 { scale + 1 } else { scale };
    let (wide, high) = (columns * cell.0 * scale, columns * cell.1 * scale);

    let left = MARGIN + (LABEL + TICK + 40.0) as u32;
    let title_room = (text::width(title, TITLE).ceil() as u32).max(420);
    let width = (left + wide + MARGIN + 10).max(title_room + 2 * MARGIN);
    let top = MARGIN + (TITLE * text::CAPITAL) as u32 + 24;
    let bottom = (TICK + LABEL + 44.0) as u32 + MARGIN - 10;
    let mut drawing = Drawing::new(width as f32, (top + high + bottom) as f32);
    drawing.headings(title, if columns == 0 { "no images to show" } else { "" });
    if columns > 0 {
        axes(&mut drawing, (left, top), (wide, high), n, ranges);
    }
    let mut image = drawing.render();
    for (i, shown) in images.iter().take(n * n).enumerate() {
        let (row, column) = ((i / n) as u32, (i % n) as u32);
        let place = (left + column * cell.0 * scale, top + row * cell.1 * scale);
        pixels::draw(&mut image, shown, place, scale);
    }
    image
}

/// Tick marks and labels below and beside a square of `n` x `n` images.
fn axes(
    drawing: &mut Drawing,
    (left, top): (u32, u32),
    (wide, high): (u32, u32),
    n: usize,
    ranges: [(f32, f32); 2],
) {
    let axes = ranges.map(|(from, to)| Axis::linear(from.into(), to.into()));
    let (left, bottom) = (left as f32, (top + high) as f32);
    let (wide, high) = (wide as f32, high as f32);
    // The range's ends are at the centres of the outermost images.
    let along = |axis: &Axis, value: f64| {
        let part = if n > 1 { axis.part(value) as f32 } else { 0.5 };
        (0.5 + part * (n as f32 - 1.0)) / n as f32
    };
    let style = Style::new(TICK, SOFT);
    for (value, label) in axes[0].ticks() {
        let x = (left + along(&axes[0], *value) * wide).floor();
        drawing.block((x, bottom + 3.0), (1.0, 6.0), RULE);
        let below = style.at(Across::Centre, Along::Top);
        drawing.text(label, (x, bottom + 15.0), &below);
    }
    for (value, label) in axes[1].ticks() {
        let y = (bottom - along(&axes[1], *value) * high).floor();
        drawing.block((left - 9.0, y), (6.0, 1.0), RULE);
        let beside = style.at(Across::Right, Along::Middle);
        drawing.text(label, (left - 14.0, y), &beside);
    }
    let style = Style::new(LABEL, INK).at(Across::Centre, Along::Top);
    drawing.text("z[0]", (left + wide / 2.0, bottom + TICK + 27.0), &style);
    let turned = style.turned(Turn::Up);
    drawing.text("z[1]", (MARGIN as f32, bottom - high / 2.0), &turned);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        arch::Size,
        figures::{to_image, to_images},
    };
    use image::Rgb;

    #[test]
    fn row_zero_has_the_largest_z1_and_columns_run_with_z0() {
        let codes = manifold_codes(3, [(-4.0, 4.0); 2]);
        assert_eq!(codes[..6], [-4.0, 4.0, 0.0, 4.0, 4.0, 4.0]);
        assert_eq!(codes[12..], [-4.0, -4.0, 0.0, -4.0, 4.0, -4.0]);
        assert_eq!(manifold_codes(1, [(-4.0, 2.0); 2]), [-1.0, -1.0]);
        assert!(manifold_codes(0, [(0.0, 1.0); 2]).is_empty());
    }

    #[test]
    fn each_axis_has_its_own_range_and_ticks() {
        let codes = manifold_codes(2, [(-1.0, 1.0), (5.0, 9.0)]);
        assert_eq!(codes, [-1.0, 9.0, 1.0, 9.0, -1.0, 5.0, 1.0, 5.0]);
        let size = Size::new(28, 28, 1);
        let drawn = |ranges| manifold("", &vec![to_image(&[0.0; 784], size); 4], 2, ranges);
        let (one, other) = (drawn([(-1.0, 1.0), (5.0, 9.0)]), drawn([(-1.0, 1.0), (2.0, 3.0)]));
        let differ = one.enumerate_pixels().filter(|(x, y, p)| *p != other.get_pixel(*x, *y));
        let right = differ.map(|(x, ..)| x).max().expect("other labels beside z[1]");
        assert!(right < MARGIN + (LABEL + TICK + 40.0) as u32, "{right}");
    }

    #[test]
    fn images_touch_and_are_shown_exactly() {
        let values: Vec<f32> = (0..16).map(|i| (i * 16) as f32 / 255.0).collect();
        let image =
            manifold("Manifold", &to_images(&values, Size::new(2, 2, 1)), 2, [(-4.0, 4.0); 2]);
        // The corner of the first image is black, its right neighbour 16: find the corner.
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
    fn no_images_or_an_odd_range_do_not_panic() {
        manifold("Nothing", &[], 30, [(-4.0, 4.0); 2]);
        let size = Size::new(2, 2, 1);
        for range in [(0.0, 0.0), (f32::NAN, 1.0), (4.0, -4.0), (-1e38, f32::INFINITY)] {
            manifold("Odd", &[to_image(&[f32::NAN; 4], size)], 1, [range; 2]);
            manifold("Odd", &vec![to_image(&[], size); 3], 2, [range; 2]);
        }
    }
}
