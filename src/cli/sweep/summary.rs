//! Summarizes the results of a sweep, as text and JSON.

use super::prepare::Sweep;
use crate::{
    cli::{args::RunArgs, exit::Result, output, text},
    record::{self, REPORT, Readback},
    report::Report,
    spec::FinalMetric,
    statistics::Summary,
    sweep::{
        Results, Row,
        groups::{best_values, final_values, groups, uncounted_states},
        labels::Labels,
    },
    words::{counted, part_of, shortlist},
};
use serde_json::json;
use std::{collections::BTreeMap, path::Path};

/// How many combinations about as good as the best are named at most.
const WITHIN: usize = 3;

/// Introduces them, with the rule of [`Summary::is_within_deviation`].
const WITHIN_DEVIATION: &str = "others within the deviation over seeds (means apart by less than the larger \
                                of the two standard deviations)";

/// Prints the summary of a sweep.
pub fn summarize(sweep: &Sweep<'_>, results: &Results, args: &RunArgs) -> Result<()> {
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
    if sweep.is_replaced() {
        // What follows is read from the folder, which shows the other plan.
        return Ok(());
    }
    for line in best_lines(results, &sweep.folder) {
        output::result(line)?;
    }
    advise(sweep, results);
    Ok(())
}

/// Suggests what to do after a sweep that has just ended.
fn advise(sweep: &Sweep<'_>, results: &Results) {
    let report = sweep.folder.join(REPORT);
    let mut next = Vec::new();
    if results.rows.iter().any(|row| !row.status().is_some_and(record::Status::is_over)) {
        next.push("the same command continues with the rest".to_owned());
    }
    if report.exists() {
        next.push(format!("report: {}", report.display()));
    }
    if results.best_group().is_some() {
        let best = text::quoted(&format!("{}@best", sweep.folder.display()));
        next.push(format!("`runner apply {best} IMAGES -o OUT` uses the best run"));
    }
    if !next.is_empty() {
        output::note(next.join("; "));
    }
}

/// Describes the best combination or, if the runs cannot be compared by the metric, why not and what their
/// report says instead.
pub fn best_lines(results: &Results, folder: &Path) -> Vec<String> {
    if results.comparable || !results.rows.iter().any(Row::is_complete) {
        return best_line(results).into_iter().chain(within_line(results)).collect();
    }
    // A sweep must not fail because of its report, and damaged files have been reported.
    let Ok(report) = Report::read(&[folder.to_path_buf()]) else { return Vec::new() };
    let brief = report.brief();
    let mut lines = Vec::new();
    for table in brief.tables {
        let head: Vec<&str> = table.head.iter().map(String::as_str).collect();
        let text = text::columns(&head, &table.rows);
        lines.extend([table.title, String::new()]);
        lines.extend(text.lines().map(str::to_owned).chain([String::new()]));
    }
    lines.into_iter().chain(brief.sentences).collect()
}

/// Returns the number of runs in each state as a JSON object.
pub fn statuses(rows: &[Row]) -> serde_json::Map<String, serde_json::Value> {
    let counts = Readback::counts(rows.iter().map(Row::word)).into_iter();
    counts.map(|(word, count)| (word.to_owned(), count.into())).collect()
}

/// Returns the number of runs in each state as text.
pub fn counts(results: &Results) -> String {
    let counts = Readback::counts(results.rows.iter().map(Row::word));
    let parts: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    format!("{}: {}", counted(results.rows.len(), "run"), parts.join(", "))
}

/// Describes the best combination.
fn best_line(results: &Results) -> Option<String> {
    let (group, summary) = results.best_group()?;
    let settings = Labels::of(results).describe(group.first()?);
    let settings = if settings.is_empty() { String::new() } else { format!(" at {settings}") };
    let finals = results.finals().into_iter().filter(|other| other.is_shown_with(results.metric));
    let finals: String = finals
        .filter_map(|metric| Some(format!("; {} {}", metric.name(), final_values(&group, metric)?)))
        .collect();
    let metric = format!("{}{}", results.metric.name(), results.chosen_otherwise());
    Some(format!("best {metric} {}{settings}{finals}", value(&group, &summary)))
}

/// Describes the combinations within the deviation over seeds of the best; `None` if there are none.
fn within_line(results: &Results) -> Option<String> {
    let (best, _) = results.best_group()?;
    let others = results.within_deviation(&best);
    let labels = Labels::of(results);
    let names = shortlist(others.iter().map(|group| labels.describe(group[0])), WITHIN);
    (!names.is_empty()).then(|| format!("{WITHIN_DEVIATION}: {}", names.join("; ")))
}

