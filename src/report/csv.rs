//! A CSV table with one row per run, for spreadsheets and programs.

use super::{Report, compare::quantity::Quantity, run::Run};
use crate::{
    record::{csv_table, table::cell},
    spec::value,
};

/// Ends of the names of columns that compare with the baseline: the difference from its run with the same seed; and of
/// the experiment, the mean difference and its interval.
const COMPARED: [&str; 4] = ["", "_mean", "_low", "_high"];

impl Report {
    /// Returns the runs as CSV: their facts, the keys in which they differ, the metrics of their best epochs, any final
    /// metrics and tests at noise levels, or only the metrics that were chosen, and differences from a baseline. Numbers
    /// are those of `metrics.csv`; missing values are empty cells.
    pub fn csv(&self) -> String {
        let quantities = self.chosen_metrics.clone().unwrap_or_else(|| self.of_runs());
        let compared = self.compared_with_baseline();
        let mut header: Vec<String> =
            ["run", "folder", "status", "seed", "epochs", "best_epoch"].map(str::to_owned).into();
        header.extend(self.columns().iter().map(|key| key.path.clone()));
        header.extend(quantities.iter().map(|quantity| quantity.name()));
        for quantity in &compared {
            header.extend(COMPARED.map(|end| format!("{}_minus_baseline{end}", quantity.name())));
        }
        header.extend(["parameters", "seconds"].map(str::to_owned));
        let runs = self.groups.iter().enumerate();
        let runs = runs.flat_map(|(place, group)| group.runs.iter().map(move |run| (place, run)));
        let rows = runs.map(|(place, index)| {
            let run = &self.runs[*index];
            let best = run.best_row().map(|row| row.epoch.to_string()).unwrap_or_default();
            let status = run.info.status.to_string();
            // As in the tables of a sweep, so that they can be joined.
            let name = if run.called.is_some() { &run.info.name } else { &run.name };
            let facts = [name.clone(), run.folder(), status, run.info.seed.to_string()];
            let mut row = Vec::from(facts);
            row.extend([run.epochs().to_string(), best]);
            let value = |path: &str| run.values.get(path).map(value::exact).unwrap_or_default();
            row.extend(self.columns().iter().map(|key| value(&key.path)));
            row.extend(quantities.iter().map(|quantity| cell(quantity.of(run))));
            for quantity in &compared {
                row.extend(self.columns_against(place, run, *quantity).map(cell));
            }
            row.extend([run.info.parameters.to_string(), format!("{:.3}", run.seconds())]);
            row
        });
        String::from_utf8_lossy(&csv_table::bytes(&header, rows)).into_owned()
    }

    /// Returns every metric, every final metric, and the tests at noise levels in the metric that compares them.
    fn of_runs(&self) -> Vec<Quantity> {
        let metrics = self.metrics.iter().copied().map(Quantity::Metric);
        let finals = self.finals.iter().copied().map(Quantity::Final);
        metrics.chain(finals).chain(self.tests_in(self.at_levels())).collect()
    }

    /// Returns the values of the columns [`COMPARED`].
    fn columns_against(&self, place: usize, run: &Run, quantity: Quantity) -> [Option<f64>; 4] {
        let Some(baseline) = &self.baseline else { return [None; 4] };
        let known = self.difference_from_baseline(place, quantity).and_then(|known| known.paired);
        let Some(paired) = known else { return [None; 4] };
        let pairs = self.pairs([baseline.place, place]);
        let own = pairs.runs.iter().find(|[_, other]| other.path == run.path);
        let own = own.and_then(|[base, own]| Some(quantity.of(own)? - quantity.of(base)?));
        let (low, high) = paired.difference.confidence_interval().unzip();
        [own, Some(paired.difference.mean), low, high]
    }
}
