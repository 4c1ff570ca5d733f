//! The same test images for each combination, on one sheet.

use super::without_value;
use crate::{
    arch::Size,
    figures::{
        self,
        lines::join,
        sheet::{self, Group, Sheet},
    },
    record::samples::{Level, SAMPLES, Samples},
    sweep::{Results, Row, groups::groups, labels::Labels},
};
use image::RgbImage;
use std::path::Path;

/// Maximum number of combinations: more would make the sheet unreadable.
const MOST: usize = 16;
/// Maximum number of rows: originals, inputs and outputs of each combination.
const ROWS: usize = 3 * MOST;

/// A heading, and rows of images with their labels.
type Block = (String, Vec<(&'static str, Vec<RgbImage>)>);

/// Combinations with the same test images.
struct Set {
    originals: Vec<RgbImage>,
    blocks: Vec<Block>,
}

/// Draws the same test images for each combination: the originals, then the inputs and outputs of its first
/// complete run. Combinations with other test images follow below their own originals. Large images are
/// fewer. `folder` is the sweep's. `None` if there is nothing to show.
pub fn same_images<'r>(results: &'r Results, folder: &Path) -> Option<RgbImage> {
    let groups = groups(&results.rows);
    let (known, others): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| group.iter().any(|row| row.is_complete()));
    let first = |group: Vec<&'r Row>| group.into_iter().find(|row| row.is_complete());
    let complete: Vec<&Row> = known.into_iter().filter_map(first).collect();
    let labels = Labels::of(results);
    let samples = |row: &Row| {
        let layout = row.info.as_ref()?.samples.as_ref()?;
        Samples::read(&folder.join(&row.folder).join(SAMPLES), layout).ok()
    };
    let found = complete.iter().filter_map(|row| Some((labels.headed(row), samples(row)?)));
    let sets = sets(found.take(MOST));
    if sets.is_empty() {
        return None;
    }
    let title = format!("{}: the same test images", results.name);
    let some = format!("the first {MOST} of {} combinations", complete.len());
    let some = if complete.len() > MOST { &some } else { "" };
    let others = without_value("combination", &others);
    let without = if others.is_empty() { "" } else { "not shown: " };
    let note = join(some, &format!("{without}{others}"));
    let columns = columns(&sets);
    let groups = sets.iter().flat_map(|set| set.groups(columns)).collect();
    Some(Sheet { title, note, groups, ..Sheet::default() }.render())
}

/// Groups combinations with the same originals.
fn sets(found: impl Iterator<Item = (String, Samples)>) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    for (heading, Samples { targets: mut originals, levels }) in found {
        let (Some(first), Some(level)) = (originals.first(), levels.into_iter().next()) else {
            continue;
        };
        // Keep no more than fits while reading the others.
        let most = figures::columns(size(first), ROWS);
        originals.truncate(most);
        let rows = rows(level, &originals, most);
        match sets.iter_mut().find(|set| set.originals == originals) {
            Some(set) => set.blocks.push((heading, rows)),
            None => sets.push(Set { originals, blocks: vec![(heading, rows)] }),
        }
    }
    sets
}

/// Returns the inputs, unless they equal the originals, and the outputs.
fn rows(level: Level, originals: &[RgbImage], most: usize) -> Vec<(&'static str, Vec<RgbImage>)> {
    let Level { strength, mut inputs, mut outputs } = level;
    inputs.truncate(most);
    outputs.truncate(most);
    let labels = if strength.is_some() { ["corrupted", "denoised"] } else { ["input", "output"] };
    // A network that reconstructs gets the originals as inputs.
    let given = (inputs != originals).then_some((labels[0], inputs));
    given.into_iter().chain([(labels[1], outputs)]).collect()
}

/// Returns how many images fit into a row, with all cells as large as the largest image.
fn columns(sets: &[Set]) -> usize {
    let sizes = || sets.iter().flat_map(|set| &set.originals).map(size);
    let largest = |side: fn(Size) -> usize| sizes().map(side).max().unwrap_or(1);
    let place = Size::new(largest(|size| size.height), largest(|size| size.width), 3);
    figures::columns(place, ROWS)
}

fn size(image: &RgbImage) -> Size {
    Size::new(image.height() as usize, image.width() as usize, 3)
}

