//! The sheets for runs.

use super::{Group, Row, Sheet};
use crate::figures::picture::Picture;

fn group<'a>(rows: Vec<Row<'a>>, heading: &str) -> Group<'a> {
    Group { heading: heading.to_owned(), rows }
}

/// Up to eight images above their reconstructions, four per row: originals 1 to 4, their reconstructions,
/// originals 5 to 8, their reconstructions.
pub fn reconstruction<'a>(
    title: &str,
    originals: &[Picture<'a>],
    reconstructions: &[Picture<'a>],
) -> Sheet<'a> {
    let shown = originals.len().min(reconstructions.len()).min(8);
    let (above, below) = (originals[..shown].chunks(4), reconstructions[..shown].chunks(4));
    let groups = above.zip(below).map(|(above, below)| {
        let rows =
            [Row::new("original", above.to_vec()), Row::new("reconstruction", below.to_vec())];
        group(rows.into(), "")
    });
    Sheet { title: title.to_owned(), groups: groups.collect(), ..Sheet::default() }
}

/// Up to `sets` sets of `columns` images, each set in three rows: original, corrupted, denoised.
pub fn denoising<'a>(
    title: &str,
    originals: &[Picture<'a>],
    corrupted: &[Picture<'a>],
    denoised: &[Picture<'a>],
    (sets, columns): (usize, usize),
) -> Sheet<'a> {
    let shown = originals.len().min(corrupted.len()).min(denoised.len()).min(sets * columns);
    let set = |pictures: &[Picture<'a>]| -> Vec<Vec<Picture<'a>>> {
        pictures[..shown].chunks(columns.max(1)).map(<[_]>::to_vec).collect()
    };
    let sets = set(originals).into_iter().zip(set(corrupted)).zip(set(denoised));
    let groups = sets.map(|((original, corrupted), denoised)| {
        let rows = [
            Row::new("original", original),
            Row::new("corrupted", corrupted),
            Row::new("denoised", denoised),
        ];
        group(rows.into(), "")
    });
    Sheet { title: title.to_owned(), groups: groups.collect(), ..Sheet::default() }
}

/// The same images at several noise levels: the originals, then two rows for each `(heading, corrupted,
/// denoised)`, under a heading such as "sigma 0.5".
pub fn noise_levels<'a>(
    title: &str,
    originals: &[Picture<'a>],
    levels: &[(String, Vec<Picture<'a>>, Vec<Picture<'a>>)],
) -> Sheet<'a> {
    let clean = group(vec![Row::new("original", originals.to_vec())], "");
    let noisy = levels.iter().map(|(heading, corrupted, denoised)| {
        let rows =
            [Row::new("corrupted", corrupted.clone()), Row::new("denoised", denoised.clone())];
        group(rows.into(), heading)
    });
    let groups = std::iter::once(clean).chain(noisy).collect();
    Sheet { title: title.to_owned(), groups, ..Sheet::default() }
}

/// True colour, gray and predicted colour side by side: at most `rows` rows of `per_row` such triples.
pub fn colorization<'a>(
    title: &str,
    colour: &[Picture<'a>],
    gray: &[Picture<'a>],
    predicted: &[Picture<'a>],
    (rows, per_row): (usize, usize),
) -> Sheet<'a> {
    let triples: Vec<[Picture<'a>; 3]> = colour
        .iter()
        .zip(gray)
        .zip(predicted)
        .map(|((c, g), p)| [*c, *g, *p])
        .take(rows * per_row)
        .collect();
    let lines = triples.chunks(per_row.max(1)).map(|line| Row::new("", line.concat())).collect();
    let headings = ["true", "gray", "predicted"].map(str::to_owned);
    Sheet {
        title: title.to_owned(),
        groups: vec![group(lines, "")],
        columns: headings.iter().cycle().take(3 * per_row.min(triples.len())).cloned().collect(),
        columns_apart: 3,
        ..Sheet::default()
    }
}

/// Images in reading order, `columns` per row, without labels.
pub fn grid<'a>(title: &str, pictures: &[Picture<'a>], columns: usize) -> Sheet<'a> {
    let rows = pictures.chunks(columns.max(1)).map(|line| Row::new("", line.to_vec())).collect();
    Sheet { title: title.to_owned(), groups: vec![group(rows, "")], ..Sheet::default() }
}
