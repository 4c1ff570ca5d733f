//! Experiments on folders of the user's own pictures.

use crate::place::{self, Place};
use image::{GrayImage, Luma};
use std::fs;

/// A small experiment on all pictures that lie in its place.
const OWN: &str = r#"
[data]
dataset = "image_folder"
root = "."
image_size = [6, 8]
channels = 1

[model]
filters = [2]
latent_dim = 2

[train]
epochs = 1

[evaluate]
codes = true
"#;

/// A picture that no other number has.
fn save(place: &Place, name: &str, number: u8) {
    let path = place.path().join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    let shade = |x: u32, y: u32| Luma([number * 9 + (x * y) as u8]);
    GrayImage::from_fn(8, 6, shade).save(path).expect("a picture");
}

/// A place with 12 pictures of each of two classes, and the experiment.
fn at_home() -> Place {
    let place = Place::new();
    for number in 0..24 {
        save(&place, &format!("{}/{number}.png", ["cat", "dog"][usize::from(number % 2)]), number);
    }
    place.write("own.toml", OWN);
    place
}

#[test]
fn runs_below_the_pictures_are_no_pictures() {
    let place = at_home();
    place.write("two.toml", "extends = \"own.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 3]\n");
    place.succeed(&["own.toml"]);
    place.succeed(&["two.toml", "--runs-dir", "elsewhere/deep"]);
    let again = place.succeed(&["own.toml"]);
    assert!(again.stdout.contains("complete before"), "{}", again.stdout);
    let codes = place.text(place.only_run("runs").join("codes.csv"));
    for class in place::column(&codes, "class") {
        assert!(["cat", "dog"].contains(&class.as_str()), "{codes}");
    }

    let ended = place.succeed(&["apply", "own", ".", "-o", "out"]);
    assert!(ended.stdout.contains("24 pictures"), "{}", ended.stdout);
    // Whoever names a run's folder wants its pictures.
    let run = place.only_run("runs");
    place.succeed(&["apply", "own", run.to_str().expect("text"), "-o", "figures"]);
}
