//! A run's folder has every file that the documentation names.

use crate::place::{self, Place, assert_has, edit, files, info};
use std::fs;

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
    let printed = ended.json();
    let kept = info(&place.only_run("runs"));
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
    place.succeed(&["small.toml"]).prints("already complete");
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
    place.succeed(&["again.toml"]).prints("already complete");
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
    assert_has(&diagram, "dense0");
}

#[test]
fn a_kill_between_the_last_checkpoint_and_run_json_leaves_no_trace() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    let keys = ["epochs", "step", "best"];
    let before = keys.map(|key| info(&run)[key].clone());
    edit(&run, "status", "running".into());
    edit(&run, "epochs", 2.into());
    edit(&run, "step", 1.into());
    edit(&run, "best", serde_json::json!({"metric": "val_loss", "epoch": 1, "value": 9.0}));
    place.succeed(&["small.toml"]);
    assert_eq!(keys.map(|key| info(&run)[key].clone()), before);
}

#[test]
fn initial_weights_are_checked_before_anything_is_written() {
    let place = Place::small();
    let ended = place.fails(2, &["small.toml", "--set", "model.init=\"weights.safetensors\""]);
    ended.tells("weights.safetensors");
    let sweep =
        "extends = \"small.toml\"\n[model]\ninit = \"none\"\n[sweep]\n\"train.epochs\" = [1, 2]\n";
    place.write("sweep.toml", sweep);
    let ended = place.fails(2, &["sweep.toml"]);
    ended.tells(" --> sweep.toml:3:8\n");
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
