//! `--quiet`: results, warnings and errors remain.

use crate::place::Place;
use std::fs;

/// A warning of an experiment file.
const VARIES_NOTHING: &str = "warning: [sweep] of small.toml varies nothing";
/// A warning of a training.
const RISES: &str = "the learning rate rises until the end: ";

/// Expects a text of as many lines as there are `starts`, each beginning with its own.
#[track_caller]
fn only_lines(text: &str, starts: &[&str]) {
    let fit = text.lines().zip(starts).all(|(line, start)| line.starts_with(start));
    assert!(fit && text.lines().count() == starts.len(), "expected {starts:#?} in\n{text}");
}

#[test]
fn a_quiet_training_prints_its_result_and_the_warnings_of_file_and_training() {
    let place = Place::small();
    let text = place.text("small.toml") + "warmup_steps = 1000\n[sweep]\nretries = 1\n";
    place.write("small.toml", text);
    let ended = place.succeed(&["small.toml", "--quiet"]);
    only_lines(&ended.stderr, &[VARIES_NOTHING, &format!("warning: {RISES}")]);
    only_lines(&ended.stdout, &["runs/small-"]);
    // That the time is up is what was asked for.
    let again = place.fails(
        124,
        &["small.toml", "--quiet", "--force", "--for", "1s", "--set=train.epochs=9999"],
    );
    only_lines(&again.stderr, &[VARIES_NOTHING]);
    only_lines(&again.stdout, &["runs/small-"]);
}

#[test]
fn a_quiet_sweep_prints_results_warnings_and_what_failed() {
    let place = Place::small();
    let sweep = "extends = \"small.toml\"\n[sweep]\n\"train.warmup_steps\" = [0, 1000]\n";
    place.write("sweep.toml", sweep);
    let args = ["sweep.toml", "--quiet", "--set=train.epochs=1"];
    let ended = place.succeed(&args);
    let rises = format!("warning: warmup_steps=1000: {RISES}");
    only_lines(&ended.stderr, &[&rises]);
    only_lines(
        &ended.stdout,
        &["warmup_steps=", "warmup_steps=", "runs/sweep: 2 runs", "best val_loss"],
    );

    fs::write(place.runs("runs/sweep")[0].join("run.json"), "{").expect("a file");
    let ended = place.fails(3, &args);
    // The end of its log follows, indented.
    only_lines(&ended.stderr, &["error: warmup_steps=0: runs/sweep/", "  ", "  ", "  "]);
    ended.tells("is not a run description");
}

#[test]
fn quiet_evaluate_and_apply_print_warnings_and_errors_without_notes() {
    let place = Place::small();
    place.write(
        "sizes.toml",
        "extends = \"small.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 4, 6]\n",
    );
    place.succeed(&["sizes.toml", "--quiet", "--set=train.epochs=1"]);
    let runs = place.runs("runs/sizes");
    fs::remove_dir_all(&runs[0]).expect("a folder");
    fs::remove_dir_all(runs[1].join("checkpoints")).expect("a folder");
    let split = ["--part", "validation", "--set", "data.validation_split=0.25"];
    let evaluate =
        |more: &[&str]| place.fails(1, &[&["evaluate", "sizes"], &split[..], more].concat());
    let note = "note: 2 of 3 runs of runs/sizes are complete";
    evaluate(&[]).tells(note);
    let quiet = evaluate(&["--quiet"]);
    let error = format!("error: {}", runs[1].strip_prefix(place.path()).expect("below").display());
    only_lines(
        &quiet.stderr,
        &[&error, "warning: sizes/latent_dim=6-", "error: 1 of 2 runs could"],
    );
    assert!(quiet.stdout.contains("latent_dim=6"), "{}", quiet.stdout);

    place.save("in/good.png", image::GrayImage::from_pixel(28, 28, image::Luma([250])));
    place.write("in/broken.png", "this is text");
    place.write("in/other.webp", "");
    let apply = |more: &[&str]| {
        place.fails(1, &[&["apply", "sizes/latent_dim=6", "in", "-o", "out"], more].concat())
    };
    apply(&[]).tells("note: ");
    let quiet = apply(&["--quiet"]);
    only_lines(&quiet.stderr, &["error: in/broken.png: ", "error: 1 of 2 images could"]);
    only_lines(&quiet.stdout, &["out  1 image denoised"]);
}
