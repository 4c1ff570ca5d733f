//! Strategies for random valid experiments.

use crate::{
    arch::Activation,
    spec::{
        Checkpoint, Clip, Codes, ConvModel, Data, DatasetName, Device, EarlyStopping, Evaluate,
        Experiment, Figures, Fit, Initializer, LevelKind, Log, Loss, LossTerms, Meta, Metric,
        MlpModel, Model, Noise, Optimizer, PerLayer, Probe, Resample, Schedule, Strength, Task,
        Train,
    },
};
use proptest::{
    collection::{btree_map, vec},
    option,
    prelude::*,
    sample::select,
};
use std::path::PathBuf;

fn activation() -> impl Strategy<Value = Activation> {
    use Activation::{Elu, Gelu, LeakyRelu, Linear, Relu, Sigmoid, Silu, Tanh};
    select(vec![Linear, Relu, LeakyRelu, Elu, Gelu, Silu, Tanh, Sigmoid])
}

fn metric() -> impl Strategy<Value = Metric> {
    select(Metric::ALL.to_vec())
}

fn path() -> impl Strategy<Value = Option<PathBuf>> {
    option::of("[ -~é漢\t]{1,12}".prop_map(PathBuf::from))
}

fn rising() -> impl Strategy<Value = [f64; 2]> {
    (-5.0..5.0, 0.001..9.0).prop_map(|(from, by)| [from, from + by])
}

pub(super) fn meta() -> impl Strategy<Value = Meta> {
    let device = select(vec!["cpu", "auto", "cuda", "cuda:1"])
        .prop_map(|text| Device::from(text.to_owned()));
    ("[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}", any::<String>(), 0..=i64::MAX.unsigned_abs(), device)
        .prop_map(|(name, description, seed, device)| Meta { name, description, seed, device })
}

fn data(color: bool) -> impl Strategy<Value = Data> {
    use DatasetName::{
        Cifar10, FashionMnist, ImageFolder, Mnist, SyntheticDigits, SyntheticScenes,
    };
    let names = if color {
        vec![Cifar10, SyntheticScenes, ImageFolder]
    } else {
        vec![Cifar10, SyntheticScenes, ImageFolder, Mnist, FashionMnist, SyntheticDigits]
    };
    let folder = (
        [1_usize..64, 1_usize..64],
        select(if color { vec![3] } else { vec![1, 3] }),
        select(vec![Fit::Crop, Fit::Stretch]),
        0.0..=1.0,
    );
    let folder = folder.prop_map(|(image_size, channels, fit, max_unreadable)| Data {
        image_size,
        channels,
        fit,
        max_unreadable,
        ..Data::default()
    });
    let limits = [option::of(1_usize..99), option::of(1_usize..99)];
    (select(names), path(), any::<bool>(), limits, 0.0..=0.9, folder).prop_map(
        |(dataset, root, verify, [train_limit, test_limit], validation_split, folder)| {
            let own = if dataset == ImageFolder { folder } else { Data::default() };
            Data { dataset, root, verify, train_limit, test_limit, validation_split, ..own }
        },
    )
}

/// Generates a level up to `most`, or a range of levels.
fn strength(most: f64) -> impl Strategy<Value = Strength> {
    (0.0..=0.5 * most, option::of(0.001..=0.5 * most)).prop_map(|(from, by)| {
        by.map_or(Strength::Level(from), |by| Strength::Range([from, from + by]))
    })
}

fn noise() -> impl Strategy<Value = Noise> {
    let resample = || select(vec![Resample::Once, Resample::Epoch]);
    let gaussian = |(mean, sigma, clip, resample)| Noise::Gaussian { mean, sigma, clip, resample };
    let speckle = |(sigma, clip, resample)| Noise::Speckle { sigma, clip, resample };
    let salted = |(amount, salt, resample)| Noise::SaltAndPepper { amount, salt, resample };
    let masking = |(amount, resample)| Noise::Masking { amount, resample };
    prop_oneof![
        (-1.0..1.0, strength(2.0), rising(), resample()).prop_map(gaussian),
        (strength(2.0), rising(), resample()).prop_map(speckle),
        (strength(1.0), 0.0..=1.0, resample()).prop_map(salted),
        (strength(1.0), resample()).prop_map(masking),
    ]
}

