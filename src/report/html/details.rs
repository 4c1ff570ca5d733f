//! The details of each run, and the provenance of all.

use super::held;
use crate::{
    report::{Report, provenance, run::Run},
    words::figure,
};
use maud::{Markup, html};
use std::collections::HashMap;

pub(super) fn section(report: &Report) -> Markup {
    let runs = report.ranked().into_iter().flat_map(|place| &report.groups[place].runs);
    let mut networks: HashMap<&str, &Run> = HashMap::new();
    let runs = runs.map(|index| {
        let this = &report.runs[*index];
        run(report, this, networks.entry(&this.model).or_insert(this))
    });
    html! {
        section #details {
            h2 { "Each run" }
            @for run in runs { (run) }
        }
    }
}

/// The box of a run, where `first` is the first one with the same layers.
fn run(report: &Report, run: &Run, first: &Run) -> Markup {
    html! {
        details.run id=(format!("run-{}", run.id)) data-run=(run.id) open[report.runs.len() == 1] {
            summary {
                span class=(format!("status {}", run.info.status)) { (run.info.status) }
                " " (run.name)
                @if let Some(value) = run.value(report.metric) {
                    span.soft { " · " (report.metric.name()) " " (figure(value)) }
                }
            }
            (held(&contents(report, run, first)))
        }
    }
}

fn contents(report: &Report, run: &Run, first: &Run) -> Markup {
    let last = run.rows.last();
    html! {
        div.columns {
            div {
                h4 { "Metrics" }
                table.plain {
                    thead { tr {
                        th scope="col" { "metric" }
                        th.number scope="col" { "best epoch" @if let Some(row) = run.best_row() { " " (row.epoch) } }
                        th.number scope="col" { "last epoch" @if let Some(row) = last { " " (row.epoch) } }
                    } }
                    tbody {
                        @for metric in &report.metrics { tr {
                            th scope="row" { (metric.name()) }
                            @for row in [run.best_row(), last] {
                                @match row.and_then(|row| row.value(*metric)) {
                                    Some(value) => td.number title=(format!("{value:?}")) { (figure(value)) },
                                    None => td.number {},
                                }
                            }
                        } }
                    }
                }
                (finals(report, run))
                (levels(run))
            }
            div {
                h4 { "Facts" }
                dl { @for (name, value) in provenance::of_run(run) { dt { (name) } dd { (value) } } }
            }
        }
        div.difference {}
        h4 { "Layers" }
        (layers(run, first))
        details.resolved {
            summary { "Resolved experiment" }
            pre.scroll tabindex="0" { (run.resolved) }
        }
    }
}

/// The layers, in the page only once: in the box of the first run that has them. The script copies them from there.
fn layers(run: &Run, first: &Run) -> Markup {
    html! {
        @if first.id == run.id {
            pre.layers.scroll tabindex="0" { (run.model) }
        } @else {
            p.layers { "The same as those of " a href=(format!("#run-{}", first.id)) { (first.name) } "." }
        }
    }
}

/// Final metrics, measured once with the weights of the best epoch.
fn finals(report: &Report, run: &Run) -> Markup {
    let values =
        report.finals.iter().filter_map(|metric| Some((metric, run.info.final_value(*metric)?)));
    let values: Vec<_> = values.collect();
    if values.is_empty() {
        return html! {};
    }
    html! {
        h4 { "Results of the best epoch's weights" }
        table.plain { tbody {
            @for (metric, value) in values { tr {
                th scope="row" { (metric.name()) }
                td.number title=(format!("{value:?}")) { (figure(value)) }
            } }
        } }
    }
}

fn levels(run: &Run) -> Markup {
    let Some(first) = run.levels.first() else { return html! {} };
    let inputs = ["mse", "psnr"].into_iter().filter(|_| first.input.is_some());
    html! {
        h4 { "Tested at noise levels" }
        div.scroll tabindex="0" { table.plain {
            thead { tr {
                th scope="col" { "level" }
                @for (name, _) in first.values() { th.number scope="col" { (name) } }
                @for name in inputs.clone() { th.number scope="col" { "input " (name) } }
            } }
            tbody {
                @for level in &run.levels { tr {
                    th scope="row" { (level.level) }
                    @for (_, value) in level.values() { td.number title=(format!("{value:?}")) { (figure(value)) } }
                    @for name in inputs.clone() { td.number { (level.input_value(name).map_or_else(String::new, figure)) } }
                } }
            }
        } }
    }
}

pub(super) fn provenance(report: &Report) -> Markup {
    html! {
        section #provenance {
            h2 { "Provenance" }
            dl.panel {
                @for (name, values) in report.provenance() { dt { (name) } dd { (values.join(", ")) } }
            }
        }
    }
}
