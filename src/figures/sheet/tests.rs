use super::*;
use crate::arch::Size;
use crate::figures::style::{NOT_A_NUMBER, WHITE};
use crate::figures::{columns, to_image, to_images};
use proptest::prelude::*;

/// Images whose values are whole multiples of 1/255, so that 8 bits represent them exactly.
fn values(count: usize, size: Size) -> Vec<f32> {
    (0..count * size.len()).map(|i| ((i * 37 + i / 7) % 256) as f32 / 255.0).collect()
}

/// Checks that each pixel of each image is a uniform square, and returns the top left corners of the images.
fn assert_shows_exactly(sheet: &Sheet) -> Vec<(u32, u32)> {
    let (drawn, Layout { places, scale, .. }) = (sheet.render(), Layout::of(sheet));
    let images: Vec<_> =
        sheet.groups.iter().flat_map(|g| &g.rows).flat_map(|r| &r.images).collect();
    assert_eq!(places.len(), images.len());
    for (image, (left, top)) in images.iter().zip(&places) {
        for (x, y) in (0..image.width() * scale)
            .flat_map(|x| (0..image.height() * scale).map(move |y| (x, y)))
        {
            let shown = drawn.get_pixel(left + x, top + y);
            assert_eq!(shown, image.get_pixel(x / scale, y / scale), "{x}, {y}");
        }
    }
    places
}

#[test]
fn the_reconstruction_sheet_is_a_four_by_four_grid_of_the_exact_images() {
    let size = Size::new(5, 4, 1);
    let (a, b) = (values(9, size), values(10, size));
    let (originals, copies) = (to_images(&a, size), to_images(&b[7..], size));
    let sheet = reconstruction("Test digits", &originals, &copies);
    assert_shows_exactly(&sheet);
    let rows: Vec<_> = sheet.groups.iter().flat_map(|group| &group.rows).collect();
    let labels: Vec<_> = rows.iter().map(|row| row.label.as_str()).collect();
    assert_eq!(labels, ["original", "reconstruction", "original", "reconstruction"]);
    assert!(rows.iter().all(|row| row.images.len() == 4));
    assert_eq!(*rows[2].images[0], originals[4]);
    assert_eq!(*rows[3].images[3], copies[7]);
}

#[test]
fn labels_of_low_rows_do_not_overlap() {
    let size = Size::new(8, 8, 1);
    let images = to_images(&values(3, size), size);
    let rows = |label: &'static str| {
        let rows = images.iter().map(|image| Row::new(label, [image]));
        let groups = vec![Group { rows: rows.collect(), ..Group::default() }];
        let sheet = Sheet { groups, scale: Some(1), ..Sheet::default() };
        assert_shows_exactly(&sheet).into_iter().map(|(_, y)| y).collect::<Vec<_>>()
    };
    let labelled = rows("Ägypten");
    assert!(labelled.windows(2).all(|pair| pair[1] - pair[0] >= LABEL as u32), "{labelled:?}");
    let bare = rows("");
    assert!(bare.windows(2).all(|pair| pair[1] - pair[0] < 16), "{bare:?}");
}

#[test]
fn the_denoising_sheet_has_three_sets_of_three_rows_of_nine() {
    let size = Size::new(3, 3, 1);
    let images = to_images(&values(81, size), size);
    let (clean, noisy, denoised) = (&images[..27], &images[27..54], &images[54..]);
    let sheet = denoising("Denoising", clean, noisy, denoised, (3, 9));
    assert_shows_exactly(&sheet);
    assert_eq!(sheet.groups.len(), 3);
    assert!(sheet.groups.iter().all(|group| group.rows.len() == 3));
    assert_eq!(*sheet.groups[1].rows[2].images[4], denoised[13]);
}

#[test]
fn colour_and_gray_images_share_a_sheet() {
    let (rgb, gray) = (Size::new(4, 4, 3), Size::new(4, 4, 1));
    let (colour, gray) = (to_images(&values(6, rgb), rgb), to_images(&values(6, gray), gray));
    let sheet = colorization("Colorization", &colour, &gray, &colour, (2, 3));
    assert_shows_exactly(&sheet);
    assert_eq!(sheet.columns.len(), 9);
    assert_eq!(*sheet.groups[0].rows[1].images[1], gray[3]);
}

