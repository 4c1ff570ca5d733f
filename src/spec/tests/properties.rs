//! Random experiments survive a round trip through TOML, and random text causes no panic.

use super::{
    random::{experiment, figures, meta},
    trial,
};
use crate::spec::{Checkpoint, Data, Evaluate, Experiment, Model, Train};
use proptest::{collection::vec, option, prelude::*, sample::select};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn an_experiment_survives_a_round_trip(experiment in experiment()) {
        let text = experiment.to_toml();
        let loaded = trial(&text).load().map_err(|problems| {
            TestCaseError::fail(format!("{text}\n{problems}"))
        })?;
        prop_assert_eq!(&loaded.base, &experiment, "{}", text);
        prop_assert_eq!(loaded.base.to_toml(), text);
    }

    #[test]
    fn the_identity_ignores_what_does_not_change_results(mut experiment in experiment(), meta in meta(), figures in figures()) {
        let identity = experiment.identity();
        experiment.meta.name = meta.name;
        experiment.meta.description = meta.description;
        experiment.data.root = Some("elsewhere".into());
        experiment.data.verify ^= true;
        experiment.train.checkpoint.every += 1;
        experiment.train.checkpoint.keep += 1;
        // Initial weights are identified by their digest, which the caller adds.
        match &mut experiment.model {
            Model::Conv(model) => model.init = Some("weights.safetensors".into()),
            Model::Mlp(model) => model.init = Some("weights.safetensors".into()),
        }
        experiment.evaluate = Evaluate::default();
        experiment.figures = figures;
        prop_assert_eq!(experiment.identity(), identity);
    }

    #[test]
    fn the_identity_distinguishes_experiments_with_different_results(one in experiment(), other in experiment()) {
        let results = |e: &Experiment| {
            let data = Data { root: None, verify: true, max_unreadable: 0.0, ..e.data.clone() };
            // All GPUs count as the same.
            let device = e.meta.device.as_str().split(':').next().unwrap_or_default().to_owned();
            let metric = e.train.checkpoint.metric;
            let train = Train { checkpoint: Checkpoint { metric, ..Checkpoint::default() }, ..e.train.clone() };
            let mut model = e.model.clone();
            match &mut model {
                Model::Conv(model) => model.init = None,
                Model::Mlp(model) => model.init = None,
            }
            (e.meta.seed, device, data, e.task.clone(), model, train)
        };
        let mixed = |change: fn(&mut Experiment, Experiment)| {
            let mut mixed = one.clone();
            change(&mut mixed, other.clone());
            mixed
        };
        for mixed in [
            mixed(|mixed, other| mixed.meta.seed = other.meta.seed),
            mixed(|mixed, other| mixed.meta.device = other.meta.device),
            mixed(|mixed, other| mixed.data = other.data),
            mixed(|mixed, other| mixed.task = other.task),
            mixed(|mixed, other| mixed.model = other.model),
            mixed(|mixed, other| mixed.train = other.train),
        ] {
            prop_assert_eq!(
                mixed.identity() == one.identity(),
                results(&mixed) == results(&one),
                "{:?} {:?}", mixed, one
            );
        }
    }

    #[test]
    fn random_bytes_cause_no_panic(bytes in vec(any::<u8>(), 0..200)) {
        let case = trial("").file("trial.toml", &bytes);
        if let Err(problems) = case.load() {
            prop_assert!(!problems.items().is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn random_toml_causes_no_panic(lines in vec(line(), 0..12), set in option::of(".{0,20}=.{0,20}"), env in option::of(".{0,20}")) {
        let mut case = trial(&lines.join("\n"));
        case.overrides.set.extend(set);
        case.overrides.env.extend(env.map(|value| ("RUNNER_TRAIN__EPOCHS".to_owned(), value)));
        match case.load() {
            Ok(loaded) => prop_assert!(!loaded.points.is_empty()),
            Err(problems) => prop_assert!(!problems.render(true).is_empty()),
        }
    }
}

/// Generates a line from words that occur in experiment files.
fn line() -> impl Strategy<Value = String> {
    const WORDS: &str = "experiment data task model train figures sweep extends kind noise sigma filters strides \
                         epochs loss optimizer schedule mse denoise mlp conv step name seed repeats trial.toml \
                         \"model.filters\" \"train.loss\"";
    let word = || select(WORDS.split(' ').collect::<Vec<_>>());
    let value = prop_oneof![
        any::<i64>().prop_map(|v| v.to_string()),
        any::<f64>().prop_map(|v| format!("{v:?}").replace("NaN", "nan")),
        word().prop_map(|w| format!("\"{}\"", w.trim_matches('"'))),
        Just("true".to_owned()),
        Just("2026-01-01".to_owned()),
    ];
    let value = value.prop_recursive(3, 12, 3, move |inner| {
        let word = select(vec!["kind", "sigma", "mse", "ssim", "filters", "every"]);
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(|items| format!("[{}]", items.join(", "))),
            (word, inner).prop_map(|(key, value)| format!("{{ {key} = {value} }}")),
        ]
    });
    let value = value.boxed();
    prop_oneof![
        vec(word(), 1..3).prop_map(|path| format!("[{}]", path.join("."))),
        vec(word(), 1..2).prop_map(|path| format!("[[{}]]", path.join("."))),
        (vec(word(), 1..4), value)
            .prop_map(|(path, value)| format!("{} = {value}", path.join("."))),
        any::<String>(),
    ]
}
