//! The same test pictures for each combination, on one sheet.

use crate::{
    arch::Size,
    figures::{
        Picture,
        sheet::{self, Group, Sheet},
    },
    record::samples::Samples,
    sweep::{Results, Row, groups::groups, labels::Labels},
};
use image::RgbImage;

/// More combinations than this make no sheet that can be looked at.
const MOST: usize = 16;

/// A heading, and rows of pictures with their labels.
type Block = (String, Vec<(&'static str, Vec<f32>)>);

/// Combinations of one data set.
struct Set {
    size: Size,
    originals: Vec<f32>,
    blocks: Vec<Block>,
}

/// The same test pictures for each combination on one sheet: the originals, then what went in and
/// what came out of the first complete run of each. Combinations with other test pictures stand below
/// their own originals. None if there is nothing to show.
pub fn same_pictures(
    results: &Results,
    samples: impl Fn(&Row) -> Option<Samples>,
) -> Option<RgbImage> {
    let groups = groups(&results.rows);
    let complete: Vec<&Row> = groups
        .into_iter()
        .filter_map(|group| group.into_iter().find(|row| row.is_complete()))
        .collect();
    let labels = Labels::of(results);
    let found = complete.iter().filter_map(|row| Some((labels.describe(row), samples(row)?)));
    let sets = sets(found.take(MOST));
    if sets.is_empty() {
        return None;
    }
    let title = format!("{}: the same test pictures", results.name);
    let note = if complete.len() > MOST {
        format!("the first {MOST} of {} combinations", complete.len())
    } else {
        String::new()
    };
    let groups = sets.iter().flat_map(Set::groups).collect();
    Some(Sheet { title, note, groups, ..Sheet::default() }.render())
}

/// Puts what has the same originals together.
fn sets(found: impl Iterator<Item = (String, Samples)>) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    for (heading, samples) in found {
        let Some(size) = samples.targets.first().map(RgbImage::dimensions) else { continue };
        let size = Size::new(size.1 as usize, size.0 as usize, 3);
        let originals = values(&samples.targets);
        let Some(rows) = rows(&samples, &originals) else { continue };
        let same = |set: &&mut Set| set.size == size && set.originals == originals;
        match sets.iter_mut().find(same) {
            Some(set) => set.blocks.push((heading, rows)),
            None => sets.push(Set { size, originals, blocks: vec![(heading, rows)] }),
        }
    }
    sets
}

/// What went in, unless that were the originals, and what came out.
fn rows(samples: &Samples, originals: &[f32]) -> Option<Vec<(&'static str, Vec<f32>)>> {
    let level = samples.levels.first()?;
    let inputs = values(&level.inputs);
    let labels =
        if level.level.is_some() { ["corrupted", "denoised"] } else { ["input", "output"] };
    // A network that reconstructs is given the originals.
    let given = (inputs != originals).then_some((labels[0], inputs));
    Some(given.into_iter().chain([(labels[1], values(&level.outputs))]).collect())
}

fn values(images: &[RgbImage]) -> Vec<f32> {
    images.iter().flat_map(|one| one.iter().map(|byte| f32::from(*byte) / 255.0)).collect()
}

impl Set {
    fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        let row = |label: &str, values| sheet::Row::new(label, Picture::split(values, self.size));
        let clean = Group { heading: String::new(), rows: vec![row("original", &self.originals)] };
        let shown = self.blocks.iter().map(move |(heading, rows)| Group {
            heading: heading.clone(),
            rows: rows.iter().map(|(label, values)| row(label, values)).collect(),
        });
        [clean].into_iter().chain(shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{Status, samples::Level},
        spec::Metric,
    };

    /// Pictures of one shade.
    fn plain(shade: u8, side: u32) -> Vec<RgbImage> {
        vec![RgbImage::from_pixel(side, side, image::Rgb([shade; 3])); 2]
    }

    fn samples(target: u8, side: u32) -> Samples {
        let level =
            Level { level: None, inputs: plain(target, side), outputs: plain(target + 1, side) };
        Samples { targets: plain(target, side), levels: vec![level] }
    }

    #[test]
    fn originals_stand_above_the_runs_that_have_them() {
        let found = [(10, 4), (90, 4), (10, 4), (10, 6)];
        let found = found.map(|(target, side)| (format!("{target}"), samples(target, side)));
        let sets = sets(found.into_iter());
        let headings: Vec<Vec<&str>> = sets
            .iter()
            .map(|set| set.blocks.iter().map(|(heading, _)| heading.as_str()).collect())
            .collect();
        assert_eq!(headings, [vec!["10", "10"], vec!["90"], vec!["10"]]);
        let labels = |set: &Set| -> Vec<String> {
            set.groups().flat_map(|group| group.rows).map(|row| row.label).collect()
        };
        assert_eq!(labels(&sets[0]), ["original", "output", "output"]);
        assert_eq!(labels(&sets[1]), ["original", "output"]);
    }

    #[test]
    fn a_sheet_of_some_combinations_says_so() {
        let rows = |count: usize| -> Results {
            let row = |group| Row { group, status: Some(Status::Completed), ..Row::default() };
            let rows = (0..count).map(row).collect();
            Results { name: "s".to_owned(), keys: Vec::new(), metric: Metric::ValLoss, rows }
        };
        let height = |count| {
            let sheet = same_pictures(&rows(count), |_| Some(samples(10, 4)));
            sheet.expect("a sheet").height()
        };
        assert!(height(MOST - 1) < height(MOST));
        assert!(height(MOST) < height(MOST + 1), "there is a note");
        assert_eq!(height(MOST + 1), height(MOST + 9));
        assert!(same_pictures(&rows(3), |_| None).is_none());
    }
}
