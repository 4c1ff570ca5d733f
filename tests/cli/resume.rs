//! Interrupted runs are resumed without a trace in the results.

use crate::place::{
    Ended, KEPT, Place, RUNNER, assert_has, column, end, info, kill, send, set, wait,
};
use runner::record::Checkpoint;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    thread::sleep,
    time::Duration,
};

/// Long enough to be interrupted at many points, short enough for a test.
const LONGER: [&str; 6] =
    ["small.toml", "--set", "train.epochs=12", "--set", "train.batch_size=8", "--threads=1"];

/// Waits until the run has written the row of epoch `epoch`.
pub fn wait_for_epoch(place: &Place, runs: &str, epoch: usize) {
    wait(|| {
        let runs = fs::read_dir(place.path().join(runs)).ok()?.flatten();
        let tables = runs.filter_map(|run| fs::read_to_string(run.path().join("metrics.csv")).ok());
        let epochs = tables.map(|text| text.lines().count().saturating_sub(1)).max();
        epochs.filter(|epochs| *epochs >= epoch)
    });
}

pub fn assert_equal_runs(place: &Place, a: &Path, b: &Path) {
    for file in KEPT {
        assert!(place.read(a.join(file)) == place.read(b.join(file)), "{file} differs");
    }
}

/// Trains the same run without interruption.
fn undisturbed(place: &Place, args: &[&str]) -> PathBuf {
    place.succeed(&[args, &["--runs-dir", "whole"]].concat());
    place.only_run("whole")
}

#[test]
fn a_signal_saves_and_exits_with_its_status_and_the_same_command_continues() {
    let place = Place::small();
    let whole = undisturbed(&place, &LONGER);
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        if signal == "HUP" && ignores_hangups() {
            eprintln!("skipped: whoever started this test has SIGHUP ignored");
            continue;
        }
        let args = [&LONGER[..], &["--runs-dir", signal]].concat();
        let child = place.spawn(&args);
        wait_for_epoch(&place, signal, 2);
        send(&format!("-{signal}"), child.id());
        end(child).exits(code);
        let run = place.only_run(signal);
        let info = info(&run);
        assert_eq!(info["status"], "interrupted");
        let reason = info["stop_reason"].as_str().expect("a reason");
        assert!(reason.starts_with(&format!("interrupted by SIG{signal} in epoch")), "{reason}");
        let checkpoint = Checkpoint::load(&run.join("checkpoints/last.safetensors"));
        let state = checkpoint.expect("a checkpoint").snapshot.state;
        assert!((2..12).contains(&state.epoch), "{state:?}");

        place.succeed(&args).tells("continuing");
        assert_equal_runs(&place, &run, &whole);
    }
}

#[test]
fn a_run_whose_time_is_up_saves_and_exits_124_and_the_same_command_continues() {
    let place = Place::small();
    let args = [&LONGER[..], &["--set", "train.epochs=80"]].concat();
    let timed = [&args[..], &["other.toml", "--for", "1s"]].concat();
    place.write("other.toml", "extends = \"small.toml\"\n[experiment]\nname = \"other\"\n");
    place.fails(124, &timed).tells("--for 1s: finishing the batch and saving");
    let run = place.only_run("runs");
    let reason = info(&run)["stop_reason"].as_str().expect("a reason").to_owned();
    assert!(reason.starts_with("stopped after 1s by --for in epoch "), "{reason}");
    assert_eq!(info(&run)["status"], "interrupted");
    assert!(place.text(run.join("log.txt")).contains(&reason));
    place.succeed(&args);
    assert_equal_runs(&place, &run, &undisturbed(&place, &args));
    assert_eq!(info(&run)["resumes"], 1);
    // A run that finishes in time is complete.
    place.succeed(&[&args[..], &["--until", "2999-12-31 23:59"]].concat());
}

/// Whether this process ignores SIGHUP, as under `nohup`; its children then do so, too.
fn ignores_hangups() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

#[test]
fn a_second_signal_stops_at_once_whichever_it_is() {
    let place = Place::small();
    // One batch an epoch, which takes a second or more.
    let long = ["data.train_limit=4000", "train.batch_size=4000", "model.filters=[32, 64]"];
    let child = place.spawn(&[&["small.toml", "--threads=1"][..], &set(&long)].concat());
    wait_for_epoch(&place, "runs", 1);
    // The process stays within a batch while it is stopped.
    send("-INT", child.id());
    send("-STOP", child.id());
    // Signals at once count as one.
    sleep(Duration::from_millis(150));
    for signal in ["-TERM", "-CONT"] {
        send(signal, child.id());
    }
    let ended = end(child);
    // The system chooses the order in which pending signals are delivered.
    assert!(matches!(ended.code, Some(130 | 143)), "{:?} {}", ended.code, ended.stderr);
    let run = place.only_run("runs");
    assert_eq!(info(&run)["status"], "running", "nothing was saved");
}

