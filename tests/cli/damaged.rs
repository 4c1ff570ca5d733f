//! Runs whose files are damaged.

use crate::place::{Place, info};
use std::fs;

#[test]
fn results_that_could_not_be_rebuilt_do_not_count_as_done() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let last = place.only_run("runs").join("checkpoints/last.safetensors");
    let whole = fs::read(&last).expect("a checkpoint");
    fs::write(&last, &whole[..whole.len() / 2]).expect("half of it");
    let more = ["small.toml", "--set", "evaluate.noise_sigmas=[0.25, 1.0]"];
    for _ in 0..2 {
        let ended = place.run(&more);
        assert_eq!(ended.code, Some(1), "{}", ended.stdout);
        assert!(ended.stderr.contains("last.safetensors"), "{}", ended.stderr);
    }
    let metrics = place.read(place.only_run("runs").join("metrics.csv"));
    fs::remove_file(&last).expect("a file");
    let (best, aside) = (last.with_file_name("best.safetensors"), place.path().join("best"));
    fs::rename(&best, &aside).expect("a file");
    let ended = place.run(&more);
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    let told = ended.stderr.contains("last.safetensors is gone");
    assert!(told && ended.stderr.contains("use --force"), "{}", ended.stderr);
    let run = place.only_run("runs");
    assert_eq!(info(&run)["status"], "completed", "unchanged");
    fs::rename(&aside, &best).expect("a file");
    assert!(place.read(run.join("metrics.csv")) == metrics);
    fs::write(&last, whole).expect("all of it");
    place.succeed(&more);
    assert!(place.only_run("runs").join("noise_levels.csv").exists());
}

#[test]
fn damaged_timings_are_started_over_with_a_warning() {
    let place = Place::small();
    let once = ["small.toml", "--set", "train.epochs=1"];
    place.succeed(&once);
    let run = place.only_run("runs");
    fs::write(run.join("timings.csv"), "x\n").expect("a file");
    let ended = place.succeed(&[&once[..], &["--set", "figures.scale=2"]].concat());
    let warning = "timings.csv was damaged and is rewritten";
    assert_eq!(ended.stderr.matches(warning).count(), 1, "{}", ended.stderr);
    assert!(place.text(run.join("log.txt")).contains(warning));
    assert!(place.text(run.join("timings.csv")).starts_with("epoch,seconds,"));
}

#[test]
fn a_changed_resolved_file_is_noticed_everywhere_and_restored_by_the_same_command() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    place.succeed(&["small.toml", "--set", "task.noise.sigma=0.9"]);
    let name = run.strip_prefix(place.path()).expect("below").display().to_string();
    let other = place.runs("runs").into_iter().find(|other| *other != run).expect("two runs");
    let other = other.display().to_string();
    let (file, metrics) = (run.join("resolved.toml"), place.read(run.join("metrics.csv")));
    let whole = place.text(&file);
    let line = whole.lines().find(|line| line.starts_with("sigma = ")).expect("a sigma");
    let told = "resolved.toml: was changed since the run was trained";
    for changed in [whole.replace(line, "sigma = 0.9"), whole[..200].to_owned()] {
        fs::write(&file, changed).expect("a file");
        for args in [
            &["evaluate", &name][..],
            &["export", &name, "--out", "net.onnx"],
            &["show", &name],
            &["compare", &name, &other],
        ] {
            let ended = place.run(args);
            assert_eq!((ended.code, &*ended.stdout), (Some(1), ""), "{args:?}");
            assert!(ended.stderr.contains(told), "{args:?}: {}", ended.stderr);
        }
        let list = place.succeed(&["list", "--keys", "sigma"]);
        let row = list.stdout.lines().find(|row| row.starts_with(&name[5..])).expect("a row");
        assert!(row.trim_end().ends_with(" broken"), "{row}");
        assert!(list.stderr.contains(told), "{}", list.stderr);
        let list: serde_json::Value =
            serde_json::from_str(&place.succeed(&["list", "--json"]).stdout).expect("JSON");
        let rows = list.as_array().expect("a list");
        let row = rows.iter().find(|row| row["status"] == "broken").expect("a row");
        assert!(row["best"]["epoch"].is_u64(), "its facts are kept: {row}");
        let report = place.succeed(&["report", "--format", "csv"]);
        assert_eq!(report.stdout.lines().count(), 2, "the other run alone: {}", report.stdout);
        assert!(report.stderr.contains(told), "{}", report.stderr);
        let clean = place.succeed(&["clean"]);
        assert!(!clean.stdout.contains("broken"), "{}", clean.stdout);
    }
    place.succeed(&["small.toml"]);
    assert_eq!(place.text(&file), whole);
    assert!(place.read(run.join("metrics.csv")) == metrics, "without training again");
    assert!(place.text(run.join("log.txt")).contains("rebuilding its results"));
    place.succeed(&["evaluate", &name]);
    assert_eq!(place.runs("runs").len(), 2);
    let again = place.succeed(&["small.toml"]);
    assert!(again.stdout.contains("already complete"), "{}", again.stdout);
}

#[test]
fn weights_that_are_damaged_come_with_advice() {
    let place = Place::small();
    place.succeed(&["small.toml", "--set", "train.epochs=1"]);
    let best = place.only_run("runs").join("checkpoints/best.safetensors");
    let mut bytes = place.read(&best);
    *bytes.last_mut().expect("a byte") ^= 1;
    fs::write(best, bytes).expect("a file");
    let ended = place.run(&["evaluate", "small"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stdout);
    let told = ["SHA-256 differs", "put the run's own file back", "with --last"];
    assert!(told.iter().all(|told| ended.stderr.contains(told)), "{}", ended.stderr);
}