#[test]
fn sheets_of_large_images_are_not_magnified_beyond_memory() {
    let scale = |size: Size, rows: usize| {
        let image = RgbImage::new(size.width as u32, size.height as u32);
        let rows = (0..rows).map(|_| Row::new("", [&image; 4])).collect();
        let groups = vec![Group { rows, ..Group::default() }];
        Layout::of(&Sheet { groups, scale: Some(16), ..Sheet::default() }).scale
    };
    assert_eq!(scale(Size::new(28, 28, 1), 4), 16);
    assert_eq!(scale(Size::new(1024, 1024, 3), 4), 1);
    assert_eq!(scale(Size::new(1024, 16, 1), 40), 4);
    assert_eq!(columns(Size::new(1024, 1024, 3), 4), 11);
    assert_eq!(columns(Size::new(1024, 1024, 3), 999), 1);
}

#[test]
fn headings_of_columns_are_not_shortened_over_small_images() {
    for (side, scale) in [(1, 1), (4, 2), (8, 4), (16, 4), (32, 4)] {
        let size = Size::new(side, side, 3);
        let images = to_images(&values(12, size), size);
        let mut sheet = colorization("Colorization", &images, &images, &images, (10, 4));
        sheet.scale = Some(scale);
        assert_shows_exactly(&sheet);
        let (size, room) = Layout::of(&sheet).column_heading;
        for heading in &sheet.columns {
            assert_eq!(text::fitted(heading, size, room), *heading, "{side} by {scale}");
        }
    }
}

#[test]
fn broken_values_are_magenta_and_missing_images_leave_space() {
    let size = Size::new(2, 2, 1);
    let broken = [f32::NAN, 0.0, f32::NEG_INFINITY, 1.0];
    let images = [to_image(&broken, size)];
    let sheet = grid("Broken", &images, 3);
    let (drawn, Layout { places, scale, .. }) = (sheet.render(), Layout::of(&sheet));
    assert_eq!(*drawn.get_pixel(places[0].0, places[0].1), NOT_A_NUMBER);
    assert_eq!(*drawn.get_pixel(places[0].0, places[0].1 + scale), NOT_A_NUMBER);
}

#[test]
fn a_sheet_without_images_still_has_its_title() {
    for sheet in [Sheet::default(), grid("Nothing", &[], 0), reconstruction("None", &[], &[])] {
        let image = sheet.render();
        assert!(image.width() > 100 && image.pixels().any(|p| *p != WHITE));
    }
}

#[test]
fn a_long_title_is_not_cut_off() {
    let size = Size::new(2, 2, 1);
    let title = "A title that is much longer than one small image is wide, and then some more";
    let image = grid(title, &to_images(&values(1, size), size), 1).render();
    let edge = image.width() - 10;
    let dark = image.enumerate_pixels().filter(|p| *p.2 != WHITE).map(|p| p.0).max();
    assert!(dark.is_some_and(|x| x < edge), "{dark:?} of {edge}");
}

proptest! {
    #[test]
    fn any_sheet_shows_its_images_exactly_and_apart(
        (height, width) in (1_usize..6, 1_usize..6),
        colour in any::<bool>(),
        shape in proptest::collection::vec(0_usize..5, 0..5),
        (scale, apart) in (1_u32..4, 0_usize..4),
        label in "\\PC{0,12}",
    ) {
        let size = Size::new(height, width, if colour { 3 } else { 1 });
        let images = to_images(&values(5, size), size);
        let rows = shape.iter().map(|&n| Row::new(label.clone(), &images[..n]));
        let sheet = Sheet {
            title: label.clone(),
            columns: vec![label.clone(); 3],
            groups: rows.map(|row| Group { heading: label.clone(), rows: vec![row] }).collect(),
            columns_apart: apart,
            scale: Some(scale),
            ..Sheet::default()
        };
        let places = assert_shows_exactly(&sheet);
        for (i, a) in places.iter().enumerate() {
            for b in &places[i + 1..] {
                let (w, h) = (width as u32 * scale, height as u32 * scale);
                prop_assert!(a.0.abs_diff(b.0) > w || a.1.abs_diff(b.1) > h, "{a:?} {b:?}");
            }
        }
    }
}
