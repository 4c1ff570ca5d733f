//! A run with more epochs continues a shorter one, and the results equal those of a single training.

mod sweeps;

use crate::{
    place::{Ended, KEPT, Place, assert_has, column, edit, end, files, info, name, send, set},
    resume::{assert_equal_runs, wait_for_epoch},
};
use runner::{record::Checkpoint, train::TrainState};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Common settings of these tests.
const QUICK: [&str; 2] = ["data.train_limit=64", "data.test_limit=16"];

fn train(place: &Place, runs: &str, epochs: usize, settings: &[&str]) -> Ended {
    let epochs = format!("train.epochs={epochs}");
    let settings = set(&[&QUICK[..], settings, &[&epochs]].concat());
    place.succeed(&[&["small.toml", "--threads=1", "--runs-dir", runs][..], &settings].concat())
}

/// Returns the run below `parent` that is not in `before`.
fn new_run(place: &Place, parent: &str, before: &[PathBuf]) -> PathBuf {
    let mut runs = place.runs(parent);
    runs.retain(|run| !before.contains(run));
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs.remove(0)
}

/// Returns the contents of all files below a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let read = |name: String| (name.clone(), fs::read(folder.join(name)).expect("a file"));
    files(folder).into_iter().map(read).collect()
}

/// Trains `few` epochs, then `many` in the same place, and compares the result with `many` at once. Returns
/// the folders of the first two, and how the second ended.
fn lengthened(
    place: &Place,
    few: usize,
    many: usize,
    settings: &[&str],
) -> (PathBuf, PathBuf, Ended) {
    train(place, "runs", few, settings);
    let shorter = place.only_run("runs");
    let before = contents(&shorter);
    let ended = train(place, "runs", many, settings);
    let longer = new_run(place, "runs", std::slice::from_ref(&shorter));
    train(place, "whole", many, settings);
    assert_equal_runs(place, &longer, &place.only_run("whole"));
    assert!(contents(&shorter) == before, "the shorter run is unchanged");
    (shorter, longer, ended)
}

#[test]
fn a_longer_run_continues_the_shorter_one_and_says_so() {
    let place = Place::small();
    let (shorter, longer, ended) = lengthened(&place, 4, 9, &["train.checkpoint.every=3"]);
    let line = format!("continues runs/{}, trained for 4 of 9 epochs\n", name(&shorter));
    ended.tells(&line);
    assert!(!ended.stderr.contains("epoch 4/9"), "{}", ended.stderr);
    assert!(place.text(longer.join("log.txt")).contains(line.trim_end()));
    let (own, other) = (info(&longer), info(&shorter));
    assert_eq!(own["continued_from"], name(&shorter));
    assert_eq!((&own["status"], &own["epochs"]), (&"completed".into(), &9.into()));
    assert_eq!(own["resumes"], 0);
    assert!(
        own["seconds"].as_f64() > other["seconds"].as_f64(),
        "includes the time of the shorter run"
    );
    assert!(other.get("continued_from").is_none());
    let timings = |run: &Path| place.text(run.join("timings.csv"));
    assert!(timings(&longer).starts_with(&timings(&shorter)));
    assert_eq!(column(&timings(&longer), "epoch").len(), 9);
    for epoch in ["epoch0003", "epoch0006", "epoch0009"] {
        let file = format!("checkpoints/{epoch}.safetensors");
        let whole = place.only_run("whole").join(&file);
        assert!(place.read(longer.join(&file)) == place.read(whole), "{file}");
    }
    let shown = place.succeed(&["show", &name(&longer)]).stdout;
    let fact = format!("{}, after 4 epochs", name(&shorter));
    assert_has(&shown, &fact);
    // It is a run like any other: complete, and can be continued itself.
    train(&place, "runs", 9, &["train.checkpoint.every=3"]).prints("already complete");
    let ended = train(&place, "runs", 10, &[]);
    assert!(ended.stderr.contains(&format!("continues runs/{}", name(&longer))), "the longest");
    // Fewer epochs than all existing runs start from the beginning.
    let ended = train(&place, "runs", 2, &[]);
    assert!(!ended.stderr.contains("continue"), "{}", ended.stderr);
}

#[test]
fn schedules_that_do_not_depend_on_the_end_continue_unchanged() {
    for schedule in [
        "{kind='step',every=3,gamma=0.5}",
        "{kind='plateau',threshold=9.0,patience=2,factor=0.5}",
        "{kind='cosine',period=3}",
    ] {
        let place = Place::small();
        let setting = format!("train.schedule={schedule}");
        let warm_up = "train.warmup_steps=11";
        let (_, longer, ended) = lengthened(&place, 4, 9, &[&setting, warm_up]);
        ended.tells("continues runs/");
        assert_eq!(info(&longer)["epochs"], 9);
    }
}

