//! The sheets for runs.

use super::{Group, Row, Sheet};
use image::RgbImage;

fn group<'a>(rows: impl IntoIterator<Item = Row<'a>>, heading: String) -> Group<'a> {
    Group { heading, rows: rows.into_iter().collect() }
}

/// Up to eight images above their reconstructions, four per row: originals 1 to 4, their reconstructions,
/// originals 5 to 8, their reconstructions.
pub fn reconstruction<'a>(
    title: &str,
    originals: &'a [RgbImage],
    reconstructions: &'a [RgbImage],
) -> Sheet<'a> {
    let shown = originals.len().min(reconstructions.len()).min(8);
    let (above, below) = (originals[..shown].chunks(4), reconstructions[..shown].chunks(4));
    let groups = above.zip(below).map(|(above, below)| {
        group([Row::new("original", above), Row::new("reconstruction", below)], String::new())
    });
    Sheet { title: title.to_owned(), groups: groups.collect(), ..Sheet::default() }
}

/// Up to `sets` sets of `columns` images, each set in three rows: original, corrupted, denoised.
pub fn denoising<'a>(
    title: &str,
    originals: &'a [RgbImage],
    corrupted: &'a [RgbImage],
    denoised: &'a [RgbImage],
    (sets, columns): (usize, usize),
) -> Sheet<'a> {
    let shown = originals.len().min(corrupted.len()).min(denoised.len()).min(sets * columns);
    let set = |images: &'a [RgbImage]| images[..shown].chunks(columns.max(1));
    let sets = set(originals).zip(set(corrupted)).zip(set(denoised));
    let groups = sets.map(|((original, corrupted), denoised)| {
        let rows = [("original", original), ("corrupted", corrupted), ("denoised", denoised)];
        group(rows.map(|(label, images)| Row::new(label, images)), String::new())
    });
    Sheet { title: title.to_owned(), groups: groups.collect(), ..Sheet::default() }
}

/// The same images at several noise levels: the originals, then two rows for each `(heading, corrupted,
/// denoised)`, under a heading such as "sigma 0.5".
pub fn noise_levels<'a>(
    title: &str,
    originals: &'a [RgbImage],
    levels: impl IntoIterator<Item = (String, &'a [RgbImage], &'a [RgbImage])>,
) -> Sheet<'a> {
    let clean = group([Row::new("original", originals)], String::new());
    let noisy = levels.into_iter().map(|(heading, corrupted, denoised)| {
        group([Row::new("corrupted", corrupted), Row::new("denoised", denoised)], heading)
    });
    let groups = std::iter::once(clean).chain(noisy).collect();
    Sheet { title: title.to_owned(), groups, ..Sheet::default() }
}

/// True colour, gray and predicted colour side by side: at most `rows` rows of `per_row` such triples.
pub fn colorization<'a>(
    title: &str,
    colour: &'a [RgbImage],
    gray: &'a [RgbImage],
    predicted: &'a [RgbImage],
    (rows, per_row): (usize, usize),
) -> Sheet<'a> {
    let triples = colour.iter().zip(gray).zip(predicted).map(|((c, g), p)| [c, g, p]);
    let triples: Vec<[&RgbImage; 3]> = triples.take(rows * per_row).collect();
    let lines = triples.chunks(per_row.max(1)).map(|line| Row::new("", line.concat()));
    let headings = ["true", "gray", "predicted"].map(str::to_owned);
    Sheet {
        title: title.to_owned(),
        groups: vec![group(lines, String::new())],
        columns: headings.iter().cycle().take(3 * per_row.min(triples.len())).cloned().collect(),
        columns_apart: 3,
        ..Sheet::default()
    }
}

/// Images in reading order, `columns` per row, without labels.
pub fn grid<'a>(title: &str, images: &'a [RgbImage], columns: usize) -> Sheet<'a> {
    let rows = images.chunks(columns.max(1)).map(|line| Row::new("", line));
    let groups = vec![group(rows, String::new())];
    Sheet { title: title.to_owned(), groups, ..Sheet::default() }
}
