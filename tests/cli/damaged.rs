//! Runs whose files are damaged.

use crate::place::{Place, info, set};
use std::{fs, path::Path, process::Command};

/// Settings that change the results of a run but not its training.
const LEVELS: &str = "evaluate.noise_sigmas=[0.25, 1.0]";

/// Cuts a file in half. Returns its whole contents.
fn cut(path: &Path) -> Vec<u8> {
    let whole = fs::read(path).expect("a file");
    fs::write(path, &whole[..whole.len() / 2]).expect("half of it");
    whole
}

#[test]
fn results_are_rebuilt_from_the_best_weights_if_the_last_are_damaged() {
    let place = Place::small();
    let args = ["small.toml", "--set", "train.checkpoint.every=1"];
    place.succeed(&args);
    let run = place.only_run("runs");
    let [last, figure] =
        ["checkpoints/last.safetensors", "figures/denoising.png"].map(|name| run.join(name));
    let before = [&figure, &run.join("metrics.csv")].map(|file| place.read(file));
    let whole = place.read(&last);
    let other = place.read(run.join("checkpoints/epoch0001.safetensors"));
    for damaged in [&whole[..whole.len() / 2], &other] {
        fs::write(&last, damaged).expect("a file");
        fs::remove_file(&figure).expect("a file");
        let ended = place.succeed(&args);
        let told = "the results are rebuilt from the weights of the best epoch";
        let mut lines = ended.stderr.lines().filter(|line| line.starts_with("warning: "));
        assert!(
            lines.any(|line| line.contains("last.safetensors") && line.contains(told)),
            "{}",
            ended.stderr
        );
        assert!([&figure, &run.join("metrics.csv")].map(|file| place.read(file)) == before);
        assert_eq!(
            (&info(&run)["status"], &info(&run)["resumes"]),
            (&"completed".into(), &0.into())
        );
        assert!(place.read(&last) == damaged, "it is the user's to mend");
    }
}

#[test]
fn results_that_could_not_be_rebuilt_do_not_count_as_done() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    let [last, best] =
        ["last", "best"].map(|name| run.join(format!("checkpoints/{name}.safetensors")));
    let kept =
        || ["run.json", "metrics.csv", "resolved.toml"].map(|file| place.read(run.join(file)));
    let before = kept();
    let [last_whole, best_whole] = [&last, &best].map(|file| cut(file));
    let more = ["small.toml", "--set", LEVELS];
    let fails = |told: &str| {
        place.fails(1, &more).tells(told).tells("use --force");
        assert!(kept() == before, "unchanged");
    };
    fails("best.safetensors: not a complete safetensors file");
    fails("best.safetensors: not a complete safetensors file");
    fs::remove_file(&best).expect("a file");
    fails("last.safetensors: not a complete safetensors file");
    fs::remove_file(&last).expect("a file");
    fails("last.safetensors: is gone");
    fs::write(&best, best_whole).expect("all of it");
    fs::write(&last, last_whole).expect("all of it");
    place.succeed(&more);
    assert!(run.join("noise_levels.csv").exists());
}

#[test]
fn a_complete_run_whose_metrics_lost_a_column_stays_complete() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    let (metrics, figure) = (run.join("metrics.csv"), run.join("figures/loss.png"));
    let whole = place.text(&metrics);
    fs::remove_file(&figure).expect("a file");
    let before = place.read(run.join("run.json"));
    let fails = |settings: &[&str]| {
        let ended = place.fails(1, &[&["small.toml"][..], &set(settings)].concat());
        let told = ["metrics.csv: ", "use --force to train again in a new folder"];
        assert!(told.iter().all(|told| ended.stderr.contains(told)), "{}", ended.stderr);
        assert!(place.read(run.join("run.json")) == before, "unchanged");
    };
    for (lost, told) in [
        (whole.replacen("val_mae", "mae", 1), "no val_mae"),
        (whole.replacen("val_mae,", "", 1), "line 2 has 9 cells"),
    ] {
        fs::write(&metrics, lost).expect("a file");
        let ended = place.succeed(&["small.toml"]);
        ended.prints("already complete");
        for warned in [ended.stderr, place.succeed(&["show", "small"]).stderr] {
            let mut lines = warned.lines().filter(|line| line.starts_with("warning: "));
            assert!(
                lines.any(|line| line.contains(told) && line.contains("put it back")),
                "{warned}"
            );
        }
        fails(&[LEVELS]);
    }
    // No row is lost, but none could be appended.
    fs::write(&metrics, whole.replace('\n', ",\n")).expect("a file");
    fails(&[]);
    fs::write(&metrics, whole).expect("a file");
    place.succeed(&["small.toml"]);
    assert!(figure.exists());
}

