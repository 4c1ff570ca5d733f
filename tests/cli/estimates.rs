//! What `check` estimates, compared with what the same experiment then takes.

use crate::place::{Place, column, files, set};
use std::{fs, ops::Range};

/// Trains a small experiment with these settings and returns what was estimated, divided by what it took: the
/// size of its folder in bytes and, if it can be known beforehand, the peak memory of its training.
fn estimated(place: &Place, settings: &[&str]) -> (f64, Option<f64>) {
    let args = [&["small.toml", "--set", "data.train_limit=128"][..], &set(settings)].concat();
    let checked = place.succeed(&[&["check", "--json"], &args[..]].concat()).json();
    place.succeed(&[&args[..], &["--threads", "2"]].concat());
    let run = place.only_run("runs");
    let size = |file: &String| fs::metadata(run.join(file)).expect("a file").len() as f64;
    let disk: f64 = files(&run).iter().map(size).sum();
    let peaks = column(&place.text(run.join("timings.csv")), "peak_memory_mib");
    let peak: f64 = peaks.last().expect("an epoch").parse().expect("a number");
    fs::remove_dir_all(run).expect("a folder");
    let estimate = |key: &str| checked[0][key].as_f64();
    let memory = estimate("memory_bytes").map(|bytes| bytes / (peak * 1024.0 * 1024.0));
    (estimate("disk_bytes").expect("an estimate") / disk, memory)
}

#[track_caller]
fn assert_within(ratio: f64, range: &Range<f64>, what: &str) {
    assert!(range.contains(&ratio), "{what}: estimated {ratio:.2} times what it is");
}

#[test]
fn the_estimated_size_of_a_folder_is_about_that_of_the_run() {
    let place = Place::small();
    let every = [
        "task.kind=reconstruct",
        "train.epochs=6",
        "train.checkpoint.every=2",
        "model.latent_dim=256",
    ];
    let figures = [
        "evaluate={codes=true, noise_sigmas=[0.5, 0.75, 1.0]}",
        "figures={interpolations=10, traversal=true}",
        "model.latent_dim=2",
    ];
    for settings in [
        &["task.kind=reconstruct"][..],
        &every,
        &figures,
        &["log.tensorboard=true"],
        &["figures.svg=true"],
    ] {
        let (ratio, _) = estimated(&place, settings);
        assert_within(ratio, &(0.9..1.2), &settings.join(" "));
    }
}

#[test]
fn the_estimated_size_of_large_figures_is_roughly_theirs() {
    let place = Place::small();
    // Nothing compresses worse than noise.
    let mut value = 1_u32;
    let mut noise = |_, _| {
        value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Luma([(value >> 24) as u8])
    };
    for index in 0..38 {
        let part = if index < 8 { "train" } else { "test" };
        let image = image::GrayImage::from_fn(128, 128, &mut noise);
        place.save(&format!("pics/{part}/{index:02}.png"), image);
    }
    let data = "data={dataset=\"image_folder\", root=\"pics\", image_size=[128, 128], channels=1}";
    let (ratio, _) = estimated(&place, &[data]);
    assert_within(ratio, &(0.6..1.2), data);
}

#[test]
fn the_estimated_memory_is_roughly_what_training_takes() {
    let place = Place::small();
    // Mostly weights, and mostly the program itself with a batch.
    let dense = "model={kind=\"mlp\", hidden=[1024, 512], latent_dim=16}";
    let wide = ["model.filters=[64, 64]", "train.batch_size=128"];
    for settings in [&[dense][..], &wide] {
        let (_, ratio) = estimated(&place, settings);
        assert_within(ratio.expect("an estimate"), &(0.6..1.6), &settings.join(" "));
    }
}
