//! Precedence and merging of layers.
// The compared values are literals, not computed.
#![allow(clippy::float_cmp)]

use super::{Case, trial};
use crate::spec::{
    DatasetName, Experiment, Loss, LossTerms, Metric, Model, Noise, Optimizer, PerLayer, Resample,
    Schedule, Strength, Task,
};

/// Returns the strength of an experiment's noise.
fn strength(case: &Case) -> Strength {
    match case.ok().base.task {
        Task::Denoise { noise } => noise.strength(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_empty_file_is_the_defaults_named_after_the_file() {
    let loaded = trial("").ok();
    let mut expected = Experiment::default();
    expected.meta.name = "trial".to_owned();
    assert_eq!(loaded.base, expected);
    assert_eq!(loaded.points.len(), 1);
    assert_eq!(loaded.points[0].experiment, expected);
    assert_eq!(loaded.points[0].name, "");
}

#[test]
fn the_file_is_kept_as_given() {
    let text = "#:schema ../schemas/experiment.schema.json\n# A comment.\n[train]\nepochs = 2\n";
    assert_eq!(trial(text).ok().text, text);
}

#[test]
fn a_name_derived_from_the_file_is_valid_for_a_folder() {
    let loaded = trial("").file("my trial (2).v1.toml", "").ok();
    assert_eq!(loaded.base.meta.name, "my_trial__2_.v1");
    assert_eq!(trial("").file(".hidden.toml", "").ok().base.meta.name, "_hidden");
}

#[test]
fn later_layers_win() {
    let epochs = |loaded: crate::spec::Loaded| loaded.base.train.epochs;
    let case = trial("").file("base.toml", "train.epochs = 2\n");
    assert_eq!(epochs(case.ok()), 2);
    let case = case.file("trial.toml", "extends = \"base.toml\"\n");
    assert_eq!(epochs(case.ok()), 2);
    let case = case.file("trial.toml", "extends = \"base.toml\"\ntrain.epochs = 3\n");
    assert_eq!(epochs(case.ok()), 3);
    let case = case.env("RUNNER_TRAIN__EPOCHS", "4");
    assert_eq!(epochs(case.ok()), 4);
    let case = case.set("train.epochs=5");
    assert_eq!(epochs(case.ok()), 5);
    assert_eq!(epochs(case.set("train.epochs=6").ok()), 6);
}

#[test]
fn bases_chain_from_folder_to_folder() {
    let loaded = trial("")
        .file("root.toml", "experiment.seed = 7\ntrain.epochs = 2\n")
        .file("deep/middle.toml", "extends = \"../root.toml\"\ntrain.batch_size = 8\n")
        .file("deep/leaf.toml", "extends = \"./middle.toml\"\n[train]\nepochs = 9\n")
        .ok();
    let train = &loaded.base.train;
    assert_eq!((loaded.base.meta.seed, train.epochs, train.batch_size), (7, 9, 8));
    assert_eq!(loaded.base.meta.name, "leaf");
}

#[test]
fn tables_of_one_kind_merge_key_by_key() {
    let loaded = trial("")
        .file(
            "base.toml",
            "[task]\nkind = \"denoise\"\nnoise = { sigma = 0.75, resample = \"epoch\" }\n",
        )
        .file("trial.toml", "extends = \"base.toml\"\n[task.noise]\nmean = 0.0\n")
        .ok();
    let noise = Noise::Gaussian {
        mean: 0.0,
        sigma: Strength::Level(0.75),
        clip: [0.0, 1.0],
        resample: Resample::Epoch,
    };
    assert_eq!(loaded.base.task, Task::Denoise { noise });
}

#[test]
fn another_kind_replaces_the_table_as_a_whole() {
    let case = trial("").file(
        "base.toml",
        "[task]\nkind = \"denoise\"\nnoise = { sigma = 0.75 }\n[model]\nfilters = [8]\nlatent_dim = 2\n[train]\nschedule = { kind = \"cosine\", min = 1e-5 }\n",
    );
    let loaded = case.set("model.kind=mlp").set("train.schedule={ kind = \"plateau\" }").ok();
    let Model::Mlp(model) = &loaded.base.model else { panic!("{:?}", loaded.base.model) };
    assert_eq!(model.latent_dim, 16, "the latent_dim of the other kind is gone");
    assert!(matches!(loaded.base.train.schedule, Schedule::Plateau { min, .. } if min == 0.0));
    let Task::Denoise { noise } = &loaded.base.task else { panic!("{:?}", loaded.base.task) };
    assert_eq!(
        *noise,
        Noise::Gaussian {
            mean: 0.5,
            sigma: Strength::Level(0.75),
            clip: [0.0, 1.0],
            resample: Resample::Once
        }
    );
}

#[test]
fn another_kind_inside_a_table_replaces_only_the_inner_one() {
    let loaded =
        trial("[task]\nkind = \"denoise\"\nnoise = { sigma = 0.75, resample = \"epoch\" }\n")
            .set("task.noise.kind=masking")
            .set("task.noise.amount=0.9")
            .ok();
    let noise = Noise::Masking { amount: Strength::Level(0.9), resample: Resample::Once };
    assert_eq!(loaded.base.task, Task::Denoise { noise });
}

#[test]
fn the_kind_and_its_keys_may_come_in_any_order_of_arguments() {
    let case = trial("").set("task.noise.sigma=0.7").set("task.kind=denoise");
    assert_eq!(strength(&case), Strength::Level(0.7));
}

#[test]
fn naming_the_same_kind_again_replaces_nothing() {
    let case = trial("[train]\noptimizer = { kind = \"adam\", beta1 = 0.5 }\n");
    let loaded = case.set("train.optimizer={ kind = \"adam\", learning_rate = 0.1 }").ok();
    assert!(matches!(
        loaded.base.train.optimizer,
        Optimizer::Adam { learning_rate, beta1, .. } if learning_rate == 0.1 && beta1 == 0.5
    ));
}

#[test]
fn a_loss_written_as_a_table_replaces_the_one_below() {
    let case = trial("[train]\nloss = { mse = 0.8, ssim = 0.2 }\n");
    let weights = |loss: Loss| loss.weights.into_iter().collect::<Vec<_>>();
    let loaded = case.file("next.toml", "extends = \"trial.toml\"\n[train]\nloss = { mae = 2 }\n");
    assert_eq!(weights(loaded.ok().base.train.loss), [(LossTerms::Mae, 2.0)]);
    let one = loaded.file("one.toml", "extends = \"trial.toml\"\ntrain.loss.ssim = 0.5\n").ok();
    assert_eq!(weights(one.base.train.loss), [(LossTerms::Mse, 0.8), (LossTerms::Ssim, 0.5)]);
}

#[test]
fn an_integer_is_accepted_as_a_number() {
    let case = trial("[task]\nkind = \"denoise\"\nnoise.sigma = 1\n");
    assert_eq!(strength(&case), Strength::Level(1.0));
}

#[test]
fn noise_has_one_level_or_a_range_and_a_higher_layer_replaces_either() {
    let base = || {
        let text = "[task]\nkind = \"denoise\"\nnoise.sigma = [0, 1.5]\n";
        trial("extends = \"base.toml\"\n").file("base.toml", text)
    };
    assert_eq!(strength(&base()), Strength::Range([0.0, 1.5]));
    assert_eq!(strength(&base().set("task.noise.sigma=0.5")), Strength::Level(0.5));
    let range = Strength::Range([0.5, 2.0]);
    assert_eq!(strength(&base().set("task.noise.sigma=[0.5, 2]")), range);
    assert_eq!(strength(&base().env("RUNNER_TASK__NOISE__SIGMA", "[0.5, 2]")), range);
    let masking = "task.noise={kind=\"masking\", amount=[0.1, 1]}";
    assert_eq!(strength(&base().set(masking)), Strength::Range([0.1, 1.0]));
}

#[test]
fn numbers_and_lists_per_layer_are_told_apart() {
    let loaded = trial("[model]\nfilters = [8, 16]\nkernel_size = [5, 3]\nstrides = 1\n").ok();
    let Model::Conv(model) = loaded.base.model else { panic!("not a conv") };
    assert_eq!((model.kernel_size, model.strides), (PerLayer::Each(vec![5, 3]), PerLayer::All(1)));
}

#[test]
fn a_bare_word_after_set_is_a_string() {
    let loaded = trial("").set("data.dataset=mnist").set("data.root=/some/where else").ok();
    assert_eq!(loaded.base.data.dataset, DatasetName::Mnist);
    assert_eq!(loaded.base.data.root.as_deref(), Some("/some/where else".as_ref()));
    let loaded = trial("").set("train.early_stopping.metric=val_psnr").ok();
    assert_eq!(loaded.base.train.early_stopping.map(|stop| stop.metric), Some(Metric::ValPsnr));
}

#[test]
fn a_string_that_looks_like_a_number_needs_no_quotes_after_set() {
    assert_eq!(trial("").set("experiment.name=2026").ok().base.meta.name, "2026");
    assert_eq!(trial("").set("experiment.name=2026-01-02").ok().base.meta.name, "2026-01-02");
    let case = trial("").env("RUNNER_EXPERIMENT__NAME", "true");
    assert_eq!(case.ok().base.meta.name, "true");
}

#[test]
fn variables_reach_inner_tables_and_whole_ones() {
    let case = trial("task.kind = \"denoise\"\n")
        .env("RUNNER_TASK__NOISE__SIGMA", "0.25")
        .env("RUNNER_MODEL", "{ kind = \"mlp\", hidden = [] }");
    assert_eq!(strength(&case), Strength::Level(0.25));
    assert!(matches!(case.ok().base.model, Model::Mlp(model) if model.hidden.is_empty()));
}

#[test]
fn variables_that_are_not_keys_are_ignored() {
    let loaded = trial("")
        .env("RUNNER_DATA_DIR", "/images")
        .env("RUNNER_KERNELS", "reference")
        .env("RUNNER_LOG", "debug")
        .env("RUNNER_OS", "Linux")
        .env("RUNNER_NAME", "ci-17")
        .env("PATH", "/bin")
        .ok();
    assert_eq!(loaded.base, trial("").ok().base);
}

#[test]
fn folder_keys_of_a_lower_layer_are_forgotten_with_their_data_set() {
    let case = trial("[data]\ndataset = \"image_folder\"\nimage_size = [64, 48]\nchannels = 1\n");
    let loaded = case.set("data.dataset=synthetic_digits").ok();
    assert_eq!(loaded.base.data, Experiment::default().data);
}

#[test]
fn the_code_range_can_be_fitted() {
    assert_eq!(trial("figures.code_range = \"fit\"").ok().base.figures.code_range, None);
    let given = trial("figures.code_range = [-1, 2.5]").ok().base.figures.code_range;
    assert_eq!(given, Some([-1.0, 2.5]));
}
