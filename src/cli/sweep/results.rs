//! The tables and figures of a sweep, written from what is in its folder.

use super::{
    figures,
    prepare::{Sweep, values},
};
use crate::{
    cli::{args::RunArgs, exit::Result, output},
    record::{self, RunInfo, RunState, RunSummary, Status, atomic, metrics},
    report::Report,
    spec::{
        FinalMetric, Metric,
        words::{counted, decimals, part_of, with_deviation},
    },
    statistics::Summary,
    sweep::{
        Results, Row, Timing,
        groups::{best_values, final_values, groups, standings},
        labels::Labels,
        trials,
    },
    train::EpochMetrics,
};
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Combinations that are named one by one as being about as good as the best.
const WITHIN: usize = 3;

/// Writes the tables and, unless it is `urgent` to end, figures and report; says which runs' files cannot
/// be read. What is there of an `unmade` run is an older one, which does not count.
pub fn write(sweep: &Sweep<'_>, unmade: &BTreeSet<usize>, urgent: bool) -> Result<Results> {
    let results = write_tables(sweep, unmade)?;
    // Why nothing is known of a run has been said when it failed.
    warn(results.rows.iter().filter(|row| row.status.is_some()));
    if !urgent {
        figures::write(sweep, &results, &trials::trials(&results)?)?;
    }
    Ok(results)
}

/// Says what is wrong with the files of runs.
pub fn warn<'a>(rows: impl IntoIterator<Item = &'a Row>) {
    for problem in rows.into_iter().filter_map(|row| row.problem.as_ref()) {
        output::note(format!("warning: {problem}"));
    }
}

pub(super) fn write_tables(sweep: &Sweep<'_>, unmade: &BTreeSet<usize>) -> Result<Results> {
    let results = collect(sweep, unmade)?;
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
fn collect(sweep: &Sweep<'_>, unmade: &BTreeSet<usize>) -> Result<Results> {
    let there = record::scan_sweep(&sweep.folder)?;
    let found = record::newest(&there);
    let plans = sweep.file.plans.iter().zip(&sweep.runs).enumerate();
    let rows = plans.map(|(index, (plan, run))| {
        let planned = Row {
            run: plan.name().to_owned(),
            seed: plan.point.experiment.experiment.seed,
            group: plan.point.group,
            values: values(plan, &sweep.keys),
            ..Row::default()
        };
        if unmade.contains(&index) {
            return Row { status: Some(Status::Failed), ..planned };
        }
        let there = found.get(&(run.name.as_str(), run.identity.as_str())).copied();
        with_result(planned, there, &sweep.folder.join(&run.folder), sweep.metric)
    });
    Ok(Results {
        name: sweep.name().to_owned(),
        keys: sweep.keys.clone(),
        metric: sweep.metric,
        comparable: sweep.is_comparable(),
        rows: rows.collect(),
    })
}

/// A planned run with what its folder, if there is one, tells of its result; with `run` none, whatever
/// is at `place` counts, where it would be trained.
pub fn with_result(planned: Row, run: Option<&RunSummary>, place: &Path, metric: Metric) -> Row {
    let there = || fs::symlink_metadata(place).is_ok().then(|| RunSummary::read(place, None));
    let Some(run) = run.cloned().or_else(there) else { return planned };
    let planned = Row { folder: run.folder.clone(), ..planned };
    let info = match &run.state {
        RunState::Known(info) => info,
        RunState::Broken(reason) => return Row { problem: Some(reason.clone()), ..planned },
    };
    let rows = metrics::of(&run.path, info).map_err(|error| error.to_string());
    let epochs = rows.as_deref().unwrap_or_default();
    Row {
        status: Some(info.status),
        epochs: info.epochs,
        best: info.best_by(epochs, metric),
        metrics: last(info, epochs),
        results: info.results.clone(),
        timing: Some(Timing {
            seconds: info.seconds,
            resumes: info.resumes,
            threads: info.threads,
            started: info.started.to_string(),
            finished: info.finished.map_or(String::new(), |finished| finished.to_string()),
        }),
        problem: rows.err(),
        ..planned
    }
}

/// The metrics of the last epoch by name. `run.json` knows those of a complete run.
fn last(info: &RunInfo, rows: &[EpochMetrics]) -> BTreeMap<String, f64> {
    // Rows may be ahead of `run.json`, and are cut off again when it is gone on with.
    let last = info.epochs.checked_sub(1).and_then(|index| rows.get(index));
    let values = last.into_iter().flat_map(|row| &row.values);
    let named = values.map(|(metric, value)| (metric.name().to_owned(), *value));
    if info.metrics.is_empty() { named.collect() } else { info.metrics.clone() }
}

/// Says what the sweep came to.
pub fn summarise(sweep: &Sweep<'_>, results: &Results, args: &RunArgs) -> Result<()> {
    let best = results.best_group();
    if args.json {
        let names = |group: &[&Row]| group.iter().map(|row| row.run.clone()).collect::<Vec<_>>();
        let best = best.map(|(group, summary)| {
            let within = results.within_deviation(&group);
            let within: Vec<_> = within.iter().map(|group| names(group)).collect();
            json!({
                "metric": results.metric.name(),
                "mean": summary.mean,
                "deviation": summary.deviation,
                "count": summary.count,
                "results": measured(results, &group),
                "runs": names(&group),
                "within_deviation": within,
            })
        });
        let value = json!({
            "sweep": results.name,
            "folder": sweep.folder.display().to_string(),
            "statuses": statuses(&results.rows),
            "best": best,
        });
        return output::result(value);
    }
    output::result(format!("{}: {}", sweep.folder.display(), counts(results)))?;
    for line in best_lines(results, &sweep.folder) {
        output::result(line)?;
    }
    Ok(())
}

/// What is best, in words: a combination, or where runs are not compared by the metric, why that is and what
/// their report says instead.
pub fn best_lines(results: &Results, folder: &Path) -> Vec<String> {
    if results.comparable || !results.rows.iter().any(Row::is_complete) {
        return best_line(results).into_iter().chain(within_line(results)).collect();
    }
    // A sweep does not fail for want of a report, and what is wrong with a file has been said.
    let report = Report::read(&[folder.to_path_buf()]).ok();
    report.map(|report| report.summary()).map_or_else(Vec::new, |summary| {
        let said = std::iter::once(summary.compared).chain(summary.best);
        said.filter(|line| !line.is_empty()).collect()
    })
}

/// How many runs stand how, in the order in which that is told.
fn standings_of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Vec<(&'static str, usize)> {
    let words: Vec<&str> = rows.into_iter().map(Row::word).collect();
    let count = |word: &'static str| (word, words.iter().filter(|own| **own == word).count());
    let all = RunState::words().chain([Row::NOT_BEGUN]).map(count);
    all.filter(|(_, count)| *count > 0).collect()
}

/// The same for programs, by name.
pub fn statuses(rows: &[Row]) -> serde_json::Map<String, serde_json::Value> {
    let counts = standings_of(rows).into_iter();
    counts.map(|(word, count)| (word.to_owned(), count.into())).collect()
}

/// The same in words.
pub fn counts(results: &Results) -> String {
    let counts = standings_of(&results.rows);
    let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{}: {}", counted(results.rows.len(), "run"), parts.join(", "))
}

/// The best combination, in words.
fn best_line(results: &Results) -> Option<String> {
    let (group, summary) = results.best_group()?;
    let settings = Labels::of(results).describe(group.first()?);
    let settings = if settings.is_empty() { String::new() } else { format!(" at {settings}") };
    let told = results.finals().into_iter().filter(|other| other.is_told_with(results.metric));
    let told: String = told
        .filter_map(|metric| {
            let Summary { mean, deviation, .. } = final_values(&group, metric)?;
            Some(format!("; {} {}", metric.name(), spread(mean, deviation)))
        })
        .collect();
    Some(format!("best {} {}{settings}{told}", results.metric.name(), value(&group, &summary)))
}

/// The combinations that the best is not ahead of by more than seeds are apart, in words; none where there is none.
fn within_line(results: &Results) -> Option<String> {
    let (best, _) = results.best_group()?;
    let others = results.within_deviation(&best);
    let labels = Labels::of(results);
    let mut told: Vec<String> =
        others.iter().take(WITHIN).map(|group| labels.describe(group[0])).collect();
    if others.len() > WITHIN {
        told.push(format!("{} more", others.len() - WITHIN));
    }
    (!told.is_empty()).then(|| format!("within the deviation over seeds: {}", told.join("; ")))
}

/// What was measured once of the runs of a combination, by name.
fn measured(results: &Results, group: &[&Row]) -> BTreeMap<&'static str, serde_json::Value> {
    let told = |metric: FinalMetric| {
        let Summary { mean, deviation, .. } = final_values(group, metric)?;
        Some((metric.name(), json!({ "mean": mean, "deviation": deviation })))
    };
    results.finals().into_iter().filter_map(told).collect()
}

