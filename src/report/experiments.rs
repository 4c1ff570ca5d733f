//! The table of experiments, for Markdown and LaTeX.

use super::{
    Report,
    compare::quantity::Quantity,
    group::Group,
    run::{Run, counts},
    table::{Cell, Mark, Table, differences},
};
use crate::spec::{FinalMetric, without_repeat};

impl Report {
    /// Returns the experiments from best to worst, with mean and deviation over their repeats, and their differences
    /// from the baseline, if one is chosen.
    pub(super) fn experiments(&self) -> Table {
        let repeated = self.groups.iter().any(|group| group.runs.len() > 1);
        // Runs of a sweep are named by their keys, which are in the table already.
        let called = self.runs.iter().any(|run| run.called.is_some());
        let named = !self.is_sweep || called || self.columns().is_empty();
        let first = if self.is_sweep { "experiment" } else { "run" };
        // That all are complete goes without saying.
        let with_status = !self.runs.iter().all(Run::is_complete);
        let shown = self.quantities();
        let compared = self.compared_with_baseline();
        let best: Vec<Vec<usize>> = shown.iter().map(|quantity| self.best_in(*quantity)).collect();
        let mut head: Vec<String> = named.then(|| first.to_owned()).into_iter().collect();
        head.extend(self.columns().iter().map(|key| key.label.clone()));
        head.extend(repeated.then(|| "runs".to_owned()));
        for quantity in &shown {
            head.push(quantity.title());
            if compared.contains(quantity) {
                let name = format!("{} − {}", quantity.name(), self.reference());
                head.extend(differences(&name, *quantity));
            }
        }
        head.extend(with_status.then(|| "status".to_owned()));
        let row = |place: usize| {
            let group = &self.groups[place];
            let mut cells: Vec<Cell> =
                named.then(|| Cell::text(self.names(group))).into_iter().collect();
            cells.extend(self.columns().iter().map(|key| {
                let text = self.group_cell(group, key);
                if key.numeric { Cell::number(text) } else { Cell::text(text) }
            }));
            cells.extend(repeated.then(|| Cell::number(group.counted(&self.runs))));
            for (quantity, best) in shown.iter().zip(&best) {
                let stat = group.stat_of(&self.runs, *quantity);
                cells.push(Cell::stat(stat, Mark::of(place, best)));
                if compared.contains(quantity) {
                    cells.extend(self.difference_cells(place, *quantity));
                }
            }
            cells.extend(with_status.then(|| Cell::text(self.statuses(group))));
            cells
        };
        Table { head, rows: self.ranked().into_iter().map(row).collect() }
    }

    fn difference_cells(&self, place: usize, quantity: Quantity) -> [Cell; 2] {
        let known = self.difference_from_baseline(place, quantity);
        Cell::difference(known.and_then(|known| known.paired).as_ref())
    }

    /// Returns the name of a group's run, and the number of further ones. Repeats of a sweep are named once, with it or,
    /// in its own report, without.
    fn names(&self, group: &Group) -> String {
        if self.is_sweep {
            return group.label.clone();
        }
        let example = group.example(&self.runs);
        let run = &self.runs[example];
        let sweep = run.sweep.as_ref();
        let name = match sweep.map(|sweep| (sweep, without_repeat(&run.info.name))) {
            _ if self.has_families => group.label.clone(),
            Some((sweep, "")) => sweep.clone(),
            Some((sweep, name)) => format!("{sweep}/{name}"),
            None => run.name.clone(),
        };
        let is_other = |index: &&usize| match sweep {
            Some(_) => self.runs[**index].sweep != run.sweep,
            None => **index != example,
        };
        match group.runs.iter().filter(is_other).count() {
            0 => name,
            others => format!("{name} and {others} more"),
        }
    }

    /// Returns the names of the experiments by which a user can choose one of them.
    pub fn names_to_choose(&self) -> Vec<String> {
        let name = |group: &Group| {
            let run = &self.runs[group.example(&self.runs)];
            match (&run.sweep, run.experiment()) {
                (_, "") if self.is_sweep => run.info.name.clone(),
                (_, own) if self.is_sweep => own.to_owned(),
                (Some(sweep), "") => sweep.clone(),
                (Some(sweep), own) => format!("{sweep}/{own}"),
                (None, _) => run.name.clone(),
            }
        };
        self.groups.iter().map(name).collect()
    }

    /// Whether all runs have the same values of a result as of one listed before it.
    pub(super) fn repeats_result(&self, metric: FinalMetric) -> bool {
        let mut before = self.finals.iter().copied().take_while(|other| *other != metric);
        let values = |other| self.runs.iter().map(move |run| run.info.final_value(other));
        before.any(|other| values(metric).eq(values(other)))
    }

    /// Returns the statuses of a group's runs: `completed`, or `1 completed, 1 failed`.
    pub(super) fn statuses(&self, group: &Group) -> String {
        let runs = group.runs.iter().map(|index| &self.runs[*index]);
        match &counts(runs)[..] {
            [(status, _)] => (*status).to_owned(),
            all => {
                let each = all.iter().map(|(status, count)| format!("{count} {status}"));
                each.collect::<Vec<_>>().join(", ")
            }
        }
    }
}
