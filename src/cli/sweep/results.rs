//! The tables and figures of a sweep, written from what is in its folder.

use super::prepare::{Sweep, values};
use crate::{
    cli::{args::RunArgs, exit::Result, output, report, results::write_figure},
    digest,
    record::{self, METRICS, RunSummary, Status, atomic, metrics, samples},
    spec::{Metric, words::counted},
    statistics::Summary,
    sweep::{Results, Row, Timing, figures as draw, groups::best_values, groups::groups, trials},
};
use serde_json::json;
use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

/// More pairs of keys than this get no heat map.
const PAIRS: usize = 6;

/// Keeps the tables from being written more often than is sensible in a sweep of thousands.
#[derive(Debug, Default)]
pub struct Throttle {
    next: Option<Instant>,
}

impl Throttle {
    /// Whether it is time.
    pub fn is_due(&self) -> bool {
        self.next.is_none_or(|next| Instant::now() >= next)
    }

    /// Writes the tables as they stand; the longer that takes, the longer it is until the next time.
    pub fn write(&mut self, sweep: &Sweep<'_>) -> Result<()> {
        let started = Instant::now();
        write_tables(sweep)?;
        report::refresh(&sweep.folder);
        self.next = Some(Instant::now() + 20 * started.elapsed() + Duration::from_millis(200));
        Ok(())
    }
}

/// Writes tables, and figures and report unless they show those very tables.
pub fn write(sweep: &Sweep<'_>) -> Result<Results> {
    let results = write_tables(sweep)?;
    let trials = trials::trials(&results)?;
    let digest = digest::sha256(&trials);
    let drawn = drawn(sweep);
    if fs::read_to_string(&drawn).is_ok_and(|known| known == digest) {
        return Ok(results);
    }
    let any = results.rows.iter().any(Row::is_complete);
    if any {
        write_figures(sweep, &results)?;
    }
    report::refresh(&sweep.folder);
    if any {
        // Last, so that figures which a kill or a full disk cut short are drawn another time.
        atomic::write(&drawn, digest)?;
    }
    Ok(results)
}

/// Has the figures drawn anew even if the tables come out as they are.
pub fn outdate_figures(sweep: &Sweep<'_>) -> Result<()> {
    Ok(record::files::remove(&drawn(sweep))?)
}

/// The file that holds the digest of the table which the figures show.
fn drawn(sweep: &Sweep<'_>) -> PathBuf {
    sweep.folder.join(record::FIGURES).join(".drawn")
}

fn write_tables(sweep: &Sweep<'_>) -> Result<Results> {
    let results = collect(sweep)?;
    let tables = [
        (trials::TRIALS, trials::trials(&results)),
        (trials::GROUPS, trials::groups_table(&results)),
        (trials::TIMINGS, trials::timings(&results)),
    ];
    for (name, table) in tables {
        let bytes = table?;
        let path = sweep.folder.join(name);
        // An untouched file of results keeps its moment.
        if fs::read(&path).ok().as_ref() != Some(&bytes) {
            atomic::write(&path, bytes)?;
        }
    }
    Ok(results)
}

/// Reads what there is of each planned run.
fn collect(sweep: &Sweep<'_>) -> Result<Results> {
    let there = record::scan(&sweep.folder)?;
    let found = record::newest(&there);
    let plans = sweep.file.plans.iter().zip(&sweep.runs);
    let rows = plans.map(|(plan, run)| {
        let planned = Row {
            run: plan.name().to_owned(),
            seed: plan.point.experiment.experiment.seed,
            group: plan.point.group,
            values: values(plan, &sweep.keys),
            ..Row::default()
        };
        let there = found.get(&(run.name.as_str(), run.identity.as_str())).copied();
        with_result(planned, there, sweep.metric)
    });
    Ok(Results {
        name: sweep.name().to_owned(),
        keys: sweep.keys.clone(),
        metric: sweep.metric,
        rows: rows.collect(),
    })
}

/// A planned run with what its folder, if there is one, tells of its result.
pub fn with_result(planned: Row, run: Option<&RunSummary>, metric: Metric) -> Row {
    let Some(run) = run else { return planned };
    let planned = Row { folder: run.folder.clone(), ..planned };
    let Some(info) = run.info() else { return planned };
    Row {
        status: Some(info.status),
        epochs: info.epochs,
        best: best(run, metric),
        metrics: info.metrics.clone(),
        timing: Some(Timing {
            seconds: info.seconds,
            resumes: info.resumes,
            threads: info.threads,
            started: info.started.to_string(),
            finished: info.finished.map_or(String::new(), |finished| finished.to_string()),
        }),
        ..planned
    }
}

