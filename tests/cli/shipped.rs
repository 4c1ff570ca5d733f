//! Every experiment that is shipped runs, in a reduced form.

use crate::place::Place;
use std::{fs, path::PathBuf};

fn shipped() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/experiments");
    let entries = fs::read_dir(folder).expect("experiments/");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 8, "{files:?}");
    files
}

#[test]
fn every_shipped_file_has_compile_time_shapes() {
    let place = Place::new();
    for file in shipped() {
        let ended = place.succeed(&["check", file.to_str().expect("a path"), "--json"]);
        let plans: serde_json::Value = serde_json::from_str(&ended.stdout).expect("JSON");
        for plan in plans.as_array().expect("plans") {
            assert_eq!(plan["shapes"], "compile-time", "{}", file.display());
        }
    }
}

#[test]
fn every_shipped_file_trains_on_a_few_drawn_pictures() {
    let place = Place::new();
    for file in shipped() {
        let file = file.to_str().expect("a path");
        let plans = place.succeed(&["check", file, "--json"]).stdout;
        let plans: serde_json::Value = serde_json::from_str(&plans).expect("JSON");
        // Colours have to be learnt from pictures that have some.
        let coloured = plans[0]["experiment"]["task"]["kind"] == "colorize";
        let dataset = if coloured { "synthetic_scenes" } else { "synthetic_digits" };
        let data = format!("data={{dataset=\"{dataset}\", train_limit=64, test_limit=32}}");
        place.succeed(&[file, "--set", &data, "--set", "train.epochs=1"]);
    }
}

#[test]
fn every_shipped_file_opens_with_its_command() {
    for file in shipped() {
        let text = fs::read_to_string(&file).expect("a file");
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let command = format!("#   runner experiments/{name}\n");
        assert!(text.contains(&command), "{name} does not say {command:?}");
    }
}
