//! Which runs of a sweep are compared, and which of them is the best.

use super::*;

/// The lines that name what is best: at the end of a sweep that is over, and of `show`.
fn best(place: &Place) -> [Vec<String>; 2] {
    let [ended, shown] = [place.succeed(&["sweep.toml"]), place.succeed(&["show", "sweep"])];
    [ended, shown].map(|ended| {
        let lines = ended.stdout.lines().map(str::trim);
        lines.filter(|line| line.starts_with("best val_loss 0")).map(str::to_owned).collect()
    })
}

#[test]
fn no_run_is_the_best_where_each_is_measured_on_other_pictures() {
    let limits = |key: &str, split: &str| {
        format!(
            "extends = \"small.toml\"\n[data]\nvalidation_split = {split}\n[train]\nepochs = 1\n[sweep]\n\"data.{key}\" = [16, 24]\n"
        )
    };
    let place = place(&limits("test_limit", "0.0"));
    assert_eq!(best(&place), [[""; 0]; 2]);
    place.write("sweep.toml", &limits("train_limit", "0.25"));
    assert_eq!(best(&place), [[""; 0]; 2], "validation pictures are some of the training pictures");
    for (key, split) in [("train_limit", "0.0"), ("test_limit", "0.25")] {
        place.write("sweep.toml", &limits(key, split));
        let [ended, shown] = best(&place);
        assert!(ended.len() == 1 && ended == shown, "{key}: {ended:?} and {shown:?}");
    }
}

#[test]
fn a_run_that_stopped_early_is_trained_and_only_its_results_are_to_be_made() {
    let place = place(
        "extends = \"small.toml\"\n[train]\nepochs = 5000\nearly_stopping = { patience = 1, min_delta = 9.0 }\n[sweep]\n\"model.latent_dim\" = [2, 3]\n",
    );
    place.succeed(&["sweep.toml"]);
    let scaled = ["sweep.toml", "--set", "figures.scale=3"];
    let plan = place.succeed(&[&["check"][..], &scaled].concat()).stdout;
    assert_eq!(plan.matches("results to be made").count(), 2, "{plan}");
    assert!(plan.contains("2 to train: about 0"), "{plan}");
    let trials = place.text("runs/sweep/trials.csv");
    place.succeed(&scaled);
    assert_eq!(place.text("runs/sweep/trials.csv"), trials);
    let plan = place.succeed(&[&["check"][..], &scaled].concat()).stdout;
    assert_eq!(plan.matches(" complete").count(), 2, "{plan}");
}

#[test]
fn no_run_is_pruned_for_its_noise() {
    let place = place(
        "extends = \"small.toml\"\n[sweep]\n\"task.noise.sigma\" = [0.1, 0.2, 2.0]\nprune = { kind = \"median\", min_runs = 2 }\n",
    );
    place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 3]);
}