/// The best epoch of a run by a metric. `run.json` knows it for the metric of its checkpoints.
fn best(run: &RunSummary, metric: Metric) -> Option<(usize, f64)> {
    let known = run.info()?.best.as_ref();
    if let Some(best) = known.filter(|best| best.metric == metric) {
        return Some((best.epoch, best.value));
    }
    let rows = metrics::read(&run.path.join(METRICS)).ok()?;
    let values = rows.iter().filter_map(|row| Some((row.epoch, row.value(metric)?)));
    metric.mode().best(values, |(_, value)| *value)
}

fn write_figures(sweep: &Sweep<'_>, results: &Results) -> Result<()> {
    let folder = sweep.folder.join(record::FIGURES);
    record::files::make_folder(&folder)?;
    let file = |key: usize| results.keys[key].replace('.', "_");
    let varied = draw::varied(results);
    for &key in &varied {
        let name = format!("{}_over_{}.png", results.metric.name(), file(key));
        write_figure(&folder.join(name), &draw::over_key(results, key))?;
    }
    let pairs =
        varied.iter().enumerate().flat_map(|(i, a)| varied[i + 1..].iter().map(move |b| (*a, *b)));
    for (down, across) in pairs.take(PAIRS) {
        if let Some(image) = draw::over_two_keys(results, across, down) {
            let name =
                format!("{}_over_{}_and_{}.png", results.metric.name(), file(down), file(across));
            write_figure(&folder.join(name), &image)?;
        }
    }
    let path = |row: &Row| sweep.folder.join(&row.folder);
    let curves = draw::all_curves(results, |row| {
        let rows = output::or_warn(metrics::read(&path(row).join(METRICS)));
        metrics::column(&rows, results.metric)
    });
    write_figure(&folder.join("curves.png"), &curves)?;
    let samples = |row: &Row| {
        let run = RunSummary::read(&path(row), None);
        let layout = run.info()?.samples.clone()?;
        samples::Samples::read(&run.path.join(samples::SAMPLES), &layout).ok()
    };
    if let Some(sheet) = draw::same_pictures(results, samples) {
        write_figure(&folder.join("same_pictures.png"), &sheet)?;
    }
    Ok(())
}

/// Says what the sweep came to.
pub fn summarise(sweep: &Sweep<'_>, results: &Results, args: &RunArgs) -> Result<()> {
    let best = results.best_group();
    if args.json {
        let best = best.map(|(group, summary)| {
            json!({
                "metric": results.metric.name(),
                "mean": summary.mean,
                "deviation": summary.deviation,
                "count": summary.count,
                "runs": group.iter().map(|row| &row.run).collect::<Vec<_>>(),
            })
        });
        let value = json!({
            "sweep": results.name,
            "folder": sweep.folder.display().to_string(),
            "statuses": statuses(results),
            "best": best,
        });
        return output::result(value);
    }
    output::result(format!("{}: {}", sweep.folder.display(), counts(results)))?;
    if let Some(line) = best_line(results) {
        output::result(line)?;
    }
    Ok(())
}

/// How many runs stand how, by name.
pub fn statuses(results: &Results) -> serde_json::Map<String, serde_json::Value> {
    let mut counts = serde_json::Map::new();
    for row in &results.rows {
        let name = row.status.map_or("to come", Status::name);
        let count = counts.get(name).and_then(serde_json::Value::as_u64).unwrap_or(0);
        counts.insert(name.to_owned(), (count + 1).into());
    }
    counts
}

/// The same in words.
pub fn counts(results: &Results) -> String {
    let counts = statuses(results);
    let parts: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    format!("{}: {}", counted(results.rows.len(), "run"), parts.join(", "))
}

/// The best combination, in words.
pub fn best_line(results: &Results) -> Option<String> {
    let (group, summary) = results.best_group()?;
    let settings = results.describe(&group);
    let settings = if settings.is_empty() { String::new() } else { format!(" at {settings}") };
    Some(format!("best {} {}{settings}", results.metric.name(), value(&summary)))
}

/// Mean and deviation as people read them.
fn value(summary: &Summary) -> String {
    match summary.deviation {
        Some(deviation) => {
            format!("{:.5} ± {deviation:.5} ({} runs)", summary.mean, summary.count)
        }
        None => format!("{:.5}", summary.mean),
    }
}

/// Each combination with its value.
pub fn group_rows(results: &Results) -> Vec<[String; 3]> {
    let groups = groups(&results.rows);
    let row = |group: &Vec<&Row>| {
        let complete = group.iter().filter(|row| row.is_complete()).count();
        let best = best_values(group).as_ref().map_or(String::new(), value);
        [results.describe(group), format!("{complete} of {}", group.len()), best]
    };
    groups.iter().map(row).collect()
}
