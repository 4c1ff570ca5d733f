//! The table of runs: one row per experiment with mean and deviation, its runs below.

use super::{ROWS, held, reference};
use crate::{
    report::{
        NONE, Report,
        compare::quantity::Quantity,
        group::{Group, cell},
        reference::FromReference,
        run::Run,
    },
    spec::Metric,
    words::{duration, figure},
};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The section of the table, where `differences` are those from the best experiment or the baseline.
pub(super) fn section(report: &Report, differences: &BTreeMap<usize, FromReference>) -> Markup {
    let table = Table::of(report, differences).markup();
    html! {
        section #runs {
            h2 { "Runs" }
            p.soft {
                "Metrics are those of each run's best epoch: ↓ lower is better, ↑ higher is better. Rows are initially sorted by "
                (report.metric.name()) "."
                @if report.is_repeated() { " Means are given with the sample standard deviation over seeds." }
            }
            div.panel {
                div.scroll tabindex="0" {
                    // The script writes a table of its own.
                    @if report.runs.len() > ROWS { (held(&table)) } @else { (table) }
                }
            }
            @if Table::of(report, differences).has_differences() {
                (reference::note(report, if report.comparable(report.metric) { "the best experiment" } else { "the best experiment of its kind" }))
            }
            p.soft { (Metric::DEFINITIONS) }
        }
    }
}

/// The table, in which differences are a column beside the metric that decides if there are any.
struct Table<'r> {
    report: &'r Report,
    differences: &'r BTreeMap<usize, FromReference>,
    /// The metrics in front of status and keys, and those behind them.
    quantities: [Vec<Quantity>; 2],
}

impl<'r> Table<'r> {
    fn of(report: &'r Report, differences: &'r BTreeMap<usize, FromReference>) -> Self {
        Self { report, differences, quantities: report.in_front() }
    }

    /// Whether there is a column of differences.
    fn has_differences(&self) -> bool {
        self.quantities.iter().flatten().any(|quantity| self.is_compared(*quantity))
    }

    /// Whether the column of differences follows that of a metric.
    fn is_compared(&self, quantity: Quantity) -> bool {
        quantity == self.report.leading() && !self.differences.is_empty()
    }

    fn markup(&self) -> Markup {
        let Self { report, quantities: [front, others], .. } = self;
        let heads = |quantities: &[Quantity]| {
            html! {
                @for quantity in quantities {
                    th.number scope="col" { (quantity.title()) }
                    @if self.is_compared(*quantity) {
                        th.number scope="col" { (quantity.name()) " − " (report.reference()) }
                    }
                }
            }
        };
        html! {
            table.runs {
                thead { tr {
                    th.name scope="col" { "run" }
                    (heads(front))
                    th scope="col" { "status" }
                    @for key in report.columns() { th scope="col" title=(key.path) { (key.label) } }
                    (heads(others))
                    th.number scope="col" { "best epoch" }
                    th.number scope="col" { "time" }
                } }
                @for place in report.ranked() {
                    @let group = &report.groups[place];
                    @let alone = group.runs.len() == 1;
                    tbody {
                        @if !alone { (self.group_row(place, group)) }
                        @for index in &group.runs { (self.run_row(&report.runs[*index], alone.then_some(place))) }
                    }
                }
            }
        }
    }

    fn group_row(&self, place: usize, group: &Group) -> Markup {
        let Self { report, quantities: [front, others], .. } = self;
        let cells = |quantities: &[Quantity]| {
            html! {
                @for quantity in quantities {
                    td.number { (cell(group.stat_of(&report.runs, *quantity))) }
                    @if self.is_compared(*quantity) { (reference::cell(self.differences.get(&place))) }
                }
            }
        };
        html! {
            tr.group {
                th scope="row" { (group.label) " · " (group.counted(&report.runs)) " runs" }
                (cells(front))
                td { (report.statuses(group)) }
                @for key in report.columns() { td { (report.group_cell(group, key)) } }
                (cells(others))
                td.number {}
                td.number {}
            }
        }
    }

    /// The row of a run, which is that of its whole group if it has a place.
    fn run_row(&self, run: &Run, place: Option<usize>) -> Markup {
        let Self { report, quantities: [front, others], .. } = self;
        let difference = place.and_then(|place| self.differences.get(&place));
        let cells = |quantities: &[Quantity]| {
            html! {
                @for quantity in quantities {
                    (value_cell(quantity.of(run)))
                    @if self.is_compared(*quantity) { (reference::cell(difference)) }
                }
            }
        };
        html! {
            tr.member[place.is_none()] {
                th scope="row" { a href=(format!("#run-{}", run.id)) { (run.name) } }
                (cells(front))
                td { span class=(format!("status {}", run.info.status)) { (run.info.status) } }
                @for key in report.columns() { td { (run.shown(&key.path)) } }
                (cells(others))
                td.number { @if let Some(row) = run.best_row() { (row.epoch) } }
                td.number { (duration(run.seconds())) }
            }
        }
    }
}

fn value_cell(value: Option<f64>) -> Markup {
    html! {
        @match value {
            Some(value) => td.number title=(format!("{value:?}")) { (figure(value)) },
            None => td.number { (NONE) },
        }
    }
}
