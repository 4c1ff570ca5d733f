//! What counts as a repeat, and how many of them a mean is over.

use super::*;
use crate::report::compare::Comparison;

/// Runs of one experiment, one with each of these statuses and its own seed.
fn repeats(name: &str, values: &[(&str, Value)], statuses: &[Status]) -> Vec<Run> {
    let runs = (1..).zip(statuses).map(|(seed, status)| {
        let mut run = complete(&format!("{name}{seed}"), values, 0.25 * seed as f64);
        (run.info.seed, run.info.status) = (seed, *status);
        run
    });
    runs.collect()
}

#[test]
fn runs_that_differ_only_in_keys_without_effect_on_training_are_repeats() {
    let with = |name: &str, seed: u64, codes: &str| {
        let values = [
            size(2),
            ("figures.codes", codes.into()),
            ("evaluate.codes", (codes == "pca").into()),
            ("log.tensorboard", (codes == "pca").into()),
            ("data.root", codes.into()),
        ];
        let mut run = complete(name, &values, 0.25 * seed as f64);
        run.info.seed = seed;
        run
    };
    let runs = vec![with("a", 1, "auto"), with("b", 2, "pca"), with("c", 3, "tsne")];
    let listed = Comparison::of(&runs[0], &runs[1]).keys;
    assert_eq!(listed.len(), 4, "a comparison of two runs lists them: {listed:?}");
    let report = report(runs);
    assert_eq!((report.keys.len(), report.groups.len()), (0, 1), "{report:?}");
    let summary = report.summary();
    assert_eq!(summary.varied, "3 runs. They are repeats of one experiment with 3 seeds.");
    assert!(summary.best[0].contains("0.50000 ± 0.25 over 3 seeds"), "{summary:?}");
}

#[test]
fn runs_that_start_from_other_weights_are_not_repeats() {
    let mut runs = repeats("a", &[size(2)], &[Status::Completed; 2]);
    runs[1].values.insert("model.init".into(), "weights.safetensors".into());
    let report = report(runs);
    assert_eq!((report.keys.len(), report.groups.len()), (1, 2));
}

#[test]
fn a_folder_of_other_images_makes_no_repeat() {
    let mut runs = repeats("a", &[size(2), ("data.root", "one".into())], &[Status::Completed; 2]);
    runs[1].values.insert("data.root".into(), "other".into());
    assert_eq!(report(runs.clone()).groups.len(), 1);
    runs[1].info.data_digest = "of other images".into();
    assert_eq!(report(runs).groups.len(), 2);
}

#[test]
fn a_folder_whose_images_were_changed_makes_no_repeat() {
    let values = [size(2), ("data.root", "one".into())];
    let mut runs = repeats("a", &values, &[Status::Completed; 3]);
    for (run, digest) in runs.iter_mut().zip(["0a1b2c3d4e5f", "0a1b2c3d4e5f", "f5e4d3c2b1a0"]) {
        run.info.data_digest = digest.into();
    }
    let comparison = Comparison::of(&runs[1], &runs[2]);
    let different = comparison.different.as_deref().expect("a reason");
    assert!(different.contains("differ in data (other images)"), "{different}");
    assert!(comparison.metrics().all(|pair| pair.better().is_none()));
    let report = report(runs);
    let groups = report.groups.iter().map(|group| (group.label.as_str(), group.runs.len()));
    assert_eq!(groups.collect::<Vec<_>>(), [("digest=0a1b2c3d", 2), ("digest=f5e4d3c2", 1)]);
    let summary = report.summary();
    assert!(summary.compared.contains("differ in data (other images)"), "{summary:?}");
    assert_eq!(summary.best, [""; 0]);
}

#[test]
fn a_mean_over_two_of_three_runs_says_so() {
    let statuses = [Status::Completed, Status::Completed, Status::Pruned];
    let runs = [
        repeats("some", &[size(2)], &statuses),
        repeats("all", &[size(4)], &[Status::Completed; 3]),
        repeats("none", &[size(8)], &[Status::Pruned; 2]),
    ];
    let report = report(runs.concat());
    let table = report.markdown();
    for row in [
        "| some1 and 2 more | 2 | 2 of 3 | 0.37500 ± 0.18 |",
        "| all1 and 2 more | 4 | 3 | **0.50000 ± 0.25** |",
        "| none1 and 1 more | 8 | 0 of 2 | 0.37500 ± 0.18 |",
    ] {
        assert!(table.contains(row), "{row} in {table}");
    }
    let page = report.html();
    for row in
        ["latent_dim=2 · 2 of 3 runs<", "latent_dim=4 · 3 runs<", "latent_dim=8 · 0 of 2 runs<"]
    {
        assert!(page.contains(row), "{row}");
    }
}

#[test]
fn rows_outside_a_single_sweep_have_the_names_of_their_runs() {
    let runs =
        vec![complete("small", &[size(2)], 0.1), complete("far longer name", &[size(16)], 0.2)];
    let mut of_a_sweep = report(runs);
    let table = of_a_sweep.markdown();
    assert!(
        table.contains("\n| run | latent\\_dim | ") && table.contains("\n| small | 2 | "),
        "{table}"
    );
    let headings = of_a_sweep.groups.iter().map(|group| group.heading.as_str());
    assert!(headings.eq(["small", "latent_dim=16"]), "the shorter of name and keys");
    of_a_sweep.is_sweep = true;
    assert!(
        of_a_sweep.markdown().contains("\n| latent\\_dim | "),
        "its runs are named by their keys"
    );
}
