//! Compares two experiments over their seeds, in text.

use super::super::text::table;
use crate::{
    report::compare::{
        Comparison,
        pairs::{Paired, Pairs, SIDES},
        quantity::Quantity,
        repeats::{Repeats, over_seeds},
    },
    spec::Difference,
    statistics::CONFIDENCE,
    words::{counted, shortlist},
};

/// At most this many seeds are listed.
const LISTED: usize = 8;

/// Describes the differences between two experiments over their seeds, in paragraphs; none if nothing measures
/// the same in both. Runs of one experiment are no pairs.
pub fn paragraphs(
    repeats: Option<[&Repeats; 2]>,
    pairs: Option<&Pairs<'_>>,
    comparison: &Comparison,
) -> Vec<String> {
    let Some(repeats) = repeats.filter(|_| !comparison.quantities().is_empty()) else {
        return Vec::new();
    };
    match pairs {
        None => over_seeds(repeats).into_iter().collect(),
        Some(pairs) if pairs.runs.len() < 2 => {
            over_seeds(repeats).into_iter().chain([too_few(pairs)]).chain(left_out(pairs)).collect()
        }
        Some(pairs) => differences(pairs, comparison).into_iter().chain(left_out(pairs)).collect(),
    }
}

/// What a confidence interval takes.
pub const ADVICE: &str = "an interval of the difference takes at least two pairs, for which both need the same \
                          `experiment.seed` and `repeats` in [sweep]";

/// Says why there is no confidence interval.
fn too_few(pairs: &Pairs<'_>) -> String {
    match pairs.seeds()[..] {
        [seed] => format!("only one pair of completed runs with the same seed, {seed}; {ADVICE}"),
        _ => format!("no pair of completed runs with the same seed; {ADVICE}"),
    }
}

/// Formats the differences as a table, and explains it.
fn differences(pairs: &Pairs<'_>, comparison: &Comparison) -> Vec<String> {
    let rows = pairs.differences(comparison);
    let titles = ["mean over the pairs", "A", "B", "B - A", &interval(), "better in"];
    let rows: Vec<[String; 6]> = rows.iter().map(|row| cells(row, pairs.runs.len())).collect();
    vec![format!("{}\n\n{}", paired(pairs), table(titles, &rows)), explained()]
}

/// Says how many pairs there are.
pub fn paired(pairs: &Pairs<'_>) -> String {
    format!(
        "{} of completed runs with the same seed: {}",
        counted(pairs.runs.len(), "pair"),
        listed(&pairs.seeds())
    )
}

/// Returns the title of the column of confidence intervals.
pub fn interval() -> String {
    format!("{} % interval", 100.0 * CONFIDENCE)
}

/// Explains the confidence intervals.
pub fn explained() -> String {
    format!(
        "{} % confidence interval of the mean of B - A, by Student's t; one that contains 0 leaves open which is better",
        100.0 * CONFIDENCE
    )
}

/// Formats a row of the table; `count` is the number of pairs of the others.
fn cells((quantity, paired): &(Quantity, Paired), count: usize) -> [String; 6] {
    let fewer = if paired.difference.count == count {
        String::new()
    } else {
        format!(" ({})", counted(paired.difference.count, "pair"))
    };
    let name = quantity.title() + &fewer;
    let [a, b] = means(paired);
    let [difference, interval, better] = apart(paired, quantity.difference());
    [name, a, b, difference, interval, better]
}

/// Formats the means of both experiments.
pub fn means(paired: &Paired) -> [String; 2] {
    paired.sides.map(|side| side.to_string())
}

/// Formats the mean difference, its interval and in how many pairs each experiment is better.
pub fn apart(paired: &Paired, expressed: Difference) -> [String; 3] {
    let open = if paired.is_open() == Some(true) { ", contains 0" } else { "" };
    let [a, b] = paired.better;
    [
        paired.shown(expressed),
        paired.interval(expressed).map_or_else(String::new, |interval| interval + open),
        format!("A {a}, B {b}"),
    ]
}

/// Says which seeds are left out, and why.
pub fn left_out(pairs: &Pairs<'_>) -> Option<String> {
    let reasons = pairs.left_out.iter().map(|seed| seed.describe(SIDES));
    let reasons = shortlist(reasons, LISTED).join(", ");
    let count = pairs.left_out.len();
    (count > 0).then(|| format!("{} left out: {reasons}", counted(count, "seed")))
}

/// Lists seeds in ascending order: `1337 to 1339` if they are consecutive.
pub fn listed(seeds: &[u64]) -> String {
    let are_consecutive = seeds.windows(2).all(|pair| pair[1].checked_sub(pair[0]) == Some(1));
    match seeds {
        [first, _, .., last] if are_consecutive => format!("{first} to {last}"),
        _ => shortlist(seeds.iter().map(u64::to_string), LISTED).join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consecutive_seeds_are_a_range() {
        for (seeds, text) in [
            (&[7][..], "7"),
            (&[7, 8], "7, 8"),
            (&[7, 8, 9], "7 to 9"),
            (&[7, 9, 10], "7, 9, 10"),
            (&[7, 7, 9], "7, 7, 9"),
            (&[1, 3, 4, 5, 6, 7, 8, 9, 10, 11], "1, 3, 4, 5, 6, 7, 8, 9, 2 more"),
        ] {
            assert_eq!(listed(seeds), text);
        }
    }
}
