//! Checks on the points of a sweep as a whole.

use super::Sweep;
use crate::spec::{Experiment, Loss, Point, Prune, SEED, diagnostics::Diagnostic};
use std::collections::HashMap;

impl Sweep {
    /// Returns warnings about what is valid but probably unintended.
    pub fn warnings(&self, points: &[Point]) -> Vec<String> {
        let found = self.other_epochs(points).into_iter().chain(self.swept_seeds());
        self.warnings.iter().cloned().chain(found).collect()
    }

    /// Warns if seeds are swept like any other key.
    fn swept_seeds(&self) -> Option<String> {
        self.keys.iter().any(|key| key.path == SEED).then(|| {
            format!(
                "each value of `{SEED}` is a setting of its own, and the one with the luckiest seed is called the \
                 best; `repeats` gives mean and deviation over seeds instead"
            )
        })
    }

    /// Warns if runs are compared by one metric, each at its best epoch by another.
    fn other_epochs(&self, points: &[Point]) -> Option<String> {
        let compared = self.settings.metric?.name();
        let of = |point: &Point| point.experiment.train.checkpoint.metric.name();
        let other = points.iter().find(|point| !point.name.is_empty() && of(point) != compared)?;
        Some(format!(
            "runs are compared by `sweep.metric`, {compared}, each in the epoch that is best by \
             `train.checkpoint.metric`, {} (run `{}`)",
            of(other),
            other.name
        ))
    }

    /// Returns the mistakes of `points` as a whole; `base` is the experiment without the sweep.
    pub(super) fn mistakes(&self, base: &Experiment, points: &[Point]) -> Vec<Diagnostic> {
        self.losses(base, points).into_iter().chain(self.seeds(points)).collect()
    }

    /// Reports a comparison by loss between runs that minimize different losses.
    fn losses(&self, base: &Experiment, points: &[Point]) -> Vec<Diagnostic> {
        let same = |pair: &[Point]| pair[0].experiment.train.loss == pair[1].experiment.train.loss;
        if points.windows(2).all(same) {
            return Vec::new();
        }
        let key = self.keys.iter().find(|key| Loss::is_set_by(&key.path));
        let place = key.and_then(|key| key.keys[0].place.as_ref());
        let path = key.map_or("train.loss", |key| key.path.as_str());
        let own = self.settings.metric.unwrap_or(base.train.checkpoint.metric);
        let pruned = self.settings.prune.as_ref().and_then(Prune::metric);
        let uses = [(Some(own), "compared", "[sweep]"), (pruned, "pruned", "`prune`")];
        let problems = uses.into_iter().filter_map(|(metric, what, table)| {
            let metric = metric.filter(|metric| metric.depends_on_loss())?;
            let message = format!(
                "the runs are {what} by `{}`, which is not comparable between them: `{path}` varies",
                metric.name()
            );
            let note = format!(
                "set `metric = \"val_mse\"` in {table}, or `val_mae`, `val_psnr` or `val_ssim`"
            );
            Some(Diagnostic::new(message, place).note(note))
        });
        problems.collect()
    }

    /// Reports a seed that occurs twice because it is both swept and counted up by `repeats`.
    fn seeds(&self, points: &[Point]) -> Option<Diagnostic> {
        let key = self.keys.iter().find(|key| key.path == SEED)?;
        let mut seen = HashMap::new();
        let twice = points.iter().find(|point| {
            let others = point.overrides.iter().filter(|(path, _)| path != SEED);
            let mut others: Vec<String> =
                others.map(|(path, value)| format!("{path}={value}")).collect();
            others.sort();
            let repeated = point.repeat.is_some_and(|repeat| repeat > 1);
            let before = seen.insert((others, point.experiment.meta.seed), repeated);
            before.is_some_and(|before| before || repeated)
        })?;
        let seed = twice.experiment.meta.seed;
        let message = format!("seed {seed} occurs twice: `repeats` counts up from each seed");
        let note = "leave the seeds to `repeats`, or sweep seeds that are further apart";
        Some(Diagnostic::new(message, key.keys[0].place.as_ref()).note(note))
    }
}
