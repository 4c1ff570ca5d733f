//! The table of runs: one row per experiment with mean and deviation, its runs below.

use super::{ROWS, from_best, held};
use crate::{
    report::{
        NONE, Report,
        from_best::FromBest,
        group::{Group, cell},
        run::Run,
    },
    spec::Metric,
    words::{duration, figure},
};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The section of the table, where `differences` are those from the best experiment.
pub(super) fn section(report: &Report, differences: &BTreeMap<usize, FromBest>) -> Markup {
    let table = table(report, differences);
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
            @if !differences.is_empty() {
                (from_best::note(if report.comparable(report.metric) { "the best experiment" } else { "the best experiment of its kind" }))
            }
            p.soft { (Metric::DEFINITIONS) }
        }
    }
}

/// The table, in which `differences` from the best are a column beside the metric if there are any.
fn table(report: &Report, differences: &BTreeMap<usize, FromBest>) -> Markup {
    let keys = report.columns();
    let compared = |of: Option<&FromBest>| (!differences.is_empty()).then(|| from_best::cell(of));
    html! {
        table.runs {
            thead { tr {
                th scope="col" { "run" }
                th scope="col" { "status" }
                @for key in keys { th scope="col" title=(key.path) { (key.label) } }
                @for metric in &report.metrics {
                    th.number scope="col" { (metric.name()) " " (metric.mode().arrow()) }
                    @if *metric == report.metric && !differences.is_empty() {
                        th.number scope="col" { (metric.name()) " − best" }
                    }
                }
                @for metric in &report.finals {
                    th.number scope="col" { (metric.name()) " " (metric.mode().arrow()) }
                }
                th.number scope="col" { "best epoch" }
                th.number scope="col" { "time" }
            } }
            @for place in report.ranked() {
                @let group = &report.groups[place];
                @let from_best = compared(differences.get(&place));
                @let alone = group.runs.len() == 1;
                tbody {
                    @if !alone { (group_row(report, group, from_best.as_ref())) }
                    @let from_best = if alone { from_best } else { compared(None) };
                    @for index in &group.runs { (run_row(report, &report.runs[*index], !alone, from_best.as_ref())) }
                }
            }
        }
    }
}

fn group_row(report: &Report, group: &Group, from_best: Option<&Markup>) -> Markup {
    html! {
        tr.group {
            th scope="row" { (group.label) " · " (group.counted(&report.runs)) " runs" }
            td { (report.statuses(group)) }
            @for key in report.columns() { td { (report.group_cell(group, key)) } }
            @for metric in &report.metrics {
                td.number { (cell(group.stat(&report.runs, *metric))) }
                @if *metric == report.metric && let Some(cell) = from_best { (cell) }
            }
            @for metric in &report.finals {
                td.number { (cell(group.final_stat(&report.runs, *metric))) }
            }
            td.number {}
            td.number {}
        }
    }
}

fn run_row(report: &Report, run: &Run, member: bool, from_best: Option<&Markup>) -> Markup {
    html! {
        tr.member[member] {
            th scope="row" { a href=(format!("#run-{}", run.id)) { (run.name) } }
            td { span class=(format!("status {}", run.info.status)) { (run.info.status) } }
            @for key in report.columns() { td { (run.shown(&key.path)) } }
            @for metric in &report.metrics {
                (value_cell(run.value(*metric)))
                @if *metric == report.metric && let Some(cell) = from_best { (cell) }
            }
            @for metric in &report.finals { (value_cell(run.info.final_value(*metric))) }
            td.number { @if let Some(row) = run.best_row() { (row.epoch) } }
            td.number { (duration(run.seconds())) }
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
