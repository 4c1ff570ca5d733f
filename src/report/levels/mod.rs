//! Compares networks at noise levels at which all of them were tested, whatever noise they were trained with.
//! This compares networks that are validated with different noise.

mod table;

use super::{
    Group, Report,
    apart::different,
    better::{Certainty, behind},
    chart::Line,
    compare::quantity::Quantity,
    group::{Stat, rivals},
    parts::Part,
    run::Run,
};
use crate::{
    spec::{LevelKind, Metric, Over},
    statistics::Summary,
    words::{counted, listed, number},
};
/// At most this many levels, or values of a key, are described individually.
const LISTED: usize = 8;

/// Experiments tested on the same images with noise that differs only in its level.
pub(super) struct Levels<'r> {
    /// The report that they are from.
    pub report: &'r Report,
    /// The experiments.
    pub part: Part,
    /// The column of `noise_levels.csv` for comparison.
    pub column: &'static str,
    /// The same quantity as a metric over validation images.
    pub metric: Metric,
    /// The levels at which any of them was tested, from low to high.
    pub levels: Vec<f64>,
    /// The levels at which all of them were tested.
    common: Vec<f64>,
    /// Whether they differ only in the noise level of their training.
    pub by_level: bool,
}

impl Report {
    /// Returns experiments with results at noise levels, grouped by what can be compared.
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
            let by_level = self.only_level_differs(&part);
            let (levels, common) = (Vec::new(), Vec::new());
            let mut found = Levels { report: self, part, column, metric, levels, common, by_level };
            found.levels = found.all();
            let every = |level: &f64| {
                found.stats(&[*level]).iter().flatten().count() == found.part.groups.len()
            };
            found.common = found.levels.iter().copied().filter(every).collect();
            found
        });
        levels.filter(|levels| !levels.levels.is_empty()).collect()
    }

    /// Returns the metric for comparison at noise levels: the report's own, or the mean squared error if that
    /// is the loss.
    pub(super) fn at_levels(&self) -> Metric {
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

    fn only_level_differs(&self, part: &Part) -> bool {
        let runs = || part.groups.iter().map(|place| &self.runs[self.groups[*place].runs[0]]);
        let differs = |path: &str| {
            let mut values = runs().map(|run| run.values.get(path));
            let first = values.next();
            values.any(|value| Some(value) != first)
        };
        // Networks for different kinds of noise are never in one part.
        let levels = LevelKind::ALL.map(LevelKind::key);
        let mut others = self.keys.iter().filter(|key| !levels.contains(&key.path.as_str()));
        levels.into_iter().any(differs) && !others.any(|key| differs(&key.path))
    }
}

