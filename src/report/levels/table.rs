//! The table of results at noise levels.

use super::Levels;
use crate::{
    report::{
        reference::FromReference,
        run::Run,
        table::{Cell, Mark, Table, differences},
    },
    words::{listed, number},
};
use std::iter;

impl Levels<'_> {
    /// Returns the title of the table.
    pub fn title(&self) -> String {
        let (column, arrow) = (self.column, self.metric.mode().arrow());
        let title = format!("{column} {arrow} over the test images at each noise level");
        if self.part.name.is_empty() { title } else { format!("{title} for {}", self.part.name) }
    }

    /// Returns the results of each experiment at each level, with the best ones marked, and those of the noisy images
    /// themselves if known.
    pub fn table(&self) -> Table {
        let mut columns: Vec<Vec<f64>> = self.levels.iter().map(|level| vec![*level]).collect();
        let mut head = vec![if self.by_level { "trained at" } else { "network" }.to_owned()];
        head.extend(self.levels.iter().map(|level| format!("tested at {}", number(*level))));
        if self.common.len() > 1 {
            let some = self.common.iter().copied().map(number).collect::<Vec<_>>();
            let all = self.common.len() == self.levels.len();
            let over = if all { String::new() } else { format!(" over {}", listed(&some)) };
            head.push(format!("on average{over}"));
            columns.push(self.common.clone());
        }
        let inputs = self.inputs_row(columns.iter());
        let columns = columns.iter().map(|levels| (self.stats(levels), self.best_at(levels)));
        let columns = columns.collect::<Vec<_>>();
        let row = |place: &usize| {
            let cells = columns
                .iter()
                .map(|(stats, best)| Cell::stat(stats[*place], Mark::of(*place, best)));
            iter::once(Cell::text(self.label(*place))).chain(cells).collect()
        };
        Table { head, rows: self.part.groups.iter().map(row).chain(inputs).collect() }
    }

    /// Returns the rows of the table that are best on average, or at the only common level, from best to worst; those
    /// of all networks, `false`, if no level is common.
    pub fn best_first(&self) -> (Table, bool) {
        let mut table = self.table();
        table.rows.truncate(self.part.groups.len());
        let ranked = self.ranking(&self.common).into_iter().map(|(place, _)| place);
        let places =
            ranked.filter_map(|place| self.part.groups.iter().position(|own| *own == place));
        let places: Vec<usize> = places.collect();
        let is_ranked = !places.is_empty();
        if is_ranked {
            let mut rows: Vec<_> = table.rows.into_iter().map(Some).collect();
            table.rows = places.into_iter().filter_map(|place| rows[place].take()).collect();
        }
        (table, is_ranked)
    }

    /// Returns the same table with the differences from the baseline, if there is one among them.
    pub fn table_with_differences(&self) -> Table {
        let mut table = self.table();
        let found = self.report.baseline.as_ref().and_then(|_| self.differences());
        if let Some((name, known)) = found {
            table.head.extend(differences(&name, self.like()));
            for (place, row) in table.rows.iter_mut().enumerate() {
                let known = known.get(place).and_then(|known| known.paired.as_ref());
                row.extend(Cell::difference(known));
            }
        }
        table
    }

    /// Returns the experiment that is best on average over some levels, and those that are not told apart from it.
    fn best_at(&self, levels: &[f64]) -> Vec<usize> {
        if self.ranking(levels).len() < 2 {
            return Vec::new();
        }
        let value = |run: &Run| run.on_average(levels, self.column);
        self.report.best_of(&self.stats(levels), self.like(), value)
    }

    /// Compares each experiment of the table with the baseline, or with the one that is best on average over the levels
    /// at which all were tested, and returns the name of that column as well; `None` if the baseline is not among them,
    /// or without repeats to compare with the best.
    pub fn differences(&self) -> Option<(String, Vec<FromReference>)> {
        let Self { report, part, .. } = self;
        let value = |run: &Run| run.on_average(&self.common, self.column);
        let (best, _) = *self.ranking(&self.common).first()?;
        let from = |base: usize| {
            let each = part.groups.iter();
            each.map(|place| report.difference_between(base, *place, self.like(), value)).collect()
        };
        let found = match &report.baseline {
            Some(baseline) => {
                part.groups.contains(&baseline.place).then(|| from(baseline.place))?
            }
            None => report.differences_from_best(best, &part.groups, self.metric, value)?,
        };
        let measured = match self.common[..] {
            [level] => format!("tested at {}", number(level)),
            _ => "on average".to_owned(),
        };
        Some((format!("{measured} − {}", report.reference()), found))
    }
}
