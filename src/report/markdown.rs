//! Renders the report as Markdown, for a pull request or a paper's appendix.

use super::{
    Report,
    compare::pairs::Paired,
    table::{BOLD, Cell, Table},
};
use crate::spec::Metric;
use std::fmt::Write;

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
            let _ = writeln!(text, "\n{}", table(&self.experiments()));
            for levels in self.levels() {
                let title = escaped(&levels.title());
                let _ = writeln!(text, "\n{title}:\n\n{}", table(&levels.table_with_differences()));
            }
            let _ = writeln!(text, "\n{}", self.markdown_notes());
        }
        text
    }

    fn markdown_notes(&self) -> String {
        let mut text =
            "Values are those of the epoch that is best by the metric of the checkpoints"
                .to_owned();
        if self.is_repeated() {
            text.push_str("; ± is the sample standard deviation over seeds. ");
            let against = self.baseline.as_ref().map(|base| format!("each minus {}", base.name));
            let of = against.unwrap_or_else(|| "the best minus the next".to_owned());
            text.push_str(&escaped(&Paired::explained(&of)));
            let _ = write!(text, " In bold: {BOLD}.");
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

/// Renders a table, with the best in each column in bold, and what is not told apart from it.
fn table(table: &Table) -> String {
    let head: Vec<String> = table.head.iter().map(|name| escaped(name)).collect();
    let rule = (0..head.len()).map(|i| if table.is_number(i) { "--:" } else { ":--" });
    let rule: Vec<String> = rule.map(str::to_owned).collect();
    let rows = table.rows.iter().map(|cells| {
        let cell = |Cell { content, mark }: &Cell| {
            let text = escaped(&content.shown());
            if mark.is_bold() { format!("**{text}**") } else { text }
        };
        row(&cells.iter().map(cell).collect::<Vec<_>>())
    });
    [row(&head), row(&rule)].into_iter().chain(rows).collect::<Vec<_>>().join("\n")
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
