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

/// Adds repeats to an experiment.
const REPEATS: [&str; 2] = ["--set", "sweep.repeats=2"];

#[test]
fn repeats_added_to_a_complete_run_do_not_train_it_again() {
    // With the last, the learning rate depends on the number of epochs.
    for (settings, stops) in [
        (&["train.checkpoint.every=2"][..], "all 3 epochs done"),
        (&["train.early_stopping={patience=1,min_delta=9.0}"], "early stopping after epoch 2"),
        (&["train.schedule.kind='cosine'"], "all 3 epochs done"),
    ] {
        let place = Place::small();
        let settings = set(&[&QUICK[..], settings].concat());
        let with = |first: &[&'static str], more: &[&'static str]| {
            let own = settings.iter().copied();
            [first.to_vec(), own.collect(), more.to_vec()].concat()
        };
        place.succeed(&with(&["small.toml"], &[]));
        let alone = place.only_run("runs");
        let before = contents(&alone);
        let plan = place.succeed(&with(&["check", "small.toml"], &REPEATS)).stdout;
        let from = format!("results to be made, from runs/{}", name(&alone));
        assert_eq!(plan.matches(&from).count(), 1, "{plan}");
        assert_has(&plan, "2 runs, 1 to train, results of 1 run to be made: about ");
        let ended = place.succeed(&with(&["small.toml", "--jobs=1"], &REPEATS));
        let taken = format!("takes over runs/{}, ", name(&alone));
        ended.tells(&taken);
        assert_eq!(ended.stderr.matches("takes over").count(), 1, "{}", ended.stderr);
        assert!(contents(&alone) == before, "the single run is unchanged");
        place.succeed(&with(&["small.toml", "--jobs=1", "--runs-dir=whole"], &REPEATS));
        for whole in place.runs("whole/small") {
            let own = place.path().join("runs/small").join(name(&whole));
            assert_equal_runs(&place, &own, &whole);
            assert_eq!(
                (&info(&own)["status"], info(&own)["resumes"].as_u64()),
                (&"completed".into(), Some(0))
            );
        }
        let own = place.runs("runs/small").into_iter().find(|run| name(run).starts_with("r1-"));
        let own = info(&own.expect("the first seed"));
        assert_eq!(
            (&own["stop_reason"], &own["continued_from"]),
            (&stops.into(), &name(&alone).into())
        );
        let trials = |runs: &str| place.read(format!("{runs}/small/trials.csv"));
        assert!(trials("runs") == trials("whole"));

        // The other way around.
        fs::remove_dir_all(&alone).expect("a folder");
        let plan = place.succeed(&with(&["check", "small.toml"], &[])).stdout;
        assert_has(&plan, "results to be made, from runs/small/r1-");
        let ended = place.succeed(&with(&["small.toml"], &[]));
        ended.tells("takes over runs/small/r1-").tells("; making its results");
        let kept = |contents: &BTreeMap<String, Vec<u8>>| {
            let mut kept = contents.clone();
            // Times and processes.
            for name in ["run.json", "log.txt", ".lock"] {
                kept.remove(name);
            }
            kept
        };
        assert!(kept(&contents(&alone)) == kept(&before), "all its files");
    }
}

#[test]
fn an_experiment_is_not_taken_over_if_forced_pruned_incomplete_or_busy() {
    let place = Place::small();
    train(&place, "runs", 2, &[]);
    let alone = place.only_run("runs");
    let settings = set(&[&QUICK[..], &["train.epochs=2"]].concat());
    let check = |more: &[&str]| {
        let args = [&["check", "small.toml"][..], &settings, &REPEATS, more].concat();
        place.succeed(&args).stdout
    };
    assert_has(&check(&[]), "results to be made");
    // Of a sweep over epochs, only the second has something to train.
    let epochs =
        [&["check", "small.toml"][..], &set(&QUICK), &["--set", "sweep.\"train.epochs\"=[2,3]"]];
    let plan = place.succeed(&epochs.concat()).stdout;
    assert_has(&plan, "results to be made, from runs/small-");
    assert_has(&plan, "1 of 3 epochs to train, from runs/small-");
    let from_the_start = |more: &[&str]| {
        let args = [&["small.toml", "--jobs=1"][..], &settings, &REPEATS, more].concat();
        let ended = place.succeed(&args);
        assert!(!ended.stderr.contains("takes over"), "{more:?}: {}", ended.stderr);
        fs::remove_dir_all(place.path().join("runs/small")).expect("a folder");
    };
    from_the_start(&["--force"]);
    let pruned = ["--set", "sweep.prune={kind='median'}"];
    assert!(!check(&pruned).contains("results to be made"));
    from_the_start(&pruned);
    let lock = fs::File::open(alone.join(".lock")).expect("a lock");
    lock.lock().expect("nobody has it");
    assert!(!check(&[]).contains("results to be made"));
    from_the_start(&[]);
    drop(lock);
    let json = place.text(alone.join("run.json"));
    edit(&alone, "status", "interrupted".into());
    assert!(!check(&[]).contains("results to be made"));
    from_the_start(&[]);
    fs::write(alone.join("run.json"), json).expect("a file");
    // Without it, the bytes of a training cannot be had.
    fs::remove_file(alone.join(KEPT[1])).expect("a checkpoint");
    assert!(!check(&[]).contains("results to be made"));
    from_the_start(&[]);
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
