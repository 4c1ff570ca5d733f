//! A run's folder has every file that the documentation names.

use crate::place::{self, Place, files};
use std::{fs, path::Path};

#[test]
fn a_run_leaves_every_file_of_its_folder() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    for file in [
        "experiment.toml",
        "resolved.toml",
        "run.json",
        "model.txt",
        "metrics.csv",
        "timings.csv",
        "log.txt",
        "checkpoints/last.safetensors",
        "checkpoints/best.safetensors",
        "figures/loss.png",
        "figures/learning_rate.png",
        "figures/denoising.png",
    ] {
        let length = fs::metadata(run.join(file)).unwrap_or_else(|_| panic!("no {file}")).len();
        assert!(length > 0, "{file} is empty");
    }
    let metrics = place.text(run.join("metrics.csv"));
    let lines: Vec<&str> = metrics.lines().collect();
    assert!(lines[0].starts_with("epoch,step,loss,val_loss,"), "{metrics}");
    assert!(lines[0].ends_with(",learning_rate"), "{metrics}");
    assert_eq!(lines.len(), 4, "{metrics}");
    assert!(lines[3].starts_with("3,30,"), "{metrics}");
    assert_eq!(place.text(run.join("experiment.toml")), place::SMALL);
}

#[test]
fn run_json_says_what_was_done() {
    let place = Place::small();
    let ended = place.succeed(&["small.toml", "--json", "--threads", "1"]);
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let kept = place::info(&place.only_run("runs"));
    for (key, value) in kept.as_object().expect("an object") {
        assert_eq!(&printed[key], value, "{key}");
    }
    assert_eq!(kept["status"], "completed");
    assert_eq!(kept["epochs"], 3);
    assert_eq!(kept["threads"], 1);
    assert_eq!(kept["shapes"], "run-time");
    let compiler = kept["rustc"].as_str().expect("a version");
    assert!(compiler.starts_with("rustc 1."), "{compiler}");
    assert_eq!(kept["stop_reason"], "all 3 epochs done");
}

#[test]
fn a_complete_run_is_skipped_and_force_trains_a_second_one() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let before = place.read(place.only_run("runs").join("log.txt"));
    let again = place.succeed(&["small.toml"]);
    assert!(again.stdout.contains("already complete"), "{}", again.stdout);
    assert_eq!(before, place.read(place.only_run("runs").join("log.txt")));
    place.succeed(&["small.toml", "--force"]);
    let runs = place.runs("runs");
    assert_eq!(runs.len(), 2);
    let metrics = |index: usize| place.read(runs[index].join("metrics.csv"));
    assert_eq!(metrics(0), metrics(1));
}

#[test]
fn the_resolved_file_describes_the_same_run() {
    let place = Place::small();
    place.succeed(&["small.toml", "--set", "train.batch_size=20"]);
    let run = place.only_run("runs");
    let resolved = place.text(run.join("resolved.toml"));
    place.write("again.toml", &resolved);
    let again = place.succeed(&["again.toml"]);
    assert!(again.stdout.contains("already complete"), "{}", again.stdout);
}

#[test]
fn an_mlp_trains_and_draws_the_same_figures() {
    let place = Place::small();
    let figures = |runs| files(&place.only_run(runs).join("figures"));
    place.succeed(&["small.toml", "--runs-dir", "conv"]);
    let mlp = "model={kind=\"mlp\", hidden=[20]}";
    place.succeed(&["small.toml", "--set", mlp, "--runs-dir", "mlp"]);
    let expected = [
        "codes_pca.png",
        "denoising.png",
        "learning_rate.png",
        "loss.png",
        "model.png",
        "model.svg",
        "quality.png",
    ];
    assert_eq!(figures("mlp"), expected);
    assert_eq!(figures("conv"), expected);
    let diagram = place.text(place.only_run("mlp").join("figures/model.svg"));
    assert!(diagram.contains("dense0"), "{diagram}");
}

#[test]
fn other_figures_of_a_complete_run_are_drawn_without_training_again() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    let weights = place.read(run.join("checkpoints/last.safetensors"));
    assert!(!run.join("noise_levels.csv").exists());
    let more = ["small.toml", "--set", "evaluate.noise_sigmas=[0.25, 1.0]"];
    let ended = place.succeed(&more);
    assert!(ended.stderr.contains("rebuilding its results"), "{}", ended.stderr);
    assert_eq!(place.only_run("runs"), run);
    assert_eq!(place.text(run.join("noise_levels.csv")).lines().count(), 3);
    assert!(place.read(run.join("checkpoints/last.safetensors")) == weights);
    assert!(place.text(run.join("resolved.toml")).contains("noise_sigmas = [0.25, 1.0]"));
    let again = place.succeed(&more);
    assert!(again.stdout.contains("already complete"), "{}", again.stdout);
}

