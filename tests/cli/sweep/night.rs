//! Sweeps with a deadline.

use super::*;
use std::io::{BufRead, BufReader};

/// One short run, then two that take longer than any test.
const ENDLESS: &str =
    "extends = \"small.toml\"\n[sweep]\n\"train.epochs\" = [1, 999999, 1000000]\n";

#[test]
fn at_the_deadline_a_sweep_saves_its_runs_starts_none_and_writes_tables_and_report() {
    let place = place(ENDLESS);
    let command = ["sweep.toml", "--jobs", "1", "--for", "5s"];
    let ended = place.fails(124, &command);
    ended.tells("but --for 5s allows ");
    ended.tells(": not all will be done");
    let told = "stopped after 5s by --for: the runs finish their batch and save";
    ended.tells(told);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed", "interrupted", ""]);
    for file in ["trial_groups.csv", "report.html", "figures/curves.png"] {
        assert!(place.path().join("runs/sweep").join(file).exists(), "no {file}");
    }
    let cut = || {
        let run = place.runs("runs/sweep").into_iter().map(|run| info(&run));
        run.into_iter().find(|info| info["status"] == "interrupted").expect("one that was cut off")
    };
    let reason = cut()["stop_reason"].as_str().expect("a reason").to_owned();
    assert!(reason.starts_with("stopped after 5s by --for in epoch "), "{reason}");
    let again = place.fails(124, &command);
    assert_eq!(cut()["resumes"], 1, "{}", again.stderr);
    again.prints("already complete");
}

#[test]
fn a_sweep_continued_over_many_nights_gives_the_same_results() {
    let place = place(SIX);
    let mut nights = 0;
    loop {
        let ended = place.run(&["sweep.toml", "--jobs", "2", "--for", "1s"]);
        if ended.code == Some(0) {
            break;
        }
        assert_eq!(ended.code, Some(124), "{}", ended.stderr);
        nights += 1;
        assert!(nights < 200, "no progress: {}", ended.stderr);
    }
    assert!(nights > 0, "it was done before its time was up");
    place.succeed(&["sweep.toml", "--jobs", "2", "--runs-dir", "whole"]);
    assert_equal(&results(&place, "runs/sweep"), &results(&place, "whole/sweep"));
}

#[test]
fn a_second_ctrl_c_after_the_deadline_stops_at_once() {
    let place = place(ENDLESS);
    let mut sweep = place.spawn(&["sweep.toml", "--jobs", "1", "--for", "8s"]);
    let endless = |all: &[PathBuf], pids: &[u32]| completed(all) == 1 && !pids.is_empty();
    let pids = wait(&place, "runs/sweep", &sweep, endless);
    // A stopped process cannot finish its batch, as if the batch were long.
    send("-STOP", pids[0]);
    let mut lines =
        BufReader::new(sweep.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
    let mut says = |text: &str| lines.any(|line| line.contains(text));
    assert!(says("stopped after 8s by --for: the runs finish their batch and save"));
    send("-INT", sweep.id());
    assert!(says("SIGINT: the runs finish their batch and save; a second signal stops at once"));
    // At once, it would count as the same one.
    sleep(Duration::from_millis(200));
    send("-INT", sweep.id());
    lines.for_each(drop);
    assert_eq!(sweep.wait().expect("an end").code(), Some(124));
    assert!(!place.path().join("runs/sweep/figures/curves.png").exists());
}

/// Returns the runs of a sweep in the order in which they start, each as `0.25,r1`.
fn started(ended: &Ended) -> Vec<&str> {
    let lines = ended.stderr.lines().filter(|line| line.starts_with("run "));
    lines.filter_map(|line| Some(line.split_once("sigma=")?.1.rsplit_once(", ")?.0)).collect()
}

#[test]
fn first_seeds_of_all_combinations_start_before_any_second_unless_runs_are_pruned() {
    let place = place("");
    let text = SIX.replace("epochs = 6", "epochs = 1");
    for (file, prune, order) in [
        ("sweep.toml", "", ["0.25,r1", "0.5,r1", "0.75,r1", "0.25,r2", "0.5,r2", "0.75,r2"]),
        (
            "pruned.toml",
            "prune = { kind = \"median\" }\n",
            ["0.25,r1", "0.25,r2", "0.5,r1", "0.5,r2", "0.75,r1", "0.75,r2"],
        ),
    ] {
        place.write(file, format!("{text}{prune}"));
        let ended = place.succeed(&[file, "--jobs", "1"]);
        assert_eq!(started(&ended), order, "{}", ended.stderr);
    }
    let names = column(&place.text("runs/sweep/trials.csv"), "run");
    assert_eq!(
        names[..2],
        ["sigma=0.25,r1", "sigma=0.25,r2"],
        "tables are in the order of the plan"
    );
}
