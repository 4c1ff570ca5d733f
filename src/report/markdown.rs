//! Renders the report as Markdown, for a pull request or a paper's appendix.

use super::{Group, Report, group::cell, levels::Table};
use crate::{spec::Metric, statistics::Summary};
use std::{fmt::Write, iter};

impl Report {
    /// Returns the summary and a table of the experiments with mean and deviation over their repeats.
    pub fn markdown(&self) -> String {
        let summary = self.summary();
        let mut text = format!("# {}\n\n", escaped(&self.title));
        if !self.description.is_empty() {
            let _ = writeln!(text, "{}\n", escaped(&self.description));
        }
        let _ = writeln!(text, "{}\n", escaped(&summary.lead()));
        for line in summary.best.iter().chain(&summary.wrong) {
            let _ = writeln!(text, "- {}", escaped(line));
        }
        if !self.runs.is_empty() {
            let _ = writeln!(text, "\n{}", self.markdown_table());
            for levels in self.levels() {
                let _ = writeln!(text, "\n{}", levels_table(&levels.table()));
            }
            let _ = writeln!(text, "\n{}", self.markdown_notes());
        }
        text
    }

    fn markdown_table(&self) -> String {
        let repeated = self.groups.iter().any(|group| group.runs.len() > 1);
        // Runs of a sweep are named by their keys, which are in the table already.
        let named = !self.is_sweep || self.keys.is_empty();
        let mut header: Vec<String> = Vec::new();
        if named {
            header.push("run".into());
        }
        header.extend(self.keys.iter().map(|key| escaped(&key.label)));
        if repeated {
            header.push("runs".into());
        }
        let left = usize::from(named);
        header.extend(
            self.metrics
                .iter()
                .map(|metric| format!("{} {}", escaped(metric.name()), metric.mode().arrow())),
        );
        header.extend(
            self.results
                .iter()
                .map(|result| format!("{} {}", escaped(result.name()), result.mode().arrow())),
        );
        header.push("status".into());
        let rule = (0..header.len()).map(|i| if i < left { ":--" } else { "--:" });
        let mut lines = vec![row(&header), row(&rule.map(str::to_owned).collect::<Vec<_>>())];
        let best: Vec<_> = self
            .metrics
            .iter()
            .map(|metric| {
                self.ranked_by(*metric).first().copied().filter(|_| self.comparable(*metric))
            })
            .collect();
        for place in self.ranked() {
            let group = &self.groups[place];
            let example = &self.runs[group.runs[0]];
            let mut cells: Vec<String> = Vec::new();
            if named {
                cells.push(escaped(&self.names(group)));
            }
            cells.extend(self.keys.iter().map(|key| escaped(&self.cell(example, key))));
            if repeated {
                cells.push(group.counted(&self.runs));
            }
            for (metric, best) in self.metrics.iter().zip(&best) {
                let stat = group.stat(&self.runs, *metric);
                let bold = stat.is_some() && *best == Some(place) && self.groups.len() > 1;
                cells.push(if bold { format!("**{}**", cell(stat)) } else { cell(stat) });
            }
            let results = self.results.iter();
            cells.extend(results.map(|result| cell(group.result(&self.runs, *result))));
            cells.push(self.statuses(group));
            lines.push(row(&cells));
        }
        lines.join("\n")
    }

    /// Returns the name of a group's run, and the number of further ones.
    fn names(&self, group: &Group) -> String {
        let name = &self.runs[group.example(&self.runs)].name;
        match group.runs.len() {
            1 => name.clone(),
            all => format!("{name} and {} more", all - 1),
        }
    }

    /// Returns the statuses of a group's runs: `completed`, or `1 completed, 1 failed`.
    pub(super) fn statuses(&self, group: &Group) -> String {
        let runs = group.runs.iter().map(|index| &self.runs[*index]);
        match &super::counts(runs)[..] {
            [(status, _)] => status.to_string(),
            all => {
                let each = all.iter().map(|(status, count)| format!("{count} {status}"));
                each.collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn markdown_notes(&self) -> String {
        let mut text =
            "Values are those of the epoch that is best by the metric of the checkpoints"
                .to_owned();
        if self.is_repeated() {
            text.push_str("; ± is the sample standard deviation over seeds. ");
            text.push_str(Summary::WITHIN_DEVIATION);
        } else {
            text.push('.');
        }
        let _ = write!(text, " {}", escaped(Metric::DEFINITIONS));
        for (name, values) in self.provenance() {
            let _ = write!(text, " {name}: {}.", escaped(&values.join(", ")));
        }
        text
    }
}

/// Renders the results at noise levels, with the best at each in bold.
fn levels_table(table: &Table) -> String {
    let head: Vec<String> = table.head.iter().map(|name| escaped(name)).collect();
    let rule = (0..head.len()).map(|i| if i == 0 { ":--" } else { "--:" });
    let rule: Vec<String> = rule.map(str::to_owned).collect();
    let body = table.rows.iter().map(|(name, cells)| {
        let cells = cells
            .iter()
            .map(|(value, best)| if *best { format!("**{value}**") } else { value.clone() });
        row(&iter::once(escaped(name)).chain(cells).collect::<Vec<_>>())
    });
    let lines = [row(&head), row(&rule)].into_iter().chain(body);
    format!("{}:\n\n{}", escaped(&table.title), lines.collect::<Vec<_>>().join("\n"))
}

fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

/// Escapes text for Markdown, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_are_text_in_a_table() {
        assert_eq!(escaped("a|b\n<i>*x*"), "a\\|b &lt;i&gt;\\*x\\*");
    }
}
