//! Final metrics of a run: on its test images, and the accuracy of probes on its codes.

use crate::place::{Place, SMALL, assert_has, column, edit, info, set};
use serde_json::Value;
use std::path::Path;

/// Names of the metrics on the test images, and their columns in a table of noise levels.
const TESTED: [(&str, &str); 5] = [
    ("test_loss", "loss"),
    ("test_mse", "mse"),
    ("test_mae", "mae"),
    ("test_psnr", "psnr"),
    ("test_ssim", "ssim"),
];

/// The small experiment with some of its training images held out.
fn split() -> Place {
    let place = Place::new();
    place.write("small.toml", SMALL.replace("test_limit", "validation_split = 0.2\ntest_limit"));
    place
}

fn results(run: &Path) -> serde_json::Map<String, Value> {
    info(run)["results"].as_object().cloned().unwrap_or_default()
}

/// Returns what a command prints to stdout.
fn printed(place: &Place, args: &[&str]) -> String {
    place.succeed(args).stdout
}

#[test]
fn the_best_weights_are_tested_once_on_held_out_images() {
    let place = split();
    // At its own noise level, a run is tested on the same images with the same noise.
    let last_line =
        printed(&place, &[&["small.toml"][..], &set(&["evaluate.noise_sigmas=[0.5]"])].concat());
    let run = place.only_run("runs");
    let (found, levels) = (results(&run), place.text(run.join("noise_levels.csv")));
    assert_eq!(found.len(), TESTED.len(), "{found:?}");
    for (name, level) in TESTED {
        let expected: f64 = column(&levels, level)[0].parse().expect("a number");
        assert_eq!(found[name].as_f64(), Some(expected), "{name}");
    }
    let validated = column(&place.text(run.join("metrics.csv")), "val_loss");
    assert!(!validated.contains(&found["test_loss"].to_string()), "other images");

    let value = found["test_loss"].as_f64().expect("a number");
    let number = |text: &str, before: &str, after: &str| {
        let number = text.split(before).nth(1).and_then(|rest| rest.split(after).next());
        number.and_then(|number| number.parse::<f64>().ok()).unwrap_or_else(|| panic!("{text}"))
    };
    let close = |shown: f64| (shown / value - 1.0).abs() < 1e-4;
    assert!(close(number(&last_line, "  test_loss ", "  all 3 epochs")), "{last_line}");
    assert!(!last_line.contains("test_psnr"), "{last_line}");
    let shown = printed(&place, &["show", "small"]);
    assert!(close(number(&shown, "results     test_loss ", ", test_mse")), "{shown}");
    let shown = place.succeed(&["show", "small", "--json"]).json();
    assert_eq!(shown["results"].as_object(), Some(&found));
    let checked = printed(&place, &["check", "small.toml"]);
    assert!(!checked.contains("chosen on the test images"), "{checked}");
}

#[test]
fn images_that_chose_the_best_epoch_give_no_test_metrics() {
    let place = Place::small();
    let ended = place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    assert!(results(&run).is_empty() && info(&run).get("results").is_none());
    assert!(!place.text(run.join("resolved.toml")).contains("probe"), "a default is left out");
    assert!(!ended.stdout.contains("test_"), "{}", ended.stdout);
    let report = printed(&place, &["report", "--format", "md"]);
    let told = "Best epochs are chosen on the test images; data.validation\\_split = 0.1 keeps";
    assert!(report.contains(told) && !report.contains("test\\_"), "{report}");
}

#[test]
fn probes_can_be_added_to_a_complete_run_and_are_reproducible() {
    let place = split();
    let probe = ["evaluate.probe=[\"knn\", \"linear\"]", "evaluate.probe_neighbours=5"];
    let probed = [&["small.toml"][..], &set(&probe)].concat();
    place.succeed(&["small.toml", "--threads", "1"]);
    let run = place.only_run("runs");
    let weights = place.read(run.join("checkpoints/last.safetensors"));
    let before = results(&run);
    let ended = place.succeed(&[&probed[..], &["--threads", "3"]].concat());
    ended.tells("rebuilding its results");
    ended.prints("  knn_accuracy 0.");
    assert!(place.read(place.only_run("runs").join("checkpoints/last.safetensors")) == weights);
    let after = results(&run);
    for (name, value) in &before {
        assert_eq!(after[name], *value, "{name}");
    }
    for name in ["knn_accuracy", "linear_accuracy"] {
        let accuracy = after[name].as_f64().expect("a share");
        assert!((0.0..=1.0).contains(&accuracy), "{name} {accuracy}");
        // There are sixty images.
        assert!(((accuracy * 60.0).round() - accuracy * 60.0).abs() < 1e-9, "{name} {accuracy}");
    }
    place.succeed(&probed).prints("already complete");

    place.succeed(&[&probed[..], &["--runs-dir", "at-once", "--threads", "1"]].concat());
    assert_eq!(results(&place.only_run("at-once")), after);
    // Results that are no longer asked for are removed.
    place.succeed(&["small.toml"]);
    assert_eq!(results(&run), before);
}

