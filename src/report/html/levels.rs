//! Results of networks at noise levels.

use super::{ROWS, held, reference};
use crate::{
    figures::{Scale, style::LINE_COLOURS},
    report::{
        Report,
        chart::Chart,
        levels::Levels,
        table::{Mark, Table},
    },
    sweep::figures::scale,
};
use maud::{Markup, html};

/// A table and a chart for each kind of noise and images; empty if there are none.
pub(super) fn section(report: &Report) -> Markup {
    let all = report.levels();
    if all.is_empty() {
        return html! {};
    }
    html! {
        section #levels {
            h2 { "Noise levels" }
            p.soft {
                "Each network was tested at the same noise levels, whatever its training noise; the best at each level is marked. "
                "Where the noisy images themselves are known, they are the last row, and dashed in the chart."
                @if report.is_repeated() { " Means are given with the sample standard deviation over seeds." }
            }
            @for levels in &all {
                div.panel {
                    @if levels.count() > ROWS {
                        details.more {
                            summary { "Results of " (levels.count()) " networks" }
                            (held(&table(report, levels)))
                        }
                    } @else {
                        (table(report, levels))
                    }
                    @if levels.levels.len() > 1 {
                        // The script draws those that are selected.
                        div data-column=(levels.column) data-groups=(levels.places()) { (chart(levels).figure()) }
                    }
                }
            }
        }
    }
}

fn table(report: &Report, levels: &Levels) -> Markup {
    let Table { head, rows } = levels.table();
    let differences = levels.differences();
    html! {
        h4 { (levels.title()) }
        div.scroll tabindex="0" { table.plain.levels {
            thead { tr {
                @for (place, name) in head.iter().enumerate() {
                    th.number[place > 0] scope="col" { (name) }
                }
                @if let Some((name, _)) = &differences { th.number scope="col" { (name) } }
            } }
            tbody {
                @for (place, cells) in rows.iter().enumerate() { tr {
                    @for name in &cells[..1] { th scope="row" { (name.content.shown()) } }
                    @for value in &cells[1..] { td.number.top1[value.mark == Mark::Best] { (value.content.shown()) } }
                    @if let Some((_, known)) = &differences { (reference::cell(known.get(place))) }
                } }
            }
        } }
        @if differences.is_some() { (reference::note(report, "the best network")) }
    }
}

fn chart(levels: &Levels) -> Chart {
    let column = levels.column.to_owned();
    let mut lines = levels.lines(LINE_COLOURS);
    let some = if levels.count() > lines.len() {
        format!(", {} of {} networks", lines.len(), levels.count())
    } else {
        String::new()
    };
    lines.extend(levels.inputs_line());
    Chart {
        title: format!("{column} over the noise level tested at{some}"),
        labels: ["noise level tested at".to_owned(), column],
        x: Scale::Linear,
        y: scale(levels.metric),
        lines,
        at: levels.levels.clone(),
        marked: true,
        ..Chart::default()
    }
}
