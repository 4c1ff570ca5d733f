//! Runs that are cut off continue without a seam.

use crate::place::{Ended, Place};
use std::{
    path::Path,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Long enough to be interrupted at many points, short enough for a test.
const LONGER: [&str; 6] =
    ["small.toml", "--set", "train.epochs=12", "--set", "train.batch_size=8", "--threads=1"];

const KEPT: [&str; 3] =
    ["metrics.csv", "checkpoints/last.safetensors", "checkpoints/best.safetensors"];

fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(status.expect("kill runs").success());
}

/// Waits until the run has written the row of epoch `epoch`.
fn wait_for_epoch(place: &Place, runs: &str, epoch: usize) {
    let started = Instant::now();
    loop {
        let rows = std::fs::read_dir(place.path().join(runs))
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                std::fs::read_to_string(entry.ok()?.path().join("metrics.csv")).ok()
            })
            .map(|text| text.lines().count().saturating_sub(1))
            .max();
        if rows.is_some_and(|rows| rows >= epoch) {
            return;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "no epoch {epoch} after a minute");
        sleep(Duration::from_millis(5));
    }
}

fn assert_equal_runs(place: &Place, a: &Path, b: &Path) {
    for file in KEPT {
        assert!(place.read(a.join(file)) == place.read(b.join(file)), "{file} differs");
    }
}

fn undisturbed(place: &Place) -> std::path::PathBuf {
    place.succeed(&[&LONGER[..], &["--runs-dir", "whole"]].concat());
    place.only_run("whole")
}

#[test]
fn ctrl_c_saves_and_exits_130_and_the_same_command_continues() {
    let place = Place::small();
    let child = place.spawn(&LONGER);
    wait_for_epoch(&place, "runs", 2);
    signal(&child, "-INT");
    let ended: Ended = child.wait_with_output().expect("it ends").into();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    let run = place.only_run("runs");
    let info: serde_json::Value =
        serde_json::from_slice(&place.read(run.join("run.json"))).expect("JSON");
    assert_eq!(info["status"], "interrupted");
    let reason = info["stop_reason"].as_str().expect("a reason");
    assert!(reason.starts_with("interrupted by SIGINT in epoch"), "{reason}");

    let ended = place.succeed(&LONGER);
    assert!(ended.stderr.contains("continuing"), "{}", ended.stderr);
    assert_equal_runs(&place, &run, &undisturbed(&place));
}

#[test]
fn sigterm_exits_143() {
    let place = Place::small();
    let child = place.spawn(&LONGER);
    wait_for_epoch(&place, "runs", 1);
    signal(&child, "-TERM");
    let ended: Ended = child.wait_with_output().expect("it ends").into();
    assert_eq!(ended.code, Some(143), "{}", ended.stderr);
}

#[test]
fn a_second_signal_stops_at_once_whichever_it_is() {
    let place = Place::small();
    let child = place.spawn(&["small.toml", "--set", "train.epochs=100000", "--threads=1"]);
    wait_for_epoch(&place, "runs", 1);
    // Within a batch for as long as the process is held.
    signal(&child, "-STOP");
    for name in ["-INT", "-TERM", "-CONT"] {
        signal(&child, name);
    }
    let ended: Ended = child.wait_with_output().expect("it ends").into();
    // Signals that wait are delivered in an order of the system's.
    assert!(matches!(ended.code, Some(130 | 143)), "{:?} {}", ended.code, ended.stderr);
    let run = place.only_run("runs");
    assert!(
        place.text(run.join("run.json")).contains("\"status\": \"running\""),
        "nothing was saved"
    );
}

