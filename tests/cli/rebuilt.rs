//! Results of complete runs that are rebuilt without training.

use crate::{
    place::{Place, assert_has, edit, files, info, set},
    results::train,
};
use std::{fs, path::Path};

#[test]
fn other_figures_of_a_complete_run_are_drawn_without_training_again() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    let weights = place.read(run.join("checkpoints/last.safetensors"));
    assert!(!run.join("noise_levels.csv").exists());
    let more = ["small.toml", "--set", "evaluate.noise_sigmas=[0.25, 1.0]"];
    place.succeed(&more).tells("rebuilding its results");
    assert_eq!(place.only_run("runs"), run);
    assert_eq!(place.text(run.join("noise_levels.csv")).lines().count(), 3);
    assert!(place.read(run.join("checkpoints/last.safetensors")) == weights);
    assert!(place.text(run.join("resolved.toml")).contains("noise_sigmas = [0.25, 1.0]"));
    place.succeed(&more).prints("already complete");
}

#[test]
fn results_that_are_no_longer_asked_for_are_removed() {
    let place = Place::small();
    let all = [
        "evaluate.noise_sigmas=[0.25, 1.0]",
        "evaluate.codes=true",
        "figures.interpolations=2",
        "figures.traversal=true",
    ];
    let with = |codes: &str, settings: &[&str]| {
        let codes = format!("figures.codes={codes:?}");
        let args = ["small.toml", "--set", "model.latent_dim=2", "--set", codes.as_str()];
        place.succeed(&[&args[..], &set(settings)].concat());
        let run = place.only_run("runs");
        let names = ["", "figures"].map(|folder| fs::read_dir(run.join(folder)).expect("a folder"));
        let names = names.into_iter().flatten().map(|entry| entry.expect("an entry").file_name());
        names.collect::<std::collections::BTreeSet<_>>()
    };
    let few = with("none", &[]);
    let more: usize = ["auto", "pca", "tsne"]
        .map(|codes| with(codes, &all).difference(&few).count())
        .iter()
        .sum();
    // Both tables, two figures of levels, interpolation, traversal, and a different scatter plot each time.
    assert_eq!(more, 3 * 7);
    assert_eq!(with("none", &[]), few);
}

#[test]
fn rebuilt_results_keep_the_record_of_the_training() {
    let place = Place::small();
    place.succeed(&["small.toml", "--threads", "1"]);
    let run = place.only_run("runs");
    edit(&run, "git_commit", "0123".into());
    place.succeed(&["small.toml", "--threads", "2", "--set", "figures.scale=1"]);
    let info = info(&run);
    assert_eq!(info["git_commit"], "0123");
    assert_eq!((&info["threads"], &info["resumes"]), (&1.into(), &0.into()));
}

/// Every optional result of a denoising network.
const ALL: [&str; 7] = [
    "task.kind=\"denoise\"",
    "model.latent_dim=2",
    "evaluate.codes=true",
    "evaluate.noise_sigmas=[0.25]",
    "figures.manifold=2",
    "figures.interpolations=1",
    "figures.traversal=true",
];

/// All files of a run but those that a repeated command may change.
fn kept(run: &Path) -> Vec<(String, Vec<u8>)> {
    let mut names = files(run);
    names.retain(|name| !name.starts_with('.'));
    names.retain(|name| !["run.json", "log.txt", "timings.csv"].contains(&name.as_str()));
    names.into_iter().map(|name| (name.clone(), fs::read(run.join(&name)).expect(&name))).collect()
}

#[test]
fn deleted_results_are_rebuilt_without_training() {
    let place = Place::new();
    let run = train(&place, &ALL);
    let again = [&["ae.toml"][..], &set(&ALL)].concat();
    let trained = kept(&run);
    for (lost, stays) in [
        ("model.txt", "codes.csv"),
        ("samples.png", "codes.csv"),
        ("codes.csv", "model.txt"),
        ("noise_levels.csv", "model.txt"),
        ("figures", "model.txt"),
        ("figures/traversal.png", "model.txt"),
    ] {
        let path = run.join(lost);
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.expect(lost);
        let checked = place.succeed(&[&["check"][..], &again].concat()).stdout;
        assert_has(&checked, "results to be rebuilt, in runs/ae-");
        let ended = place.succeed(&again);
        ended.tells("already trained for 1 epoch; rebuilding");
        let told = |name: &str| {
            ended.stderr.lines().any(|line| line.contains(" has lost ") && line.contains(name))
        };
        assert!(told(lost) && !told(stays), "{}", ended.stderr);
        assert!(kept(&run) == trained, "{lost}: {:?}", files(&run));
        let ended = place.succeed(&again);
        assert!(ended.stdout.contains("already complete"), "{lost}: {}", ended.stdout);
    }
    let ended = place.succeed(&[&again[..], &["--set", "figures.interpolations=2"]].concat());
    ended.tells("rebuilding its results");
    assert!(!ended.stderr.contains("has lost"), "only settings changed: {}", ended.stderr);
}

#[test]
fn a_complete_run_has_all_results_that_are_expected_of_it() {
    for settings in [
        &["task.kind=\"colorize\"", "data.dataset=\"synthetic_scenes\""][..],
        &["model.latent_dim=1", "figures.codes=\"pca\""],
        &["figures.codes=\"tsne\"", "figures.interpolations=2", "figures.traversal=true"],
        &["figures.codes=\"none\"", "model.latent_dim=2", "data.test_limit=1"],
        &[
            "model.latent_dim=2",
            "figures.codes=\"pca\"",
            "task.kind=\"denoise\"",
            "evaluate.noise_sigmas=[0.5]",
        ],
    ] {
        let place = Place::new();
        train(&place, settings);
        let ended = place.succeed(&[&["ae.toml"][..], &set(settings)].concat());
        assert!(ended.stdout.contains("already complete"), "{settings:?}: {}", ended.stderr);
    }
}

#[test]
fn results_that_cannot_be_rebuilt_do_not_fail_the_command() {
    for gone in ["metrics.csv", "checkpoints/best.safetensors"] {
        let place = Place::new();
        // The weights of the best epoch, the first, are not those of the last.
        let schedule = "train.schedule={kind=\"multi_step\", epochs=[1], gamma=300.0}";
        let unbounded = "model.output_activation=\"linear\"";
        let spoilt = ["train.epochs=2", "train.batch_size=8", unbounded, schedule];
        let run = train(&place, &spoilt);
        for name in [gone, "samples.png"] {
            fs::remove_file(run.join(name)).expect(name);
        }
        let ended = place.succeed(&[&["ae.toml"][..], &set(&spoilt)].concat());
        ended.prints("already complete");
        let warned = |text: &str| {
            text.lines().any(|line| line.starts_with("warning: ") && line.contains(gone))
        };
        assert!(warned(&ended.stderr), "{}", ended.stderr);
        assert!(warned(&place.succeed(&["show", "ae"]).stderr));
        assert!(!run.join("samples.png").exists());
    }
}
