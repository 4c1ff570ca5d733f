//! Which metrics are mentioned, and how numbers are written.

use super::*;
use crate::spec::value;

#[test]
fn a_metric_that_repeats_another_is_left_out_whatever_runs_are_compared_by() {
    let run = |name: &str, latent: i64, loss: f64| {
        let mut run = complete(name, &[size(latent)], loss);
        let values = [(Metric::ValLoss, loss), (Metric::ValMse, loss), (Metric::ValPsnr, -loss)];
        run.rows[0].values = values.into();
        run
    };
    let mut report = report(vec![run("a", 2, 0.1), run("b", 3, 0.2)]);
    for (metric, expected) in [
        (Metric::ValPsnr, ["val_psnr", "val_loss"]),
        (Metric::ValMse, ["val_mse", "val_psnr"]),
        (Metric::ValLoss, ["val_loss", "val_psnr"]),
    ] {
        report.metric = metric;
        let best = report.summary().best;
        let named: Vec<_> = best.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(named, expected);
    }
}

#[test]
fn nothing_is_called_better_by_zero_percent() {
    let runs = [0.1, 0.100_000_1, 0.2].iter().zip(2..);
    let runs = runs.map(|(loss, dim)| complete(&format!("run{dim}"), &[size(dim)], *loss));
    let best = report(runs.collect()).summary().best;
    assert!(best[0].contains("; 1.0e-7 lower than the next, "), "{best:?}");
    assert!(best[0].contains("and 50 % lower than the last"), "{best:?}");
}

#[test]
fn the_csv_table_formats_floats_like_the_tables_of_a_sweep() {
    let noise = [1.0, 1e30].map(|sigma| ("task.noise.sigma", Value::from(sigma)));
    let report = report(vec![complete("a", &noise[..1], 0.1), complete("b", &noise[1..], 0.2)]);
    let table = report.csv();
    for (row, (_, value)) in table.lines().skip(1).zip(&noise) {
        let cell = row.split(',').nth(6).expect("the cell after that of the best epoch");
        assert_eq!(cell, value::exact(value), "{table}");
    }
    assert!(report.markdown().contains("| a | 1 | "), "for people they are without trailing zeros");
}

#[test]
fn final_metrics_are_shown_for_the_best_but_do_not_decide_it() {
    // The first is best by validation loss, the second on the test images.
    let run = |name: &str, latent: i64, seed: u64, loss: f64, tested: f64| {
        let mut run = complete(name, &[size(latent), ("data.validation_split", 0.1.into())], loss);
        run.info.seed = seed;
        run.info.finals = [(FinalMetric::TestLoss, tested)].into();
        run
    };
    let mut runs =
        vec![run("a1", 2, 1, 0.1, 0.5), run("a2", 2, 2, 0.1, 0.7), run("b", 3, 1, 0.2, 0.25)];
    let all = report(runs.clone());
    let best = all.summary().best;
    assert!(best[0].starts_with("val_loss is lowest with latent_dim=2: "), "{best:?}");
    assert!(best[0].ends_with(". Chosen by val_loss; test_loss 0.60000 ± 0.14."), "{best:?}");
    assert!(!best[1].contains("test_"), "there is no such test metric: {best:?}");
    let table = all.markdown();
    let rows: Vec<&str> = table.lines().filter(|line| line.ends_with(" |")).skip(2).collect();
    assert!(rows[0].ends_with("| 0.60000 ± 0.14 |"), "it ranks none: {table}");
    assert!(rows[1].ends_with("| **0.25000** |"), "the best of its column: {table}");

    assert!(!best.iter().any(|line| line.contains("on the test images")), "{best:?}");
    runs[0].values.insert("data.validation_split".to_owned(), 0.0.into());
    let last = |report: &Report| report.summary().best.pop().expect("a sentence");
    let some = last(&report(runs.clone()));
    assert!(some.starts_with("Best epochs of 1 of 3 runs are chosen on the test ima"), "{some}");
    runs.truncate(1);
    assert!(last(&report(runs)).starts_with("Best epochs are chosen on the test images; "));
}

#[test]
fn a_single_experiment_is_not_called_best() {
    let one = report(vec![complete("a", &[size(2)], 0.25)]).summary();
    assert_eq!(one.lead(), "1 run. It is complete.");
    assert_eq!(one.best, ["val_loss: 0.25000.", "val_mse: 0.75000."]);
    let mut repeats = ["a", "b"].map(|name| complete(name, &[size(2)], 0.25));
    repeats[1].info.seed = 1;
    let best = report(repeats.to_vec()).summary().best;
    assert_eq!(best[0], "val_loss: 0.25000 ± 0 over 2 seeds.");
}

#[test]
fn pruned_runs_are_counted_and_not_complained_about() {
    let mut runs: Vec<Run> =
        (1..=3).map(|i| complete(&format!("run{i}"), &[size(i)], 0.1)).collect();
    runs[1].info.status = Status::Pruned;
    runs[2].info.status = Status::Failed;
    let summary = report(runs).summary();
    assert_eq!(summary.state, "1 completed, 1 failed and 1 pruned.");
    assert_eq!(summary.wrong, ["run3 failed after 1 epoch."]);
}
