//! Sums up the comparison of two sweeps in words.

use crate::{
    report::compare::pairs::{Paired, SIDES},
    spec::Mode,
    statistics::CONFIDENCE,
};
use std::iter;

/// Says at how many of the points that can be compared, out of `matched`, each sweep has the better mean, how sure that
/// is, and which has it on average over them; `None` without a point.
pub fn verdict(
    points: &[&Paired],
    average: Option<&Paired>,
    matched: usize,
    mode: Mode,
) -> Option<String> {
    let ahead = |side| -> Vec<&Paired> {
        points.iter().copied().filter(|paired| paired.ahead(mode) == side).collect()
    };
    let all = points.len();
    let of_those = if all < matched { " that can be compared" } else { "" };
    let share = |count: usize| match (count, all) {
        (1, 1) => format!("the only point{of_those}"),
        (2, 2) => format!("both points{of_those}"),
        _ if count == all => format!("all {all} points{of_those}"),
        _ => format!("{count} of {all} points{of_those}"),
    };
    let [equal, a, b] = [None, Some(0), Some(1)].map(ahead);
    let mut sides = [(SIDES[0], a), (SIDES[1], b)];
    sides.sort_by_key(|(_, better)| all - better.len());
    let better = sides.iter().filter(|(_, better)| !better.is_empty()).map(|(side, better)| {
        format!("{side} has the better mean at {}{}", share(better.len()), certainty(better))
    });
    let same = (!equal.is_empty()).then(|| format!("A and B are equal at {}", share(equal.len())));
    let counts = better.chain(same).collect::<Vec<_>>().join("; ");
    let on_average = average.and_then(|paired| {
        let side = SIDES[paired.ahead(mode)?];
        let contains = if paired.is_open()? { "contains" } else { "does not contain" };
        Some(format!(
            "On average over the points, {side} has the better mean, with an interval that {contains} 0."
        ))
    });
    let intervals = points.iter().filter(|paired| paired.is_open().is_some()).count();
    let caution = (intervals > 1 && equal.len() < all).then(|| {
        let one_in = (1.0 / (1.0 - CONFIDENCE)).round();
        format!(
            "Intervals are not corrected for several comparisons: even between equals, about one in {one_in} does not \
             contain 0.\nPoints that share their seeds are not independent of each other."
        )
    });
    (all > 0).then(|| {
        iter::once(counts + ".").chain(on_average).chain(caution).collect::<Vec<_>>().join("\n")
    })
}

/// Says at how many of the points the interval tells which is better; empty if none has an interval.
fn certainty(better: &[&Paired]) -> String {
    let count = |open: bool| better.iter().filter(|paired| paired.is_open() == Some(open)).count();
    let (clear, open) = (count(false), count(true));
    match (better.len(), clear) {
        _ if clear + open == 0 => String::new(),
        (1, 1) => ", with an interval that does not contain 0".into(),
        (1, _) => ", with an interval that contains 0".into(),
        (all, _) if clear == all => ", each with an interval that does not contain 0".into(),
        (all, 0) if open == all => ", each with an interval that contains 0".into(),
        (_, 0) => ", at none of them with an interval that does not contain 0".into(),
        _ => format!(", at {clear} of them with an interval that does not contain 0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::summarize;

    /// The differences of pairs.
    fn paired(differences: &[f64]) -> Paired {
        let difference = summarize(differences.iter().copied()).unwrap();
        Paired { sides: [difference; 2], difference, better: [0, 0] }
    }

    /// What is said of the differences at points, each given by those of its pairs.
    fn said(points: &[&[f64]], mode: Mode) -> Option<String> {
        let points: Vec<Paired> = points.iter().copied().map(paired).collect();
        verdict(&points.iter().collect::<Vec<_>>(), None, points.len(), mode)
    }

    #[test]
    fn the_better_sweep_comes_first_and_intervals_are_counted() {
        let clear = [0.5, 0.5, 0.5];
        let open = [0.1, 0.9, -0.5];
        let lost = [-0.5, -0.5, -0.5];
        let counts = |points: &[&[f64]], mode| {
            let said = said(points, mode).unwrap();
            said.split(".\n").next().unwrap().trim_end_matches('.').to_owned()
        };
        let four: [&[f64]; 4] = [&clear, &clear, &open, &lost];
        assert_eq!(
            counts(&four, Mode::Max),
            "B has the better mean at 3 of 4 points, at 2 of them with an interval that does not contain 0; A has the \
             better mean at 1 of 4 points, with an interval that does not contain 0"
        );
        assert!(
            counts(&four, Mode::Min).starts_with("A has the better mean at 3 of 4 points, at 2")
        );
        for (points, expected) in [
            (
                &[&open[..], &open][..],
                "B has the better mean at both points, each with an interval that contains 0",
            ),
            (
                &[&clear[..], &clear],
                "B has the better mean at both points, each with an interval that does not contain 0",
            ),
            (
                &[&open[..], &[0.5]],
                "B has the better mean at both points, at none of them with an interval that does not contain 0",
            ),
            (
                &[&[0.5][..], &[0.0]],
                "B has the better mean at 1 of 2 points; A and B are equal at 1 of 2 points",
            ),
            (
                &[&open[..]],
                "B has the better mean at the only point, with an interval that contains 0",
            ),
        ] {
            assert_eq!(counts(points, Mode::Max), expected);
        }
        assert_eq!(
            said(&[&[0.0], &[0.0]], Mode::Max).unwrap(),
            "A and B are equal at both points."
        );
        assert_eq!(said(&[], Mode::Max), None);
    }

    #[test]
    fn the_average_over_points_has_a_sentence_of_its_own() {
        let open = paired(&[0.1, 0.9, -0.5]);
        let points = [&open; 2];
        for (differences, mode, expected) in [
            (
                &[0.5, 0.5, 0.5][..],
                Mode::Max,
                Some("B has the better mean, with an interval that does not contain 0"),
            ),
            (
                &[0.1, 0.9, -0.5],
                Mode::Min,
                Some("A has the better mean, with an interval that contains 0"),
            ),
            (&[0.5], Mode::Max, None),
        ] {
            let said = verdict(&points, Some(&paired(differences)), 2, mode).unwrap();
            let line =
                said.lines().find_map(|line| line.strip_prefix("On average over the points, "));
            assert_eq!(line, expected.map(|text| format!("{text}.")).as_deref(), "{said}");
        }
    }

    #[test]
    fn several_intervals_come_with_a_caution() {
        let cautions = |points: &[&[f64]]| {
            said(points, Mode::Min).unwrap().matches("one in 20 does not contain 0").count()
        };
        assert_eq!(cautions(&[&[0.1, 0.2], &[0.1, 0.2]]), 1);
        assert_eq!(cautions(&[&[0.1, 0.2], &[0.1]]), 0, "one interval");
    }
}
