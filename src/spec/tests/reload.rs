//! Which keys of a trained run can be changed, and what else changes with them.
// The compared values are literals, not computed.
#![allow(clippy::float_cmp)]

use super::{Case, trial};
use crate::spec::{DatasetName, Experiment, Noise, Strength, Task, reload};
use std::path::Path;

/// Returns a case with a run's `resolved.toml` for an experiment file of this text.
fn run(text: &str) -> Case {
    let case = trial(text);
    let resolved = case.ok().base.to_toml();
    case.file("resolved.toml", resolved)
}

fn over(run: &Case, set: &[&str]) -> Experiment {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    reload(&run.file, &set).unwrap_or_else(|problems| panic!("{problems}"))
}

fn refused(text: &str, set: &[&str]) -> String {
    let set: Vec<String> = set.iter().map(ToString::to_string).collect();
    reload(&run(text).file, &set).expect_err("a mistake").to_string()
}

const DENOISE: &str = "[data]\ndataset = \"mnist\"\nroot = \"digits\"\ntest_limit = 9\n\
                       [task]\nkind = \"denoise\"\nnoise.sigma = 0.75\n\
                       [evaluate]\nnoise_sigmas = [0.5, 1.0]\n";

#[test]
fn any_kind_of_noise_can_be_set_whatever_levels_were_tested() {
    let run = run(DENOISE);
    let same = over(&run, &[]);
    assert_eq!(same.evaluate.noise_sigmas, [0.0; 0]);
    assert_eq!(same.data, run.ok().base.data);
    let Task::Denoise { noise } = over(&run, &["task.noise.mean=0"]).task else { panic!() };
    assert!(
        matches!(noise, Noise::Gaussian { mean: 0.0, sigma: Strength::Level(0.75), .. }),
        "{noise:?}"
    );
    let masked = over(&run, &["task.noise.kind=masking", "task.noise.amount=0.125"]).task;
    let Task::Denoise { noise } = masked else { panic!() };
    assert!(matches!(noise, Noise::Masking { amount: Strength::Level(0.125), .. }), "{noise:?}");
    let masking =
        "[task]\nkind = \"denoise\"\nnoise.kind = \"masking\"\n[evaluate]\nnoise_amounts = [0.5]\n";
    let speckled = over(&self::run(masking), &["task.noise.kind=speckle"]);
    assert_eq!(speckled.tested_levels(), [0.0; 0]);
}

#[test]
fn another_data_set_has_its_own_folder_and_the_same_limits() {
    let run = run(DENOISE);
    let fashion = over(&run, &["data.dataset=fashion_mnist"]).data;
    assert_eq!((fashion.dataset, fashion.root), (DatasetName::FashionMnist, None));
    assert_eq!(fashion.test_limit, Some(9));
    let named = over(&run, &["data.dataset=fashion_mnist", "data.root=digits"]).data;
    assert_eq!(named.root.as_deref(), Some(Path::new("digits")));
    let same = over(&run, &["data.dataset=mnist"]).data;
    assert_eq!(same.root.as_deref(), Some(Path::new("digits")));
}

#[test]
fn a_folder_of_images_is_resized_to_the_networks_size_unless_another_is_set() {
    let run = run("[data]\ndataset = \"mnist\"\n");
    let folder = ["data.dataset=image_folder", "data.root=pics"];
    let data = over(&run, &folder).data;
    assert_eq!((data.image_size, data.channels), ([28, 28], 1));
    let data = over(&run, &[&folder[..], &["data.channels=3"]].concat()).data;
    assert_eq!((data.image_size, data.channels), ([28, 28], 3));
    let data = over(&run, &["data={dataset=\"image_folder\", fit=\"stretch\"}"]).data;
    assert_eq!((data.image_size, data.channels), ([28, 28], 1));
}

#[test]
fn another_folder_of_images_only_has_limits_that_are_set() {
    let limits = |run: &Case, set: &[&str]| {
        let data = over(run, set).data;
        (data.train_limit, data.test_limit)
    };
    let mnist = run("[data]\ndataset = \"mnist\"\ntrain_limit = 9\ntest_limit = 3\n");
    let folder = ["data.dataset=image_folder", "data.root=pics", "data.test_limit=5"];
    assert_eq!(limits(&mnist, &folder[..2]), (None, None));
    assert_eq!(limits(&mnist, &folder), (None, Some(5)));
    let pics = run("[data]\ndataset = \"image_folder\"\nroot = \"pics\"\ntest_limit = 3\n");
    for own in [&[][..], &["data.root=pics"]] {
        assert_eq!(limits(&pics, own), (None, Some(3)));
    }
    assert_eq!(limits(&pics, &["data.root=others"]), (None, None));
}

#[test]
fn keys_of_a_folder_of_images_are_dropped_with_it() {
    let run = run("[data]\ndataset = \"image_folder\"\nroot = \"pics\"\nimage_size = [28, 28]\n\
                   channels = 1\n");
    assert_eq!(over(&run, &[]).data.image_size, [28, 28]);
    let data = over(&run, &["data.dataset=mnist"]).data;
    assert_eq!((data.dataset, data.root), (DatasetName::Mnist, None));
}

#[test]
fn keys_that_require_training_and_misspelt_ones_are_refused_with_their_locations() {
    let told =
        refused(DENOISE, &["train.epochs=3", "task={kind=\"reconstruct\"}", "model.filters=1"]);
    for key in ["train.epochs", "task.kind", "model.filters"] {
        let message = format!("`{key}` cannot be changed without training again");
        assert!(told.contains(&message), "{told}");
    }
    assert!(told.contains("expected keys of `data` and of `task.noise`"), "{told}");
    assert!(told.contains(" | train.epochs=3\n |       ^^^^^^\n"), "{told}");
    for (wrong, meant) in [
        ("data.test_limt=3", "`test_limit`"),
        ("dta.test_limit=3", "`data`"),
        ("task.niose.sigma=3", "`noise`"),
        ("task.noise.sgima=3", "`sigma`"),
        ("task.noise.kind=maskin", "`masking`"),
        ("data.dataset=fashion", "`fashion_mnist`"),
    ] {
        let told = refused(DENOISE, &[wrong]);
        assert!(told.contains(&format!("did you mean {meant}?")), "{told}");
    }
    let told = refused(DENOISE, &["data.test_limit=0", "data.channels"]);
    assert!(told.contains("`data.test_limit`") && told.contains("has no `=`"), "{told}");
    let told = refused(DENOISE, &["data.image_size=[9, 9]"]);
    assert!(told.contains("only applies to `image_folder`"), "{told}");
}

#[test]
fn noise_is_for_runs_that_denoise() {
    let told = refused("[task]\nkind = \"reconstruct\"\n", &["task.noise.sigma=0.5"]);
    let message = "`task.noise.sigma` is for a run of kind `denoise`; this one is `reconstruct`";
    assert!(told.contains(message), "{told}");
}
