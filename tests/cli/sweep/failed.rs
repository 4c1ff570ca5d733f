//! Sweeps some of whose runs fail, crash or diverge.

use super::*;

#[test]
fn a_failed_run_is_recorded_and_the_others_continue() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    let broken = place.runs("runs/sweep").remove(0);
    fs::write(broken.join("run.json"), "{").expect("a file");
    place.write("sweep.toml", TWO.replace("0.5]", "0.5, 0.75]"));
    let ended = place.fails(3, &["sweep.toml", "--jobs", "1", "--json"]);
    ended.tells("sigma=0.25: failed: ");
    ended.tells("is not a run description");
    let lines = ended.json_lines();
    assert_eq!(lines.len(), 4, "each run and the sweep: {}", ended.stdout);
    let failed = lines.iter().find(|line| line["name"] == "sigma=0.25").expect("a line");
    assert_eq!(failed["status"], "failed");
    assert!(failed["error"].as_str().expect("an error").contains("is not a run description"));
    assert_eq!(statuses(&place, "runs/sweep")[1..], ["completed", "completed"]);

    place.write("sweep.toml", TWO.replace("0.5]", "0.5, 0.75, 1.0]"));
    place.fails(3, &["sweep.toml", "--jobs", "1", "--fail-fast"]);
    assert_eq!(statuses(&place, "runs/sweep")[1..], ["completed", "completed", ""]);
}

#[test]
fn a_run_that_is_killed_too_often_or_crashes_is_recorded_with_the_reason() {
    let place = place(&SIX.replace("repeats = 2", "retries = 0"));
    for (signal, words) in [("-KILL", "killed by SIGKILL"), ("-ABRT", "crashed by SIGABRT")] {
        let args = ["sweep.toml", "--jobs", "1", "--json", "--runs-dir", &signal[1..]];
        let parent = place.spawn(&args);
        let folder = format!("{}/sweep", &signal[1..]);
        let pids = wait(&place, &folder, &parent, |_, pids| !pids.is_empty());
        send(signal, pids[0]);
        let ended = end(parent).exits(3);
        ended.tells(words);
        let failed: Vec<Value> = place
            .runs(&folder)
            .iter()
            .map(|run| info(run))
            .filter(|info| info["status"] == "failed")
            .collect();
        assert_eq!(failed.len(), 1, "{failed:?}");
        let error = failed[0]["error"].as_str().expect("an error");
        assert_has(error, words);
        let lines = ended.json_lines().into_iter();
        let mut printed = lines.filter(|line| line["status"] == "failed");
        assert!(printed.any(|line| line["error"] == failed[0]["error"]), "{}", ended.stdout);
        assert!(error.contains("Z training: "), "the end of its log: {error}");
    }
}

#[test]
fn a_diverged_run_is_left_alone_until_it_is_forced() {
    let place = place(
        "extends = \"small.toml\"\n[model]\noutput_activation = \"linear\"\n[train]\nepochs = 1\n[sweep]\n\"train.optimizer\" = [{ kind = \"adam\" }, { kind = \"sgd\", learning_rate = 1e30 }]\n",
    );
    let fail = |args: &[&str], words: &str| {
        place.fails(3, args).tells(words);
        assert_eq!(statuses(&place, "runs/sweep"), ["completed", "diverged"]);
    };
    let logs = || -> Vec<Vec<u8>> {
        place.runs("runs/sweep").iter().map(|run| place.read(run.join("log.txt"))).collect()
    };
    fail(&["sweep.toml"], "training diverged");
    let before = logs();
    assert_eq!(before.len(), 2);
    fail(&["sweep.toml"], "diverged before; --force trains it again");
    assert_eq!(logs(), before);
    let folder = folders(&place).remove(1);
    let file = place.path().join("runs/sweep").join(folder).join("resolved.toml");
    let whole = place.text(&file);
    fs::write(&file, "changed").expect("a file");
    let checked = place.succeed(&["check", "sweep.toml"]).stdout;
    let told =
        "resolved.toml: was changed since the run was trained (SHA-256 differs); the command";
    assert!(checked.contains(told) && checked.contains("nothing to train"), "{checked}");
    fail(&["sweep.toml"], "resolved.toml was changed, and is restored");
    assert_eq!((place.text(&file), logs()), (whole, before));
    fail(&["sweep.toml", "--force"], "2 runs, 2 to train");
    let folders = folders(&place);
    assert!(folders.iter().all(|folder| folder.ends_with("-2")), "{folders:?}");
    assert_eq!(logs().len(), 4);
}

#[test]
fn a_run_that_cannot_be_retrained_leaves_the_old_one_unchanged() {
    let long = format!("{TWO}# {}\n", "a long file ".repeat(60_000));
    let place = place(&long);
    place.succeed(&["sweep.toml"]);
    let old = place.path().join("runs/sweep").join(&folders(&place)[0]);
    edit(&old, "status", "interrupted".into());
    let text = place.text(old.join("run.json"));
    // The file size limit is below the size of the experiment file, so no run folder can be created.
    let script = format!("trap '' XFSZ; ulimit -f 400; exec '{RUNNER}' sweep.toml --force");
    place.script("sh", &script).exits(3).tells("cannot write");
    assert_eq!(place.text(old.join("run.json")), text);
    assert_eq!(statuses(&place, "runs/sweep"), ["failed"; 2]);
    assert_eq!(column(&place.text("runs/sweep/trials.csv"), "best_value"), [""; 2]);
}
