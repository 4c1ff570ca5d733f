//! How a sweep chooses among its runs.

use crate::{
    cli::sweep::Sweep,
    spec::{Metric, Prune},
    words::counted,
};

/// Describes by which metric runs are compared, how often each is repeated, and when it is stopped early.
pub fn describe(sweep: &Sweep<'_>) -> String {
    let repeats = sweep.file.plans.iter().filter_map(|plan| plan.point.repeat).max();
    choice(sweep.metric, repeats.unwrap_or(1), sweep.file.settings.prune.as_ref())
}

fn choice(metric: Metric, repeats: usize, prune: Option<&Prune>) -> String {
    let mut parts = vec![format!("metric {}", metric.name())];
    parts.extend((repeats > 1).then(|| counted(repeats, "repeat")));
    parts.extend(prune.map(|rule| pruning(rule, metric)));
    parts.join(", ")
}

fn pruning(rule: &Prune, metric: Metric) -> String {
    let other = rule.metric().filter(|other| *other != metric);
    let of = other.map_or_else(String::new, |other| format!(" of {}", other.name()));
    match *rule {
        Prune::Median { warmup: 0, .. } => format!("pruned by median{of}"),
        Prune::Median { warmup, .. } => format!("pruned by median{of} after epoch {warmup}"),
        Prune::Halving { warmup, factor, .. } => {
            let then = [factor, factor.saturating_mul(factor)].map(|by| warmup.saturating_mul(by));
            let [second, third] = then;
            format!("pruned by halving{of} after {warmup}, {second}, {third}, ... epochs")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_a_sweep_is_told_in_a_line() {
        use Metric::{ValLoss, ValPsnr};
        let median = |metric, warmup| Prune::Median { metric, warmup, min_runs: 5 };
        let halving = Prune::Halving { metric: None, warmup: 1, factor: 3 };
        for (repeats, prune, line) in [
            (1, None, "metric val_psnr"),
            (3, None, "metric val_psnr, 3 repeats"),
            (
                3,
                Some(median(None, 2)),
                "metric val_psnr, 3 repeats, pruned by median after epoch 2",
            ),
            (1, Some(median(Some(ValPsnr), 0)), "metric val_psnr, pruned by median"),
            (1, Some(median(Some(ValLoss), 0)), "metric val_psnr, pruned by median of val_loss"),
            (1, Some(halving), "metric val_psnr, pruned by halving after 1, 3, 9, ... epochs"),
        ] {
            assert_eq!(choice(ValPsnr, repeats, prune.as_ref()), line);
        }
    }
}
