//! Renders the report as a single HTML file.
//!
//! The page is readable without JavaScript: it contains all text, tables and charts. The script then replaces
//! tables and charts with interactive ones, built from the JSON at the end of the page, which has the same
//! numbers. What would make the page of a large sweep slow to open is [`held`] back until it is looked at.
//!
//! Everything that comes from files passes through maud, which escapes it, or through [`data::for_script`].
//! In addition, a content security policy allows only the page's own style and script, by their hashes, and
//! images inside the page.

mod details;
mod figures;
mod levels;
mod over_keys;
mod reference;
mod table;
mod wall;

use super::{
    REFRESH, Report,
    apart::incomparable,
    chart::{Chart, Line},
    data,
    images::Images,
};
use crate::{
    figures::{Scale, style::LINE_COLOURS},
    sweep::figures::scale,
    train::EpochMetrics,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use wall::Walls;

/// Rows up to which a table is laid out when the page opens.
const ROWS: usize = 100;

const STYLE: &str = include_str!("../assets/style.css");

/// The parts of the script, which share one scope.
const SCRIPT: &str = concat!(
    "'use strict';(() => {\n",
    include_str!("../assets/core.js"),
    include_str!("../assets/state.js"),
    include_str!("../assets/plot.js"),
    include_str!("../assets/table.js"),
    include_str!("../assets/filters.js"),
    include_str!("../assets/curves.js"),
    include_str!("../assets/sweep.js"),
    include_str!("../assets/levels.js"),
    include_str!("../assets/parallel.js"),
    include_str!("../assets/wall.js"),
    include_str!("../assets/details.js"),
    include_str!("../assets/main.js"),
    "})();\n"
);

impl Report {
    /// Returns the page.
    pub fn html(&self) -> String {
        let images = Images::of(self);
        let walls = Walls::of(self, &images);
        let figures = figures::section(self);
        let differences = self.differences();
        let data = data::for_script(&self.data(&images, &differences));
        let policy = format!(
            "default-src 'none'; img-src data:; style-src '{}'; script-src '{}'; base-uri 'none'; form-action 'none'",
            hash(STYLE),
            hash(SCRIPT)
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content=(concat!("runner ", env!("CARGO_PKG_VERSION")));
                    title { (self.title) }
                    // With the script enabled, it reloads by itself: this would reload the original address.
                    @if self.is_training() {
                        noscript { meta http-equiv="refresh" content=(REFRESH); }
                    }
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    (walls.store())
                    (self.head(!figures.0.is_empty()))
                    main {
                        (self.summary_section())
                        @if !self.runs.is_empty() {
                            (table::section(self, &differences))
                            (self.curves())
                            (over_keys::section(self))
                            (levels::section(self))
                            (walls.section())
                            (figures)
                            (details::provenance(self))
                            (details::section(self))
                        }
                    }
                    script type="application/json" id="strips" { (PreEscaped(walls.other_strips())) }
                    script type="application/json" id="data" { (PreEscaped(data)) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string()
    }

    fn head(&self, has_figures: bool) -> Markup {
        html! {
            header.top {
                div {
                    h1 { (self.title) }
                    @if !self.description.is_empty() { p.about { (self.description) } }
                    p.soft {
                        "As of " (now()) ", by runner " (env!("CARGO_PKG_VERSION"))
                        @if self.is_training() { "; " (self.refreshing()) }
                    }
                }
                button #theme .js type="button" { "Theme" }
            }
            nav.js aria-label="Sections" {
                a href="#summary" { "Summary" }
                @if !self.runs.is_empty() {
                    a href="#runs" { "Runs" } a href="#curves" { "Curves" }
                    @if !self.keys.is_empty() { a href="#keys" { "Keys" } }
                    @if !self.levels().is_empty() { a href="#levels" { "Noise levels" } }
                    a href="#images" { "Images" }
                    @if has_figures { a href="#figures" { "Figures" } }
                    a href="#provenance" { "Provenance" }
                    a href="#details" { "Each run" }
                }
            }
        }
    }

    /// How the page follows runs in training.
    const fn refreshing(&self) -> &'static str {
        if self.is_sweep {
            "updates itself every minute while runs train"
        } else {
            "reloads every minute while runs train, in case the report has been rewritten"
        }
    }

    fn summary_section(&self) -> Markup {
        let summary = self.summary();
        html! {
            section #summary {
                h2 { "Summary" }
                p.lead { (summary.lead()) }
                @if !summary.best.is_empty() {
                    ul.best { @for line in &summary.best { li { (line) } } }
                }
                @if !summary.wrong.is_empty() {
                    ul.wrong { @for line in &summary.wrong { li { (line) } } }
                }
            }
        }
    }

    fn curves(&self) -> Markup {
        let metric = self.metric;
        let ranked = self.ranked();
        let lines: Vec<Line> = ranked
            .iter()
            .take(LINE_COLOURS)
            .map(|place| {
                let group = &self.groups[*place];
                let run = &self.runs[group.example(&self.runs)];
                let value = |row: &EpochMetrics| row.value(metric).unwrap_or(f64::NAN);
                let points = run.rows.iter().map(|row| (row.epoch as f64, value(row), None));
                Line { label: group.heading.clone(), points: points.collect(), ..Line::default() }
            })
            .collect();
        let title = match ranked.len() {
            count if count > LINE_COLOURS => {
                let (metric, foremost) = (metric.name(), self.foremost());
                format!("{metric} over epochs, the {foremost} {LINE_COLOURS} of {count}")
            }
            _ => format!("{} over epochs", metric.name()),
        };
        let labels = ["epoch", metric.name()].map(str::to_owned);
        let chart =
            Chart { title, labels, x: Scale::Whole, y: scale(metric), lines, ..Chart::default() };
        html! {
            section #curves {
                h2 { "Learning curves" }
                div.panel { (chart.figure()) (self.caveat()) }
            }
        }
    }

    /// Says next to a chart of the metric why its values cannot be compared; empty if they can.
    fn caveat(&self) -> Markup {
        let reason = incomparable(&self.runs.iter().collect::<Vec<_>>(), self.metric);
        html! { @if let Some(reason) = reason { p.soft { (reason) "." } } }
    }
}

/// Leaves contents to the script, which puts them into the page once they are needed: to it, they are a single
/// text until then. Without a script, they are part of the page like any other.
fn held(contents: &Markup) -> Markup {
    html! { noscript { (contents) } }
}

/// Returns the source expression that allows an inline element in a content security policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn style_and_script_can_stand_in_a_page_as_they_are() {
        assert!(!STYLE.contains("</style") && !STYLE.contains('\r'));
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--") && !SCRIPT.contains('\r'));
    }
}