fn model() -> impl Strategy<Value = Model> {
    use Initializer::{GlorotNormal, GlorotUniform, HeNormal, HeUniform};
    let shared = || {
        let initializer = select(vec![GlorotUniform, GlorotNormal, HeUniform, HeNormal]);
        (1_usize..64, [activation(), activation(), activation()], initializer, path())
    };
    let conv = (1_usize..4).prop_flat_map(|layers| {
        let per_layer = || {
            prop_oneof![
                (1_usize..6).prop_map(PerLayer::All),
                vec(1_usize..6, layers).prop_map(PerLayer::Each)
            ]
        };
        (vec(1_usize..9, layers), per_layer(), per_layer())
    });
    prop_oneof![
        (conv, shared()).prop_map(|((filters, kernel_size, strides), shared)| {
            let (latent_dim, [activation, latent_activation, output_activation], initializer, init) =
                shared;
            Model::Conv(ConvModel {
                filters,
                kernel_size,
                strides,
                latent_dim,
                activation,
                latent_activation,
                output_activation,
                initializer,
                init,
            })
        }),
        (vec(1_usize..99, 0..4), shared()).prop_map(|(hidden, shared)| {
            let (latent_dim, [activation, latent_activation, output_activation], initializer, init) =
                shared;
            Model::Mlp(MlpModel {
                hidden,
                latent_dim,
                activation,
                latent_activation,
                output_activation,
                initializer,
                init,
            })
        }),
    ]
}

fn optimizer() -> impl Strategy<Value = Optimizer> {
    let rate = || 0.001..1.0;
    let share = || 0.0..1.0;
    let epsilon = || 1e-12..1e-3;
    prop_oneof![
        (rate(), share(), share(), epsilon()).prop_map(|(learning_rate, beta1, beta2, epsilon)| {
            Optimizer::Adam { learning_rate, beta1, beta2, epsilon }
        }),
        (rate(), share(), share(), epsilon(), share()).prop_map(
            |(learning_rate, beta1, beta2, epsilon, weight_decay)| Optimizer::Adamw {
                learning_rate,
                beta1,
                beta2,
                epsilon,
                weight_decay
            }
        ),
        (rate(), 0.1..1.0, any::<bool>()).prop_map(|(learning_rate, momentum, nesterov)| {
            Optimizer::Sgd { learning_rate, momentum, nesterov }
        }),
        (rate(), share(), share(), epsilon()).prop_map(
            |(learning_rate, rho, momentum, epsilon)| {
                Optimizer::Rmsprop { learning_rate, rho, momentum, epsilon }
            }
        ),
    ]
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let gamma = || 0.01..2.0;
    let low = || 0.0..0.001;
    prop_oneof![
        Just(Schedule::Constant),
        (1_usize..9, gamma()).prop_map(|(every, gamma)| Schedule::Step { every, gamma }),
        (vec(1_usize..9, 1..4), gamma()).prop_map(|(gaps, gamma)| {
            let epochs = gaps.iter().scan(0, |at, gap| {
                *at += gap;
                Some(*at)
            });
            Schedule::MultiStep { epochs: epochs.collect(), gamma }
        }),
        gamma().prop_map(|gamma| Schedule::Exponential { gamma }),
        (low(), 0.0..4.0).prop_map(|(end, power)| Schedule::Polynomial { end, power }),
        (low(), option::of(1_usize..9), 1_usize..4)
            .prop_map(|(min, period, period_mult)| Schedule::Cosine { min, period, period_mult }),
        (0.0..=1.0, 1.0..99.0, 1.0..1e5).prop_map(|(warmup, div, final_div)| Schedule::OneCycle {
            warmup,
            div,
            final_div
        }),
        (metric(), 0.01..0.99, 0_usize..9, 0.0..0.1, 0_usize..9, low()).prop_map(
            |(metric, factor, patience, threshold, cooldown, min)| Schedule::Plateau {
                metric,
                factor,
                patience,
                threshold,
                cooldown,
                min
            }
        ),
    ]
}

