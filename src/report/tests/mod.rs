//! Reports on made-up runs.

mod incomplete;
mod inputs;
mod levels;
mod many;
mod reference;
mod repeats;
mod wording;

use super::{compare::quantity::Pair, found::tests::plan, *};
use crate::{
    record::{RunInfo, Status},
    statistics::Summary,
    train::EpochMetrics,
};
use toml::Value;

/// A complete run of one epoch with these values.
pub(super) fn complete(name: &str, values: &[(&str, Value)], loss: f64) -> Run {
    let mut info = RunInfo::new(name, format!("{name}-identity"));
    info.status = Status::Completed;
    let row = EpochMetrics {
        epoch: 1,
        step: 10,
        values: [(Metric::ValLoss, loss), (Metric::ValMse, 1.0 - loss)].into(),
        learning_rate: None,
    };
    Run {
        id: name.to_owned(),
        name: name.to_owned(),
        path: PathBuf::from("runs").join(name),
        sweep: None,
        called: None,
        info,
        values: values.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
        resolved: String::new(),
        model: String::new(),
        best: Some(0),
        rows: vec![row],
        timings: Vec::new(),
        levels: Vec::new(),
        problems: Vec::new(),
    }
}

pub(super) fn size(size: i64) -> (&'static str, Value) {
    ("model.latent_dim", size.into())
}

fn report(runs: Vec<Run>) -> Report {
    Found::of(runs, Vec::new()).report(&[])
}

/// The data of its page, without images.
pub(super) fn data(report: &Report) -> serde_json::Value {
    let images = images::Images { of: vec![None; report.runs.len()], ..Default::default() };
    report.data(&images, &report.differences())
}

#[test]
fn one_experiment_trained_alone_and_in_a_sweep_counts_as_one_seed() {
    let mut alone = complete("alone", &[size(2)], 0.2);
    let mut swept = complete("swept", &[size(2)], 0.3);
    swept.path = PathBuf::from("runs/sweep/swept");
    alone.info.identity.clone_from(&swept.info.identity);
    alone.info.status = Status::Interrupted;
    let other = complete("other", &[size(3)], 0.4);
    let report = report(vec![alone, swept, other]);
    let group = &report.groups[0];
    assert_eq!((group.runs.len(), group.once.as_slice()), (2, &[1][..]), "the complete one");
    let stat = group.stat(&report.runs, Metric::ValLoss).unwrap();
    assert_eq!(stat.summary, Summary { count: 1, mean: 0.3, deviation: None });
    let summary = report.summary();
    assert!(!summary.varied.contains("seeds"), "{}", summary.varied);
    assert!(summary.wrong.iter().any(|line| line.contains("1 run not counted")), "{summary:?}");
}

#[test]
fn runs_without_an_optional_key_have_distinct_names() {
    let patience = ("train.early_stopping.patience", Value::from(3));
    let with = |i: i64| complete(&format!("with{i}"), &[size(i), patience.clone()], 0.1);
    let mut runs: Vec<Run> = (0..8).map(with).collect();
    runs.push(complete("without", &[size(0)], 0.9));
    let report = report(runs);
    let mut labels: Vec<&str> = report.groups.iter().map(|group| group.label.as_str()).collect();
    assert!(labels.contains(&"latent_dim=0, patience not given"), "{labels:?}");
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), 9, "{labels:?}");
    assert!(report.summary().varied.contains("patience (3 or not given)"));
    let page = report.html();
    assert!(
        page.contains("</span>patience not given</li>"),
        "a line of its own in the chart over the size"
    );
}

#[test]
fn keys_of_the_usual_kind_are_not_reported_as_missing_for_another_kind() {
    let kind = |kind: &str| ("task.kind", Value::from(kind));
    let sigma = ("task.noise.sigma", Value::from(0.5));
    let denoise =
        |i: i64| complete(&format!("d{i}"), &[kind("denoise"), sigma.clone(), size(i)], 0.1);
    let mut runs: Vec<Run> = (0..8).map(denoise).collect();
    runs.push(complete("plain", &[kind("reconstruct"), size(9)], 0.9));
    let report = report(runs);
    assert_eq!(report.groups.last().unwrap().label, "latent_dim=9, kind=reconstruct");
}

