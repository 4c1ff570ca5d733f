//! Sweeps whose own process fails at something temporarily.

use super::*;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use std::io::{BufRead, BufReader};

#[test]
fn failures_to_write_tables_stop_no_run_but_are_an_error_at_the_end() {
    let place = place(TWO);
    let table = place.path().join("runs/sweep/trials.csv");
    fs::create_dir_all(&table).expect("a folder");
    let ended = place.fails(1, &["sweep.toml", "--jobs", "1"]);
    assert_eq!(completed(&place.runs("runs/sweep")), 2);
    let told = "cannot write runs/sweep/trials.csv";
    assert_eq!(ended.stderr.matches(&format!("warning: {told}")).count(), 1, "{}", ended.stderr);
    assert_eq!(ended.stderr.matches(&format!("error: {told}")).count(), 1, "{}", ended.stderr);
    fs::remove_dir(&table).expect("a folder");
    place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 2]);
}

#[test]
fn runs_that_end_at_the_same_time_are_all_in_the_tables_while_another_trains() {
    let keys = "\"model.latent_dim\" = [2, 3, 4], \"train.epochs\" = [1, 1, 100000]";
    let place = place(&format!("extends = \"small.toml\"\n[sweep]\nzip = {{ {keys} }}\n"));
    let sweep = place.spawn(&["sweep.toml", "--jobs", "3"]);
    let table = place.path().join("runs/sweep/trials.csv");
    // Tables are written every minute in any case, but waiting does not take that long.
    place::wait(|| {
        let text = fs::read_to_string(&table).ok()?;
        let done = column(&text, "status").iter().filter(|status| *status == "completed").count();
        (done == 2).then_some(())
    });
    send("-INT", sweep.id());
    end(sweep).exits(130);
}

#[test]
fn runs_that_cannot_be_started_wait_for_others_to_end() {
    let place = place(&SIX.replace("epochs = 6", "epochs = 1"));
    // Room for a few processes: each takes three file descriptors of the sweep.
    let script = format!("ulimit -n 24; exec '{RUNNER}' sweep.toml --jobs 6");
    let ended = place.script("sh", &script).exits(0);
    let warning = "warning: cannot start a process";
    assert_eq!(ended.stderr.matches(warning).count(), 1, "{}", ended.stderr);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 6]);
}

#[test]
fn a_run_that_cannot_be_started_while_nothing_trains_is_retried() {
    let place = place(&SIX.replace("count = 3", "count = 2").replace("repeats = 2", ""));
    let mut sweep = place.spawn(&["sweep.toml", "--jobs", "1"]);
    wait(&place, "runs/sweep", &sweep, |_, pids| pids.len() == 1);
    let process = Pid::from_child(&sweep);
    let may_open = |files| {
        let limit = Rlimit { current: Some(files), ..getrlimit(Resource::Nofile) };
        prlimit(Some(process), Resource::Nofile, limit).expect("a limit");
    };
    may_open(3);
    let mut lines =
        BufReader::new(sweep.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("warning: cannot start a process")));
    may_open(100);
    let rest: Vec<String> = lines.collect();
    assert!(sweep.wait().expect("an end").success(), "{rest:?}");
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 2]);
}

#[test]
fn more_runs_at_once_than_threads_get_one_each() {
    let place = place(TWO);
    let ended = place.succeed(&["sweep.toml", "--jobs", "8", "--threads", "2"]);
    ended.tells("--jobs 8, 1 thread each");
    for run in place.runs("runs/sweep") {
        assert_eq!(info(&run)["threads"], 1, "{}", ended.stderr);
    }
}

#[test]
fn a_sweep_that_ends_with_an_error_does_not_stop_the_next_file() {
    let place = place(TWO);
    place.write("other.toml", "extends = \"small.toml\"\n");
    fs::create_dir_all(place.path().join("runs/sweep/trials.csv")).expect("a folder");
    place.fails(3, &["sweep.toml", "other.toml"]).prints("runs/other-");
}

#[test]
fn a_file_size_limit_is_reported_and_does_no_more_harm_than_a_full_disk() {
    let place = Place::small();
    let script = format!("ulimit -f 8; exec '{RUNNER}' small.toml");
    place.script("sh", &script).exits(1).tells("ulimit -f unlimited");
    place.succeed(&["small.toml"]);
}
