//! Compares two sweeps: their experiments in pairs, matched by the values of the keys that they vary.

pub use super::measure::Measure;

use super::{
    Comparison, KeyPair, differing,
    experiments::Experiments,
    keys_json,
    matched::Matched,
    pairs::{Paired, Pairs},
    repeats::Repeats,
};
use crate::{report::run::Run, spec::SEED, statistics::CONFIDENCE};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Two sweeps, compared.
#[derive(Debug)]
pub struct Sweeps<'e> {
    /// The keys by whose values experiments are matched.
    pub by: Vec<&'e str>,
    /// The matched experiments, in the order of the first sweep.
    pub points: Vec<Point<'e>>,
    /// The experiments of either sweep without a counterpart in the other.
    pub left_over: [Vec<&'e Repeats>; 2],
    /// The keys in which the experiments of points differ, by name, with the indices of the points at which they
    /// differ in this way.
    pub keys: Vec<(KeyPair, Vec<usize>)>,
    /// What is compared.
    pub measure: Measure,
    /// Why that is not the metric of both sweeps, in words.
    pub instead: Option<String>,
}

/// Two experiments, one of each sweep.
#[derive(Debug)]
pub struct Point<'e> {
    /// A run of each; those of the first pair, if there is one, which do not differ in their seed.
    pub runs: [&'e Run; 2],
    /// Their runs in pairs.
    pub pairs: Pairs<'e>,
    /// Why they cannot be compared, in words.
    pub different: Option<String>,
    /// The difference over the pairs, even if it cannot be compared; `None` without a pair.
    pub paired: Option<Paired>,
    is_same: bool,
}

impl<'e> Sweeps<'e> {
    /// Compares two sweeps.
    pub fn of(sweeps: [&'e Experiments; 2]) -> Self {
        let Matched { keys: by, points, left_over, .. } = Matched::of(sweeps);
        let pairs: Vec<Pairs<'_>> =
            points.iter().map(|point| Pairs::of(point.map(Repeats::runs))).collect();
        let (measure, instead) = Measure::of(sweeps, &pairs.iter().collect::<Vec<_>>());
        let point = |(both, pairs): ([&'e Repeats; 2], Pairs<'e>)| {
            let runs = pairs.runs.first().copied().unwrap_or_else(|| both.map(Repeats::example));
            let different = measure.incomparable(runs);
            let paired = measure.paired(&pairs);
            Point { runs, pairs, different, paired, is_same: both[0].is_same(both[1]) }
        };
        let points: Vec<Point<'_>> = points.into_iter().zip(pairs).map(point).collect();
        Self { by, keys: keys(&points), points, left_over, measure, instead }
    }

    /// Whether the points have the same runs on both sides.
    pub fn is_same(&self) -> bool {
        !self.points.is_empty() && self.points.iter().all(|point| point.is_same)
    }

    /// Returns the differences at the points where the experiments can be compared.
    pub fn compared(&self) -> impl Iterator<Item = &Paired> {
        self.points.iter().filter_map(Point::compared)
    }

    /// Returns the difference on average over the points at which the experiments can be compared, over the seeds of
    /// which all of these points have a pair: unlike differences at points, which share their seeds, those of seeds are
    /// independent. `None` with less than two points, or without such a seed.
    pub fn over_points(&self) -> Option<Paired> {
        let points: Vec<&Point<'_>> =
            self.points.iter().filter(|point| point.compared().is_some()).collect();
        let (first, _) = points.split_first().filter(|(_, others)| !others.is_empty())?;
        let mean = |seed: u64, side: usize| -> Option<f64> {
            let values = points.iter().map(|point| {
                let mut pairs = point.pairs.runs.iter();
                let pair = pairs.find(|pair| pair[0].info.seed == seed)?;
                let both = pair.map(|run| self.measure.value(run));
                both[0].and(both[1]).and(both[side])
            });
            let values: Option<Vec<f64>> = values.collect();
            values.map(|values| values.iter().sum::<f64>() / values.len() as f64)
        };
        let seeds = first.pairs.seeds().into_iter();
        let means = seeds.filter_map(|seed| Some([mean(seed, 0)?, mean(seed, 1)?]));
        Paired::of(self.measure.metric().mode(), &means.collect::<Vec<_>>())
    }

    /// Returns the comparison as JSON.
    pub fn json(&self) -> Value {
        let mut keys = keys_json(self.keys.iter().map(|(pair, _)| pair));
        let places = self.keys.iter().map(|(_, places)| places);
        for (key, places) in keys.as_array_mut().into_iter().flatten().zip(places) {
            key["points"] = json!(places);
        }
        let left_over = self
            .left_over
            .each_ref()
            .map(|all| all.iter().map(|one| self.values(one.example())).collect::<Vec<_>>());
        json!({
            "matched_by": self.by, "keys": keys,
            "metric": self.measure.column(), "direction": self.measure.metric().mode(), "levels": self.measure.levels(),
            "instead": self.instead, "confidence": CONFIDENCE,
            "points": self.points.iter().map(|point| self.point(point)).collect::<Vec<_>>(),
            "over_points": self.over_points().map(|paired| paired.json()),
            "left_over": { "a": left_over[0], "b": left_over[1] },
        })
    }

    /// Returns a point as JSON.
    fn point(&self, point: &Point<'_>) -> Value {
        let Point { runs, pairs, different, .. } = point;
        let metric = self.measure.metric();
        let paths = |place: usize| -> Vec<String> {
            pairs.runs.iter().map(|pair| pair[place].path.display().to_string()).collect()
        };
        json!({
            "keys": self.values(runs[0]), "runs": { "a": paths(0), "b": paths(1) },
            "different": different,
            "compared": point.compared().map(Paired::json),
            "better": point.compared().and_then(|paired| paired.ahead(metric.mode())).map(|place| ["a", "b"][place]),
            "pairs": pairs.json(&Comparison::of(runs[0], runs[1])),
        })
    }

    /// Returns a run's values of the keys by which experiments are matched, as JSON.
    fn values(&self, run: &Run) -> Map<String, Value> {
        let value = |key: &&str| serde_json::to_value(run.values.get(*key)).unwrap_or_default();
        self.by.iter().map(|key| ((*key).to_owned(), value(key))).collect()
    }
}

impl Point<'_> {
    /// Returns the difference over the pairs if it can be compared.
    pub fn compared(&self) -> Option<&Paired> {
        self.paired.as_ref().filter(|_| self.different.is_none())
    }
}

/// Returns the keys in which the experiments of points differ, by name.
fn keys(points: &[Point<'_>]) -> Vec<(KeyPair, Vec<usize>)> {
    let mut keys: BTreeMap<String, Vec<(KeyPair, Vec<usize>)>> = BTreeMap::new();
    for (place, point) in points.iter().enumerate() {
        let pairs = differing(point.runs.map(|run| &run.values)).into_iter();
        // Without a pair, the runs may have any of the seeds.
        for pair in pairs.filter(|pair| !point.pairs.runs.is_empty() || pair.key != SEED) {
            let known = keys.entry(pair.key.clone()).or_default();
            match known.iter_mut().find(|(other, _)| *other == pair) {
                Some((_, places)) => places.push(place),
                None => known.push((pair, vec![place])),
            }
        }
    }
    keys.into_values().flatten().collect()
}
