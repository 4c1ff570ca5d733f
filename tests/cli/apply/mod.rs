//! `runner apply` runs the user's own images through a trained run.

mod colour;
mod out;
mod table;

use crate::place::{self, Ended, Place, assert_has};
use image::{DynamicImage, GrayImage, Luma, RgbImage};
use runner::{data, figures::sheet, spec};
use std::{fs, path::Path};

/// A place with a small trained run in `runs`.
pub fn trained(settings: &[&str]) -> Place {
    let place = Place::small();
    let args = ["small.toml", "--quiet", "--set", "train.epochs=1"];
    place.succeed(&[&args[..], &place::set(settings)].concat());
    place
}

/// A light stroke on black, different for each number.
pub fn stroke(number: u32) -> GrayImage {
    GrayImage::from_fn(28, 28, |x, y| {
        Luma([if (x + number * y) % 28 < 6 && y > 4 && y < 24 { 230 } else { 0 }])
    })
}

pub fn open(place: &Place, name: &str) -> DynamicImage {
    image::open(place.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The names of all files below a folder of the place.
fn files(place: &Place, folder: &str) -> Vec<String> {
    place::files(&place.path().join(folder))
}

pub fn expect(ended: &Ended, code: i32, parts: &[&str]) {
    let Ended { stdout, stderr, .. } = ended;
    assert_eq!(ended.code, Some(code), "{stdout}\n{stderr}");
    for part in parts {
        assert_has(&format!("{stdout}\n{stderr}"), part);
    }
}

#[test]
fn every_image_of_a_folder_is_denoised_under_its_own_name() {
    let place = trained(&[]);
    place.save("photos/one.png", stroke(1));
    place.save("photos/deep/er/two.png", stroke(2));
    place.save("photos/.hidden/three.png", stroke(3));
    place.write("photos/notes.txt", "no image");
    place.write("photos/four.gif", "GIF89a");
    let run = place.only_run("runs");
    let before = files(&place, run.to_str().expect("text"));
    let ended = place.succeed(&["apply", "small", "photos", "-o", "new/out"]);
    expect(&ended, 0, &["2 images denoised by runs/small-", "best weights", "_sheet.png"]);
    let told =
        "note: skipped 1 image in other formats than PNG and JPEG, such as photos/four.gif\n";
    assert_eq!(ended.stderr, told);
    assert_eq!(
        files(&place, "new/out"),
        ["_images.csv", "_sheet.png", "deep/er/two.png", "one.png"]
    );
    let one = open(&place, "new/out/one.png");
    assert_eq!(one.color(), image::ColorType::L8);
    assert_eq!((one.width(), one.height()), (28, 28));
    assert_ne!(one, open(&place, "new/out/deep/er/two.png"));
    assert_ne!(one, open(&place, "photos/one.png"));
    assert_eq!(before, files(&place, run.to_str().expect("text")), "the run is not changed");

    // Alone, by the run's path and with one thread: the same result replaces the old one.
    fs::write(place.path().join("new/out/one.png"), "old").expect("a file");
    let path = run.to_str().expect("text");
    place.succeed(&["apply", path, "photos/one.png", "-o", "new/out", "--threads", "1"]);
    assert_eq!(one, open(&place, "new/out/one.png"));
}

#[test]
fn test_images_are_denoised_as_in_the_run_s_own_figure() {
    let place = trained(&[]);
    let resolved = place.only_run("runs").join("resolved.toml");
    let experiment = spec::load(&resolved, &spec::Overrides::default()).expect("valid").base;
    let test = data::load(&experiment.data, None).expect("drawn images").test;
    for index in 0..27 {
        let image = GrayImage::from_raw(28, 28, test.get(index).to_vec()).expect("28x28");
        place.save(&format!("in/{index:02}.png"), image);
    }
    place.succeed(&["apply", "small", "in", "-o", "out", "--corrupt"]);

    // The run's own figure has the same images with the same noise, in three groups of nine.
    let blank = vec![RgbImage::new(28, 28); 27];
    let title = "small: original, corrupted, denoised";
    let mut layout = sheet::denoising(title, &blank, &blank, &blank, (3, 9));
    let scale = experiment.figures.scale;
    layout.scale = Some(scale);
    let figure = image::open(place.only_run("runs").join("figures/denoising.png"));
    let figure = figure.expect("a figure").to_luma8();
    for (number, (left, top)) in layout.places().into_iter().enumerate() {
        let (set, kind, column) = (number / 27, number / 9 % 3, number % 9);
        let index = 9 * set + column;
        let name = ["in/NN.png", "out/NN_corrupted.png", "out/NN.png"][kind];
        let image = open(&place, &name.replace("NN", &format!("{index:02}"))).to_luma8();
        let shown =
            GrayImage::from_fn(28, 28, |x, y| *figure.get_pixel(left + x * scale, top + y * scale));
        assert_eq!(shown, image, "{name} {index}");
    }
}

#[test]
fn variables_for_experiments_do_not_affect_a_trained_run() {
    let place = trained(&[]);
    place.save("a.png", stroke(1));
    place.succeed(&["apply", "small", "a.png", "-o", "plain"]);
    for (name, value) in [
        ("RUNNER_MODEL__LATENT_DIM", "9"),
        ("RUNNER_DATA__DATASET", "cifar10"),
        ("RUNNER_TASK__KIND", "nonsense"),
    ] {
        place.run_with(name, value, &["apply", "small", "a.png", "-o", "varied"]).exits(0);
        assert_eq!(place.read("plain/a.png"), place.read("varied/a.png"), "{name}");
    }
}

#[test]
fn noise_is_the_same_each_time_differs_by_image_and_is_saved() {
    let place = trained(&[]);
    for name in ["a.png", "b.png"] {
        place.save(&format!("in/{name}"), stroke(1));
    }
    place.succeed(&["apply", "small", "in", "-o", "clean"]);
    place.succeed(&["apply", "small", "in", "-o", "once", "--corrupt"]);
    place.succeed(&["apply", "small", "in", "-o", "again", "--corrupt", "--threads", "3"]);
    let names = files(&place, "once");
    let corrupted = ["a.png", "a_corrupted.png", "b.png", "b_corrupted.png"];
    assert_eq!(names[2..], corrupted);
    let table = |out: &str| place.text(Path::new(out).join(&names[0])).replace(out, "");
    assert_eq!(table("once"), table("again"));
    for name in &names[1..] {
        let [once, again] = ["once", "again"].map(|out| place.read(Path::new(out).join(name)));
        assert_eq!(once, again, "{name}");
    }
    assert_ne!(place.read("once/a_corrupted.png"), place.read("once/b_corrupted.png"));
    assert_ne!(place.read("once/a.png"), place.read("clean/a.png"));
    // Noise of mean 0.5 on an image that is mostly black.
    let mean = |name: &str| {
        let image = open(&place, name).to_luma8();
        image.pixels().map(|pixel| f64::from(pixel.0[0])).sum::<f64>() / 784.0
    };
    assert!(mean("once/a_corrupted.png") > mean("in/a.png") + 40.0);
}

#[test]
fn a_folder_counts_as_results_from_the_first_result_on() {
    let place = trained(&[]);
    place.save("in/one.png", stroke(1));
    // The sheet, which is written just before the table, cannot be written.
    fs::create_dir_all(place.path().join("out/_sheet.png")).expect("a folder");
    assert_eq!(place.run(&["apply", "small", "in", "-o", "out"]).code, Some(1));
    assert_eq!(files(&place, "out"), ["_images.csv", "one.png"]);
}

#[test]
fn unreadable_images_are_named_and_counted_and_the_others_are_processed() {
    let place = trained(&[]);
    place.save("in/good.png", stroke(1));
    place.write("in/broken.png", "this is text");
    let png = place.read("in/good.png");
    fs::write(place.path().join("in/torn.png"), &png[..png.len() / 2]).expect("a file");
    let ended = place.run(&["apply", "small", "in", "missing.png", "-o", "out"]);
    let parts = [
        "in/broken.png: it is neither a PNG nor a JPEG file",
        "in/torn.png: it is cut off",
        "missing.png: No such file",
        "1 image denoised",
        "error: 3 of 4 images could not be read",
    ];
    expect(&ended, 1, &parts);
    assert_eq!(files(&place, "out"), ["_images.csv", "_sheet.png", "good.png"]);
    assert_eq!(place::column(&place.text("out/_images.csv"), "image"), ["in/good.png"]);

    let ended = place.run(&["apply", "small", "in/broken.png", "-o", "none"]);
    expect(&ended, 1, &["in/broken.png: ", "error: nothing could be read"]);
    fs::create_dir(place.path().join("empty")).expect("a folder");
    let ended = place.run(&["apply", "small", "empty", "-o", "none"]);
    expect(&ended, 1, &["there is no image in empty", ".jpeg"]);
    assert!(!place.path().join("none").exists());
}

#[test]
fn json_lists_processed_and_unreadable_images() {
    let place = trained(&[]);
    place.save("in/a.jpg", stroke(1));
    place.save("in/a.png", stroke(2));
    place.write("in/b.png", "");
    let ended =
        place.fails(1, &["apply", "small", "in", "-o", "out", "--json", "--corrupt", "--last"]);
    let result = ended.json();
    assert_eq!(result["weights"], "last");
    assert_eq!(result["images"][0]["image"], "in/a.jpg");
    assert_eq!(result["images"][0]["output"], "out/a_jpg.png");
    assert_eq!(result["images"][1]["corrupted"], "out/a_png_corrupted.png");
    assert_eq!(result["unreadable"][0]["path"], "in/b.png");
    let named = ["_sheet", "a_jpg", "a_jpg_corrupted", "a_png", "a_png_corrupted"];
    assert_eq!(files(&place, "out")[1..], named.map(|name| format!("{name}.png")));
    assert_eq!(result["table"], "out/_images.csv");
}

#[test]
fn a_run_is_found_by_name_and_a_wrong_name_is_a_usage_error() {
    let place = trained(&[]);
    place.save("a.png", stroke(1));
    let run = place.only_run("runs");
    let folder = place::name(&run);
    for name in [folder.as_str(), &folder[..8]] {
        place.succeed(&["apply", name, "a.png", "-o", "out"]);
    }
    let ended = place.run(&["apply", "smal-l", "a.png", "-o", "out2"]);
    expect(&ended, 2, &["there is no run or sweep \"smal-l\"", "did you mean small-"]);
    let ended = place.run(&["apply", "small", "a.png", "-o", "out2", "--runs-dir", "elsewhere"]);
    expect(&ended, 2, &["in elsewhere"]);
    place.fails(2, &["apply", "small", "a.png"]).tells("--out");
    assert!(!place.path().join("out2").exists());
}

#[test]
fn a_run_without_weights_or_with_a_changed_experiment_says_so() {
    let place = trained(&[]);
    place.save("a.png", stroke(1));
    let run = place.only_run("runs");
    let apply = || place.run(&["apply", "small", "a.png", "-o", "out"]);

    let resolved = place.text(run.join("resolved.toml"));
    fs::write(run.join("resolved.toml"), resolved.replace("latent_dim = 6", "latent_dim = 7"))
        .expect("a file");
    expect(&apply(), 1, &["resolved.toml: was changed since the run was trained"]);
    // As earlier versions left it.
    let mut info = place::info(&run);
    info.as_object_mut().expect("a table").remove("resolved_digest").expect("the digest");
    fs::write(run.join("run.json"), format!("{info:#}")).expect("a file");
    expect(&apply(), 1, &["best.safetensors", "are not those of the network"]);
    fs::write(run.join("resolved.toml"), resolved.replace("latent_dim", "code_len"))
        .expect("a file");
    expect(&apply(), 1, &["cannot be read back", "another version", "code_len"]);
    fs::write(run.join("resolved.toml"), resolved).expect("a file");

    // Weights of the last epoch are only used if asked for.
    let last = || place.run(&["apply", "small", "a.png", "-o", "out", "--last"]);
    fs::remove_file(run.join("checkpoints/best.safetensors")).expect("a file");
    expect(&apply(), 1, &["best.safetensors: is gone", "--last"]);
    expect(&last(), 0, &["last weights"]);
    fs::remove_file(run.join("checkpoints/last.safetensors")).expect("a file");
    expect(&last(), 1, &["is not trained yet", "train it first"]);
    let json = place.text(run.join("run.json")).replace("\"format\": 1", "\"format\": 99");
    fs::write(run.join("run.json"), json).expect("a file");
    expect(&apply(), 1, &["format 99", "newer version"]);
}

#[test]
fn more_images_than_a_part_are_all_processed_and_counted_on_the_sheet() {
    let place = trained(&[]);
    for number in 0..260 {
        place.save(&format!("in/{number:03}.png"), stroke(number));
    }
    place.succeed(&["apply", "small", "in", "-o", "out"]).prints("260 images denoised");
    assert_eq!(files(&place, "out").len(), 262);
    place.save("one/x.png", stroke(259));
    place.succeed(&["apply", "small", "one", "-o", "out1"]);
    assert_eq!(place.read("out1/x.png"), place.read("out/259.png"));
}
