//! Charts of the metric over each swept key.

use crate::{
    figures::{Scale, style::LINE_COLOURS},
    report::{
        Report,
        chart::{Chart, Line},
        group::{Group, Stat, unusual_values},
        keys::Key,
        run::{Run, counts},
    },
    spec::value,
    sweep::figures::scale,
};
use indexmap::IndexMap;
use maud::{Markup, html};
use std::fmt::Write;

/// Number of keys that the metric is drawn over if there is no script to choose others.
const KEYS: usize = 3;

/// An experiment at its position along a key.
struct Setting<'a> {
    group: &'a Group,
    run: &'a Run,
    x: f64,
    stat: Option<Stat>,
}

impl Setting<'_> {
    /// Whether its mean is over complete runs.
    fn counts(&self) -> bool {
        self.stat.is_some_and(|stat| stat.complete)
    }
}

/// Charts of the metric over each swept key with several numbers.
pub(super) fn section(report: &Report) -> Markup {
    if report.keys.is_empty() {
        return html! {};
    }
    let numeric = report.keys.iter().filter(|key| key.numeric && key.values.len() > 1);
    html! {
        section #keys {
            h2 { "Metric over keys" }
            div.panel {
                @for key in numeric.take(KEYS) { (over_key(report, key)) }
                (report.caveat())
            }
        }
    }
}

fn over_key(report: &Report, key: &Key) -> Markup {
    let settings = settings(report, key);
    let mut lines = lines(report, key, &settings);
    let metric = report.metric.name();
    let mut title = format!("{metric} over {}", key.label);
    let mut points = lines.iter().take(LINE_COLOURS).flat_map(|line| &line.points);
    if points.any(|(_, _, deviation)| deviation.is_some()) {
        title.push_str(", mean and standard deviation over seeds");
    }
    if lines.len() > LINE_COLOURS {
        let _ = write!(title, "; {LINE_COLOURS} of {} settings of the other keys", lines.len());
        lines.truncate(LINE_COLOURS);
    }
    let missing = settings.iter().filter(|setting| setting.stat.is_none());
    let chart = Chart {
        title,
        note: note(report, &settings),
        labels: [key.label.clone(), metric.to_owned()],
        x: Scale::Auto,
        y: scale(report.metric),
        lines,
        marked: true,
        missing: missing.map(|setting| setting.x).collect(),
        ..Chart::default()
    };
    chart.figure()
}

/// Returns the experiments that have a key, in the order of its values.
fn settings<'a>(report: &'a Report, key: &Key) -> Vec<Setting<'a>> {
    let settings = report.groups.iter().filter_map(|group| {
        let run = &report.runs[group.runs[0]];
        let x = run.values.get(&key.path).and_then(value::number)?;
        Some(Setting { group, run, x, stat: group.stat(&report.runs, report.metric) })
    });
    let mut settings: Vec<Setting> = settings.collect();
    settings.sort_by(|a, b| a.x.total_cmp(&b.x));
    settings
}

/// Returns a line for each combination of the other keys. The one with the usual values is labelled with
/// them, unless it is the only one.
fn lines(report: &Report, key: &Key, settings: &[Setting]) -> Vec<Line> {
    let differs = |other: &&Key| {
        let value = |setting: &Setting| setting.run.values.get(&other.path).cloned();
        settings.iter().any(|setting| value(setting) != value(&settings[0]))
    };
    let others = report.keys.iter().filter(|other| other.path != key.path);
    let others: Vec<&Key> = others.filter(differs).collect();
    let mut lines: IndexMap<String, Line> = IndexMap::new();
    for setting in settings {
        let Some(Stat { summary, complete }) = setting.stat else { continue };
        let usual = others.iter().map(|key| key.spelled(setting.run)).collect::<Vec<_>>();
        let metric = report.metric.name().to_owned();
        let texts = [unusual_values(setting.run, &others), usual.join(", "), metric];
        let label = texts.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
        let line = lines.entry(label).or_default();
        if complete {
            line.points.push((setting.x, summary.mean, summary.deviation));
        } else {
            line.beside.push((setting.x, summary.mean));
        }
    }
    lines.into_iter().map(|(label, line)| Line { label, ..line }).collect()
}

/// Explains hollow points and missing values.
fn note(report: &Report, settings: &[Setting]) -> String {
    let stand = |with_value: bool| {
        let open = settings.iter().filter(|setting| !setting.counts());
        let open = open.filter(|setting| setting.stat.is_some() == with_value);
        let runs = open.flat_map(|setting| &setting.group.runs).map(|index| &report.runs[*index]);
        counts(runs).iter().map(|(status, _)| *status).collect::<Vec<_>>().join(", ")
    };
    let parts = [("hollow", stand(true)), ("– no value", stand(false))];
    let parts = parts.iter().filter(|(_, why)| !why.is_empty());
    parts.map(|(what, why)| format!("{what}: {why}")).collect::<Vec<_>>().join("; ")
}