#[test]
fn a_schedule_over_all_epochs_starts_over_and_says_why() {
    for schedule in ["cosine", "polynomial", "one_cycle"] {
        let place = Place::small();
        let setting = format!("train.schedule={{kind='{schedule}'}}");
        let (shorter, longer, ended) = lengthened(&place, 2, 3, &[&setting]);
        let line = format!(
            "{} is not continued: its {schedule} schedule was laid out for its 2 epochs\n",
            name(&shorter)
        );
        ended.tells(&line);
        ended.tells("training: ");
        assert!(info(&longer).get("continued_from").is_none());
    }
}

/// No improvement is ever large enough.
#[test]
fn early_stopping_continues_counting_and_stops_at_the_same_epoch() {
    let stopping = |patience| format!("train.early_stopping={{patience={patience},min_delta=9.0}}");
    let place = Place::small();
    let (_, longer, _) = lengthened(&place, 4, 12, &[&stopping(6)]);
    assert_eq!(info(&longer)["stop_reason"], "early stopping after epoch 7");
    let place = Place::small();
    let (shorter, longer, ended) = lengthened(&place, 6, 12, &[&stopping(3)]);
    assert_eq!(info(&longer)["stop_reason"], "early stopping after epoch 4");
    let line = format!("continues runs/{}, which stopped early after epoch 4", name(&shorter));
    ended.tells(&line);
    assert!(longer.join("figures/loss.png").exists());
}

/// Trains in `runs` with `args` until a checkpoint in the middle of an epoch is saved. Returns the folder and
/// the state of the checkpoint.
fn interrupted(place: &Place, args: &[&str]) -> (PathBuf, TrainState) {
    // If the signal arrives between two epochs, it trains on for some more.
    for epoch in (2..).step_by(3) {
        let child = place.spawn(args);
        wait_for_epoch(place, "runs", epoch);
        send("-INT", child.id());
        end(child).exits(130);
        let run = place.only_run("runs");
        let state = Checkpoint::load(&run.join(KEPT[1])).expect("a checkpoint").snapshot.state;
        if state.batch > 0 {
            return (run, state);
        }
    }
    unreachable!("the number of epochs has no end")
}

#[test]
fn a_run_interrupted_within_an_epoch_is_continued_there() {
    let place = Place::small();
    let args = |runs, epochs| {
        // Many short steps.
        let settings = ["train.batch_size=1", "data.train_limit=400", epochs];
        [&["small.toml", "--threads=1", "--runs-dir", runs][..], &set(&settings)].concat()
    };
    let (shorter, state) = interrupted(&place, &args("runs", "train.epochs=50"));
    let before = contents(&shorter);
    let ended = place.succeed(&args("runs", "train.epochs=60"));
    let line =
        format!("continues runs/{}, trained for {} of 60 epochs", name(&shorter), state.epoch);
    ended.tells(&line);
    let on = format!("continuing in epoch {}, after batch {}", state.epoch + 1, state.batch);
    ended.tells(&on);
    assert!(contents(&shorter) == before);
    place.succeed(&args("whole", "train.epochs=60"));
    let longer = new_run(&place, "runs", &[shorter]);
    assert_equal_runs(&place, &longer, &place.only_run("whole"));
}

#[test]
fn other_experiments_other_kernels_and_forced_trainings_start_from_the_beginning() {
    let place = Place::small();
    train(&place, "runs", 2, &[]);
    let shorter = place.only_run("runs");
    for other in ["experiment.seed=5", "train.batch_size=16", "data.train_limit=48"] {
        let ended = train(&place, "runs", 3, &[other]);
        assert!(!ended.stderr.contains("continue"), "{other}: {}", ended.stderr);
    }
    let path = shorter.join("run.json");
    let text = place.text(&path);
    edit(&shorter, "kernels", "other".into());
    let ended = train(&place, "runs", 4, &[]);
    assert!(!ended.stderr.contains("continue"), "{}", ended.stderr);
    fs::write(&path, text).expect("a file");
    let settings = set(&[&QUICK[..], &["train.epochs=5"]].concat());
    let ended = place.succeed(&[&["small.toml", "--force"][..], &settings].concat());
    assert!(!ended.stderr.contains("continue"), "{}", ended.stderr);
    // Settings that do not affect training do not matter.
    let ended = train(&place, "runs", 6, &["evaluate.noise_sigmas=[0.5]", "log.tensorboard=true"]);
    ended.tells("trained for 5 of 6 epochs");
}