#[test]
fn codes_of_clear_digits_identify_them() {
    let place = split();
    let clean = [
        "task.kind=\"reconstruct\"",
        "model.latent_dim=16",
        "evaluate.probe=[\"knn\", \"linear\"]",
        "evaluate.probe_neighbours=5",
    ];
    place.succeed(&[&["small.toml"][..], &set(&clean)].concat());
    let found = results(&place.only_run("runs"));
    for name in ["knn_accuracy", "linear_accuracy"] {
        // There are ten classes.
        assert!(found[name].as_f64().is_some_and(|accuracy| accuracy > 0.3), "{found:?}");
    }
}

#[test]
fn an_interrupted_run_is_tested_like_an_uninterrupted_one() {
    let place = split();
    let probed = |more: &[&str]| {
        let all = [&["small.toml"][..], &set(&["evaluate.probe=[\"linear\"]"]), more].concat();
        place.succeed(&all);
    };
    probed(&["--runs-dir", "whole"]);
    probed(&[]);
    let run = place.only_run("runs");
    // As if the process had ended while it was making the results.
    edit(&run, "status", "running".into());
    probed(&[]);
    assert_eq!(info(&run)["resumes"], info(&place.only_run("whole"))["resumes"]);
    assert_eq!(results(&run), results(&place.only_run("whole")));
    assert_eq!(results(&run).len(), 6);
}

#[test]
fn a_sweep_and_its_report_show_final_metrics_but_do_not_choose_by_them() {
    let place = split();
    place.write(
        "sweep.toml",
        "extends = \"small.toml\"\n[train]\nepochs = 1\n[evaluate]\nprobe = [\"knn\"]\n[sweep]\n\
         \"model.latent_dim\" = [2, 6]\nrepeats = 2\n",
    );
    let ended = place.succeed(&["sweep.toml"]);
    let best = ended.stdout.lines().find(|line| line.starts_with("best val_loss")).expect("it");
    assert!(best.contains("; test_loss 0.") && best.contains("; knn_accuracy 0."), "{best}");
    let trials = place.text("runs/sweep/trials.csv");
    let groups = place.text("runs/sweep/trial_groups.csv");
    for (name, folder) in column(&trials, "knn_accuracy").iter().zip(column(&trials, "folder")) {
        let own = results(&place.path().join("runs/sweep").join(folder));
        assert_eq!(own["knn_accuracy"].to_string(), *name);
    }
    assert_eq!(column(&groups, "test_psnr_deviation").len(), 2);
    let report = printed(&place, &["report", "sweep", "--format", "csv"]);
    for (name, _) in TESTED {
        assert_eq!(sorted(column(&report, name)), sorted(column(&trials, name)), "{name}");
    }
    let report = printed(&place, &["report", "sweep", "--format", "md"]);
    assert_has(&report, ". Chosen by val\\_loss; test\\_loss 0.");
    assert_has(&report, "| knn\\_accuracy ↑ |\n");
    assert!(!report.contains("test\\_loss is lowest") && !report.contains("on the test images"));
    let page = place.text("runs/sweep/report.html");
    assert!(page.contains("<th class=\"number\" scope=\"col\">test_loss ↓</th>"));
    assert!(page.contains("{\"name\":\"knn_accuracy\",\"more\":true,\"shown\":true,"));

    let runs = column(&trials, "folder");
    let [a, b] = [0, 2].map(|place| format!("sweep/{}", runs[place]));
    let compared = place.succeed(&["compare", &a, &b, "--json"]).json();
    let names = compared["results"].as_array().expect("results").iter().map(|pair| &pair["metric"]);
    assert_eq!(names.collect::<Vec<_>>().len(), 6);
    let compared = printed(&place, &["compare", &a, &b]);
    let line = compared.lines().find(|line| line.starts_with("test_loss")).expect("a line");
    assert!(!line.contains('*'), "{line}");
}

fn sorted(mut cells: Vec<String>) -> Vec<String> {
    cells.sort();
    cells
}

#[test]
fn a_probe_of_images_without_classes_gives_a_warning_and_no_value() {
    let place = Place::new();
    for index in 0..24_u8 {
        let shade = |x, y| image::Luma([index * 10 + (x * y) as u8 % 13]);
        place.save(&format!("images/{index:02}.png"), image::GrayImage::from_fn(8, 8, shade));
    }
    place.write(
        "own.toml",
        "[data]\ndataset = \"image_folder\"\nroot = \"images\"\nimage_size = [8, 8]\nchannels = 1\n\
         [model]\nfilters = [2]\n[train]\nepochs = 1\n[evaluate]\nprobe = [\"knn\", \"linear\"]\n",
    );
    let ended = place.succeed(&["own.toml"]);
    let told = "warning: `evaluate.probe` gives no value: the images have no classes";
    ended.tells(told);
    let run = place.only_run("runs");
    assert!(place.text(run.join("log.txt")).contains(told) && results(&run).is_empty());
}