/// Sends a training a signal that was ignored when it started, and returns how it ends.
fn sent_what_was_ignored(signal: &str) -> Ended {
    let place = Place::small();
    let mut command = place.other("sh");
    command.args(["-c", &format!("trap '' {signal}; exec \"$0\" \"$@\""), RUNNER]).args(LONGER);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("sh starts");
    wait_for_epoch(&place, "runs", 1);
    send(&format!("-{signal}"), child.id());
    end(child)
}

#[test]
fn a_run_started_with_nohup_outlives_its_terminal() {
    sent_what_was_ignored("HUP").exits(0);
}

#[test]
fn a_run_in_the_background_of_a_shell_handles_sigint() {
    sent_what_was_ignored("INT").exits(130);
}

/// Kills the training at each of `moments`: an epoch, and milliseconds after its row was written.
fn kill_after(place: &Place, args: &[&str], moments: [(usize, u64); 3]) {
    for (epoch, pause) in moments {
        let child = place.spawn(args);
        wait_for_epoch(place, "runs", epoch);
        sleep(Duration::from_millis(pause));
        kill(child);
    }
}

#[test]
fn three_kills_leave_no_trace_in_the_results() {
    let place = Place::small();
    // Many more epochs than three kills need, so that the third is not too late.
    let args = [&LONGER[..], &["--set", "train.epochs=30"]].concat();
    kill_after(&place, &args, [(1, 2), (3, 19), (7, 11)]);
    place.succeed(&args);
    let run = place.only_run("runs");
    assert_equal_runs(&place, &run, &undisturbed(&place, &args));
    assert_eq!(info(&run)["resumes"], 3);
}

/// No improvement is ever large enough: the rate falls every other epoch, and training stops early.
#[test]
fn kills_between_a_plateau_and_early_stopping_leave_no_trace_in_the_results() {
    let place = Place::small();
    let settings = [
        "train.epochs=60",
        "train.batch_size=8",
        "train.schedule={kind='plateau',metric='val_loss',threshold=9.0,patience=2,factor=0.5}",
        "train.early_stopping={metric='val_loss',patience=25,min_delta=9.0}",
    ];
    let args = [&["small.toml", "--threads=1"][..], &set(&settings)].concat();
    kill_after(&place, &args, [(2, 17), (5, 3), (7, 9)]);
    place.succeed(&args);
    let run = place.only_run("runs");
    assert_equal_runs(&place, &run, &undisturbed(&place, &args));
    let info = info(&run);
    assert_eq!(info["resumes"], 3);
    assert_eq!(info["stop_reason"], "early stopping after epoch 26");
    let metrics = place.text(run.join("metrics.csv"));
    let rates: BTreeSet<_> = column(&metrics, "learning_rate").into_iter().collect();
    assert!(rates.len() > 3, "the rate falls: {metrics}");
}

#[test]
fn the_second_of_two_processes_is_told_that_the_run_is_busy() {
    let place = Place::small();
    // Long enough that the first is not done when the second starts, however fast the machine.
    let command = [&LONGER[..], &["--set", "train.epochs=10000"]].concat();
    let child = place.spawn(&command);
    wait_for_epoch(&place, "runs", 1);
    let ended = place.run(&command);
    kill(child);
    assert_has(&ended.exits(1).stderr, "another process");
}

#[test]
fn a_diverged_run_says_where_and_exits_4() {
    let place = Place::small();
    let ended = place.fails(
        4,
        &[
            "small.toml",
            "--set",
            "train.optimizer={kind=\"sgd\", learning_rate=1e30}",
            "--set",
            "model.output_activation=\"linear\"",
        ],
    );
    let run = place.only_run("runs");
    let info = info(&run);
    assert_eq!(info["status"], "diverged");
    let reason = info["stop_reason"].as_str().expect("a reason");
    assert_has(reason, "at step");
    ended.prints(reason);
}

#[test]
fn a_run_resumed_with_other_kernels_warns_and_records_both() {
    let place = Place::small();
    let child = place.spawn(&LONGER);
    wait_for_epoch(&place, "runs", 1);
    // The checkpoint is written in the background, after the row.
    let checkpoint = place.only_run("runs").join(KEPT[1]);
    wait(|| checkpoint.exists().then_some(()));
    kill(child);
    let kernels = || info(&place.only_run("runs"))["kernels"].as_str().expect("a name").to_owned();
    let first = kernels();
    if first == "portable" {
        eprintln!("skipped: the portable kernels are all there is here");
        return;
    }
    place.run_with("RUNNER_KERNELS", "portable", &LONGER).exits(0).tells("warning");
    assert_eq!(kernels(), format!("{first}, portable"));
}
