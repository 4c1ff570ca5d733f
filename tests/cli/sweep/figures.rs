//! Figures of a sweep and of its runs.

use super::{TWO, place, runs};
use std::fs;

#[test]
fn pairs_of_keys_without_a_heat_map_are_reported() {
    let zip = |keys: &str| format!("extends = \"small.toml\"\n[sweep]\nzip = {{ {keys} }}\n");
    let four = "\"task.noise.sigma\" = [0.25, 0.5], \"model.latent_dim\" = [2, 4], \"train.batch_size\" = [8, 16], \"train.epochs\" = [1, 2]";
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
