//! What networks reach at noise levels that all of them were tested at, whatever they were trained at: there
//! those can be compared that are validated at noise of their own.

use super::{
    Group, Report,
    apart::{Part, different},
    better::behind,
    chart::Line,
    group::{Stat, cell, ranked},
    run::Run,
};
use crate::spec::{
    Metric, Over, SIGMA,
    words::{counted, listed, number},
};

/// Levels, or values of a key, that are told one by one.
const TOLD: usize = 8;

/// Experiments that were tested on the same images with noise that differs in its level alone.
pub(super) struct Levels<'r> {
    report: &'r Report,
    part: Part,
    /// The column of `noise_levels.csv` that they are compared by.
    pub column: &'static str,
    /// What it would be called over validation images.
    pub metric: Metric,
    /// The levels that any of them was tested at, from low to high.
    pub levels: Vec<f64>,
    /// Those that all were tested at.
    common: Vec<f64>,
    /// Whether they differ in nothing but the level that they were trained at.
    pub by_sigma: bool,
}

/// What experiments reach at each level, as text.
pub(super) struct Table {
    /// What is shown.
    pub title: String,
    /// The names of the columns; those of levels come after the first.
    pub head: Vec<String>,
    /// An experiment each: its name, and of each column the value and whether it is the best there.
    pub rows: Vec<(String, Vec<(String, bool)>)>,
}

impl Report {
    /// Experiments with results at noise levels, together as far as they may be compared.
    pub(super) fn levels(&self) -> Vec<Levels<'_>> {
        let metric = self.at_levels();
        let column = metric.level_column();
        let mut parts = self.parts(Over::Levels);
        for part in &mut parts {
            let tested = |run: &Run| run.is_complete() && !run.levels.is_empty();
            let runs = |group: &Group| group.once.iter().any(|index| tested(&self.runs[*index]));
            part.groups.retain(|place| runs(&self.groups[*place]));
        }
        parts.retain(|part| part.groups.len() > 1);
        self.name(&mut parts, Over::Levels);
        let several = parts.len() > 1;
        let levels = parts.into_iter().map(|mut part| {
            if !several {
                part.name.clear();
            }
            let by_sigma = self.only_sigma_differs(&part);
            let (levels, common) = (Vec::new(), Vec::new());
            let mut found = Levels { report: self, part, column, metric, levels, common, by_sigma };
            found.levels = found.all();
            let every = |level: &f64| {
                found.stats(&[*level]).iter().flatten().count() == found.part.groups.len()
            };
            found.common = found.levels.iter().copied().filter(every).collect();
            found
        });
        levels.filter(|levels| !levels.levels.is_empty()).collect()
    }

    /// What levels are compared by: as the report does, by the mean squared error where that is the loss.
    fn at_levels(&self) -> Metric {
        let is_mse = || {
            let mut levels = self.runs.iter().flat_map(|run| &run.levels).map(|level| level.result);
            levels.all(|result| (result.loss - result.quality.mse).abs() == 0.0)
        };
        match self.metric {
            Metric::Loss | Metric::ValLoss if is_mse() => Metric::ValMse,
            Metric::Loss => Metric::ValLoss,
            metric => metric,
        }
    }

    fn only_sigma_differs(&self, part: &Part) -> bool {
        let runs = || part.groups.iter().map(|place| &self.runs[self.groups[*place].runs[0]]);
        let differs = |path: &str| {
            let mut values = runs().map(|run| run.values.get(path));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        let others = self.keys.iter().filter(|key| key.path != SIGMA);
        differs(SIGMA) && !others.into_iter().any(|key| differs(&key.path))
    }
}

