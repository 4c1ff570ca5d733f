//! The report in short, for a terminal.

use super::{
    Report,
    table::{Cell, Mark, Table},
};

/// At most this many experiments are in a table.
const EXPERIMENTS: usize = 5;
/// At most this many sentences.
const SENTENCES: usize = 3;

/// What is best, in tables and a few sentences.
pub struct Brief {
    /// Results at noise levels, best first.
    pub tables: Vec<BriefTable>,
    /// What to know about them, or why nothing is best.
    pub sentences: Vec<String>,
}

/// A table, in which `*` marks the best of each column.
pub struct BriefTable {
    /// What it shows.
    pub title: String,
    /// Names of the columns.
    pub head: Vec<String>,
    /// The cells of each row.
    pub rows: Vec<Vec<String>>,
}

impl Report {
    /// Returns the report in short, for runs that no single metric compares.
    pub fn brief(&self) -> Brief {
        let tables = self.levels().into_iter().map(|levels| {
            let (Table { head, rows }, is_ranked) = levels.best_first();
            let which = if is_ranked { "best" } else { "first" };
            let left = rows.len().saturating_sub(EXPERIMENTS);
            let cell = |Cell { content, mark }| {
                let star = if mark == Mark::Best { " *" } else { "" };
                content.shown() + star
            };
            let rows = rows.into_iter().take(EXPERIMENTS);
            let rows = rows.map(|cells| cells.into_iter().map(cell).collect()).collect();
            let more = match left {
                0 => String::new(),
                left => format!(", the {which} {EXPERIMENTS} of {}", EXPERIMENTS + left),
            };
            BriefTable { title: levels.title() + &more + "; * the best", head, rows }
        });
        let tables: Vec<BriefTable> = tables.collect();
        let summary = self.summary();
        let found = summary.best.into_iter().take(if tables.is_empty() { SENTENCES } else { 1 });
        let notes = self.worse_than_inputs().into_iter().chain(self.chosen_by_another());
        let notes = notes.chain(self.chosen_on_test());
        let mut sentences: Vec<String> = Vec::new();
        for sentence in [summary.compared].into_iter().chain(found).chain(notes) {
            if !sentence.is_empty() && !sentences.contains(&sentence) {
                sentences.push(sentence);
            }
        }
        sentences.truncate(SENTENCES);
        Brief { tables, sentences }
    }
}
