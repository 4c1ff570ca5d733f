//! Sweeps that are there already, in part or whole.

use super::*;

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
