//! Decides which runs to prune: pure decisions over values epoch by epoch.
//!
//! A run is compared, at the same epoch, with the runs before it in the plan that validate on the same images
//! with the same task and noise; runs that are complete count with everything they reached. The caller must
//! wait until those of them in training have reached that epoch. The decision then follows from the plan
//! alone, not from how many runs train at once, which is fastest or which was interrupted.

use crate::{
    spec::{Metric, Mode, Prune},
    statistics::median,
    words::figure,
};

/// The values that a run has reached.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reached<'v> {
    /// One value per epoch, NaN if missing.
    pub values: &'v [f64],
    /// Whether no more epochs follow, even because of early stopping.
    pub is_complete: bool,
}

impl Reached<'_> {
    /// Returns the best of the first `epoch` epochs, or of fewer if no more follow. `None` if they may still
    /// follow, or never will because the run failed or was stopped.
    fn best(&self, mode: Mode, epoch: usize) -> Option<f64> {
        let values = self.values.get(..epoch);
        best(mode, values.or_else(|| self.is_complete.then_some(self.values))?)
    }
}

/// Returns the reason to stop a run after `epoch` epochs, if there is one, from its `own` value in each.
pub fn verdict(
    rule: &Prune,
    metric: Metric,
    epoch: usize,
    own: &[f64],
    earlier: &[Reached],
) -> Option<String> {
    if !is_compared_at(rule, epoch) {
        return None;
    }
    let mode = metric.mode();
    let others: Vec<f64> = earlier.iter().filter_map(|other| other.best(mode, epoch)).collect();
    // A run without a value is worse than any that has one.
    let mine = best(mode, own.get(..epoch)?);
    let shown = mine.map_or("nothing".to_owned(), figure);
    let name = metric.name();
    match *rule {
        Prune::Median { min_runs, .. } => {
            if others.len() < min_runs.max(1) {
                return None;
            }
            let median = median(others.clone())?;
            let hopeless = mine.is_none_or(|mine| mode.improves(median, Some(mine), 0.0));
            hopeless.then(|| {
                let median = figure(median);
                format!(
                    "pruned after epoch {epoch}: best {name} {shown} is worse than the median {median} of {} runs",
                    others.len()
                )
            })
        }
        Prune::Halving { factor, .. } => {
            let ahead = others
                .iter()
                .filter(|other| mine.is_none_or(|mine| mode.improves(**other, Some(mine), 0.0)))
                .count();
            let places = (others.len() + 1).div_ceil(factor.max(2));
            (ahead >= places).then(|| {
                format!(
                    "pruned after epoch {epoch}: best {name} {shown} is number {} of {} runs, and {places} of them go on",
                    ahead + 1,
                    others.len() + 1
                )
            })
        }
    }
}

/// Whether runs are compared after this many epochs.
pub fn is_compared_at(rule: &Prune, epoch: usize) -> bool {
    match *rule {
        Prune::Median { warmup, .. } => epoch > warmup,
        Prune::Halving { warmup, factor, .. } => {
            let mut rung = warmup.max(1);
            while rung < epoch {
                rung = rung.saturating_mul(factor.max(2));
            }
            rung == epoch
        }
    }
}

