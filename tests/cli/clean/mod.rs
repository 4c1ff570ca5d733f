//! `runner clean` removes what it is asked to remove, and nothing else.

mod checkpoints;
mod kept;
mod superseded;

use crate::place::{Ended, Place, assert_has, edit, files, info, name, set};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    slice,
};

/// Settings that make a run very short.
const QUICK: [&str; 3] = ["data.train_limit=64", "data.test_limit=16", "train.epochs=2"];
/// Every kind.
const ALL: [&str; 6] =
    ["--leftovers", "--broken", "--failed", "--superseded", "--unplanned", "--checkpoints"];

fn train(place: &Place, settings: &[&str], more: &[&str]) -> Ended {
    let settings = set(&[&QUICK[..], settings].concat());
    place.succeed(&[&["small.toml", "--quiet"][..], &settings, more].concat())
}

fn clean(place: &Place, args: &[&str]) -> Ended {
    place.succeed(&[&["clean"][..], args].concat())
}

/// Everything at once.
fn clean_all(place: &Place) -> Ended {
    clean(place, &[&ALL[..], &["--yes"]].concat())
}

/// Replaces the status in a run's `run.json`.
fn say(run: &Path, status: &str) {
    edit(run, "status", status.into());
}

/// Returns every file below the folder of runs, except for locks.
fn all_files(place: &Place) -> Vec<String> {
    let mut all = files(&place.path().join("runs"));
    all.retain(|file| !file.split('/').any(|name| name == ".lock"));
    all
}

#[test]
fn without_yes_nothing_is_removed_and_the_commands_are_shown() {
    let place = Place::small();
    train(&place, &[], &[]);
    say(&place.only_run("runs"), "failed");
    train(&place, &["train.batch_size=16"], &[]);
    place.write("runs/.new-0a1b2c3d-1/run.json", "{}");
    let before = all_files(&place);
    let told = clean(&place, &[]);
    for (kind, count) in [("leftovers", "1"), ("failed", "1"), ("checkpoints", "1")] {
        let row = told.stdout.lines().find(|line| line.starts_with(kind)).expect("a row");
        assert_eq!(row.split_whitespace().nth(1), Some(count), "{row}");
        assert!(row.ends_with(&format!("runner clean --{kind} --yes")), "{row}");
    }
    assert!(!told.stdout.contains("superseded"), "{}", told.stdout);
    told.tells("nothing was removed");
    let told = clean(&place, &["--failed", "--where", "status=failed"]);
    told.prints("failed after 2 epochs");
    let command = "runner clean --failed --where 'status=failed' --yes";
    told.tells(command);
    assert_eq!(clean(&place, &["--json"]).json_lines().len(), 3);
    assert_eq!(all_files(&place), before);
}

#[test]
fn yes_alone_removes_only_leftovers_of_killed_processes() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    say(&run, "diverged");
    let before = all_files(&place);
    for left in [".new-0a1b2c3d-1/.1-0.part", ".old-0a1b2c3d-1/run.json"] {
        place.write(format!("runs/{left}"), "x");
    }
    fs::write(run.join("checkpoints/.12-0.part"), "x").expect("a file");
    // Another process may be writing it right now.
    place.write("runs/.13-0.part", "x");
    let told = clean(&place, &["--yes"]);
    assert_eq!(told.stdout.lines().count(), 4, "{}", told.stdout);
    let mut expected = before;
    expected.insert(0, ".13-0.part".into());
    assert_eq!(all_files(&place), expected);
}

#[test]
fn failed_and_diverged_runs_are_removed_and_their_sweep_trains_them_again() {
    let place = Place::small();
    let text = "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n[train]\nepochs = 2\n\
                [sweep]\n\"model.latent_dim\" = [2, 3, 4]\n";
    place.write("night.toml", text);
    place.succeed(&["night.toml", "--quiet"]);
    let runs = place.runs("runs/night");
    say(&runs[0], "failed");
    say(&runs[1], "diverged");
    let gone = clean(&place, &["night", "--failed", "--yes", "--json"]).json_lines();
    assert_eq!(gone.len(), 2);
    for (line, run) in gone.iter().zip(&runs) {
        assert_eq!(line["path"], format!("runs/night/{}", name(run)));
        assert_eq!((&line["kind"], &line["removed"]), (&"failed".into(), &true.into()));
        assert!(line["bytes"].as_u64() > Some(10_000), "{line}");
    }
    assert_eq!(place.runs("runs/night"), runs[2..]);
    let shown = place.succeed(&["show", "night"]).stdout;
    assert!(shown.contains("1 completed") && shown.contains("2 not begun"), "{shown}");
    place.succeed(&["report", "night"]);
    assert_eq!(place.succeed(&["list", "night"]).stdout.lines().count(), 2);
    place.succeed(&["night.toml", "--quiet"]);
    assert_eq!(place.runs("runs/night"), runs);
}

