//! How a file becomes many runs.

use super::trial;
use crate::spec::{Model, Noise, Task};
use std::time::{Duration, Instant};

fn names(text: &str) -> Vec<String> {
    trial(text).ok().points.into_iter().map(|point| point.name).collect()
}

#[test]
fn the_first_key_varies_slowest() {
    let text = "[sweep]\n\"model.latent_dim\" = [2, 16]\n\"train.epochs\" = [1, 3]\n";
    assert_eq!(
        names(text),
        [
            "latent_dim=2,epochs=1",
            "latent_dim=2,epochs=3",
            "latent_dim=16,epochs=1",
            "latent_dim=16,epochs=3"
        ]
    );
}

#[test]
fn every_point_is_resolved_and_knows_what_sets_it_apart() {
    let loaded = trial("task.kind = \"denoise\"\n[sweep]\n\"task.noise.sigma\" = [0.25, 1]\n").ok();
    let sigmas: Vec<f64> = loaded
        .points
        .iter()
        .map(|point| match &point.experiment.task {
            Task::Denoise { noise: Noise::Gaussian { sigma, .. } } => *sigma,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sigmas, [0.25, 1.0]);
    assert_eq!(loaded.points[1].overrides, [("task.noise.sigma".to_owned(), 1.into())]);
    assert_eq!(loaded.points[1].repeat, None);
    assert!(loaded.is_sweep());
}

#[test]
fn repeats_count_the_seed_up() {
    let loaded =
        trial("experiment.seed = 10\n[sweep]\n\"train.epochs\" = [1, 2]\nrepeats = 3\n").ok();
    let found: Vec<_> = loaded
        .points
        .iter()
        .map(|point| (point.name.as_str(), point.repeat, point.experiment.experiment.seed))
        .collect();
    assert_eq!(
        found,
        [
            ("epochs=1,r1", Some(1), 10),
            ("epochs=1,r2", Some(2), 11),
            ("epochs=1,r3", Some(3), 12),
            ("epochs=2,r1", Some(1), 10),
            ("epochs=2,r2", Some(2), 11),
            ("epochs=2,r3", Some(3), 12),
        ]
    );
    assert_eq!(loaded.base.experiment.seed, 10);
}

#[test]
fn repeats_alone_make_a_sweep() {
    assert_eq!(names("sweep.repeats = 2"), ["r1", "r2"]);
    assert_eq!(names("sweep.repeats = 1"), ["r1"]);
    assert!(trial("sweep.repeats = 1").ok().is_sweep());
}

#[test]
fn an_empty_sweep_is_none() {
    assert!(!trial("[sweep]\n").ok().is_sweep());
}

#[test]
fn a_point_of_another_kind_drops_the_keys_of_the_first() {
    let loaded =
        trial("[model]\nfilters = [8]\n[sweep]\n\"model.kind\" = [\"conv\", \"mlp\"]\n").ok();
    assert!(
        matches!(&loaded.points[0].experiment.model, Model::Conv(model) if model.filters == [8])
    );
    assert!(
        matches!(&loaded.points[1].experiment.model, Model::Mlp(model) if model.hidden == [512, 128])
    );
}

#[test]
fn tables_and_lists_can_be_swept() {
    let text = "task.kind = \"denoise\"\n[sweep]\n\"task.noise\" = [{ kind = \"masking\", amount = 0.5 }, { kind = \"gaussian\" }]\n\"model.filters\" = [[8], [8, 16]]\n";
    assert_eq!(
        names(text),
        [
            "noise=masking-0.5,filters=8",
            "noise=masking-0.5,filters=8-16",
            "noise=gaussian,filters=8",
            "noise=gaussian,filters=8-16"
        ]
    );
}

#[test]
fn a_sweep_may_supply_what_the_file_alone_lacks() {
    let loaded =
        trial("[task]\nkind = \"colorize\"\n[sweep]\n\"data.dataset\" = [\"cifar10\"]\n").ok();
    assert_eq!(loaded.base, loaded.points[0].experiment);
}

#[test]
fn names_take_as_much_of_a_key_as_it_takes_to_tell_them_apart() {
    let text = "[sweep]\n\"train.checkpoint.metric\" = [\"loss\"]\n\"train.early_stopping.metric\" = [\"val_loss\"]\n\"train.epochs\" = [1]\n";
    assert_eq!(names(text), ["checkpoint.metric=loss,early_stopping.metric=val_loss,epochs=1"]);
}

#[test]
fn names_are_unique_and_safe_even_where_values_look_alike() {
    let found = names("[sweep]\n\"data.root\" = [\"a/b\", \"a b\", \"a:b\"]\n");
    assert_eq!(found, ["root=a_b", "root=a_b,p2", "root=a_b,p3"]);
    let list = format!("{:?}", vec![64; 16]);
    let found = names(&format!("[sweep]\n\"model.filters\" = [{list}]\n"));
    assert!(found[0].len() <= 60, "{}", found[0]);
}

#[test]
fn the_sweep_of_a_base_is_not_passed_on() {
    let loaded = trial("")
        .file("base.toml", "[sweep]\n\"train.epochs\" = [1, 2]\n")
        .file("trial.toml", "extends = \"base.toml\"\n")
        .ok();
    assert_eq!(loaded.points.len(), 1);
    assert!(!loaded.is_sweep());
}

#[test]
fn an_argument_changes_the_sweep() {
    let case = trial("[sweep]\n\"train.epochs\" = [1, 2]\nrepeats = 5\n");
    assert_eq!(case.set("sweep.repeats=1").ok().points.len(), 2);
    let case = trial("").set("sweep.\"model.latent_dim\"=[2, 3, 4]");
    assert_eq!(case.ok().points.len(), 3);
}

#[test]
fn ten_thousand_points_are_expanded_in_seconds() {
    let list = |from: usize| format!("{:?}", (from..from + 100).collect::<Vec<_>>());
    let text =
        format!("[sweep]\n\"experiment.seed\" = {}\n\"model.latent_dim\" = {}\n", list(0), list(1));
    let case = trial(&text);
    let start = Instant::now();
    let loaded = case.ok();
    let spent = start.elapsed();
    assert_eq!(loaded.points.len(), 10_000);
    // Optimised it takes a fraction of this; the slack is for a busy machine.
    assert!(spent < Duration::from_secs(20), "{spent:?}");
    eprintln!("10,000 points in {spent:?}");
}