#[test]
fn results_that_are_no_longer_asked_for_are_removed() {
    let place = Place::small();
    let all = [
        "evaluate.noise_sigmas=[0.25, 1.0]",
        "evaluate.codes=true",
        "figures.interpolations=2",
        "figures.traversal=true",
    ];
    let with = |codes: &str, settings: &[&str]| {
        let codes = format!("figures.codes={codes:?}");
        let args = ["small.toml", "--set", "model.latent_dim=2", "--set", codes.as_str()];
        place.succeed(&[&args[..], &place::set(settings)].concat());
        let run = place.only_run("runs");
        let names = ["", "figures"].map(|folder| fs::read_dir(run.join(folder)).expect("a folder"));
        let names = names.into_iter().flatten().map(|entry| entry.expect("an entry").file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let few = with("none", &[]);
    let more: usize = ["auto", "pca", "tsne"]
        .map(|codes| with(codes, &all).difference(&few).count())
        .iter()
        .sum();
    // Both tables, two figures of levels, interpolation, traversal, and a different scatter plot each time.
    assert_eq!(more, 3 * 7);
    assert_eq!(with("none", &[]), few);
}

/// Replaces the value of a key in a run's `run.json`.
fn edit(run: &Path, key: &str, value: serde_json::Value) {
    let mut info = place::info(run);
    info[key] = value;
    fs::write(run.join("run.json"), info.to_string()).expect("a file");
}

fn info(run: &Path, key: &str) -> serde_json::Value {
    place::info(run)[key].clone()
}

#[test]
fn rebuilt_results_keep_the_record_of_the_training() {
    let place = Place::small();
    place.succeed(&["small.toml", "--threads", "1"]);
    let run = place.only_run("runs");
    edit(&run, "git_commit", "0123".into());
    place.succeed(&["small.toml", "--threads", "2", "--set", "figures.scale=1"]);
    assert_eq!(info(&run, "git_commit"), "0123");
    assert_eq!((info(&run, "threads"), info(&run, "resumes")), (1.into(), 0.into()));
}

#[test]
fn a_kill_between_the_last_checkpoint_and_run_json_leaves_no_trace() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    let keys = ["epochs", "step", "best"];
    let before = keys.map(|key| info(&run, key));
    edit(&run, "status", "running".into());
    edit(&run, "epochs", 2.into());
    edit(&run, "step", 1.into());
    edit(&run, "best", serde_json::json!({"metric": "val_loss", "epoch": 1, "value": 9.0}));
    place.succeed(&["small.toml"]);
    assert_eq!(keys.map(|key| info(&run, key)), before);
}

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
    assert_eq!(info(&run, "status"), "completed", "unchanged");
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
fn initial_weights_are_checked_before_anything_is_written() {
    let place = Place::small();
    let ended = place.run(&["small.toml", "--set", "model.init=\"weights.safetensors\""]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("weights.safetensors"), "{}", ended.stderr);
    let sweep =
        "extends = \"small.toml\"\n[model]\ninit = \"none\"\n[sweep]\n\"train.epochs\" = [1, 2]\n";
    place.write("sweep.toml", sweep);
    let ended = place.run(&["sweep.toml"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains(" --> sweep.toml:3:8\n"), "{}", ended.stderr);
    assert_eq!(ended.stderr.matches("model.init").count(), 1, "{}", ended.stderr);
    assert!(!place.path().join("runs").exists());
}

#[test]
fn a_run_starts_from_the_weights_of_another() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let weights = place.only_run("runs").join("checkpoints/best.safetensors");
    fs::copy(weights, place.path().join("start.safetensors")).expect("a copy");
    let init = ["small.toml", "--set", "model.init=\"start.safetensors\"", "--runs-dir", "second"];
    place.succeed(&init);
    let losses = |runs: &str| -> Vec<f64> {
        let text = place.text(place.only_run(runs).join("metrics.csv"));
        let rows = text.lines().skip(1);
        rows.map(|row| row.split(',').nth(2).expect("a loss").parse().expect("a number")).collect()
    };
    assert!(
        losses("second")[0] < losses("runs")[0],
        "the first epoch begins where the other ended"
    );
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
