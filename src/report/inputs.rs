//! The inputs of networks by themselves, which their outputs should be better than.

use super::{
    Group, Report,
    chart::Line,
    group::Stat,
    levels::Levels,
    run::Run,
    table::{Cell, Mark},
};
use crate::{
    record::input,
    spec::Strength,
    statistics::{Summary, summarize},
    words::number,
};

impl Report {
    /// Names the experiments whose outputs have a larger mean squared error than their inputs, on the test images or at
    /// tested noise levels, in a sentence; `None` if there are none.
    pub(super) fn worse_than_inputs(&self) -> Option<String> {
        let worse = self.groups.iter().flat_map(|group| self.worse_of(group)).collect();
        input::all_worse(worse).map(|said| format!("On test images, {said}."))
    }

    /// Describes where the outputs of an experiment are worse than its inputs.
    fn worse_of(&self, group: &Group) -> Vec<String> {
        let worse =
            |what: &str, output: &dyn Fn(&Run) -> Option<f64>, input: &dyn Fn(&Run) -> _| {
                let mean = |value| group.over(&self.runs, value).map(|stat| stat.summary.mean);
                input::worse(what, mean(output)?, mean(input)?)
            };
        let own = worse(&group.label, &|run| Some(run.info.input?.output_mse), &|run| {
            Some(run.info.input?.mse)
        });
        let example = &self.runs[group.example(&self.runs)];
        // A test at the noise of its training would say the same again.
        let said = own.as_ref().and_then(|_| example.trained_at()).map(|(_, strength)| strength);
        let levels = example.levels.iter().map(|tested| tested.level);
        let levels = levels.filter(|level| said != Some(Strength::Level(*level)));
        let at_levels = levels.filter_map(|level| {
            worse(
                &format!("{} tested at {}", group.label, number(level)),
                &|run| run.at_level(level, "mse"),
                &|run| run.tested_at(level)?.input_value("mse"),
            )
        });
        own.into_iter().chain(at_levels).collect()
    }
}

impl Levels<'_> {
    /// Returns the mean over complete runs of the noisy images' own value at a level; `None` if no run knows it.
    fn input(&self, level: f64) -> Option<f64> {
        let groups = self.part.groups.iter().map(|place| &self.report.groups[*place]);
        let runs = groups.flat_map(|group| &group.once).map(|index| &self.report.runs[*index]);
        let known = runs.filter(|run| run.is_complete()).filter_map(|run| run.tested_at(level));
        summarize(known.filter_map(|tested| tested.input_value(self.column))).map(|all| all.mean)
    }

    /// Returns the row of the noisy images in the table, with a cell for each of `columns`, the levels of which it
    /// averages; `None` if nothing is known of them.
    pub(super) fn inputs_row<'l>(
        &self,
        columns: impl Iterator<Item = &'l Vec<f64>>,
    ) -> Option<Vec<Cell>> {
        let mean = |levels: &Vec<f64>| {
            let values: Option<Vec<f64>> = levels.iter().map(|level| self.input(*level)).collect();
            summarize(values?).map(|all| all.mean)
        };
        let values: Vec<Option<f64>> = columns.map(mean).collect();
        values.iter().any(Option::is_some).then(|| {
            let cell = |value: Option<f64>| {
                let summary = value.map(|mean| Summary { count: 1, mean, deviation: None });
                Cell::stat(summary.map(|summary| Stat { summary, complete: true }), Mark::Plain)
            };
            let title = Cell::text("none: the noisy images");
            [title].into_iter().chain(values.into_iter().map(cell)).collect()
        })
    }

    /// Returns the line of the noisy images in the chart; `None` if nothing is known of them.
    pub(super) fn inputs_line(&self) -> Option<Line> {
        let point = |level: &f64| Some((*level, self.input(*level)?, None));
        let points: Vec<_> = self.levels.iter().filter_map(point).collect();
        let label = "noisy images".to_owned();
        (!points.is_empty()).then(|| Line { label, points, reference: true, ..Line::default() })
    }
}
