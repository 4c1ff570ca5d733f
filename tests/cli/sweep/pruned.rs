//! Sweeps that prune runs.

use super::*;

/// Three learning rates, the last of which is pruned.
const RATES: &str = "extends = \"small.toml\"\n[sweep]\n\"train.optimizer.learning_rate\" = [1e-2, 3e-3, 1e-6]\nprune = { kind = \"median\", min_runs = 2 }\n";

#[test]
fn pruned_runs_are_recorded_and_do_not_depend_on_the_number_of_jobs() {
    let text = "extends = \"small.toml\"\n[train]\nepochs = 4\n[sweep]\n\"train.optimizer.learning_rate\" = [1e-2, 3e-3, 1e-6, 1e-5, 2e-2]\nprune = { kind = \"median\", min_runs = 2 }\n";
    let place = place(text);
    place.succeed(&["sweep.toml", "--jobs", "1"]);
    let ended =
        place.succeed(&["sweep.toml", "--jobs", "3", "--threads", "3", "--runs-dir", "three"]);
    assert_equal(&results(&place, "runs/sweep"), &results(&place, "three/sweep"));
    let found = statuses(&place, "runs/sweep");
    assert_eq!(found, ["completed", "completed", "pruned", "pruned", "completed"]);
    ended.tells("is worse than the median");
    assert!(!ended.stderr.contains("epoch 1/"), "one line for each run: {}", ended.stderr);
    let again = place.succeed(&["sweep.toml"]);
    again.prints("5 runs are already complete; --force trains again");
    // Without pruning, they are trained to the end.
    place.write("sweep.toml", text.split("prune").next().expect("a beginning"));
    place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 5]);
}

#[test]
fn the_changed_settings_of_a_pruned_run_are_restored_without_training() {
    let place = place(RATES);
    place.succeed(&["sweep.toml"]);
    let folder = folders(&place).remove(2);
    let file = |name: &str| place.path().join("runs/sweep").join(&folder).join(name);
    let kept = || ["resolved.toml", "metrics.csv", "run.json"].map(|name| place.text(file(name)));
    let before = kept();
    fs::write(file("resolved.toml"), before[0].replace("batch_size = 32", "batch_size = 64"))
        .expect("a file");
    let told = "resolved.toml: was changed since the run was trained";
    let listed = place.succeed(&["list", "sweep"]).stderr;
    assert!(listed.contains(told) && listed.contains("restores the file"), "{listed}");
    let state = format!("broken: runs/sweep/{folder}/{told}");
    for more in [&[][..], &["--json"]] {
        let checked = place.succeed(&[&["check", "sweep.toml"], more].concat()).stdout;
        assert!(checked.contains(&state) && checked.contains("restores the file"), "{checked}");
    }
    place.succeed(&["sweep.toml"]).tells("resolved.toml was changed, and is restored");
    assert_eq!(statuses(&place, "runs/sweep"), ["completed", "completed", "pruned"]);
    assert_eq!(kept(), before);
}

#[test]
fn a_run_with_damaged_metrics_is_named_and_not_compared() {
    let place = place(RATES);
    place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed", "completed", "pruned"]);
    let folders = folders(&place);
    let [first, _, last] = &folders[..] else { panic!("three runs: {folders:?}") };
    let metrics = format!("runs/sweep/{first}/metrics.csv");
    place.write(&metrics, &(place.text(&metrics) + "damaged\n"));
    fs::remove_dir_all(place.path().join("runs/sweep").join(last)).expect("a folder");
    let ended = place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 3], "two are too few to compare");
    // While it trains, and when the tables are written.
    let warning = format!("{metrics}: line 5 has 1 cells");
    assert_eq!(ended.stderr.matches(&warning).count(), 2, "{}", ended.stderr);
}

/// Returns the names of a sweep's runs that have this status.
fn named(place: &Place, folder: &str, status: &str) -> Vec<String> {
    let names = column(&place.text(Path::new(folder).join("trials.csv")), "run");
    let found = names.into_iter().zip(statuses(place, folder)).filter(|(_, known)| known == status);
    found.map(|(name, _)| name).collect()
}

