//! Expansion of a sweep into runs.

use super::trial;
use crate::spec::{Model, Noise, Strength, Task};
use std::time::{Duration, Instant};

pub(super) fn names(text: &str) -> Vec<String> {
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
fn every_point_is_resolved_and_records_its_overrides() {
    let sweep = "task.kind = \"denoise\"\n[sweep]\n\"task.noise.sigma\" = [0.25, 1, [0, 1]]\n";
    let loaded = trial(sweep).ok();
    let sigmas: Vec<Strength> = loaded
        .points
        .iter()
        .map(|point| match &point.experiment.task {
            Task::Denoise { noise: Noise::Gaussian { sigma, .. } } => *sigma,
            other => panic!("{other:?}"),
        })
        .collect();
    let [low, high] = [0.25, 1.0].map(Strength::Level);
    assert_eq!(sigmas, [low, high, Strength::Range([0.0, 1.0])]);
    assert_eq!(loaded.points[1].overrides, [("task.noise.sigma".to_owned(), 1.into())]);
    assert_eq!(loaded.points[1].repeat, None);
}

#[test]
fn repeats_count_the_seed_up() {
    let loaded =
        trial("experiment.seed = 10\n[sweep]\n\"train.epochs\" = [1, 2]\nrepeats = 3\n").ok();
    let found: Vec<_> = loaded
        .points
        .iter()
        .map(|point| (point.name.as_str(), point.repeat, point.experiment.meta.seed))
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
    assert_eq!(loaded.base.meta.seed, 10);
}

#[test]
fn swept_seeds_are_warned_of_since_the_luckiest_would_be_the_best() {
    let loaded = trial("[sweep]\n\"experiment.seed\" = [1, 2]\n").ok();
    assert!(loaded.warnings[0].contains("`repeats` gives mean and deviation"));
    assert_eq!(trial("[sweep]\nrepeats = 2\n").ok().warnings, [""; 0]);
}

#[test]
fn repeats_alone_make_a_sweep() {
    assert_eq!(names("sweep.repeats = 2"), ["r1", "r2"]);
    assert_eq!(names("sweep.repeats = 1"), ["r1"]);
}

#[test]
fn an_empty_sweep_is_a_single_run() {
    assert_eq!(names("[sweep]\n"), [""]);
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
fn a_sweep_may_supply_what_the_file_is_missing() {
    let loaded =
        trial("[task]\nkind = \"colorize\"\n[sweep]\n\"data.dataset\" = [\"cifar10\"]\n").ok();
    assert_eq!(loaded.base, loaded.points[0].experiment);
}

#[test]
fn names_use_the_shortest_unique_suffixes_of_keys() {
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
fn tables_whose_values_look_alike_are_distinguished_by_their_keys_in_any_order() {
    let found = |tables: &str| {
        names(&format!("[sweep]\nmetric = \"val_mse\"\n\"train.loss\" = [{tables}]\n"))
    };
    let (ssim, mae) = ("{ mse = 1.0, ssim = 0.1 }", "{ mse = 1, mae = 0.1 }");
    let names = ["loss=mse-1-ssim-0.1", "loss=mse-1-mae-0.1", "loss=2-0.1", "loss=mse"];
    let rest = "{ mse = 2, ssim = 0.1 }, \"mse\"";
    assert_eq!(found(&format!("{ssim}, {mae}, {rest}")), names);
    assert_eq!(found(&format!("{mae}, {ssim}")), [names[1], names[0]]);
    assert_eq!(found(&format!("{ssim}, {rest}")), ["loss=1-0.1", names[2], names[3]]);
}

#[test]
fn the_sweep_of_a_base_is_inherited() {
    let base = "[sweep]\n\"train.epochs\" = [1, 2]\n\"model.latent_dim\" = [2, 4]\nrepeats = 1\n";
    let over = |text: &str| {
        let text = format!("extends = \"base.toml\"\n{text}");
        let loaded = trial("").file("base.toml", base).file("trial.toml", text).ok();
        loaded.points.into_iter().map(|point| point.name).collect::<Vec<_>>()
    };
    let names = ["epochs=1,latent_dim=2", "epochs=1,latent_dim=4", "epochs=2,latent_dim=2"];
    assert_eq!(over("")[..3], names.map(|name| format!("{name},r1")));
    let changed = over("[sweep]\n\"train.epochs\" = [7]\n\"train.batch_size\" = [8]\n");
    let names = ["epochs=7,latent_dim=2,batch_size=8,r1", "epochs=7,latent_dim=4,batch_size=8,r1"];
    assert_eq!(changed, names);
    assert_eq!(over("sweep.repeats = 2").len(), 8);
}

#[test]
fn an_argument_changes_the_sweep() {
    let case = trial("[sweep]\n\"train.epochs\" = [1, 2]\nrepeats = 5\n");
    assert_eq!(case.set("sweep.repeats=1").ok().points.len(), 2);
    let case = trial("").set("sweep.\"model.latent_dim\"=[2, 3, 4]");
    assert_eq!(case.ok().points.len(), 3);
}

#[test]
fn a_random_key_that_takes_integers_gets_integers_by_any_rule() {
    let text = "[sweep.random]\ncount = 20\n\"train.batch_size\" = { kind = \"log_uniform\", from = 8, to = 512 }\n\"model.latent_dim\" = { kind = \"uniform\", from = 2, to = 4 }\n";
    let points = trial(text).ok().points;
    for point in &points {
        assert!(point.overrides.iter().all(|(_, value)| value.is_integer()), "{point:?}");
        assert!((8..=512).contains(&point.experiment.train.batch_size));
        assert!((2..=4).contains(&point.experiment.architecture().latent_dim));
    }
    assert_eq!(points.len(), 20);
}

#[test]
fn zipped_keys_vary_together_and_cross_with_the_others() {
    let text = "[sweep]\nzip = { \"model.latent_dim\" = [2, 16], \"train.epochs\" = [20, 1] }\n\"train.batch_size\" = [8, 32]\n";
    assert_eq!(
        names(text),
        [
            "latent_dim=2,epochs=20,batch_size=8",
            "latent_dim=2,epochs=20,batch_size=32",
            "latent_dim=16,epochs=1,batch_size=8",
            "latent_dim=16,epochs=1,batch_size=32"
        ]
    );
    let two = "[sweep]\nzip = [{ \"model.latent_dim\" = [2, 3] }, { \"train.epochs\" = [1, 2] }]\n";
    assert_eq!(names(two).len(), 4);
}

#[test]
fn single_combinations_are_left_out_and_added() {
    let text = "[sweep]\n\"model.latent_dim\" = [2, 4]\n\"train.epochs\" = [1, 3]\nexclude = [{ \"model.latent_dim\" = 4.0, \"train.epochs\" = 3 }]\ninclude = [{ \"model.latent_dim\" = 64 }, { \"train.epochs\" = 1, \"model.latent_dim\" = 2 }]\n";
    let found = names(&text.replace("4.0", "4"));
    assert_eq!(
        found,
        [
            "latent_dim=2,epochs=1",
            "latent_dim=2,epochs=3",
            "latent_dim=4,epochs=1",
            "latent_dim=64"
        ],
        "an existing combination is not planned twice"
    );
}

#[test]
fn blocks_follow_one_another_with_repeats_of_their_own() {
    let text = "[sweep]\nrepeats = 2\n[[sweep.blocks]]\n\"model.latent_dim\" = [2]\n[[sweep.blocks]]\n\"train.epochs\" = [1, 2]\nrepeats = 1\n";
    assert_eq!(names(text), ["latent_dim=2,r1", "latent_dim=2,r2", "epochs=1,r1", "epochs=2,r1"]);
    let groups: Vec<_> = trial(text).ok().points.iter().map(|point| point.group).collect();
    assert_eq!(groups, [0, 0, 1, 2]);
}

#[test]
fn a_value_that_happens_not_to_be_drawn_may_be_excluded() {
    let text = "[sweep]\nexclude = [{ \"model.latent_dim\" = 5 }]\nrandom = { count = 2, \"model.latent_dim\" = [2, 4] }\n";
    assert_eq!(trial(text).ok().points.len(), 2);
}

#[test]
fn random_points_are_distinct_and_a_larger_count_keeps_the_first_ones() {
    let text = |count: usize| {
        format!(
            "[sweep.random]\ncount = {count}\nseed = 3\n\"model.latent_dim\" = {{ kind = \"integer\", from = 1, to = 9 }}\n\"train.epochs\" = [1, 2]\n\"train.optimizer.learning_rate\" = {{ kind = \"log_uniform\", from = 1e-4, to = 1e-2 }}\n"
        )
    };
    let few = names(&text(5));
    let many = names(&text(40));
    assert_eq!(few[..], many[..5]);
    let distinct: std::collections::HashSet<_> = many.iter().collect();
    assert_eq!(distinct.len(), 40);
    assert_eq!(trial(&text(40)).set("sweep.random.count=7").ok().points.len(), 7);
}

#[test]
fn a_key_that_only_some_blocks_sweep_may_bring_its_own_shapes() {
    let text = "[model]\nfilters = [4]\n[[sweep.blocks]]\n\"model.latent_dim\" = [2, 3]\n[[sweep.blocks]]\n\"model.filters\" = [[8], [8, 16]]\n\"model.kernel_size\" = [3, 5]\n";
    let points = trial(text).ok().points;
    let shapes: std::collections::HashSet<_> =
        points.iter().map(|point| point.experiment.architecture().shape_key()).collect();
    assert_eq!((points.len(), shapes.len()), (6, 6));
    let filters = |point: &crate::spec::Point| match &point.experiment.model {
        Model::Conv(model) => model.filters.clone(),
        Model::Mlp(model) => panic!("{model:?}"),
    };
    assert!(points[..2].iter().all(|point| filters(point) == [4]), "not of the block before");
}

#[test]
fn settings_of_a_sweep_are_read_and_have_defaults() {
    use crate::spec::{Metric, Prune};
    let loaded = trial("[sweep]\n\"train.epochs\" = [1]\n").ok();
    assert_eq!(loaded.settings.retries, 2);
    let text = "[sweep]\nmetric = \"val_psnr\"\nretries = 0\nprune = { kind = \"halving\", factor = 2 }\n\"train.epochs\" = [1]\n";
    let settings = trial(text).ok().settings;
    assert_eq!((settings.metric, settings.retries), (Some(Metric::ValPsnr), 0));
    assert_eq!(settings.prune, Some(Prune::Halving { metric: None, warmup: 1, factor: 2 }));
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
    // An optimized build takes a fraction of this; the limit allows for a busy machine.
    assert!(spent < Duration::from_secs(20), "{spent:?}");
    eprintln!("10,000 points in {spent:?}");
}