#[test]
fn runs_of_different_losses_are_not_compared_by_their_loss() {
    let loss = |name: &str| [("train.loss", Value::from(name))];
    let report =
        report(vec![complete("squares", &loss("mse"), 0.1), complete("sizes", &loss("mae"), 0.4)]);
    assert_eq!((report.metric, report.instead_of), (Metric::ValMse, Some(Metric::ValLoss)));
    let summary = report.summary();
    assert!(summary.compared.contains("their val_loss cannot be compared"), "{summary:?}");
    assert_eq!(summary.best.len(), 1, "{summary:?}");
    assert!(summary.best[0].starts_with("val_mse is lowest with train.loss=mae"), "{summary:?}");
    assert!(report.html().contains("val_mse compares them"));
    let table = report.markdown();
    assert!(table.contains("**0.60000**") && !table.contains("**0.10000**"), "{table}");
}

#[test]
fn neither_of_two_runs_with_different_losses_is_better_by_its_loss() {
    let loss = |name: &str| [("train.loss", Value::from(name))];
    let (a, b) = (complete("a", &loss("mse"), 0.1), complete("b", &loss("mae"), 0.4));
    let better = |a: &Run, b: &Run| -> Vec<Option<usize>> {
        compare::Comparison::of(a, b).metrics().map(Pair::better).collect()
    };
    assert_eq!(better(&a, &b), [None, Some(1)]);
    assert_eq!(better(&a, &complete("b", &loss("mse"), 0.4)), [Some(0), Some(1)]);
}

#[test]
fn runs_of_one_loss_are_compared_by_it() {
    let report = report(vec![complete("a", &[size(2)], 0.1), complete("b", &[size(3)], 0.4)]);
    assert_eq!((report.metric, report.instead_of), (Metric::ValLoss, None));
    assert_eq!(report.summary().compared, "");
}

#[test]
fn nothing_is_called_better_across_different_images_or_tasks() {
    let of = |key: &'static str, value: &str| [(key, Value::from(value))];
    for key in ["data.dataset", "data.root", "data.test_limit", "data.fit", "task.kind"] {
        let (a, mut b) =
            (complete("a", &of(key, "first"), 0.1), complete("b", &of(key, "second"), 0.4));
        let same = compare::Comparison::of(&a, &b).different.is_none();
        assert_eq!(same, key == "data.root", "a folder that holds the same images");
        if key.starts_with("data.") {
            b.info.data_digest = "other images".to_owned();
        }
        let comparison = compare::Comparison::of(&a, &b);
        assert!(comparison.metrics().all(|pair| pair.better().is_none()), "{comparison:?}");
        assert!(comparison.different.expect("a reason").contains(key));
        let report = report(vec![a, b]);
        let summary = report.summary();
        assert_eq!(summary.best, [""; 0]);
        assert!(summary.compared.contains(&format!("differ in {key}")), "{summary:?}");
        assert!(!report.markdown().contains("**"));
    }
}

#[test]
fn a_training_loss_is_better_only_on_the_same_training_images() {
    let run = |name: &str, limit: i64, loss: f64| {
        let mut run = complete(name, &[("data.train_limit", limit.into())], loss);
        run.rows[0].values.insert(Metric::Loss, loss);
        run
    };
    let better = |limit: i64| -> Vec<Option<usize>> {
        let pair = compare::Comparison::of(&run("a", 10, 0.1), &run("b", limit, 0.4));
        pair.metrics().map(Pair::better).collect()
    };
    assert_eq!(better(10), [Some(0), Some(0), Some(1)]);
    assert_eq!(better(20), [None, Some(0), Some(1)]);
    let report = report(vec![run("a", 10, 0.1), run("b", 20, 0.4)]);
    let table = report.markdown();
    assert_eq!(table.matches("**0.10000**").count(), 1, "of loss and val_loss: {table}");
    let data = data(&report);
    let reason = "They differ in data.train_limit, so their metrics cannot be compared";
    let [a, b] = [0, 1].map(|metric: usize| &data["metrics"][metric]);
    assert!(a["comparable"] == false && a["apart"] == reason && b["apart"].is_null(), "{a} {b}");
}

#[test]
fn the_best_of_each_data_set_is_named() {
    let on = |dataset: &str, latent: i64| [("data.dataset", Value::from(dataset)), size(latent)];
    let runs = vec![
        complete("a", &on("mnist", 2), 0.3),
        complete("b", &on("mnist", 4), 0.2),
        complete("c", &on("cifar10", 2), 0.1),
        complete("d", &on("cifar10", 4), 0.4),
        complete("e", &on("synthetic_digits", 2), 0.01),
    ];
    let summary = report(runs).summary();
    assert_eq!(
        summary.best,
        [
            "For dataset=mnist, val_loss is lowest with latent_dim=4: 0.20000; 33 % lower than the next, \
             latent_dim=2 (0.30000; one seed each).",
            "For dataset=cifar10, val_loss is lowest with latent_dim=2: 0.10000; 75 % lower than the next, \
             latent_dim=4 (0.40000; one seed each)."
        ],
        "but not of a data set with a single experiment"
    );
    assert!(summary.compared.ends_with("compared only with runs of its own kind."), "{summary:?}");
}

