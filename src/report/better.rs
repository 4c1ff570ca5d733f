//! How far a mean is ahead of another, in words.

use super::group::Stat;
use crate::spec::{
    Metric,
    words::{percent, short},
};

/// How much better `best` is than `other`: in percent, or in dB for the signal-to-noise ratio.
pub(super) fn ahead(metric: Metric, best: Stat, other: Stat) -> String {
    let word = if best.mean < other.mean { "lower" } else { "higher" };
    apart_by(metric, [best, other], other.mean)
        .map_or_else(|| "no better".into(), |(size, within)| format!("{size} {word}{within}"))
}

/// How much worse `other` is than `best`, likewise.
pub(super) fn behind(metric: Metric, best: Stat, other: Stat) -> String {
    apart_by(metric, [best, other], best.mean)
        .map_or_else(|| "no worse".into(), |(size, within)| format!("{size} worse{within}"))
}

/// How far two means are apart, as a share of `whole` where that is told in percent, and whether within the
/// deviation; none where they are equal.
fn apart_by(metric: Metric, pair: [Stat; 2], whole: f64) -> Option<(String, &'static str)> {
    let difference = (pair[0].mean - pair[1].mean).abs();
    let size = match metric {
        Metric::ValPsnr => Some(format!("{} dB", short(difference))),
        _ => percent(difference, whole.abs()),
    };
    let size = size.unwrap_or_else(|| short(difference));
    let [one, other] = pair.map(Stat::summary);
    let within = one.is_within_deviation(&other);
    let within = if within { " (within the deviation over seeds)" } else { "" };
    (difference != 0.0).then_some((size, within))
}
