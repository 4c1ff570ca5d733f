//! Sweeps that stop hopeless runs early.

use super::*;

#[test]
fn pruned_runs_are_recorded_and_the_same_however_many_run_at_once() {
    let text = "extends = \"small.toml\"\n[train]\nepochs = 4\n[sweep]\n\"train.optimizer.learning_rate\" = [1e-2, 3e-3, 1e-6, 1e-5, 2e-2]\nprune = { kind = \"median\", min_runs = 2 }\n";
    let place = place(text);
    place.succeed(&["sweep.toml", "--jobs", "1"]);
    let ended =
        place.succeed(&["sweep.toml", "--jobs", "3", "--threads", "3", "--runs-dir", "three"]);
    assert_equal(&results(&place, "runs/sweep"), &results(&place, "three/sweep"));
    let found = statuses(&place, "runs/sweep");
    assert_eq!(found, ["completed", "completed", "pruned", "pruned", "completed"]);
    assert!(ended.stderr.contains("is worse than the median"), "{}", ended.stderr);
    let again = place.succeed(&["sweep.toml"]);
    assert_eq!(again.stdout.matches("complete before").count(), 5, "{}", again.stdout);
    // A rule that would not prune them changes nothing about those that are.
    place.succeed(&["sweep.toml", "--set", "sweep.prune={kind=\"median\", min_runs=99}"]);
    assert_eq!(statuses(&place, "runs/sweep"), found);
    // Without pruning they are trained to the end.
    place.write("sweep.toml", text.split("prune").next().expect("a beginning"));
    place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 5]);
}

#[test]
fn a_run_whose_metrics_are_damaged_is_named_and_compared_with_no_other() {
    let place = place(
        "extends = \"small.toml\"\n[sweep]\n\"train.optimizer.learning_rate\" = [1e-2, 3e-3, 1e-6]\nprune = { kind = \"median\", min_runs = 2 }\n",
    );
    place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed", "completed", "pruned"]);
    let folders = column(&place.text("runs/sweep/trials.csv"), "folder");
    let [first, _, last] = &folders[..] else { panic!("three runs: {folders:?}") };
    let metrics = format!("runs/sweep/{first}/metrics.csv");
    place.write(&metrics, &(place.text(&metrics) + "damaged\n"));
    fs::remove_dir_all(place.path().join("runs/sweep").join(last)).expect("a folder");
    let ended = place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 3], "two are too few to compare");
    // While it trains, and when the curves are drawn.
    let warning = format!("warning: {metrics}: line 5 has 1 cells");
    assert_eq!(ended.stderr.matches(&warning).count(), 2, "{}", ended.stderr);
}

#[test]
fn the_last_metrics_of_a_pruned_run_are_in_the_table_and_the_best_line_leaves_it_out_aloud() {
    // Of the first pair the second run is the worse one.
    let place = place(
        "extends = \"small.toml\"\n[experiment]\nseed = 1339\n[sweep]\n\"train.optimizer.learning_rate\" = [1e-2, 1e-3]\nrepeats = 2\nprune = { kind = \"halving\", factor = 2, warmup = 2 }\n",
    );
    let ended = place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed", "pruned", "pruned", "pruned"]);
    let trials = place.text("runs/sweep/trials.csv");
    let (folders, losses) = (column(&trials, "folder"), column(&trials, "val_loss"));
    for (folder, loss) in folders.iter().zip(losses) {
        let rows = column(&place.text(format!("runs/sweep/{folder}/metrics.csv")), "val_loss");
        assert_eq!(rows.last(), Some(&loss), "{folder}");
    }
    let best = ended.stdout.lines().last().expect("a line");
    assert!(best.contains("(1 of 2 runs, 1 pruned) at train.optimizer"), "{best}");
    assert!(place.succeed(&["show", "sweep"]).stdout.contains(best));
    let report = place.succeed(&["report", "sweep", "--format", "md"]).stdout;
    assert!(report.contains("over 1 of 2 seeds"), "{report}");
}