impl Levels<'_> {
    /// Says what is best at each level, in a sentence each, if validation metrics cannot tell.
    pub(super) fn sentences(&self) -> Vec<String> {
        let groups = self.part.groups.iter().map(|place| &self.report.groups[*place]);
        let runs: Vec<&Run> = groups.map(|group| &self.report.runs[group.runs[0]]).collect();
        if different(&runs, Over::Validation).is_none() {
            return Vec::new();
        }
        let mut sentences: Vec<String> = Vec::new();
        if let [_, _, ..] = self.common[..] {
            let levels: Vec<String> = self.common.iter().copied().map(number).collect();
            let levels = match levels.len() {
                count if count > LISTED => counted(count, "level"),
                _ => listed(&levels),
            };
            sentences
                .extend(self.best(&self.common, &format!("On average over tests at {levels}")));
        }
        let each = self.levels.iter().take(LISTED);
        sentences.extend(
            each.filter_map(|level| self.best(&[*level], &format!("Tested at {}", number(*level)))),
        );
        let more = self.levels.len().saturating_sub(LISTED);
        if more > 0 && !sentences.is_empty() {
            sentences.push(format!("The table has {}.", counted(more, "further level")));
        }
        if !self.part.name.is_empty() {
            for line in &mut sentences {
                *line = format!("For {}: {line}", self.part.name);
            }
        }
        sentences
    }

    /// Returns the lines of a chart of those that are among the best `most` experiments of the report, in the colours
    /// of the learning curves; of the best `most` of its own if none is.
    pub(super) fn lines(&self, most: usize) -> Vec<Line> {
        let stats: Vec<_> =
            self.levels.iter().map(|level| (*level, self.stats(&[*level]))).collect();
        let line = |(rank, place): &(usize, usize)| {
            let points = stats.iter().filter_map(|(level, stats)| {
                let Summary { mean, deviation, .. } = stats[*place]?.summary;
                Some((*level, mean, deviation))
            });
            let trained = if self.by_level { "trained at " } else { "" };
            let label = format!("{trained}{}", self.label(*place));
            Line { label, points: points.collect(), colour: Some(*rank), ..Line::default() }
        };
        let ranked = self.report.ranked().into_iter().enumerate();
        let own = ranked.filter(|(_, place)| self.part.groups.binary_search(place).is_ok());
        let own: Vec<(usize, usize)> = own.take(most).collect();
        let among_best = own.iter().take_while(|(rank, _)| *rank < most).count();
        own[..if among_best > 0 { among_best } else { own.len() }].iter().map(line).collect()
    }

    /// Returns the indices of its experiments in the report, as text.
    pub(super) fn places(&self) -> String {
        self.part.groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// Returns the number of experiments.
    pub(super) fn count(&self) -> usize {
        self.part.groups.len()
    }

    /// Returns the quantity that its results are like.
    const fn like(&self) -> Quantity {
        Quantity::Metric(self.metric)
    }

    /// Says what is best on average over some levels, or how experiments differ from a baseline among them; `None` if
    /// there is nothing to compare.
    fn best(&self, levels: &[f64], at: &str) -> Option<String> {
        let ranking = self.ranking(levels);
        if let Some(baseline) = &self.report.baseline {
            let places: Vec<usize> = ranking.iter().map(|(place, _)| *place).collect();
            let what = format!("{at}: {}", self.column);
            let value = |run: &Run| run.on_average(levels, self.column);
            let against = || self.report.against_in(&places, self.like(), &what, value);
            return places.contains(&baseline.place).then(against)?;
        }
        let ((first, stat), rest) = ranking.split_first().map(|(first, rest)| (*first, rest))?;
        let (best, next @ (_, second)) = (stat.summary, rest.first()?);
        let network = |place: usize| {
            let name = self.label(place);
            let how = match (self.by_level, self.report.has_families) {
                (true, _) => "trained at",
                (false, true) => "of",
                (false, false) => "with",
            };
            format!("{how} {name}")
        };
        let over = self.report.groups[first].over_seeds(&self.report.runs, stat);
        let pairs = self.report.pairs([next.0, first]);
        let value = |run: &Run| run.on_average(levels, self.column);
        let paired = pairs.difference(self.metric.mode(), value);
        let certainty = Certainty::of(self.metric, [best, second.summary], paired.as_ref());
        let is_worse = |stat: &Stat| format!(", is {}", behind(self.metric, best, stat.summary));
        let describe = |(place, stat): &(usize, Stat)| {
            format!("{} ({}){}", network(*place), stat.summary, is_worse(stat))
        };
        let (column, network_of_best) = (self.column, network(first));
        let is_best = match second.summary.mean - best.mean {
            0.0 => "is as good as any",
            _ if certainty.is_open => "has the best mean",
            _ => "is best",
        };
        let head = format!("{at}, the network {network_of_best} {is_best}: {column} {best}{over}");
        let next =
            format!("{} {}", network(next.0), certainty.around(second.summary, &is_worse(second)));
        let last = rest.last()?;
        Some(if rest.len() == 1 {
            format!("{head}; the other, {next}.")
        } else {
            format!("{head}; the next, {next}, and the last, {}.", describe(last))
        })
    }

    /// Ranks the experiments by their average over some levels, leaving out those that cannot be compared
    /// with the best.
    fn ranking(&self, levels: &[f64]) -> Vec<(usize, Stat)> {
        let Report { groups, runs, .. } = self.report;
        rivals(groups, runs, self.metric.mode(), &self.stats(levels))
    }

    /// Returns the average over some levels for each experiment of the report; `None` for those not tested at
    /// each level or not in this comparison.
    fn stats(&self, levels: &[f64]) -> Vec<Option<Stat>> {
        let Report { groups, runs, .. } = self.report;
        let value = |run: &Run| run.on_average(levels, self.column);
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

    /// Returns what distinguishes an experiment: the noise level of its training, or its keys or name.
    fn label(&self, place: usize) -> String {
        let group = &self.report.groups[place];
        let level = self.report.runs[group.runs[0]].trained_at().filter(|_| self.by_level);
        level.map_or_else(|| group.label.clone(), |(_, level)| level.to_string())
    }
}