fn best(mode: Mode, values: &[f64]) -> Option<f64> {
    mode.best(values.iter().copied(), |value| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIAN: Prune = Prune::Median { metric: None, warmup: 1, min_runs: 3 };
    const HALVING: Prune = Prune::Halving { metric: None, warmup: 1, factor: 3 };

    fn judge(rule: &Prune, epoch: usize, own: &[f64], earlier: &[&[f64]]) -> Option<String> {
        verdict(rule, Metric::ValLoss, epoch, own, &not_complete(earlier))
    }

    fn not_complete<'v>(earlier: &[&'v [f64]]) -> Vec<Reached<'v>> {
        earlier.iter().map(|values| Reached { values, is_complete: false }).collect()
    }

    #[test]
    fn a_run_worse_than_the_median_of_the_earlier_ones_is_stopped() {
        let earlier: &[&[f64]] = &[&[0.5, 0.1], &[0.5, 0.2], &[0.5, 0.3]];
        assert_eq!(judge(&MEDIAN, 2, &[0.9, 0.2], earlier), None, "as good as the median");
        let reason = judge(&MEDIAN, 2, &[0.9, 0.25], earlier).unwrap();
        assert_eq!(
            reason,
            "pruned after epoch 2: best val_loss 0.25000 is worse than the median 0.20000 of 3 runs"
        );
        assert_eq!(judge(&MEDIAN, 1, &[0.9], earlier), None, "within the warm-up");
        assert_eq!(judge(&MEDIAN, 2, &[0.9, 0.9], &earlier[..2]), None, "too few others");
    }

    #[test]
    fn runs_that_have_not_reached_the_epoch_and_later_epochs_do_not_count() {
        let earlier: &[&[f64]] = &[&[0.5], &[0.5, 0.2, 0.0], &[0.5, 0.3, 0.0], &[0.5, 0.4, 0.0]];
        assert_eq!(judge(&MEDIAN, 2, &[0.9, 0.3], earlier), None);
        assert!(judge(&MEDIAN, 2, &[0.9, 0.31], earlier).is_some());
    }

    #[test]
    fn runs_that_stopped_early_by_themselves_count_with_all_their_epochs() {
        let early = [[0.5, 0.2], [0.5, 0.3], [0.5, 0.4]];
        let early = early.each_ref().map(|values| Reached { values, is_complete: true });
        let judge = |rule, own: &[f64]| verdict(rule, Metric::ValLoss, own.len(), own, &early);
        assert!(judge(&MEDIAN, &[0.9, 0.9, 0.9, 0.31]).is_some());
        assert!(judge(&MEDIAN, &[0.9, 0.9, 0.9, 0.3]).is_none());
        let reason = judge(&HALVING, &[0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.35]).unwrap();
        assert!(reason.contains("is number 3 of 4 runs, and 2 of them go on"), "{reason}");
    }

    #[test]
    fn a_metric_where_more_is_better_is_compared_the_other_way_round() {
        let earlier: &[&[f64]] = &[&[1.0, 20.0][..]; 3];
        let earlier = not_complete(earlier);
        let judge = |psnr| verdict(&MEDIAN, Metric::ValPsnr, 2, &[1.0, psnr], &earlier);
        assert!(judge(19.0).is_some());
        assert!(judge(21.0).is_none());
    }

    #[test]
    fn a_run_without_values_is_pruned_and_does_not_count_for_others() {
        let earlier: &[&[f64]] = &[&[0.5, 0.1], &[0.5, 0.2], &[0.5, 0.3]];
        assert!(judge(&MEDIAN, 2, &[f64::NAN, f64::NAN], earlier).is_some());
        let nothing: &[&[f64]] = &[&[f64::NAN, f64::NAN][..]; 3];
        assert_eq!(judge(&MEDIAN, 2, &[0.9, 0.9], nothing), None);
    }

    #[test]
    fn halving_compares_at_growing_epochs_and_keeps_the_best_part() {
        let rungs: Vec<usize> = (0..30).filter(|&e| is_compared_at(&HALVING, e)).collect();
        assert_eq!(rungs, [1, 3, 9, 27]);
        assert_eq!(
            judge(&HALVING, 1, &[0.9], &[]),
            None,
            "the first run has no others to compare with"
        );
        assert!(judge(&HALVING, 1, &[0.9], &[&[0.5]]).is_some());
        assert!(judge(&HALVING, 1, &[0.4], &[&[0.5]]).is_none());
        // Two of four go on.
        assert!(judge(&HALVING, 1, &[0.4], &[&[0.3], &[0.5], &[0.6]]).is_none());
        assert!(judge(&HALVING, 1, &[0.55], &[&[0.3], &[0.5], &[0.6]]).is_some());
        assert_eq!(judge(&HALVING, 2, &[0.9, 0.9], &[&[0.5, 0.5]]), None, "no rung");
    }

    #[test]
    fn a_tie_is_not_worse() {
        assert_eq!(judge(&HALVING, 1, &[0.5], &[&[0.5], &[0.5]]), None);
        assert_eq!(judge(&MEDIAN, 2, &[0.5, 0.5], &[&[0.5, 0.5][..]; 3]), None);
    }
}