impl Levels<'_> {
    /// What is best at each level, where their own metrics cannot tell, a sentence each.
    pub(super) fn told(&self) -> Vec<String> {
        let groups = self.part.groups.iter().map(|place| &self.report.groups[*place]);
        let runs: Vec<&Run> = groups.map(|group| &self.report.runs[group.runs[0]]).collect();
        if different(&runs, Over::Validation).is_none() {
            return Vec::new();
        }
        let mut told: Vec<String> = Vec::new();
        if let [_, _, ..] = self.common[..] {
            let levels: Vec<String> = self.common.iter().copied().map(number).collect();
            let levels = match levels.len() {
                count if count > TOLD => counted(count, "level"),
                _ => listed(&levels),
            };
            told.extend(self.best(&self.common, &format!("On average over tests at {levels}")));
        }
        let each = self.levels.iter().take(TOLD);
        told.extend(
            each.filter_map(|level| self.best(&[*level], &format!("Tested at {}", number(*level)))),
        );
        let more = self.levels.len().saturating_sub(TOLD);
        if more > 0 && !told.is_empty() {
            told.push(format!("The table has {}.", counted(more, "further level")));
        }
        if !self.part.name.is_empty() {
            for line in &mut told {
                *line = format!("For {}: {line}", self.part.name);
            }
        }
        told
    }

    /// What experiments reach at each level; the best by bold or colour.
    pub(super) fn table(&self) -> Table {
        let arrow = self.metric.mode().arrow();
        let of = if self.part.name.is_empty() {
            String::new()
        } else {
            format!(" for {}", self.part.name)
        };
        let mut columns: Vec<Vec<f64>> = self.levels.iter().map(|level| vec![*level]).collect();
        let mut head = vec![if self.by_sigma { "trained at" } else { "network" }.to_owned()];
        head.extend(self.levels.iter().map(|level| format!("tested at {}", number(*level))));
        if self.common.len() > 1 {
            let some = self.common.iter().copied().map(number).collect::<Vec<_>>();
            let all = self.common.len() == self.levels.len();
            let over = if all { String::new() } else { format!(" over {}", listed(&some)) };
            head.push(format!("on average{over}"));
            columns.push(self.common.clone());
        }
        let columns = columns.iter().map(|levels| (self.stats(levels), self.ranking(levels)));
        let columns = columns.collect::<Vec<_>>();
        let row = |place: &usize| {
            let cells = columns.iter().map(|(stats, ranking)| {
                let best = ranking.len() > 1 && ranking[0].0 == *place;
                (cell(stats[*place]), best)
            });
            (self.label(*place), cells.collect())
        };
        Table {
            title: format!("{} {arrow} over the test images at each noise level{of}", self.column),
            head,
            rows: self.part.groups.iter().map(row).collect(),
        }
    }

    /// The lines of a chart, of so many experiments at most.
    pub(super) fn lines(&self, most: usize) -> Vec<Line> {
        let stats: Vec<_> =
            self.levels.iter().map(|level| (*level, self.stats(&[*level]))).collect();
        let line = |place: &usize| {
            let points = stats.iter().filter_map(|(level, stats)| {
                let Stat { mean, deviation, .. } = stats[*place]?;
                Some((*level, mean, deviation))
            });
            let trained = if self.by_sigma { "trained at " } else { "" };
            let label = format!("{trained}{}", self.label(*place));
            Line { label, points: points.collect(), ..Line::default() }
        };
        self.part.groups.iter().take(most).map(line).collect()
    }

    /// How many experiments there are.
    pub(super) fn count(&self) -> usize {
        self.part.groups.len()
    }

    /// What is best on average over some levels, in words; none where there is nothing to compare.
    fn best(&self, levels: &[f64], at: &str) -> Option<String> {
        let ranking = self.ranking(levels);
        let ((first, best), rest) = ranking.split_first().map(|(first, rest)| (*first, rest))?;
        let next @ (_, second) = rest.first()?;
        let network = |place: usize| {
            let name = self.label(place);
            if self.by_sigma { format!("trained at {name}") } else { format!("with {name}") }
        };
        let over = self.report.groups[first].over_seeds(&self.report.runs, best);
        let told = |(place, stat): &(usize, Stat)| {
            format!("{}, is {}", network(*place), behind(self.metric, best, *stat))
        };
        let (column, network) = (self.column, network(first));
        let is_best =
            if (second.mean - best.mean).abs() == 0.0 { "is as good as any" } else { "is best" };
        let head = format!("{at}, the network {network} {is_best}: {column} {best}{over}");
        let last = rest.last()?;
        Some(if rest.len() == 1 {
            format!("{head}; the other, {}.", told(next))
        } else {
            format!("{head}; the next, {}, and the last, {}.", told(next), told(last))
        })
    }

    /// What experiments reach on average over some levels, from the best, as far as they may be held against it.
    fn ranking(&self, levels: &[f64]) -> Vec<(usize, Stat)> {
        let Report { groups, runs, .. } = self.report;
        let stats = self.stats(levels);
        let places = ranked(groups, runs, self.metric.mode(), &stats);
        let known: Vec<(usize, Stat)> =
            places.into_iter().filter_map(|place| Some((place, stats[place]?))).collect();
        let thinned = |place: usize| groups[place].is_thinned(runs);
        let first = known.first().map(|(place, _)| thinned(*place));
        known.into_iter().filter(|(place, _)| Some(thinned(*place)) == first).collect()
    }

    /// What each experiment of the report reaches on average over some levels; none of one that was not tested
    /// at each, and of those that are not compared here.
    fn stats(&self, levels: &[f64]) -> Vec<Option<Stat>> {
        let Report { groups, runs, .. } = self.report;
        let value = |run: &Run| {
            let at = |level: &f64| run.at_level(*level, self.column);
            let values: Option<Vec<f64>> = levels.iter().map(at).collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        };
        let mut stats = vec![None; groups.len()];
        for place in &self.part.groups {
            stats[*place] = groups[*place].over(runs, value).filter(|stat| stat.complete);
        }
        stats
    }

    fn all(&self) -> Vec<f64> {
        let groups = self.part.groups.iter().map(|place| &self.report.groups[*place]);
        let runs = groups.flat_map(|group| &group.once).map(|index| &self.report.runs[*index]);
        let complete = runs.filter(|run| run.is_complete());
        let mut levels: Vec<f64> =
            complete.flat_map(|run| &run.levels).map(|tested| tested.level).collect();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        levels
    }

    /// What sets an experiment apart from the others: the sigma that it was trained at, or its keys.
    fn label(&self, place: usize) -> String {
        let group = &self.report.groups[place];
        let sigma = self.report.runs[group.runs[0]].sigma().filter(|_| self.by_sigma);
        sigma.map_or_else(|| group.label.clone(), |sigma| sigma.to_string())
    }
}