impl Set {
    fn groups(&self, columns: usize) -> impl Iterator<Item = Group<'_>> {
        let originals = vec![row("original", &self.originals, columns)];
        let clean = Group { heading: String::new(), rows: originals };
        let shown = self.blocks.iter().map(move |(heading, rows)| Group {
            heading: heading.clone(),
            rows: rows.iter().map(|(label, images)| row(label, images, columns)).collect(),
        });
        [clean].into_iter().chain(shown)
    }
}

fn row<'a>(label: &str, images: &'a [RgbImage], columns: usize) -> sheet::Row<'a> {
    sheet::Row::new(label, &images[..images.len().min(columns)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Status;

    /// Images of one shade.
    fn plain(shade: u8, side: u32) -> Vec<RgbImage> {
        vec![RgbImage::from_pixel(side, side, image::Rgb([shade; 3])); 2]
    }

    fn samples(target: u8, side: u32) -> Samples {
        let level =
            Level { strength: None, inputs: plain(target, side), outputs: plain(target + 1, side) };
        Samples { targets: plain(target, side), levels: vec![level] }
    }

    #[test]
    fn originals_are_placed_above_the_runs_that_have_them() {
        let found = [(10, 4), (90, 4), (10, 4), (10, 6)];
        let found = found.map(|(target, side)| (format!("{target}"), samples(target, side)));
        let sets = sets(found.into_iter());
        let headings: Vec<Vec<&str>> = sets
            .iter()
            .map(|set| set.blocks.iter().map(|(heading, _)| heading.as_str()).collect())
            .collect();
        assert_eq!(headings, [vec!["10", "10"], vec!["90"], vec!["10"]]);
        let labels = |set: &Set| -> Vec<String> {
            set.groups(8).flat_map(|group| group.rows).map(|row| row.label).collect()
        };
        assert_eq!(labels(&sets[0]), ["original", "output", "output"]);
        assert_eq!(labels(&sets[1]), ["original", "output"]);
    }

    #[test]
    fn large_images_are_fewer() {
        let sheet = |sides: &[(u32, u32)]| {
            let found = sides.iter().map(|&(width, height)| {
                let images = vec![RgbImage::new(width, height); 3];
                let level =
                    Level { strength: None, inputs: images.clone(), outputs: images.clone() };
                (String::new(), Samples { targets: images, levels: vec![level] })
            });
            let sets = sets(found);
            (sets.iter().map(|set| set.originals.len()).collect::<Vec<_>>(), columns(&sets))
        };
        assert_eq!(sheet(&[(700, 700), (28, 28)]), (vec![2, 3], 2));
        assert_eq!(sheet(&[(1024, 2), (2, 1024)]), (vec![3, 3], 1));
        assert_eq!(sheet(&[(28, 28)]), (vec![3], figures::columns(Size::new(28, 28, 3), ROWS)));
    }

    /// Returns the height of the sheet of runs with these statuses, some of which have samples, if there is one.
    fn sheet_of(runs: Vec<(Status, bool)>) -> Option<u32> {
        let folder = tempfile::tempdir().unwrap();
        let layout = samples(10, 4).write(&folder.path().join(SAMPLES)).unwrap();
        let row = |(group, (status, has_samples)): (usize, (Status, bool))| {
            let mut row = Row::made_up(group, Some(status), None);
            row.info.as_mut()?.samples = has_samples.then(|| layout.clone());
            Some(row)
        };
        let rows = runs.into_iter().enumerate().filter_map(row).collect();
        Some(same_images(&Results { rows, ..Results::default() }, folder.path())?.height())
    }

    #[test]
    fn a_sheet_of_some_combinations_says_so() {
        let height = |count| sheet_of(vec![(Status::Completed, true); count]).expect("a sheet");
        assert!(height(MOST - 1) < height(MOST));
        assert!(height(MOST) < height(MOST + 1), "there is a note");
        assert_eq!(height(MOST + 1), height(MOST + 9));
        assert_eq!(sheet_of(vec![(Status::Completed, false); 3]), None);
    }

    #[test]
    fn a_sheet_without_a_combination_says_so() {
        let height = |status| sheet_of(vec![(Status::Completed, true), (status, false)]);
        assert!(height(Status::Diverged) > height(Status::Completed), "there is a note");
    }
}
