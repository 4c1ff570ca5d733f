//! Checks on the points of a sweep as a whole, and on values set by variables and arguments.

use super::{Case, trial};
use crate::spec::{Metric, Optimizer};

/// Returns the names and seeds of all runs.
fn runs(text: &str) -> Vec<(String, u64)> {
    let points = trial(text).ok().points.into_iter();
    points.map(|point| (point.name, point.experiment.meta.seed)).collect()
}

#[test]
fn losses_that_differ_are_found_wherever_they_are_swept() {
    for sweep in [
        "[sweep]\n\"train.loss\" = [\"mse\", { mse = 0.5, ssim = 0.5 }]\n",
        "[sweep]\nmetric = \"loss\"\n\"train.loss\" = [\"mse\", \"mae\"]\n",
        "[sweep]\nzip = { \"train.loss\" = [\"mse\", \"mae\"], \"train.epochs\" = [1, 2] }\n",
        "[sweep]\n\"train.epochs\" = [1]\ninclude = [{ \"train.loss\" = \"mae\" }]\n",
        "[sweep]\nrandom = { count = 2, \"train.loss\" = [\"mse\", \"mae\"] }\n",
        "[[sweep.blocks]]\n\"train.epochs\" = [1]\n[[sweep.blocks]]\n\"train.loss\" = [\"mae\"]\n",
        "[train]\nloss = { mse = 1 }\n[sweep]\n\"train.loss.ssim\" = [0.1, 0.2]\n",
        "[sweep]\ntrain = [{ loss = \"mse\" }, { loss = \"mae\" }]\n",
    ] {
        let text = trial(sweep).wrong();
        assert!(text.contains("is not comparable between them"), "{sweep}\n{text}");
        assert!(text.contains("set `metric = \"val_mse\"` in [sweep]"), "{sweep}\n{text}");
    }
}

#[test]
fn runs_of_one_loss_may_be_compared_by_it() {
    for sweep in [
        "[sweep]\n\"train.loss\" = [\"mae\"]\n\"train.epochs\" = [1, 2]\n",
        "[train]\nloss = \"ssim\"\n[sweep]\n\"train.epochs\" = [1, 2]\nmetric = \"val_loss\"\n",
    ] {
        assert_eq!(trial(sweep).ok().points.len(), 2, "{sweep}");
    }
}

#[test]
fn checkpoints_and_early_stopping_may_use_the_loss_even_if_losses_are_swept() {
    let text = "[train]\nearly_stopping = { metric = \"val_loss\" }\n[sweep]\nmetric = \"val_ssim\"\nprune = { kind = \"median\" }\n\"train.loss\" = [\"mse\", \"mae\"]\n";
    let loaded = trial(text).ok();
    assert_eq!(loaded.settings.metric, Some(Metric::ValSsim));
    assert_eq!(loaded.base.train.checkpoint.metric, Metric::ValLoss);
    let text = "[train]\ncheckpoint = { metric = \"val_mse\" }\n[sweep]\n\"train.loss\" = [\"mse\", \"mae\"]\n";
    assert_eq!(trial(text).ok().points.len(), 2, "compared by the metric of the checkpoints");
}

#[test]
fn repeats_of_a_later_block_are_planned_with_the_first_occurrence_of_a_combination() {
    let text = "[sweep]\n\"model.latent_dim\" = [2, 4]\nrepeats = 1\n[[sweep.blocks]]\n\"model.latent_dim\" = [4]\nrepeats = 3\n";
    let expected = [
        ("latent_dim=2,r1", 42),
        ("latent_dim=4,r1", 42),
        ("latent_dim=4,r2", 43),
        ("latent_dim=4,r3", 44),
    ];
    let text = format!("[experiment]\nseed = 42\n{text}");
    assert_eq!(runs(&text), expected.map(|(name, seed)| (name.to_owned(), seed)));
    let groups: Vec<_> = trial(&text).ok().points.iter().map(|point| point.group).collect();
    assert_eq!(groups, [0, 1, 1, 1]);

    let fewer = text.replace("repeats = 1", "repeats = 5").replace("repeats = 3", "repeats = 2");
    assert_eq!(runs(&fewer).len(), 10, "a block takes nothing away from another");
}

#[test]
fn swept_seeds_may_be_repeated_as_long_as_none_occurs_twice() {
    let text = "[sweep]\n\"experiment.seed\" = [1, 11]\nrepeats = 2\n";
    let seeds: Vec<u64> = runs(text).into_iter().map(|(_, seed)| seed).collect();
    assert_eq!(seeds, [1, 2, 11, 12]);
    let others =
        "[sweep]\nzip = { \"experiment.seed\" = [1, 2], \"train.epochs\" = [1, 2] }\nrepeats = 2\n";
    assert_eq!(runs(others).len(), 4, "different experiments may have the same seed");
}

#[test]
fn a_seed_that_repeats_of_another_block_reach_is_found() {
    let text = "[experiment]\nseed = 5\n[[sweep.blocks]]\n\"model.latent_dim\" = [2]\nrepeats = 3\n[[sweep.blocks]]\n\"model.latent_dim\" = [2]\n\"experiment.seed\" = [6]\n";
    assert!(trial(text).wrong().contains("seed 6 occurs twice"));
}

#[test]
fn an_argument_applies_to_points_that_keep_its_table() {
    let text = "[sweep]\n\"train.optimizer\" = [{ beta1 = 0.5 }, { kind = \"sgd\", learning_rate = 0.5 }]\n";
    let loaded = trial(text).set("train.optimizer.learning_rate=0.25").ok();
    let rates = loaded.points.iter().map(|point| match point.experiment.train.optimizer {
        Optimizer::Adam { learning_rate, .. } | Optimizer::Sgd { learning_rate, .. } => {
            learning_rate
        }
        ref other => panic!("{other:?}"),
    });
    assert_eq!(rates.collect::<Vec<_>>(), [0.25, 0.5], "the second point sets its own");
}

