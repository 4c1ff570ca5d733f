//! A run's folder has every file that the documentation names.

use crate::place::Place;
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
    assert_eq!(place.text(run.join("experiment.toml")), crate::place::SMALL);
}

#[test]
fn run_json_says_what_was_done() {
    let place = Place::small();
    let ended = place.succeed(&["small.toml", "--json", "--threads", "1"]);
    let printed: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
    let run = place.only_run("runs");
    let kept: serde_json::Value =
        serde_json::from_slice(&place.read(run.join("run.json"))).expect("JSON");
    for (key, value) in kept.as_object().expect("an object") {
        assert_eq!(&printed[key], value, "{key}");
    }
    assert_eq!(kept["status"], "completed");
    assert_eq!(kept["epochs"], 3);
    assert_eq!(kept["threads"], 1);
    assert_eq!(kept["shapes"], "run-time");
    assert_eq!(kept["stop_reason"], "all 3 epochs done");
}

#[test]
fn a_complete_run_is_skipped_and_force_trains_beside_it() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let before = place.read(place.only_run("runs").join("log.txt"));
    let again = place.succeed(&["small.toml"]);
    assert!(again.stdout.contains("complete before"), "{}", again.stdout);
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
    assert!(again.stdout.contains("complete before"), "{}", again.stdout);
}

#[test]
fn an_mlp_trains_and_every_task_draws_its_figures() {
    let place = Place::small();
    place.succeed(&["small.toml", "--set", "model={kind=\"mlp\", hidden=[20]}"]);
    place.succeed(&[
        "small.toml",
        "--set",
        "task={kind=\"reconstruct\"}",
        "--set",
        "experiment.name=\"plain\"",
    ]);
    let runs = place.runs("runs");
    assert!(runs[0].join("figures/reconstruction.png").exists(), "{runs:?}");
}
