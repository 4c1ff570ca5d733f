//! Figures of a sweep and of its runs.

use super::{TWO, place, runs};
use crate::place::{assert_has, files};
use std::{fs, path::Path};

#[test]
fn pairs_of_keys_without_a_heat_map_are_reported() {
    let zip = |keys: &str| format!("extends = \"small.toml\"\n[sweep]\nzip = {{ {keys} }}\n");
    let four = "\"train.optimizer.learning_rate\" = [1e-3, 2e-3], \"model.latent_dim\" = [2, 4], \"train.batch_size\" = [8, 16], \"train.epochs\" = [1, 2]";
    let maps = |text: &str| {
        let place = place(&zip(text));
        let ended = place.succeed(&["sweep.toml"]);
        let figures = fs::read_dir(place.path().join("runs/sweep/figures")).expect("a folder");
        let names = figures.map(|file| file.expect("a file").file_name());
        let maps = names.filter(|name| name.to_string_lossy().contains("_and_")).count();
        (maps, ended.stderr)
    };
    let (count, said) = maps(four);
    assert!(count == 6 && !said.contains("heat maps"), "{count}: {said}");
    let (count, said) = maps(&format!("{four}, \"experiment.seed\" = [1, 2]"));
    let told = said.matches("heat maps of the first 6 of 10 pairs of keys").count();
    assert_eq!((count, told), (6, 1), "{said}");
}

#[test]
fn figures_of_different_runs_are_told_apart_by_their_titles() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    // The learning rates are the same, so only the titles differ.
    let [a, b] = &runs(&place, "runs/sweep")[..] else { panic!("two runs") };
    let [a, b] = [a, b].map(|run| place.read(run.join("figures/learning_rate.png")));
    assert!(a != b, "both have the same title");
}

#[test]
fn plots_are_vector_graphics_too_as_long_as_that_is_asked_for() {
    let keys = "\"model.latent_dim\" = [2, 4]\n\"train.batch_size\" = [8, 16]\n";
    let place = place(&format!("extends = \"small.toml\"\n[sweep]\n{keys}"));
    place.succeed(&["sweep.toml"]);
    let sweep = place.path().join("runs/sweep");
    let run = runs(&place, "runs/sweep").swap_remove(0);
    let weights = place.read(run.join("checkpoints/last.safetensors"));
    let of_kind = |folder: &Path, kind: &str| {
        let mut names = files(&folder.join("figures"));
        names.retain(|name| name.ends_with(kind));
        names.iter().map(|name| name.trim_end_matches(kind).to_owned()).collect::<Vec<_>>()
    };
    let vectors = || (of_kind(&sweep, ".svg"), of_kind(&run, ".svg"));
    let without = (Vec::new(), vec!["model".to_owned()]);
    assert_eq!(vectors(), without);

    place.succeed(&["sweep.toml", "--set", "figures.svg=true"]).tells("results to be rebuilt");
    let mut plots = of_kind(&sweep, ".png");
    plots.retain(|name| name != "same_images");
    assert_eq!(plots.len(), 4, "{plots:?}");
    let of_run = ["codes", "learning_rate", "loss", "model", "quality"].map(str::to_owned);
    assert_eq!(vectors(), (plots, of_run.to_vec()));
    let map = sweep.join("figures/val_loss_over_model_latent_dim_and_train_batch_size.svg");
    for label in ["sweep: best val_loss", "train.batch_size", "16"] {
        assert_has(&place.text(&map), &format!("aria-label=\"{label}\""));
    }

    place.succeed(&["sweep.toml"]).tells("results to be rebuilt");
    assert_eq!(vectors(), without);
    assert!(place.read(run.join("checkpoints/last.safetensors")) == weights, "trained again");
}