#[test]
fn an_argument_or_variable_that_another_kind_drops_is_reported() {
    let text = "[sweep]\n\"model.kind\" = [\"conv\", \"mlp\"]\n";
    let told = trial(text).env("RUNNER_MODEL__LATENT_DIM", "8").wrong();
    assert!(told.contains("environment variable RUNNER_MODEL__LATENT_DIM"), "{told}");
    assert!(told.contains("in point `kind=mlp`"), "{told}");
    let case = trial(text).set("model.latent_dim=8");
    assert!(case.wrong().contains("argument --set"));
    let dims: Vec<_> = trial(text).set("sweep.\"model.latent_dim\"=[8]").ok().points;
    assert!(dims.iter().all(|point| point.experiment.architecture().latent_dim == 8));
}

#[test]
fn an_argument_for_a_part_of_a_table_that_all_points_set_has_no_effect() {
    let text =
        "[sweep]\n\"train.optimizer\" = [{ learning_rate = 0.1 }, { learning_rate = 0.2 }]\n";
    let told = trial(text).set("train.optimizer.learning_rate=0.3").wrong();
    assert!(told.contains("setting it has no effect"), "{told}");
    let some = "[sweep]\n\"train.epochs\" = [1]\ninclude = [{ \"model.latent_dim\" = 2 }]\n";
    assert_eq!(trial(some).set("train.epochs=7").ok().points[1].experiment.train.epochs, 7);
}

#[test]
fn a_variable_that_an_argument_overrides_is_not_reported() {
    let text = "[sweep]\n\"train.epochs\" = [1, 2]\n";
    let told = trial(text).env("RUNNER_TRAIN__EPOCHS", "3").set("train.epochs=4").wrong();
    assert_eq!(told.matches("error").count(), 1, "{told}");
    assert!(told.contains("argument --set"), "{told}");
}

#[test]
fn too_few_combinations_are_counted_instead_of_searched() {
    let start = std::time::Instant::now();
    for (columns, count) in [
        ("\"model.latent_dim\" = [2, 3, 3]", "2"),
        (
            "\"model.latent_dim\" = { kind = \"integer\", from = 1, to = 9 }, \"train.epochs\" = [1, 2]",
            "18",
        ),
        ("\"train.epochs\" = { kind = \"log_uniform\", from = 0.6, to = 5 }", "5"),
    ] {
        let text = format!("[sweep]\nrandom = {{ count = 100000, {columns} }}\n");
        let told = trial(&text).wrong();
        assert!(told.contains(&format!("there are only {count}\n")), "{told}");
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
    let all = "[sweep]\nrandom = { count = 18, \"model.latent_dim\" = { kind = \"integer\", from = 1, to = 9 }, \"train.epochs\" = [1, 2] }\n";
    assert_eq!(trial(all).ok().points.len(), 18);
}

#[test]
fn a_mistake_in_one_block_does_not_hide_what_another_lacks() {
    let lacks = |count: &str| {
        format!("[[sweep.blocks]]\nrandom = {{ {count}\"model.latent_dim\" = [2, 3] }}\n")
    };
    let told = |text: String| trial(&text).wrong().matches("`random` needs `count`").count();
    assert_eq!(told(lacks("") + &lacks("")), 2);
    assert_eq!(told(lacks("count = 0, ") + &lacks("")), 1);
    assert_eq!(told(lacks("") + &lacks("count = 0, ")), 1);
}

#[test]
fn the_metric_of_the_sweep_chooses_the_best_epoch_unless_a_layer_sets_another() {
    let metrics = |case: &Case| -> Vec<Metric> {
        let points = case.ok().points;
        points.iter().map(|point| point.experiment.train.checkpoint.metric).collect()
    };
    let (ssim, psnr, loss) = (Metric::ValSsim, Metric::ValPsnr, Metric::ValLoss);
    let sweep = "[sweep]\nmetric = \"val_ssim\"\n";
    let sizes = format!("{sweep}\"model.latent_dim\" = [2, 4]\n");
    assert_eq!(metrics(&trial(&sizes)), [ssim, ssim]);
    assert_eq!(metrics(&trial(&format!("{sweep}repeats = 1\n"))), [ssim]);
    assert_eq!(metrics(&trial(sweep)), [loss], "it varies nothing");
    assert_eq!(metrics(&trial(&sizes.replace("metric = \"val_ssim\"\n", ""))), [loss, loss]);
    let every = format!("[train]\ncheckpoint = {{ every = 2 }}\n{sizes}");
    assert_eq!(metrics(&trial(&every)), [ssim, ssim]);
    let given = format!("[train]\ncheckpoint = {{ metric = \"val_loss\" }}\n{sizes}");
    assert_eq!(metrics(&trial(&given)), [loss, loss]);
    let name = "RUNNER_TRAIN__CHECKPOINT__METRIC";
    assert_eq!(metrics(&trial(&sizes).env(name, "val_psnr")), [psnr, psnr]);
    let swept = format!("{sweep}\"train.checkpoint.metric\" = [\"val_loss\", \"val_psnr\"]\n");
    assert_eq!(metrics(&trial(&swept)), [loss, psnr]);
    let told = |text: &str| trial(text).ok().warnings.concat();
    assert!(told(&given).contains("compared by `sweep.metric`, val_ssim"), "{}", told(&given));
    for text in [&sizes, &every, sweep] {
        assert_eq!(told(text), "", "{text}");
    }
}