#[test]
fn a_run_started_with_nohup_outlives_its_terminal() {
    let place = Place::small();
    let runner = env!("CARGO_BIN_EXE_runner");
    let child = Command::new("sh")
        .args(["-c", "trap '' HUP; exec \"$0\" \"$@\"", runner])
        .args(LONGER)
        .current_dir(place.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sh starts");
    wait_for_epoch(&place, "runs", 1);
    signal(&child, "-HUP");
    let ended: Ended = child.wait_with_output().expect("it ends").into();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn three_kills_at_random_moments_leave_no_trace_in_the_results() {
    let place = Place::small();
    for (kill, epoch) in [(0_u64, 1), (1, 3), (2, 7)] {
        let mut child = place.spawn(&LONGER);
        wait_for_epoch(&place, "runs", epoch);
        // Somewhere within the epoch that follows.
        sleep(Duration::from_millis(7 * kill + u64::from(std::process::id() % 20)));
        child.kill().expect("kill");
        child.wait().expect("it ends");
    }
    place.succeed(&LONGER);
    let run = place.only_run("runs");
    assert_equal_runs(&place, &run, &undisturbed(&place));
    let info: serde_json::Value =
        serde_json::from_slice(&place.read(run.join("run.json"))).expect("JSON");
    assert_eq!(info["resumes"], 3);
}

/// Nothing is ever improvement enough: the rate falls every other epoch, and training stops early.
#[test]
fn kills_between_a_plateau_and_early_stopping_leave_no_trace_in_the_results() {
    let place = Place::small();
    let settings = [
        "train.epochs=60",
        "train.batch_size=8",
        "train.schedule={kind='plateau',metric='val_loss',threshold=9.0,patience=2,factor=0.5}",
        "train.early_stopping={metric='val_loss',patience=9,min_delta=9.0}",
    ];
    let args: Vec<&str> = ["small.toml", "--threads=1"]
        .into_iter()
        .chain(settings.iter().flat_map(|setting| ["--set", setting]))
        .collect();
    for epoch in [2, 5, 7] {
        let mut child = place.spawn(&args);
        wait_for_epoch(&place, "runs", epoch);
        sleep(Duration::from_millis(u64::from(std::process::id() % 20)));
        child.kill().expect("kill");
        child.wait().expect("it ends");
    }
    place.succeed(&args);
    let run = place.only_run("runs");
    place.succeed(&[&args[..], &["--runs-dir", "whole"]].concat());
    assert_equal_runs(&place, &run, &place.only_run("whole"));
    let info: serde_json::Value =
        serde_json::from_slice(&place.read(run.join("run.json"))).expect("JSON");
    assert_eq!(info["resumes"], 3);
    let reason = info["stop_reason"].as_str().expect("a reason");
    assert!(reason.starts_with("early stopping"), "{reason}");
    let metrics = place.text(run.join("metrics.csv"));
    let rates: std::collections::BTreeSet<_> =
        metrics.lines().skip(1).map(|row| row.rsplit(',').next().expect("a rate")).collect();
    assert!(rates.len() > 3, "the rate falls: {metrics}");
}

#[test]
fn the_second_of_two_processes_is_told_that_the_run_is_busy() {
    let place = Place::small();
    // So long that the first cannot be done when the second looks, however fast the machine.
    let command = [&LONGER[..], &["--set", "train.epochs=10000"]].concat();
    let mut child = place.spawn(&command);
    wait_for_epoch(&place, "runs", 1);
    let ended = place.run(&command);
    child.kill().expect("kill");
    child.wait().expect("it ends");
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("another process"), "{}", ended.stderr);
}

#[test]
fn a_diverged_run_says_where_and_exits_4() {
    let place = Place::small();
    let ended = place.run(&[
        "small.toml",
        "--set",
        "train.optimizer={kind=\"sgd\", learning_rate=1e30}",
        "--set",
        "model.output_activation=\"linear\"",
    ]);
    assert_eq!(ended.code, Some(4), "{}", ended.stderr);
    let run = place.only_run("runs");
    let info: serde_json::Value =
        serde_json::from_slice(&place.read(run.join("run.json"))).expect("JSON");
    assert_eq!(info["status"], "diverged");
    let reason = info["stop_reason"].as_str().expect("a reason");
    assert!(reason.contains("at step"), "{reason}");
    assert!(ended.stdout.contains(reason), "{}", ended.stdout);
}

#[test]
fn a_run_that_goes_on_with_other_kernels_says_so_and_keeps_both_names() {
    let place = Place::small();
    let mut child = place.spawn(&LONGER);
    wait_for_epoch(&place, "runs", 1);
    // The checkpoint is written beside the next epochs, later than the row.
    let checkpoint = place.only_run("runs").join("checkpoints/last.safetensors");
    let started = Instant::now();
    while !checkpoint.exists() {
        assert!(started.elapsed() < Duration::from_mins(1), "no checkpoint after a minute");
        sleep(Duration::from_millis(5));
    }
    child.kill().expect("kill");
    child.wait().expect("it ends");
    let kernels = || -> String {
        let text = place.read(place.only_run("runs").join("run.json"));
        let info: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
        info["kernels"].as_str().expect("a name").to_owned()
    };
    let first = kernels();
    if first == "portable" {
        eprintln!("skipped: the portable kernels are all there is here");
        return;
    }
    let mut command = place.command(&LONGER);
    let ended: Ended = command.env("RUNNER_KERNELS", "portable").output().expect("starts").into();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("warning"), "{}", ended.stderr);
    assert_eq!(kernels(), format!("{first}, portable"));
}