/// Replaces a text that a file has once by another of the same length.
fn replace(path: &Path, text: &str, other: &str) {
    let mut bytes = fs::read(path).expect("a file");
    let place =
        bytes.windows(text.len()).position(|part| part == text.as_bytes()).expect("the text");
    bytes[place..][..text.len()].copy_from_slice(other.as_bytes());
    fs::write(path, bytes).expect("a file");
}

#[test]
fn runs_of_a_newer_version_are_left_to_it() {
    let place = Place::small();
    place.write("sweep.toml", "extends = \"small.toml\"\n[sweep]\n\"train.epochs\" = [1]\n");
    place.succeed(&["small.toml"]);
    place.succeed(&["sweep.toml"]);
    let run = place.only_run("runs");
    let told = |args: &[&str]| {
        let ended = place.run(args);
        let text = ended.stdout + &ended.stderr;
        let told =
            text.contains("was written by a newer version") && text.contains("use that version");
        assert!(told && !text.contains("remove") && !text.contains("delete"), "{args:?}: {text}");
    };
    replace(&run.join("run.json"), "\"completed\"", "\"failed\"   ");
    replace(&run.join("checkpoints/last.safetensors"), "runner 1", "runner 2");
    told(&["small.toml"]);
    replace(&run.join("checkpoints/last.safetensors"), "runner 2", "runner 1");
    for run in [run, place.only_run("runs/sweep")] {
        replace(&run.join("run.json"), "\"format\": 1", "\"format\": 9");
    }
    let commands = [&["check", "small.toml"][..], &["small.toml"], &["sweep.toml"], &["list"]];
    for args in &commands {
        told(args);
    }
}

#[test]
fn a_folder_that_cannot_be_read_is_named_by_list_and_report() {
    let place = Place::new();
    // Permissions do not bind everyone, but nobody can open a path of more than 4095 bytes.
    let mut runs = place.path().to_owned();
    while runs.as_os_str().len() < 3850 {
        runs.push("x".repeat(200));
    }
    fs::create_dir_all(&runs).expect("folders");
    let sweep = "night".repeat(50);
    let made = Command::new("mkdir").arg(&sweep).current_dir(&runs).status();
    assert!(made.expect("mkdir runs").success());
    let runs = runs.to_str().expect("text");
    let listed = place.succeed(&["list", "--runs-dir", runs]);
    listed.tells("warning: cannot read the folder ");
    listed.tells(&format!("/{sweep}: File name too long"));
    let report = place.succeed(&["report", "--runs-dir", runs, "--format", "md"]).stdout;
    assert!(report.contains("1 unreadable") && report.contains(&sweep), "{report}");
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
        list.tells(told);
        let list = place.succeed(&["list", "--json"]).json();
        let rows = list.as_array().expect("a list");
        let row = rows.iter().find(|row| row["status"] == "broken").expect("a row");
        assert!(row["best"]["epoch"].is_u64(), "its facts are kept: {row}");
        let report = place.succeed(&["report", "--format", "csv"]);
        assert_eq!(report.stdout.lines().count(), 2, "the other run alone: {}", report.stdout);
        report.tells(told);
        let clean = place.succeed(&["clean"]);
        assert!(!clean.stdout.contains("broken"), "{}", clean.stdout);
    }
    place.succeed(&["small.toml"]);
    assert_eq!(place.text(&file), whole);
    assert!(place.read(run.join("metrics.csv")) == metrics, "without training again");
    assert!(place.text(run.join("log.txt")).contains("rebuilding its results"));
    place.succeed(&["evaluate", &name]);
    assert_eq!(place.runs("runs").len(), 2);
    place.succeed(&["small.toml"]).prints("already complete");
}

#[test]
fn weights_that_are_damaged_come_with_advice() {
    let place = Place::small();
    place.succeed(&["small.toml", "--set", "train.epochs=1"]);
    let best = place.only_run("runs").join("checkpoints/best.safetensors");
    let mut bytes = place.read(&best);
    *bytes.last_mut().expect("a byte") ^= 1;
    fs::write(best, bytes).expect("a file");
    let ended = place.fails(1, &["evaluate", "small"]);
    let told = ["SHA-256 differs", "put the run's own file back", "with --last"];
    assert!(told.iter().all(|told| ended.stderr.contains(told)), "{}", ended.stderr);
}
