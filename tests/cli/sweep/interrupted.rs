//! Sweeps whose processes are killed, stopped or started twice.

use super::*;

#[test]
fn killed_parents_and_a_killed_child_leave_no_trace_in_the_results() {
    let place = place(SIX);
    let command = ["sweep.toml", "--jobs", "2"];
    let mut complete: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for kills in 0..2 {
        let parent = place.spawn(&command);
        wait(&place, "runs/sweep", &parent, |all, pids| {
            completed(all) >= 2 * kills && !pids.is_empty()
        });
        kill(parent);
        for run in
            runs(&place, "runs/sweep").iter().filter(|run| info(run)["status"] == "completed")
        {
            complete.insert(run.clone(), place.read(run.join("log.txt")));
        }
    }
    let parent = place.spawn(&command);
    let pids = wait(&place, "runs/sweep", &parent, |_, pids| !pids.is_empty());
    send("-KILL", pids[0]);
    end(parent).exits(0).tells("trying again (1 of 2)");
    for (run, log) in complete {
        assert!(place.read(run.join("log.txt")) == log, "{} was trained twice", run.display());
    }
    place.succeed(&["sweep.toml", "--jobs", "2", "--runs-dir", "whole"]);
    assert_equal(&results(&place, "runs/sweep"), &results(&place, "whole/sweep"));
}

#[test]
fn ctrl_c_saves_every_run_and_the_same_command_continues() {
    let place = place(SIX);
    let parent = place.spawn(&["sweep.toml", "--jobs", "2"]);
    wait(&place, "runs/sweep", &parent, |_, pids| pids.len() == 2);
    send("-INT", parent.id());
    let ended = end(parent).exits(130);
    let cut: Vec<Value> = place.runs("runs/sweep").iter().map(|run| info(run)).collect();
    assert!(cut.iter().all(|info| info["status"] != "running"), "{cut:?}");
    ended.tells("SIGINT: the runs finish their batch");
    let reasons: Vec<&str> = cut.iter().filter_map(|info| info["stop_reason"].as_str()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("SIGINT")), "{reasons:?}");
    place.succeed(&["sweep.toml", "--jobs", "1"]);
    place.succeed(&["sweep.toml", "--jobs", "3", "--runs-dir", "whole"]);
    assert_equal(&results(&place, "runs/sweep"), &results(&place, "whole/sweep"));
}

#[test]
fn two_sweeps_in_one_folder_do_not_train_the_same_run_twice() {
    let place = place(SIX);
    let first = place.spawn(&["sweep.toml", "--jobs", "1"]);
    wait(&place, "runs/sweep", &first, |_, pids| !pids.is_empty());
    let second = place.spawn(&["sweep.toml", "--jobs", "1"]);
    let (first, second) = (end(first).exits(0), end(second).exits(0));
    let begun: usize = place
        .runs("runs/sweep")
        .iter()
        .map(|run| place.text(run.join("log.txt")).matches(" training: ").count())
        .sum();
    assert_eq!(begun, 6, "{}\n{}", first.stderr, second.stderr);
    assert!(
        second.stdout.contains("  completed  best "),
        "the second took some: {}",
        second.stdout
    );
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 6]);
}

#[test]
fn a_pruned_sweep_interrupted_again_and_again_gives_the_same_results() {
    let text = "extends = \"small.toml\"\n[train]\nepochs = 6\nbatch_size = 8\n[sweep]\n\"train.optimizer.learning_rate\" = [3e-3, 1e-6, 1e-2, 1e-5]\nprune = { kind = \"halving\", factor = 2 }\n";
    let place = place(text);
    for kills in 0..3 {
        let parent = place.spawn(&["sweep.toml", "--jobs", "2"]);
        wait(&place, "runs/sweep", &parent, |all, pids| all.len() > kills && !pids.is_empty());
        kill(parent);
    }
    place.succeed(&["sweep.toml", "--jobs", "2"]);
    place.succeed(&["sweep.toml", "--jobs", "1", "--runs-dir", "whole"]);
    assert_equal(&results(&place, "runs/sweep"), &results(&place, "whole/sweep"));
    assert!(statuses(&place, "runs/sweep").contains(&"pruned".to_owned()));
}

#[test]
fn figures_interrupted_by_a_kill_or_a_full_disk_are_drawn_again() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    let figures = place.path().join("runs/sweep/figures");
    let curves = place.read("runs/sweep/figures/curves.png");
    let untouched = fs::metadata(figures.join("curves.png")).expect("curves").modified().ok();
    place.succeed(&["sweep.toml"]);
    let again = fs::metadata(figures.join("curves.png")).expect("curves").modified().ok();
    assert_eq!(again, untouched, "up-to-date figures are left alone");
    // As if the process had ended between the last run and the last figure.
    fs::remove_file(figures.join(".drawn")).expect("the mark");
    fs::remove_file(figures.join("curves.png")).expect("curves");
    place.succeed(&["sweep.toml"]);
    assert!(place.read("runs/sweep/figures/curves.png") == curves);
}

#[test]
fn the_out_of_memory_killer_takes_a_run_before_the_sweep() {
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: only Linux tells whom it would kill");
        return;
    }
    let place = place(SIX);
    let parent = place.spawn(&["sweep.toml", "--jobs", "1"]);
    let pids = wait(&place, "runs/sweep", &parent, |_, pids| !pids.is_empty());
    let score = |pid: u32| -> i32 {
        let text = fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).expect("a score");
        text.trim().parse().expect("a number")
    };
    let (run, sweep) = (score(pids[0]), score(parent.id()));
    kill(parent);
    assert!(run == (sweep + 500).min(1000), "{run} and {sweep}");
}

#[test]
fn after_a_second_ctrl_c_no_figures_are_drawn() {
    let place = place(SIX);
    let parent = place.spawn(&["sweep.toml", "--jobs", "1"]);
    let pids =
        wait(&place, "runs/sweep", &parent, |all, pids| completed(all) > 0 && !pids.is_empty());
    // A stopped process cannot finish its batch, as if the batch were long.
    send("-STOP", pids[0]);
    for _ in 0..2 {
        send("-INT", parent.id());
        sleep(Duration::from_millis(200));
    }
    end(parent).exits(130);
    assert!(!place.path().join("runs/sweep/figures/curves.png").exists());
    assert!(statuses(&place, "runs/sweep").contains(&"completed".to_owned()));
}
