//! The report as one HTML file.
//!
//! The page is a document that reads without JavaScript: words, table, charts and pictures are all
//! in it. The script then puts tables and charts that answer in their places, from the JSON at the
//! end of the page, which has the same numbers.
//!
//! Everything that comes from files passes through maud, which escapes it, or through
//! [`data::for_script`]. Besides, a content security policy allows nothing but the page's own style
//! and script, by their hashes, and pictures inside the page.

mod details;
mod table;
mod wall;

use super::{
    Report,
    chart::{Line, chart},
    data,
    group::{self, Stat},
    keys,
    pictures::Pictures,
    run::Run,
};
use crate::{
    figures::{Scale, style::LINE_COLOURS},
    sweep,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};
use std::fmt::Write;

const STYLE: &str = include_str!("../assets/style.css");

/// The script's parts, which share one scope.
const SCRIPT: &str = concat!(
    "'use strict';(() => {\n",
    include_str!("../assets/core.js"),
    include_str!("../assets/state.js"),
    include_str!("../assets/plot.js"),
    include_str!("../assets/table.js"),
    include_str!("../assets/filters.js"),
    include_str!("../assets/curves.js"),
    include_str!("../assets/sweep.js"),
    include_str!("../assets/parallel.js"),
    include_str!("../assets/wall.js"),
    include_str!("../assets/details.js"),
    include_str!("../assets/main.js"),
    "})();\n"
);

impl Report {
    /// The page.
    pub fn html(&self) -> String {
        let pictures = Pictures::of(self);
        let data = data::for_script(&self.data(&pictures));
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
                    link rel="icon" href="data:,";
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    (wall::store(&pictures))
                    (self.head())
                    main {
                        (self.summary_section())
                        @if !self.runs.is_empty() {
                            (table::section(self))
                            (self.curves())
                            (self.over_keys())
                            (wall::section(self, &pictures))
                            (details::section(self))
                            (details::provenance(self))
                        }
                    }
                    script type="application/json" id="data" { (PreEscaped(data)) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string()
    }

    fn head(&self) -> Markup {
        html! {
            header.top {
                div {
                    h1 { (self.title) }
                    @if !self.description.is_empty() { p.about { (self.description) } }
                    p.soft { "As of " (now()) ", by runner " (env!("CARGO_PKG_VERSION")) }
                }
                button #theme .js type="button" { "Theme" }
            }
            nav.js aria-label="Sections" {
                a href="#summary" { "Summary" }
                @if !self.runs.is_empty() {
                    a href="#runs" { "Runs" } a href="#curves" { "Curves" }
                    @if !self.keys.is_empty() { a href="#keys" { "Keys" } }
                    a href="#pictures" { "Pictures" } a href="#details" { "Details" }
                    a href="#provenance" { "Provenance" }
                }
            }
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
                let points = run
                    .rows
                    .iter()
                    .filter_map(|row| Some((row.epoch as f64, row.value(metric)?, None)));
                Line { label: group.label.clone(), points: points.collect() }
            })
            .collect();
        let title = match ranked.len() {
            count if count > LINE_COLOURS => {
                let (metric, foremost) = (metric.name(), self.foremost());
                format!("{metric} over epochs, the {foremost} {LINE_COLOURS} of {count}")
            }
            _ => format!("{} over epochs", metric.name()),
        };
        html! {
            section #curves {
                h2 { "Learning curves" }
                div.panel { (chart(&title, ["epoch", metric.name()], &Scale::Whole, &lines, false)) }
            }
        }
    }

    /// The metric over each swept key of several numbers.
    fn over_keys(&self) -> Markup {
        if self.keys.is_empty() {
            return html! {};
        }
        let numeric = self.keys.iter().filter(|key| key.numeric && key.values.len() > 1);
        html! {
            section #keys {
                h2 { "Metric over keys" }
                div.panel {
                    @for key in numeric.take(3) { (self.over_key(key)) }
                }
            }
        }
    }

    fn over_key(&self, key: &keys::Key) -> Markup {
        let mut lines = self.lines_over(key);
        let metric = self.metric.name();
        let mut title = format!("{metric} over {}", key.label);
        let mut points = lines.iter().take(LINE_COLOURS).flat_map(|line| &line.points);
        if points.any(|(_, _, deviation)| deviation.is_some()) {
            title.push_str(", mean and deviation over seeds");
        }
        if lines.len() > LINE_COLOURS {
            let _ = write!(title, "; {LINE_COLOURS} of {} settings of the other keys", lines.len());
            lines.truncate(LINE_COLOURS);
        }
        chart(&title, [&key.label, metric], &Scale::Auto, &lines, true)
    }

    /// A line for each combination of the other keys. The one with the usual values is told by these,
    /// unless it is alone.
    fn lines_over(&self, key: &keys::Key) -> Vec<Line> {
        let drawn = self.groups.iter().filter_map(|group| {
            let run = &self.runs[group.runs[0]];
            let x = run.values.get(&key.path).and_then(sweep::number)?;
            Some((run, x, group.stat(&self.runs, self.metric)?))
        });
        let drawn: Vec<(&Run, f64, Stat)> = drawn.collect();
        let differs = |other: &&keys::Key| {
            let value = |run: &Run| run.values.get(&other.path).cloned();
            drawn.iter().any(|(run, ..)| value(run) != value(drawn[0].0))
        };
        let others = self.keys.iter().filter(|other| other.path != key.path);
        let others: Vec<&keys::Key> = others.filter(differs).collect();
        let mut lines: Vec<Line> = Vec::new();
        for (run, x, Stat { mean, deviation, .. }) in &drawn {
            let (x, mean, deviation) = (*x, *mean, *deviation);
            let usual = others.iter().map(|key| key.spelled(run)).collect::<Vec<_>>().join(", ");
            let texts = [group::told(run, &others), usual, self.metric.name().to_owned()];
            let label = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
            match lines.iter_mut().find(|line| line.label == label) {
                Some(line) => line.points.push((x, mean, deviation)),
                None => lines.push(Line { label, points: vec![(x, mean, deviation)] }),
            }
        }
        for line in &mut lines {
            line.points.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        lines
    }
}

/// The source expression that allows an inline element in a content security policy.
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
