//! The column that compares experiments with the best one, and its explanation.

use crate::{report::from_best::FromBest, statistics::CONFIDENCE};
use maud::{Markup, html};

/// The cell of an experiment; empty if it is not compared.
pub(super) fn cell(difference: Option<&FromBest>) -> Markup {
    let Some(FromBest { text, details, left_out, .. }) = difference else {
        return html! { td {} };
    };
    let title = (!left_out.is_empty()).then_some(left_out);
    html! {
        td.number.pairs title=[title] {
            (text)
            @for line in details { small { (line) } }
        }
    }
}

/// Explains the column, where `best` is what experiments are compared with.
pub(super) fn note(best: &str) -> Markup {
    html! {
        p.soft {
            "“− best” is the mean difference from " (best) " over pairs of completed runs with the same seed, ± its \
             standard deviation, with its " (100.0 * CONFIDENCE) " % confidence interval by Student's t: one that \
             contains 0 leaves open which is better. The intervals are not corrected for several comparisons, nor \
             for choosing the best by the same runs: of many, some exclude 0 by chance."
        }
    }
}