/// Returns mean and deviation of the final metrics of a combination, by name.
fn measured(results: &Results, group: &[&Row]) -> BTreeMap<&'static str, serde_json::Value> {
    let value = |metric: FinalMetric| {
        let Summary { mean, deviation, .. } = final_values(group, metric)?;
        Some((metric.name(), json!({ "mean": mean, "deviation": deviation })))
    };
    results.finals().into_iter().filter_map(value).collect()
}

/// Formats mean and deviation, with the number of runs unless there is only one.
fn value(group: &[&Row], summary: &Summary) -> String {
    let over = match (summary.count, group.len()) {
        (1, 1) => String::new(),
        (count, all) => format!(" ({} runs{})", part_of(count, all), others(group)),
    };
    format!("{summary}{over}")
}

/// Describes the runs of a group that do not count: `, 1 pruned`.
fn others(group: &[&Row]) -> String {
    let others = group.iter().filter(|row| !row.is_complete());
    let counts = Readback::counts(others.map(|row| row.word()));
    let parts: Vec<String> =
        counts.iter().map(|(word, count)| format!(", {count} {word}")).collect();
    parts.concat()
}

/// Returns a row for each combination with its value, or with the statuses of its runs if it has none.
pub fn group_rows(results: &Results) -> Vec<[String; 3]> {
    let (groups, labels) = (groups(&results.rows), Labels::of(results));
    let row = |group: &Vec<&Row>| {
        let complete = group.iter().filter(|row| row.is_complete()).count();
        let best = best_values(group).map(|summary| value(group, &summary));
        let best = best.unwrap_or_else(|| uncounted_states(group));
        let settings = group.first().map_or(String::new(), |row| labels.describe(row));
        [settings, format!("{complete} of {}", group.len()), best]
    };
    groups.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Status;

    /// The results of a sweep over the size of the code.
    fn results(rows: Vec<Row>) -> Results {
        let keys = vec!["model.latent_dim".to_owned()];
        let size = |row: &Row| toml::Value::from(u32::try_from(row.group).unwrap());
        let rows = rows.into_iter().map(|row| Row { values: vec![Some(size(&row))], ..row });
        let rows = rows.collect();
        Results { keys, rows, comparable: true, ..Results::default() }
    }

    #[test]
    fn combinations_about_as_good_as_the_best_are_named_or_counted() {
        let pair = |group: usize| {
            let mean = 0.5 + 0.001 * group as f64;
            [-0.1, 0.1].map(|off| Row::made_up(group, Some(Status::Completed), Some(mean + off)))
        };
        let lines = |groups: usize| {
            best_lines(&results((1..=groups).flat_map(pair).collect()), Path::new("none"))
        };
        let second_line = |groups: usize| lines(groups).get(1).cloned().unwrap_or_default();
        assert!(lines(1)[0].ends_with(" at model.latent_dim = 1"), "{:?}", lines(1));
        assert_eq!(second_line(1), "");
        let others = format!("{WITHIN_DEVIATION}: model.latent_dim = 2");
        assert_eq!(second_line(2), others);
        let more = "; model.latent_dim = 3; model.latent_dim = 4";
        assert_eq!(second_line(4), format!("{others}{more}"));
        assert_eq!(second_line(6), format!("{others}{more}; 2 more"));
    }

    #[test]
    fn runs_are_counted_by_status_and_those_not_begun_come_last() {
        let rows = [None, Some(Status::Failed), Some(Status::Completed), None];
        let mut rows: Vec<Row> = rows.map(|status| Row::made_up(0, status, None)).into();
        rows.push(Row { problem: Some("it is empty".into()), ..Row::made_up(0, None, None) });
        let text = counts(&results(rows));
        assert_eq!(text, "5 runs: 1 completed, 1 failed, 1 broken, 2 not begun");
    }

    #[test]
    fn a_combination_without_a_value_shows_the_status_of_its_runs() {
        let rows = vec![
            Row::made_up(0, Some(Status::Completed), Some(0.5)),
            Row::made_up(1, Some(Status::Pruned), Some(0.75)),
            Row::made_up(2, Some(Status::Diverged), None),
            Row::made_up(3, None, None),
        ];
        let shown = group_rows(&results(rows)).into_iter().map(|[.., best]| best);
        assert_eq!(shown.collect::<Vec<_>>(), ["0.50000", "pruned", "diverged", ""]);
    }
}