#[test]
fn the_best_of_a_data_set_is_named_with_keys_in_the_order_of_the_sweep() {
    let run = |dataset: &str, latent: i64, limit: i64| {
        let values =
            [("data.dataset", dataset.into()), size(latent), ("data.train_limit", limit.into())];
        complete(&format!("{dataset}-{latent}-{limit}"), &values, 1.0 / limit as f64)
    };
    let runs = ["mnist", "cifar10"].map(|of| [run(of, 2, 10), run(of, 4, 20), run(of, 8, 30)]);
    let found = Found::of(runs.concat(), plan(&[]).keys);
    let best = found.report(&[]).summary().best;
    assert!(best[0].contains("lowest with latent_dim=8, train_limit=30"), "{best:?}");
}

#[test]
fn the_line_of_the_usual_values_is_labelled_with_them() {
    let batch = |size: i64| ("train.batch_size", Value::from(size));
    let run = |i: i64, batch_size: i64| {
        complete(&format!("{i}-{batch_size}"), &[size(i), batch(batch_size)], 0.1)
    };
    let runs = vec![run(2, 32), run(4, 32), run(8, 32), run(16, 32), run(2, 16)];
    let page = report(runs).html();
    for label in ["batch_size=16", "batch_size=32"] {
        assert!(page.contains(&format!("</span>{label}</li>")), "{label}");
    }
}

#[test]
fn keys_that_follow_from_the_kind_of_their_table_are_left_out() {
    let noise = |kind: &str, key: &'static str, value: f64, more: &'static str| {
        let (kind, value) = (Value::from(kind), Value::from(value));
        [("task.noise.kind", kind), (key, value), (more, Value::from(0.5))]
    };
    let gaussian = |sigma| noise("gaussian", "task.noise.sigma", sigma, "task.noise.mean");
    let salt = noise("salt_and_pepper", "task.noise.amount", 0.2, "task.noise.salt");
    let runs = vec![
        complete("a", &gaussian(0.25), 0.1),
        complete("b", &gaussian(0.5), 0.2),
        complete("c", &salt, 0.3),
    ];
    let report = report(runs);
    let labels: Vec<&str> = report.groups.iter().map(|group| group.label.as_str()).collect();
    assert_eq!(
        labels,
        ["kind=gaussian, sigma=0.25", "kind=gaussian, sigma=0.5", "kind=salt_and_pepper"]
    );
}

#[test]
fn a_key_of_two_sweeps_is_listed_once() {
    let runs = [complete("a", &[size(2)], 0.1), complete("b", &[size(3)], 0.4)];
    let sweeps = ["a", "b"].map(|folder| (PathBuf::from(folder), plan(&[])));
    let mut found = Found::default();
    found.runs.extend(runs);
    found.sweeps.extend(sweeps);
    let report = found.report(&[]);
    assert_eq!(report.groups[0].label, "a", "by its own name");
    assert!(report.summary().varied.ends_with("vary latent_dim (2, 3)."), "{report:?}");
}

#[test]
fn a_page_without_repeats_does_not_mention_deviations() {
    let run = |name: &str, latent_dim: i64, seed: u64| {
        let mut run = complete(name, &[size(latent_dim)], 0.1);
        run.info.seed = seed;
        run
    };
    let once = vec![run("a", 2, 1), run("b", 3, 1)];
    let mut twice = once.clone();
    assert!(!report(once).html().contains("deviation over"));
    twice.push(run("c", 2, 2));
    assert!(report(twice).html().contains("deviation over seeds"));
}

#[test]
fn a_chart_says_how_many_lines_it_leaves_out() {
    let runs = (0..18).map(|i: i64| {
        let batch = ("train.batch_size", Value::from(i / 2));
        complete(&format!("run{i}"), &[size(i % 2), batch], 0.1)
    });
    let page = report(runs.collect()).html();
    assert!(page.contains("val_loss over latent_dim; 7 of 9 settings of the other keys"));
}

#[test]
fn epochs_are_numbered_as_in_their_rows() {
    let mut run = complete("late", &[], 0.1);
    run.rows[0].epoch = 5;
    assert_eq!(data(&report(vec![run]))["runs"][0]["at"], serde_json::json!([5]));
}