#[test]
fn runs_that_a_plan_no_longer_has_are_removed() {
    let place = Place::small();
    let text = |sizes: &str| {
        format!(
            "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n[train]\nepochs = 1\n\
             [sweep]\n\"model.latent_dim\" = [{sizes}]\n"
        )
    };
    place.write("night.toml", text("2, 3"));
    place.succeed(&["night.toml", "--quiet"]);
    let runs = place.runs("runs/night");
    assert_eq!(clean(&place, &["--unplanned", "--json"]).json_lines().len(), 0);
    place.write("night.toml", text("3"));
    place.succeed(&["night.toml", "--quiet"]);
    let plan = place.read("runs/night/sweep.json");
    place.write("runs/night/sweep.json", "{");
    assert_eq!(
        clean(&place, &["--unplanned", "--json"]).json_lines().len(),
        0,
        "the plan is unknown"
    );
    fs::write(place.path().join("runs/night/sweep.json"), plan).expect("a file");
    clean(&place, &["--unplanned", "--yes"]);
    assert_eq!(place.runs("runs/night"), runs[1..]);
}

#[test]
fn failures_to_remove_are_reported_and_the_rest_is_removed() {
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: nothing is refused to root");
        return;
    }
    let place = Place::small();
    train(&place, &[], &["--runs-dir", "runs/a"]);
    train(&place, &[], &["--runs-dir", "runs/b"]);
    let [a, b] = ["runs/a", "runs/b"].map(|parent| place.only_run(parent));
    for run in [&a, &b] {
        say(run, "failed");
    }
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    for locked in [a.clone(), a.join("checkpoints"), a.parent().expect("a folder").to_path_buf()] {
        mode(&locked, 0o555);
        let before = files(&a);
        let ended = place.run(&["clean", "--failed", "--yes"]);
        mode(&locked, 0o755);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        ended.tells("Permission denied");
        assert_eq!(files(&a), before, "no part of it is removed");
        assert!(!b.exists());
    }
}

#[test]
fn broken_runs_are_removed_but_not_those_of_a_newer_version() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    let newer = place.text(run.join("run.json")).replacen("\"format\": 1", "\"format\": 9", 1);
    fs::write(run.join("run.json"), newer).expect("a file");
    assert!(clean(&place, &["--broken", "--yes"]).stderr.contains("perhaps by another"));
    assert!(run.exists());
    fs::write(run.join("run.json"), "{").expect("a file");
    clean(&place, &["--broken", "--yes"]);
    assert!(!run.exists());
    train(&place, &[], &[]);
}

#[test]
fn every_file_that_a_training_writes_is_recognized() {
    let place = Place::small();
    let all = ["evaluate.noise_sigmas=[0.5]", "evaluate.codes=true", "log.tensorboard=true"];
    let figures = ["figures.interpolations=2", "figures.traversal=true", "figures.manifold=3"];
    let more = [&all[..], &figures, &["train.checkpoint.every=1"]].concat();
    let planar = "model.latent_dim=2";
    let tasks: [&[&str]; 5] = [
        &[planar],
        &["figures.codes=\"pca\""],
        &["figures.codes=\"tsne\""],
        &["task.kind=\"reconstruct\"", "evaluate.noise_sigmas=[]"],
        &[
            "task.kind=\"colorize\"",
            "evaluate.noise_sigmas=[]",
            "data.dataset=\"synthetic_scenes\"",
        ],
    ];
    for task in tasks {
        train(&place, &[&more[..], task].concat(), &[]);
    }
    let runs = place.runs("runs");
    assert_eq!(runs.len(), tasks.len() - 1, "PCA and t-SNE are figures of one run");
    for run in &runs {
        place.succeed(&["report", &run.display().to_string()]);
        say(run, "failed");
    }
    let ended = clean(&place, &["--failed", "--yes"]);
    assert_eq!(place.runs("runs").len(), 0, "{}", ended.stderr);
}

#[test]
fn mistakes_are_reported_and_nothing_is_removed() {
    let place = Place::small();
    train(&place, &[], &[]);
    say(&place.only_run("runs"), "failed");
    for (args, told) in [
        (&["--failed", "--where", "statsu=failed"][..], "did you mean status?"),
        (&["smal-x", "--failed"], "there is no folder"),
        (&["--faild"], "--failed"),
        (&["small.toml", "--failed"], "is a file"),
    ] {
        let ended = place.fails(2, &[&["clean", "--yes"][..], args].concat());
        assert!(ended.stderr.contains(told), "{args:?}: {}", ended.stderr);
    }
    let none = clean(&place, &["--failed", "--yes", "--where", "status=completed"]);
    none.tells("nothing was removed");
    assert_eq!(place.runs("runs").len(), 1);
    assert!(clean(&place, &["--runs-dir", "none"]).stderr.contains("nothing to clean: 0 runs"));
}
