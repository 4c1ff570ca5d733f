//! Says in words by how much one mean is better than another.

use crate::{
    spec::{Difference, Metric},
    statistics::Summary,
    words::{counted, percent, short},
};

/// Says how much better `best` is than `other`, as [`Metric::difference`] expresses it.
pub(super) fn ahead(metric: Metric, best: Summary, other: Summary) -> String {
    let word = if best.mean < other.mean { "lower" } else { "higher" };
    apart_by(metric, [best, other], other.mean)
        .map_or_else(|| "no better".into(), |(size, within)| format!("{size} {word}{within}"))
}

/// Says how much worse `other` is than `best`, in the same units.
pub(super) fn behind(metric: Metric, best: Summary, other: Summary) -> String {
    let seeds = if other.count == best.count {
        String::new()
    } else {
        format!(" over {}", counted(other.count, "seed"))
    };
    apart_by(metric, [best, other], best.mean).map_or_else(
        || format!("no worse{seeds}"),
        |(size, within)| format!("{size} worse{seeds}{within}"),
    )
}

/// Returns the difference of two means, of `whole` if in percent, and whether it is within the deviation;
/// `None` if they are equal.
fn apart_by(metric: Metric, pair: [Summary; 2], whole: f64) -> Option<(String, &'static str)> {
    let difference = (pair[0].mean - pair[1].mean).abs();
    let size = match metric.difference() {
        Difference::Percent => percent(difference, whole.abs()),
        Difference::Decibels => Some(format!("{} dB", short(difference))),
        Difference::Plain => None,
    };
    let size = size.unwrap_or_else(|| short(difference));
    let within = pair[0].is_within_deviation(&pair[1]);
    let within = if within { " (within the deviation over seeds)" } else { "" };
    (difference != 0.0).then_some((size, within))
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
