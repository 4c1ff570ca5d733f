//! Every shipped experiment runs, in a reduced form.

use crate::place::{Place, name};
use std::{
    fs,
    path::{Path, PathBuf},
};

fn shipped() -> Vec<PathBuf> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/experiments");
    let entries = fs::read_dir(folder).expect("experiments/");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 12, "{files:?}");
    files
}

/// Returns arguments that replace the file's data with a few synthetic images.
fn drawn(file: &Path) -> [String; 3] {
    // Colorization needs images with colours.
    let coloured = file.to_string_lossy().contains("colorize");
    let dataset = if coloured { "synthetic_scenes" } else { "synthetic_digits" };
    let data = format!("data={{dataset=\"{dataset}\", train_limit=64, test_limit=32}}");
    [file.to_string_lossy().into_owned(), "--set".to_owned(), data]
}

#[test]
fn every_shipped_file_has_compile_time_shapes() {
    let place = Place::new();
    for file in shipped() {
        let [file, set, data] = &drawn(&file);
        let ended = place.succeed(&["check", file, set, data, "--json"]);
        let plans = ended.json();
        let plans = plans.as_array().filter(|plans| !plans.is_empty()).expect("plans");
        for plan in plans {
            assert_eq!(plan["shapes"], "compile-time", "{file}");
        }
        place.succeed(&["check", file, set, data]);
    }
}

#[test]
fn every_shipped_file_trains_on_a_few_synthetic_images() {
    let place = Place::new();
    for file in shipped() {
        let [file, set, data] = &drawn(&file);
        place.succeed(&[file, set, data, "--set", "train.epochs=1"]);
    }
}

#[test]
fn every_shipped_file_begins_with_its_command() {
    for file in shipped() {
        let text = fs::read_to_string(&file).expect("a file");
        let name = name(&file);
        let command = format!("#   runner experiments/{name}\n");
        assert!(text.contains(&command), "{name} does not say {command:?}");
    }
}