#[test]
fn a_pruned_run_continues_if_the_plan_would_no_longer_prune_it() {
    let place = place(RATES);
    place.succeed(&["sweep.toml"]);
    assert_eq!(named(&place, "runs/sweep", "pruned"), ["learning_rate=1e-6"]);
    // The first run of the plan is compared with no other.
    place.write("sweep.toml", RATES.replace("[1e-2, 3e-3, 1e-6]", "[1e-6, 1e-2, 3e-3]"));
    place.succeed(&["check", "sweep.toml"]).prints("2 of 3 epochs done");
    place.succeed(&["sweep.toml"]);
    place.succeed(&["sweep.toml", "--runs-dir", "fresh"]);
    assert_equal(&results(&place, "runs/sweep"), &results(&place, "fresh/sweep"));
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 3]);
}

#[test]
fn runs_pruned_while_an_earlier_one_failed_are_compared_again_when_it_is_trained() {
    let text = "extends = \"small.toml\"\n[sweep]\n\"train.optimizer.learning_rate\" = [1e-6, 1e-2, 3e-3, 4e-3]\nprune = { kind = \"median\", min_runs = 2 }\n";
    let place = place(text);
    place.succeed(&["sweep.toml", "--runs-dir", "whole"]);
    let first = column(&place.text("whole/sweep/trials.csv"), "folder").remove(0);
    place.write(format!("runs/sweep/{first}"), "no folder");
    place.fails(3, &["sweep.toml"]);
    let before = statuses(&place, "runs/sweep");
    // Without the first run, which is worse than all others, the median is better.
    assert_eq!(before, ["broken", "completed", "completed", "pruned"]);
    assert_eq!(statuses(&place, "whole/sweep"), ["completed"; 4]);
    fs::remove_file(place.path().join("runs/sweep").join(&first)).expect("a file");
    place.succeed(&["sweep.toml"]);
    assert_equal(&results(&place, "runs/sweep"), &results(&place, "whole/sweep"));
}

#[test]
fn a_pruned_run_is_in_the_table_with_its_last_metrics_but_not_among_the_best() {
    // In the first pair, the second run is worse.
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
    assert_has(best, "(1 of 2 runs, 1 pruned) at train.optimizer");
    assert!(place.succeed(&["show", "sweep"]).stdout.contains(best));
    place.succeed(&["report", "sweep", "--format", "md"]).prints("over 1 of 2 seeds");
}

#[test]
fn runs_stay_pruned_if_the_metrics_of_an_earlier_one_are_missing_or_truncated() {
    let place = place(RATES);
    place.succeed(&["sweep.toml"]);
    let first = folders(&place).remove(0);
    let file = format!("runs/sweep/{first}/metrics.csv");
    let cut: String = place.text(&file).split_inclusive('\n').take(2).collect();
    fs::remove_file(place.path().join(&file)).expect("a file");
    for rows in 0..2 {
        let ended = place.succeed(&["sweep.toml"]);
        assert_eq!(statuses(&place, "runs/sweep"), ["completed", "completed", "pruned"]);
        let warning = format!("warning: {file}: has rows for {rows} of 3 epochs");
        ended.tells(&warning);
        place.write(&file, &cut);
    }
}

#[test]
fn runs_of_different_tasks_are_not_compared_and_none_is_the_best() {
    let place = place(
        "extends = \"small.toml\"\n[sweep]\ntask = [{ kind = \"denoise\", noise = { kind = \"gaussian\", sigma = 2.0 } }, { kind = \"reconstruct\" }]\nrepeats = 2\nprune = { kind = \"median\", min_runs = 2 }\n",
    );
    let ended = place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 4]);
    let shown = place.succeed(&["show", "sweep"]);
    for text in [ended.stdout, shown.stdout] {
        let best = |line: &str| line.trim_start().starts_with("best val_loss");
        assert!(!text.lines().any(best), "{text}");
    }
    let line = place.succeed(&["sweep.toml", "--json"]).stdout;
    let line = line.lines().last().expect("a line").to_owned();
    assert_has(&line, "\"best\":null");
}

#[test]
fn other_kernels_are_reported_for_a_sweeps_run_and_in_its_log() {
    let place = place(RATES);
    place.succeed(&["sweep.toml"]);
    let folder = folders(&place).remove(2);
    let run = place.path().join("runs/sweep").join(folder);
    edit(&run, "kernels", "abacus".into());
    place.write("sweep.toml", RATES.split("prune").next().expect("a beginning"));
    let ended = place.succeed(&["sweep.toml"]);
    let warning = "it began with abacus kernels";
    ended.tells(&format!("warning: learning_rate=1e-6: {warning}"));
    assert!(place.text(run.join("log.txt")).contains(&format!("warning: {warning}")));
}
