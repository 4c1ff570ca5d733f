//! What is never removed.

use super::*;
use crate::{
    place::{end, send, wait},
    resume::wait_for_epoch,
};
use std::os::unix::fs::symlink;

#[test]
fn a_hidden_folder_with_other_files_is_kept_by_cleaning_and_by_training() {
    let place = Place::small();
    place.write("runs/.old-0a1b2c3d-1/thesis.txt", "x");
    clean(&place, &["--leftovers"]).tells("runner did not write \"thesis.txt\"");
    clean(&place, &["--yes"]);
    train(&place, &[], &[]);
    assert_eq!(place.text("runs/.old-0a1b2c3d-1/thesis.txt"), "x");
}

#[test]
fn a_folder_that_only_looks_like_a_broken_run_is_kept() {
    let place = Place::small();
    place.write("runs/results-20261101/metrics.csv", "mine");
    clean(&place, &["--broken", "--yes"]).tells("may not have created it");
    assert_eq!(place.text("runs/results-20261101/metrics.csv"), "mine");
}

#[test]
fn a_run_that_is_being_trained_is_left_alone() {
    let place = Place::small();
    let long = set(&["data.train_limit=64", "data.test_limit=16", "train.epochs=100000"]);
    let training = place.spawn(&[&["small.toml", "--threads=1"][..], &long].concat());
    wait_for_epoch(&place, "runs", 2);
    let run = place.only_run("runs");
    // It is written while further epochs are trained.
    let checkpoint = run.join("checkpoints/last.safetensors");
    wait(|| checkpoint.exists().then_some(()));
    // As it would look from `run.json` alone.
    say(&run, "failed");
    assert_eq!(clean_all(&place).stdout, "");
    assert!(run.join("run.json").exists() && checkpoint.exists());
    send("-INT", training.id());
    end(training).exits(130);
    clean_all(&place);
    assert_eq!(info(&run)["status"], "interrupted", "a run that can be resumed is kept, too");
    assert!(checkpoint.exists());
}

#[test]
fn runs_with_foreign_files_are_kept() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    say(&run, "failed");
    for own in ["notes.md", "figures/mine.png", "checkpoints/epoch1.safetensors", "backup/run.json"]
    {
        fs::create_dir_all(run.join(own).parent().expect("a folder")).expect("a folder");
        fs::write(run.join(own), "mine").expect("a file");
        let before = all_files(&place);
        let ended = clean_all(&place);
        let told =
            ended.stderr.contains("left alone") && ended.stderr.contains("runner did not write");
        assert!(told, "{}", ended.stderr);
        assert_eq!(all_files(&place), before);
        let mine = run.join(own);
        fs::remove_file(&mine).expect("a file");
        let _ = fs::remove_dir(mine.parent().expect("a folder"));
    }
    // A copy belongs to the user as well, and a folder of tables is no run.
    fs::rename(&run, run.with_file_name("kept")).expect("another name");
    place.write("runs/tables/metrics.csv", "epoch\n");
    let before = all_files(&place);
    clean_all(&place);
    assert_eq!(all_files(&place), before);
}

#[test]
fn links_are_not_followed() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    say(&run, "failed");
    let apart = place.path().join("apart");
    fs::create_dir(&apart).expect("a folder");
    let there = apart.join(name(&run));
    fs::rename(&run, &there).expect("another disk");
    symlink(&there, &run).expect("a link");
    let before = files(&there);
    let ended = clean_all(&place);
    ended.tells("1 run behind links left alone");
    // A sweep on another disk.
    fs::remove_file(&run).expect("the link");
    symlink(&apart, place.path().join("runs/sweep")).expect("a link");
    assert!(clean_all(&place).stderr.contains("1 run behind links"));
    let named = place.run(&["clean", "sweep", "--failed", "--yes"]);
    assert!(
        named.code == Some(2) && named.stderr.contains("runs/sweep is a link"),
        "{}",
        named.stderr
    );
    assert!(there.exists());
    fs::remove_file(place.path().join("runs/sweep")).expect("the link");
    // Parts of a run on another disk, and a lock that links to a user's file.
    for part in ["checkpoints", "metrics.csv", ".lock"] {
        fs::rename(&there, &run).expect("back");
        let moved = apart.join("part");
        fs::rename(run.join(part), &moved).expect("moved");
        symlink(&moved, run.join(part)).expect("a link");
        let text = fs::read(&moved).unwrap_or_default();
        assert!(clean_all(&place).stderr.contains("left alone"));
        assert_eq!(fs::read(&moved).unwrap_or_default(), text);
        fs::remove_file(run.join(part)).expect("the link");
        fs::rename(&moved, run.join(part)).expect("moved");
        fs::rename(&run, &there).expect("another disk");
    }
    assert_eq!(files(&there), before);
    // The target of a link can be named itself.
    clean(&place, &["apart", "--failed", "--yes"]);
    assert!(!there.exists());
}
