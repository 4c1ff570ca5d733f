//! The table of runs: one row per experiment with mean and deviation, its runs below.

use super::{ROWS, held};
use crate::report::{
    NONE, Report,
    group::{Group, cell},
    run::Run,
};
use crate::spec::Metric;
use crate::{
    statistics::Summary,
    words::{duration, figure},
};
use maud::{Markup, html};

pub(super) fn section(report: &Report) -> Markup {
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
                    @if report.runs.len() > ROWS { (held(&table(report))) } @else { (table(report)) }
                }
            }
            p.soft {
                (Metric::DEFINITIONS)
                @if report.is_repeated() { " " (Summary::WITHIN_DEVIATION) }
            }
        }
    }
}

fn table(report: &Report) -> Markup {
    let keys = &report.keys;
    html! {
        table.runs {
            thead { tr {
                th scope="col" { "run" }
                th scope="col" { "status" }
                @for key in keys { th scope="col" title=(key.path) { (key.label) } }
                @for metric in &report.metrics {
                    th.number scope="col" { (metric.name()) " " (metric.mode().arrow()) }
                }
                @for result in &report.results {
                    th.number scope="col" { (result.name()) " " (result.mode().arrow()) }
                }
                th.number scope="col" { "best epoch" }
                th.number scope="col" { "time" }
            } }
            @for place in report.ranked() {
                @let group = &report.groups[place];
                tbody {
                    @if group.runs.len() > 1 { (group_row(report, group)) }
                    @for index in &group.runs { (run_row(report, &report.runs[*index], group.runs.len() > 1)) }
                }
            }
        }
    }
}

fn group_row(report: &Report, group: &Group) -> Markup {
    let example = &report.runs[group.runs[0]];
    html! {
        tr.group {
            th scope="row" { (group.label) " · " (group.counted(&report.runs)) " runs" }
            td { (report.statuses(group)) }
            @for key in &report.keys { td { (report.cell(example, key)) } }
            @for metric in &report.metrics {
                td.number { (cell(group.stat(&report.runs, *metric))) }
            }
            @for result in &report.results {
                td.number { (cell(group.result(&report.runs, *result))) }
            }
            td.number {}
            td.number {}
        }
    }
}

fn run_row(report: &Report, run: &Run, member: bool) -> Markup {
    html! {
        tr.member[member] {
            th scope="row" { a href=(format!("#run-{}", run.id)) { (run.name) } }
            td { span class=(format!("status {}", run.info.status)) { (run.info.status) } }
            @for key in &report.keys { td { (report.cell(run, key)) } }
            @let metrics = report.metrics.iter().map(|metric| run.value(*metric));
            @for value in metrics.chain(report.results.iter().map(|result| run.info.result(*result))) {
                @match value {
                    Some(value) => td.number title=(format!("{value:?}")) { (figure(value)) },
                    None => td.number { (NONE) },
                }
            }
            td.number { @if let Some(row) = run.best_row() { (row.epoch) } }
            td.number { (duration(run.seconds())) }
        }
    }
}
