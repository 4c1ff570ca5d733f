//! Says in words by how much one mean is better than another, and how certain that is.

use super::compare::pairs::Paired;
use crate::{
    spec::{Difference, Metric},
    statistics::{CONFIDENCE, Summary},
    words::{counted, percent, short},
};

/// What pairs of completed runs with the same seed tell about the best mean and the next.
pub(super) struct Certainty {
    /// Whether they leave open which is better.
    pub is_open: bool,
    /// What stands beside the mean of the next, in its parentheses.
    beside: String,
    /// What follows.
    after: String,
}

impl Certainty {
    /// Judges two means by the difference between their runs, the best minus the next: its sign is that of the words
    /// for it, positive if the best is higher.
    pub fn of(metric: Metric, [best, next]: [Summary; 2], paired: Option<&Paired>) -> Self {
        let same = best.mean - next.mean == 0.0;
        let is_open = paired.and_then(Paired::is_open).filter(|_| !same);
        let interval = paired.and_then(|paired| paired.interval(metric.difference()));
        let pairs = counted(paired.map_or(0, |paired| paired.difference.count), "pair");
        let share = 100.0 * CONFIDENCE;
        let (beside, after) = match (interval, is_open) {
            _ if same => (String::new(), String::new()),
            (Some(interval), Some(true)) => {
                let of = format!("the {share} % interval of the best minus the next");
                (String::new(), format!(", but {of}, {interval}, contains 0 ({pairs})"))
            }
            (Some(interval), _) => {
                let of = format!("{share} % interval of the best minus the next");
                (format!("; {of} {interval}, {pairs}"), String::new())
            }
            _ if best.count + next.count == 2 => ("; one seed each".to_owned(), String::new()),
            _ => ("; fewer than two pairs of completed runs".to_owned(), String::new()),
        };
        Self { is_open: is_open == Some(true), beside, after }
    }

    /// Puts it around the next mean and a text that follows it.
    pub fn around(&self, next: Summary, then: &str) -> String {
        format!("({next}{}){then}{}", self.beside, self.after)
    }
}

/// Says how much better `best` is than `other`, as [`Metric::difference`] expresses it.
pub(super) fn ahead(metric: Metric, best: Summary, other: Summary) -> String {
    let word = if best.mean < other.mean { "lower" } else { "higher" };
    apart_by(metric, [best, other], other.mean)
        .map_or_else(|| "no better".into(), |size| format!("{size} {word}"))
}

/// Says how much worse `other` is than `best`, in the same units.
pub(super) fn behind(metric: Metric, best: Summary, other: Summary) -> String {
    let seeds = if other.count == best.count {
        String::new()
    } else {
        format!(" over {}", counted(other.count, "seed"))
    };
    let size = apart_by(metric, [best, other], best.mean).unwrap_or_else(|| "no".to_owned());
    format!("{size} worse{seeds}")
}

/// Returns the difference of two means, of `whole` if in percent; `None` if they are equal.
fn apart_by(metric: Metric, pair: [Summary; 2], whole: f64) -> Option<String> {
    let difference = (pair[0].mean - pair[1].mean).abs();
    let size = match metric.difference() {
        Difference::Percent => percent(difference, whole.abs()),
        Difference::Decibels => Some(format!("{} dB", short(difference))),
        Difference::Plain => None,
    };
    let size = size.unwrap_or_else(|| short(difference));
    (difference != 0.0).then_some(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::summarize;

    #[test]
    fn a_mean_over_fewer_seeds_than_the_best_says_so() {
        let stat = |values: &[f64]| summarize(values.iter().copied()).unwrap();
        let best = stat(&[1.0, 1.02]);
        let text = |values: &[f64]| behind(Metric::ValLoss, best, stat(values));
        assert_eq!(text(&[2.0, 2.04]), "100 % worse");
        assert_eq!(text(&[2.02]), "100 % worse over 1 seed");
        assert_eq!(text(&[1.01]), "no worse over 1 seed");
    }

    #[test]
    fn only_losses_and_errors_differ_by_percent() {
        let text = |metric| {
            let [best, other] = [20.5, 20.0].map(|value| summarize([value]).unwrap());
            ahead(metric, best, other)
        };
        assert_eq!(text(Metric::ValLoss), "2.5 % higher");
        assert_eq!(text(Metric::ValPsnr), "0.50 dB higher");
        assert_eq!(text(Metric::ValSsim), "0.50 higher");
    }
}
