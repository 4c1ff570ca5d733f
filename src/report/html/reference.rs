//! The column that compares experiments with the best one or with a baseline, and its explanation.

use crate::{
    report::{Report, reference::FromReference},
    statistics::CONFIDENCE,
};
use maud::{Markup, html};

/// The cell of an experiment; empty if it is not compared.
pub(super) fn cell(difference: Option<&FromReference>) -> Markup {
    let Some(FromReference { text, beside, details, .. }) = difference else {
        return html! { td {} };
    };
    let title = (!details.is_empty()).then_some(details);
    html! {
        td.number.pairs title=[title] {
            (text)
            @if !beside.is_empty() { " " small { (beside) } }
        }
    }
}

/// Explains the column, where `best` is what experiments are compared with if there is no baseline.
pub(super) fn note(report: &Report, best: &str) -> Markup {
    let name = report.reference();
    let (what, chosen) = if report.baseline.is_some() {
        (name, "")
    } else {
        (best, ", nor for choosing the best by the same runs")
    };
    html! {
        p.soft {
            "“− " (name) "” is each experiment minus " (what) ": the mean difference over pairs of completed runs with the \
             same seed, ± its standard deviation, and its " (100.0 * CONFIDENCE) " % confidence interval by Student's t: one \
             that contains 0 leaves open which is better. The intervals are not corrected for several comparisons" (chosen)
            ": of many, some exclude 0 by chance."
        }
    }
}
