//! Experiments on folders of the user's own images.

use crate::place::{self, Place, assert_has};
use image::{GrayImage, Luma};
use runner::{data, spec};
use rustix::fs::OFlags;
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// A small experiment on all images in its folder.
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

/// Saves an image that is different for each number.
fn save(place: &Place, name: &str, number: u8) {
    let shade = |x: u32, y: u32| Luma([number * 9 + (x * y) as u8]);
    place.save(name, GrayImage::from_fn(8, 6, shade));
}

/// A place with 12 images of each of two classes, and the experiment.
fn at_home() -> Place {
    let place = Place::new();
    for number in 0..24 {
        save(&place, &format!("{}/{number}.png", ["cat", "dog"][usize::from(number % 2)]), number);
    }
    place.write("own.toml", OWN);
    place
}

#[test]
fn a_sweep_whose_images_change_meanwhile_trains_no_run_on_other_images() {
    let place = at_home();
    place.write("two.toml", "extends = \"own.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 3]\n");
    let args = ["two.toml", "--jobs", "1", "--set", "train.epochs=100"];
    let sweep = place.spawn(&args);
    place::wait(|| {
        place.path().join("runs/two").exists().then_some(())?;
        let run = place.runs("runs/two").pop()?;
        fs::read_to_string(run.join("metrics.csv")).ok().filter(|rows| rows.lines().count() > 1)
    });
    save(&place, "cat/0.png", 24);
    let ended = place::end(sweep).exits(3);
    ended.tells("latent_dim=3: the images changed since this sweep was started; the same command");
    assert_eq!(place.runs("runs/two").len(), 1);
    place.succeed(&["show", "two"]).prints("2 runs: 1 completed, 1 not begun");
    place
        .succeed(&[&["check"][..], &args].concat())
        .prints("no longer part of this sweep, as their images were others, and left");
}

#[test]
fn a_run_that_starts_over_because_its_images_changed_says_so() {
    let place = at_home();
    place.succeed(&["own.toml"]);
    save(&place, "cat/0.png", 24);
    let old = place::name(&place.only_run("runs"));
    let ended = place.succeed(&["own.toml"]);
    ended.tells(&format!("{old} is of the same experiment, but was trained on other images"));
    place.succeed(&["own.toml"]).prints("already complete");
}

#[test]
fn figures_of_runs_below_the_images_are_skipped() {
    let place = at_home();
    place.write("two.toml", "extends = \"own.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 3]\n");
    place.succeed(&["own.toml"]);
    place.succeed(&["two.toml", "--runs-dir", "elsewhere/deep"]);
    place.succeed(&["own.toml"]).prints("already complete");
    let codes = place.text(place.only_run("runs").join("codes.csv"));
    for class in place::column(&codes, "class") {
        assert!(["cat", "dog"].contains(&class.as_str()), "{codes}");
    }

    place.succeed(&["apply", "own", ".", "-o", "out"]).prints("24 images");
    // A run's folder that is named itself is read.
    let run = place.only_run("runs");
    place.succeed(&["apply", "own", run.to_str().expect("text"), "-o", "figures"]);
}

#[test]
fn a_sweep_plans_with_the_images_that_it_has_counted() {
    let place = at_home();
    place.write("two.toml", "extends = \"own.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 3]\n");
    let plan = place.succeed(&["check", "two.toml"]).stdout;
    assert!(
        plan.contains(" images 6x8x1, in ") && !plan.contains("image_folder, images"),
        "{plan}"
    );
    assert_has(&plan, "memory    about");
    assert!(!plan.contains('?'), "an unknown number in\n{plan}");
    let plans = place.succeed(&["check", "two.toml", "--json"]).json();
    assert!((0..2).all(|run| plans[run]["memory_bytes"].is_u64()), "{plans}");
}

#[test]
fn codes_name_their_image_files() {
    let place = at_home();
    for number in 0..6 {
        place.write(format!("dog/broken{number}.png"), "no image");
    }
    place.succeed(&["own.toml", "--set", "data.max_unreadable=0.5"]);
    let codes = place.text(place.only_run("runs").join("codes.csv"));
    assert!(codes.starts_with("index,class,z0,z1,file\n"), "{codes}");
    let files = place::column(&codes, "file");
    let config = spec::load(&place.path().join("own.toml"), &spec::Overrides::default());
    let config = config.expect("valid").base.data;
    let config = spec::Data { root: Some(place.path().to_owned()), max_unreadable: 0.5, ..config };
    let test = data::load(&config, None).expect("images").test;
    assert_eq!(test.len(), files.len());
    for (index, file) in files.iter().enumerate() {
        let image = image::open(place.path().join(file)).expect("an image").to_luma8();
        assert_eq!(image.as_raw(), test.get(index), "{file}");
    }
}

/// Makes a named pipe.
fn pipe(place: &Place, name: &str) -> PathBuf {
    let path = place.path().join(name);
    let status = Command::new("mkfifo").arg(&path).status();
    assert!(status.expect("mkfifo runs").success());
    path
}

/// Opens a pipe for writing. Without a reader, a blocking attempt would wait forever.
fn writer(pipe: &Path) -> File {
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    place::wait(|| File::options().write(true).custom_flags(nonblocking).open(pipe).ok())
}

#[test]
fn a_pipe_that_is_named_is_read_and_one_in_a_folder_is_not() {
    let place = at_home();
    place.succeed(&["own.toml"]);
    let pipe = pipe(&place, "cat/pipe.png");
    let child = place.spawn(&["apply", "own", "cat/pipe.png", "-o", "out"]);
    writer(&pipe).write_all(&place.read("dog/1.png")).expect("a reader");
    place::end(child).exits(0);
    place.succeed(&["apply", "own", "cat", "dog", "-o", "all"]).prints("24 images");
    assert_eq!(place.read("out/pipe.png"), place.read("all/dog/1.png"));
}

#[test]
fn a_second_signal_ends_the_wait_for_a_pipe_as_the_first_announces() {
    let place = at_home();
    place.succeed(&["own.toml"]);
    let pipe = pipe(&place, "pipe.png");
    let mut child = place.spawn(&["apply", "own", "pipe.png", "-o", "out"]);
    // Once this opens, the program waits for more data.
    let _writer = writer(&pipe);
    place::send("-TERM", child.id());
    let mut told = String::new();
    let mut stderr = BufReader::new(child.stderr.as_mut().expect("a pipe"));
    for _ in 0..2 {
        stderr.read_line(&mut told).expect("a line");
    }
    assert_eq!(
        told,
        "note: pipe.png is a pipe or a device: waiting for its image\nSIGTERM: finishing the images that are being read; a second signal stops at once\n"
    );
    // At once, it would count as the same one.
    std::thread::sleep(std::time::Duration::from_millis(200));
    place::send("-TERM", child.id());
    assert_eq!(child.wait().expect("it ends").code(), Some(143));
}
