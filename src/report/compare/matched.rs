//! Matches the experiments of two sweeps by the values of the keys that they vary.

use super::{experiments::Experiments, repeats::Repeats};
use std::collections::HashMap;

/// The experiments of two sweeps, matched.
#[derive(Debug)]
pub struct Matched<'e> {
    /// The keys whose values the experiments of a point share.
    pub keys: Vec<&'e str>,
    /// The experiment of the first and the second sweep at each point, in the order of the first.
    pub points: Vec<[&'e Repeats; 2]>,
    /// The other experiments of both.
    pub left_over: [Vec<&'e Repeats>; 2],
    /// Whether several experiments of one sweep share the values of one of the other.
    is_ambiguous: bool,
}

impl<'e> Matched<'e> {
    /// Matches experiments by the keys that both sweeps vary or, if these leave open which belong together, by all
    /// keys that either of them varies. An experiment is matched at most once.
    pub fn of(sweeps: [&'e Experiments; 2]) -> Self {
        let [first, second] = sweeps.map(Experiments::varied);
        let both = first.iter().copied().filter(|key| second.contains(key)).collect();
        let matched = Self::by(both, sweeps);
        if !matched.is_ambiguous {
            return matched;
        }
        let others = second.iter().filter(|key| !first.contains(key));
        Self::by(first.iter().chain(others).copied().collect(), sweeps)
    }

    /// Matches experiments by the values of keys, if there is only one of each sweep.
    fn by(keys: Vec<&'e str>, sweeps: [&'e Experiments; 2]) -> Self {
        let values = |one: &Repeats| -> Vec<Option<String>> {
            let own = &one.example().values;
            keys.iter().map(|key| own.get(*key).map(ToString::to_string)).collect()
        };
        let mut same: HashMap<Vec<Option<String>>, [Vec<&Repeats>; 2]> = HashMap::new();
        for (side, sweep) in sweeps.into_iter().enumerate() {
            for one in &sweep.all {
                same.entry(values(one)).or_default()[side].push(one);
            }
        }
        let pair = |one: &Repeats| match same[&values(one)].each_ref().map(Vec::as_slice) {
            [[a], [b]] => Some([*a, *b]),
            _ => None,
        };
        let left_over =
            sweeps.map(|sweep| sweep.all.iter().filter(|one| pair(one).is_none()).collect());
        let points = sweeps[0].all.iter().filter_map(pair).collect();
        let is_ambiguous =
            same.values().any(|[a, b]| a.len().min(b.len()) > 0 && a.len().max(b.len()) > 1);
        Self { keys, points, left_over, is_ambiguous }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{found::Found, tests::complete};
    use std::rc::Rc;
    use toml::Value;

    /// The experiments with these values of sigma and size, and of the number of epochs.
    fn sweep(points: &[(f64, i64, i64)]) -> Experiments {
        let run = |&(sigma, size, epochs): &(f64, i64, i64)| {
            let values: [(&str, Value); 3] = [
                ("task.noise.sigma", sigma.into()),
                ("model.latent_dim", size.into()),
                ("train.epochs", epochs.into()),
            ];
            complete(&format!("{sigma}-{size}-{epochs}"), &values, 0.5)
        };
        let report = Found::of(points.iter().map(run).collect(), Vec::new()).report(&[]);
        let all = Repeats::all(&Rc::new(report)).collect();
        Experiments { all, waiting: 0, broken: Vec::new() }
    }

    /// Names what is matched by which keys, and what is left over.
    fn told(sweeps: [&[(f64, i64, i64)]; 2]) -> String {
        let sweeps = sweeps.map(sweep);
        let Matched { keys, points, left_over, .. } = Matched::of([&sweeps[0], &sweeps[1]]);
        let name = |one: &Repeats| one.example().name.clone();
        let points = points.iter().map(|[a, b]| format!("{} {}", name(a), name(b)));
        let left = left_over.map(|all| all.into_iter().map(name).collect::<Vec<_>>().join(" "));
        let points = points.collect::<Vec<_>>().join(", ");
        format!("{} | {points} | {} | {}", keys.join(" "), left[0], left[1])
    }

    #[test]
    fn experiments_are_matched_by_what_both_vary_and_by_all_keys_if_that_is_ambiguous() {
        let over_sigma: &[_] = &[(0.5, 8, 1), (0.25, 8, 1)];
        let wider: &[_] = &[(0.25, 16, 1), (0.5, 16, 1), (1.0, 16, 1)];
        assert_eq!(
            told([over_sigma, wider]),
            "task.noise.sigma | 0.25-8-1 0.25-16-1, 0.5-8-1 0.5-16-1 |  | 1-16-1"
        );
        // Only one of the others has the size that is fixed here.
        let grid: &[_] = &[(0.25, 8, 1), (0.25, 16, 1), (0.5, 8, 1), (0.5, 16, 1)];
        assert_eq!(
            told([grid, over_sigma]),
            "model.latent_dim task.noise.sigma | 0.25-8-1 0.25-8-1, 0.5-8-1 0.5-8-1 | 0.25-16-1 0.5-16-1 | "
        );
        // Epochs vary together with the size in one of them.
        assert_eq!(
            told([&[(0.5, 8, 1), (0.5, 16, 2)], &[(0.5, 8, 1), (0.5, 16, 1)]]),
            "model.latent_dim | 0.5-8-1 0.5-8-1, 0.5-16-2 0.5-16-1 |  | "
        );
        let others: &[_] = &[(0.25, 2, 1), (0.25, 4, 1), (0.5, 2, 1)];
        assert!(
            told([over_sigma, others]).contains(" |  | 0.25-8-1 0.5-8-1 | "),
            "none has its size"
        );
        assert!(told([over_sigma, &[(2.0, 2, 1), (2.0, 8, 1)]]).contains(" |  | "));
    }
}