fn train(sigmoid: bool) -> impl Strategy<Value = Train> {
    let mut terms = vec![LossTerms::Mse, LossTerms::Mae, LossTerms::Ssim];
    terms.extend(sigmoid.then_some(LossTerms::Bce));
    let weight = prop_oneof![Just(1.0), 0.01..9.0];
    let loss = btree_map(select(terms), weight, 1..4).prop_map(|weights| Loss { weights });
    let clip =
        [option::of(0.1..9.0), option::of(0.1..9.0)].prop_map(|[norm, value]| Clip { norm, value });
    let stopping = (metric(), 0_usize..9, 0.0..1.0)
        .prop_map(|(metric, patience, min_delta)| EarlyStopping { metric, patience, min_delta });
    let checkpoint = (metric(), 0_usize..9, 0_usize..9)
        .prop_map(|(metric, every, keep)| Checkpoint { metric, every, keep });
    let numbers = (1_usize..99, 1_usize..99, 0_usize..99, any::<bool>());
    (numbers, loss, optimizer(), schedule(), clip, option::of(stopping), checkpoint).prop_map(
        |(
            (epochs, batch_size, warmup_steps, shuffle),
            loss,
            optimizer,
            schedule,
            clip,
            early_stopping,
            checkpoint,
        )| Train {
            epochs,
            batch_size,
            loss,
            optimizer,
            schedule,
            warmup_steps,
            clip,
            shuffle,
            early_stopping,
            checkpoint,
        },
    )
}

pub(super) fn figures() -> impl Strategy<Value = Figures> {
    let codes = select(vec![Codes::Auto, Codes::Pca, Codes::Tsne, Codes::None]);
    (1_u32..16, codes, option::of(rising()), 2_usize..99, 0_usize..99, any::<[bool; 2]>()).prop_map(
        |(scale, codes, code_range, manifold, interpolations, [traversal, svg])| Figures {
            scale,
            codes,
            code_range,
            manifold,
            interpolations,
            traversal,
            svg,
        },
    )
}

pub(super) fn experiment() -> impl Strategy<Value = Experiment> {
    let task = prop_oneof![
        Just(Task::Reconstruct),
        Just(Task::Colorize),
        noise().prop_map(|noise| Task::Denoise { noise })
    ];
    (task, model()).prop_flat_map(|(task, model)| {
        let output = match &model {
            Model::Conv(model) => model.output_activation,
            Model::Mlp(model) => model.output_activation,
        };
        let levels = |kind: LevelKind| match &task {
            Task::Denoise { noise } if noise.level_kind() == kind => 0..4_usize,
            _ => 0..1,
        };
        let levels =
            (vec(0.0..3.0, levels(LevelKind::Sigma)), vec(0.0..=1.0, levels(LevelKind::Amount)));
        let probes = prop_oneof![
            Just((Vec::new(), 20)),
            (vec(prop_oneof![Just(Probe::Knn), Just(Probe::Linear)], 1..3), 1..=1000_usize),
        ];
        let evaluate = (levels, any::<bool>(), probes).prop_map(
            |((noise_sigmas, noise_amounts), codes, (probe, probe_neighbours))| Evaluate {
                noise_sigmas,
                noise_amounts,
                codes,
                probe,
                probe_neighbours,
            },
        );
        let data = data(task == Task::Colorize);
        let train = train(output == Activation::Sigmoid);
        let log = any::<bool>().prop_map(|tensorboard| Log { tensorboard });
        (meta(), data, Just(task), Just(model), train, evaluate, figures(), log).prop_map(
            |(meta, data, task, model, train, evaluate, figures, log)| Experiment {
                meta,
                data,
                task,
                model,
                train,
                evaluate,
                figures,
                log,
            },
        )
    })
}