#[test]
fn a_shorter_run_that_is_damaged_or_being_trained_is_left_alone() {
    let place = Place::small();
    train(&place, "runs", 2, &[]);
    let shorter = place.only_run("runs");
    let lock = fs::File::open(shorter.join(".lock")).expect("a lock");
    lock.lock().expect("nobody has it");
    let ended = train(&place, "runs", 3, &[]);
    assert!(!ended.stderr.contains("continues"), "{}", ended.stderr);
    let busy = "is not continued: another process is training it, 2 of 2 epochs so far";
    assert_eq!(ended.stderr.matches(busy).count(), 1, "{}", ended.stderr);
    let longer = new_run(&place, "runs", std::slice::from_ref(&shorter));
    assert!(place.text(longer.join("log.txt")).contains(busy));
    drop(lock);
    fs::remove_dir_all(longer).expect("a folder");
    train(&place, "whole", 3, &[]);
    let whole = place.only_run("whole");
    for file in KEPT {
        let kept = place.read(shorter.join(file));
        fs::write(shorter.join(file), &kept[..kept.len() - 9]).expect("a file");
        let ended = train(&place, "runs", 3, &[]);
        let warning = ended.stderr.lines().find(|line| line.starts_with("warning: "));
        let warning = warning.unwrap_or_else(|| panic!("{file}: {}", ended.stderr));
        assert!(warning.contains(file) && warning.ends_with("is not continued"), "{warning}");
        let longer = new_run(&place, "runs", std::slice::from_ref(&shorter));
        assert_equal_runs(&place, &longer, &whole);
        assert!(info(&longer).get("continued_from").is_none());
        fs::remove_dir_all(longer).expect("a folder");
        fs::write(shorter.join(file), kept).expect("a file");
    }
    // Killed while it took over, it takes over again.
    train(&place, "runs", 3, &[]);
    let longer = new_run(&place, "runs", std::slice::from_ref(&shorter));
    fs::remove_file(longer.join(KEPT[1])).expect("a checkpoint");
    let mut killed = info(&longer);
    killed["status"] = "running".into();
    for file in ["checkpoints/best.safetensors", "metrics.csv"] {
        fs::write(longer.join("run.json"), killed.to_string()).expect("a file");
        train(&place, "runs", 3, &[]).tells("trained for 2 of 3 epochs");
        assert_equal_runs(&place, &longer, &whole);
        // Even earlier.
        fs::remove_file(longer.join(KEPT[1])).expect("a checkpoint");
        fs::remove_file(longer.join(file)).expect("a file");
        killed.as_object_mut().expect("an object").remove("continued_from");
    }
    // A run that was forced in a new folder starts from the beginning again.
    let anew = longer.with_file_name(format!("{}-2", name(&longer)));
    fs::rename(&longer, &anew).expect("a folder");
    fs::write(anew.join("run.json"), killed.to_string()).expect("a file");
    let ended = train(&place, "runs", 3, &[]);
    assert!(!ended.stderr.contains("trained for 2"), "{}", ended.stderr);
    assert_equal_runs(&place, &anew, &whole);
}

#[test]
fn the_longest_of_the_shorter_runs_is_read_and_the_next_only_if_it_is_damaged() {
    let place = Place::small();
    let damage = |run: &Path| {
        let path = run.join(KEPT[1]);
        let kept = place.read(&path);
        fs::write(path, &kept[..kept.len() - 9]).expect("a file");
    };
    train(&place, "runs", 1, &[]);
    let one = place.only_run("runs");
    train(&place, "runs", 2, &[]);
    let two = new_run(&place, "runs", std::slice::from_ref(&one));
    let kept = place.read(one.join(KEPT[1]));
    damage(&one);
    let ended = train(&place, "runs", 3, &[]);
    ended.tells("trained for 2 of 3 epochs");
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
    fs::remove_dir_all(new_run(&place, "runs", &[one.clone(), two.clone()])).expect("a folder");
    fs::write(one.join(KEPT[1]), kept).expect("a file");
    damage(&two);
    let ended = train(&place, "runs", 3, &[]);
    ended.tells("trained for 1 of 3 epochs");
    assert_eq!(ended.stderr.matches("warning").count(), 1, "{}", ended.stderr);
}