/// Mean and deviation as people read them, with the number of runs where that is not one or not all.
fn value(group: &[&Row], summary: &Summary) -> String {
    let &Summary { mean, deviation, count } = summary;
    let over = match (count, group.len()) {
        (1, 1) => String::new(),
        (count, all) => format!(" ({} runs{})", part_of(count, all), others(group)),
    };
    spread(mean, deviation) + &over
}

fn spread(mean: f64, deviation: Option<f64>) -> String {
    let text = |value| decimals(value, 5);
    with_deviation(text(mean), deviation.map(text))
}

/// How the runs of a group stand that do not count: `, 1 pruned`.
fn others(group: &[&Row]) -> String {
    let counts = standings_of(group.iter().copied().filter(|row| !row.is_complete()));
    counts.iter().map(|(word, count)| format!(", {count} {word}")).collect()
}

/// Each combination with its value, or how its runs stand that have none.
pub fn group_rows(results: &Results) -> Vec<[String; 3]> {
    let (groups, labels) = (groups(&results.rows), Labels::of(results));
    let row = |group: &Vec<&Row>| {
        let complete = group.iter().filter(|row| row.is_complete()).count();
        let best = best_values(group).map(|summary| value(group, &summary));
        let best = best.unwrap_or_else(|| standings(group));
        let settings = group.first().map_or(String::new(), |row| labels.describe(row));
        [settings, format!("{complete} of {}", group.len()), best]
    };
    groups.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_combination_without_a_value_says_how_its_runs_stand() {
        let row = |group, status, best| Row { group, status, best, ..Row::default() };
        let rows = vec![
            row(0, Some(Status::Completed), Some((1, 0.5))),
            row(1, Some(Status::Pruned), Some((1, 0.75))),
            row(2, Some(Status::Diverged), None),
            row(3, None, None),
        ];
        let (name, keys) = ("s".to_owned(), Vec::new());
        let (metric, comparable) = (Metric::ValLoss, true);
        let results = Results { name, keys, metric, comparable, rows };
        let shown = group_rows(&results).into_iter().map(|[.., best]| best);
        assert_eq!(shown.collect::<Vec<_>>(), ["0.50000", "pruned", "diverged", ""]);
    }
}
