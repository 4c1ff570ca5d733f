//! Text and tables that several commands print.

use crate::{
    record::{InputQuality, RunInfo, Status, checkpoint},
    report::{progress::Progress, run::Run},
    run::results::PUT_BACK,
    spec::{Experiment, FinalMetric, Loss, Metric, value},
    words::{decimals, figure, shortest_end},
};
use std::{collections::BTreeMap, fmt::Write, iter, path::Path};
use unicode_width::UnicodeWidthStr;

/// Formats the result of a run, given its folder, as one line.
pub fn one_line(run: &str, info: &RunInfo) -> String {
    let best = info.best.as_ref().map_or(String::new(), |best| {
        let value = figure(best.value);
        format!("  best {} {value} in epoch {}", best.metric.name(), best.epoch)
    });
    let metric = info.best.map_or_else(Metric::default, |best| best.metric);
    let mut measured = String::new();
    for (shown, value) in finals(info).filter(|(shown, _)| shown.is_shown_with(metric)) {
        let _ = write!(measured, "  {} {}", shown.name(), figure(value));
    }
    let reason = info.stop_reason.as_deref().map_or(String::new(), |reason| format!("  {reason}"));
    let worse = info.input.as_ref().and_then(InputQuality::warning);
    let worse = worse.map_or(String::new(), |worse| format!("  {worse}"));
    format!("{run}  {}{best}{measured}{worse}{reason}", info.status)
}

/// Returns the final metrics of a complete run, in the order of tables.
pub fn finals(info: &RunInfo) -> impl Iterator<Item = (FinalMetric, f64)> {
    FinalMetric::ALL.into_iter().filter_map(|metric| Some((metric, info.final_value(metric)?)))
}

/// Describes a run's status, and for how long a run that trains has been silent.
pub fn status(run: &Run) -> String {
    let silence = Progress::of(run).and_then(|progress| progress.silence());
    let silence = silence.map_or(String::new(), |silence| format!(", {silence}"));
    format!("{}{silence}", run.info.status)
}

/// Formats how many of the planned epochs are done, as `3/10`.
pub fn epochs(run: &Run) -> String {
    let planned = run.planned_epochs().map_or(String::new(), |planned| format!("/{planned}"));
    format!("{}{planned}", run.info.epochs)
}

/// Returns what is damaged or missing in a run's folder.
pub fn problems(run: &Run) -> impl Iterator<Item = String> {
    run.problems.iter().cloned().chain(without_best(&run.path, &run.info))
}

/// Returns a problem if the best weights of a completed run are missing.
pub fn without_best(folder: &Path, info: &RunInfo) -> Option<String> {
    let is_gone = info.status == Status::Completed && !checkpoint::best_path(folder).exists();
    let best = info.best.filter(|_| is_gone)?;
    Some(format!("{}; {PUT_BACK}", checkpoint::best_is_gone(folder, best.epoch)))
}

/// Lists the values of an experiment that differ from the defaults, by keys shortened as far as `list --where`
/// accepts, without the task and its kind of noise.
pub fn settings(values: &BTreeMap<String, toml::Value>) -> String {
    let keys: Vec<&String> = values.keys().collect();
    let short = |key| match shortest_end(key, &keys) {
        // The weights in a sum of losses would look like results.
        end if Loss::is_set_by(key) => key.strip_prefix("train.").unwrap_or(end),
        end => end,
    };
    let unusual = Experiment::unusual(values).into_iter();
    // The weights of a sum are told one by one.
    let shown = unusual.filter(|(key, value)| *key != "task.kind" && !value.is_table());
    let shown = shown.map(|(key, value)| format!("{}={}", short(key), value::shown(value)));
    shown.collect::<Vec<_>>().join(", ")
}

/// Quotes a word for a shell, if needed.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./,:@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Formats the losses at the end of a line about an epoch, leaving out missing ones.
pub fn losses(loss: Option<f64>, val_loss: Option<f64>) -> String {
    let value = |name: &str, value: Option<f64>| {
        value.map_or(String::new(), |value| format!("  {name} {}", decimals(value)))
    };
    value("loss", loss) + &value("val_loss", val_loss)
}

/// Formats a table with columns padded to their widest cell.
pub fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    columns(&titles, rows)
}

/// Formats such a table with as many columns as there are titles.
pub fn columns(titles: &[&str], rows: &[impl AsRef<[String]>]) -> String {
    // The end of a line in a value would end the row.
    let on_one_line = |cell: &String| cell.replace(char::is_control, "\u{fffd}");
    let head: Vec<String> = titles.iter().map(|&title| title.to_owned()).collect();
    let body = rows.iter().map(|row| row.as_ref().iter().map(on_one_line).collect());
    let lines: Vec<Vec<String>> = iter::once(head).chain(body).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..titles.len()).map(width).collect();
    let padded =
        |(cell, width): (&String, &usize)| cell.clone() + &" ".repeat(width - cell.width());
    let line = |cells: &Vec<String>| {
        let cells: Vec<String> = cells.iter().zip(&widths).map(padded).collect();
        cells.join("  ").trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_a_terminal_shows_them() {
        let rows = [["日本", "1"], ["a\nb", "2"]].map(|row| row.map(str::to_owned));
        assert_eq!(table(["name", "n"], &rows), "name  n\n日本  1\na\u{fffd}b   2");
    }

    #[test]
    fn a_word_is_quoted_for_the_shell_where_it_needs_to_be() {
        for (word, shell) in [
            ("runs/night-1", "runs/night-1"),
            ("sigma>=0.5", "'sigma>=0.5'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), shell);
        }
    }
}
