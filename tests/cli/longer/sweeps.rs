//! Runs of sweeps that continue shorter ones.

use super::*;

#[test]
fn a_sweep_continues_its_shorter_runs_and_those_around_it() {
    let place = Place::small();
    let sweep = "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n";
    place.write("sweep.toml", format!("{sweep}[sweep]\n\"task.noise.sigma\" = [0.25, 0.5]\n"));
    // The run with the default sigma exists outside of the sweep.
    train(&place, "runs", 4, &[]);
    let run = |more: &[&str]| place.succeed(&[&["sweep.toml", "--jobs=1"][..], more].concat());
    run(&[]);
    let ended = run(&["--set", "train.epochs=5"]);
    let continues = |text: &str| ended.stderr.matches(text).count();
    assert_eq!((continues("continues runs/sweep/"), continues("continues runs/small-")), (1, 1));
    // The shorter runs are in its folder and no longer count.
    let check = place.succeed(&["check", "sweep.toml", "--set", "train.epochs=5"]).stdout;
    for plan in [&ended.stderr, &check] {
        assert_has(plan, "left in its folder, but replaced by longer ones: 2 runs of fewer epochs");
        assert!(!plan.contains("no longer part"), "{plan}");
    }
    let list = |more: &[&str]| place.succeed(&[&["list", "sweep"][..], more].concat());
    let (counted, all) = (list(&[]), list(&["--all"]));
    assert_eq!((counted.stdout.lines().count(), all.stdout.lines().count()), (3, 5));
    assert_eq!(counted.stdout.matches("5/5").count(), 2, "{}", counted.stdout);
    assert!(counted.stderr.contains("left out as no longer part of their sweep: 2 runs; --all"));
    let marked = |line: &&str| line.contains("completed, no longer counts  3/3");
    assert_eq!(all.stdout.lines().filter(marked).count(), 2, "{}", all.stdout);
    let old = place.runs("runs/sweep").into_iter().find(|run| info(run)["epochs"] == 3);
    let alone = place.succeed(&["list", old.expect("a run").to_str().expect("text")]);
    assert!(alone.stdout.contains("no longer counts  3/3") && alone.stderr.is_empty());
    let programs = list(&["--all", "--json"]).json();
    let programs = programs.as_array().expect("a list").iter();
    assert_eq!(programs.filter(|run| run["counts"] == true).count(), 2);
    run(&["--set", "train.epochs=5", "--runs-dir=whole"]);
    for whole in place.runs("whole/sweep") {
        assert_equal_runs(&place, &place.path().join("runs/sweep").join(name(&whole)), &whole);
    }
    let trials = |runs: &str| place.read(format!("{runs}/sweep/trials.csv"));
    assert!(trials("runs") == trials("whole"));
    // With pruning, each epoch is compared.
    let ended = run(&["--set", "train.epochs=6", "--set", "sweep.prune={kind='median'}"]);
    assert!(!ended.stderr.contains("continues"), "{}", ended.stderr);
}

#[test]
fn a_sweep_over_epochs_trains_each_epoch_once() {
    let place = Place::small();
    place.write(
        "sweep.toml",
        "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n[sweep]\n\"train.epochs\" = [1, 2, 4]\n",
    );
    let ended = place.succeed(&["sweep.toml", "--jobs=1"]);
    for line in ["trained for 1 of 2 epochs", "trained for 2 of 4 epochs"] {
        ended.tells(line);
    }
    place.succeed(&["sweep.toml", "--jobs=3", "--threads=3", "--runs-dir=three"]);
    let trials = |runs: &str| place.read(format!("{runs}/sweep/trials.csv"));
    assert!(trials("runs") == trials("three"));

    // Killed while it took over, it takes over again.
    let longest = |run: &PathBuf| info(run)["epochs"] == 4;
    let longest = place.runs("runs/sweep").into_iter().find(longest).expect("a run");
    edit(&longest, "status", "running".into());
    edit(&longest, "epochs", 2.into());
    fs::remove_file(longest.join(KEPT[1])).expect("a checkpoint");
    place.succeed(&["sweep.toml", "--jobs=1"]).tells("trained for 2 of 4 epochs");
    assert!(trials("runs") == trials("three"));
}

#[test]
fn the_plan_of_a_sweep_shows_the_remaining_epochs_and_what_is_continued() {
    let place = Place::small();
    let sweep = "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n";
    place.write("sweep.toml", format!("{sweep}[sweep]\n\"task.noise.sigma\" = [0.25, 0.5]\n"));
    train(&place, "runs", 4, &[]);
    let around = name(&place.only_run("runs"));
    place.succeed(&["sweep.toml", "--set", "sweep.\"task.noise.sigma\"=[0.25]"]);
    let shorter = name(&place.only_run("runs/sweep"));
    let check = |more: &[&str]| {
        let args = [&["check", "sweep.toml", "--set", "train.epochs=12", "--jobs=1"][..], more];
        place.succeed(&args.concat()).stdout
    };
    let plan = check(&[]);
    for line in [
        format!("9 of 12 epochs to train, from runs/sweep/{shorter}"),
        format!("8 of 12 epochs to train, from runs/{around}"),
    ] {
        assert_has(&plan, &line);
    }
    for more in ["train.schedule.kind='cosine'", "sweep.prune={kind='median'}", "experiment.seed=9"]
    {
        let plan = check(&["--set", more]);
        assert!(!plan.contains("to train, from"), "{more}\n{plan}");
    }
    assert_eq!(place.runs("runs/sweep").len(), 1, "nothing was written");
}

#[test]
fn a_forced_run_without_a_checkpoint_is_not_said_to_continue_another() {
    let place = Place::small();
    place.write("one.toml", "extends = \"small.toml\"\n[sweep]\n\"model.latent_dim\" = [6, 8]\n");
    for (file, folder) in [("small.toml", "runs"), ("one.toml", "runs/one")] {
        let longer = [file, "--set", "train.epochs=2"];
        place.succeed(&[file, "--set", "train.epochs=1"]);
        place.succeed(&longer);
        place.succeed(&[&longer[..], &["--force"]].concat());
        let forced = place.runs(folder).into_iter().find(|run| name(run).ends_with("-2"));
        let forced = forced.expect("a second training");
        edit(&forced, "status", "interrupted".into());
        fs::remove_file(forced.join("checkpoints/last.safetensors")).expect("a file");
        let planned = place.succeed(&[&["check"][..], &longer].concat()).stdout;
        assert!(!planned.contains("epochs to train, from"), "{planned}");
        let ended = place.succeed(&longer);
        assert!(!ended.stderr.contains("continues "), "{}", ended.stderr);
    }
}
