//! Networks validated with different noise, and how they are compared.

use super::*;
use crate::{
    record::TestedLevel,
    report::compare::{Comparison, quantity::Pair},
    train::{Evaluation, metric::Quality},
};

/// A run trained with noise of this sigma, with its results at tested levels.
fn at(name: &str, sigma: f64, reached: &[(f64, f64)]) -> Run {
    let values = [
        ("task.kind", "denoise".into()),
        ("task.noise.kind", "gaussian".into()),
        ("task.noise.mean", 0.5.into()),
        ("task.noise.sigma", sigma.into()),
    ];
    let mut run = complete(name, &values, 0.1 * sigma);
    let tested = |&(level, mse): &(f64, f64)| {
        let quality = Quality { mse, mae: mse, psnr: -10.0 * mse.log10(), ssim: 1.0 - mse };
        TestedLevel { level, result: Evaluation { loss: mse, quality }, input: None }
    };
    run.levels = reached.iter().map(tested).collect();
    run
}

/// The textbook's three networks, as in the README.
pub(super) fn textbook() -> Vec<Run> {
    vec![
        at("a", 0.5, &[(0.5, 0.0156), (0.75, 0.0271), (1.0, 0.0417)]),
        at("b", 0.75, &[(0.5, 0.0195), (0.75, 0.0235), (1.0, 0.0336)]),
        at("c", 1.0, &[(0.5, 0.0266), (0.75, 0.0265), (1.0, 0.0317)]),
    ]
}

#[test]
fn the_least_noise_is_not_the_best_and_networks_are_compared_at_the_same_levels() {
    let report = report(textbook());
    let summary = report.summary();
    let started = "Each validates at its own noise (they differ in task.noise.sigma), so their \
                   metrics cannot be compared: none is called best. Tests at the same noise levels compare them.";
    assert_eq!(summary.compared, started);
    assert_eq!(
        summary.best,
        [
            "On average over tests at 0.5, 0.75 and 1, the network trained at 0.75 is best: mse 0.025533; the \
             next, trained at 0.5 (0.028133; one seed each), is 10 % worse, and the last, trained at 1 (0.028267), is \
             11 % worse.",
            "Tested at 0.5, the network trained at 0.5 is best: mse 0.015600; the next, trained at 0.75 \
             (0.019500; one seed each), is 25 % worse, and the last, trained at 1 (0.026600), is 71 % worse.",
            "Tested at 0.75, the network trained at 0.75 is best: mse 0.023500; the next, trained at 1 \
             (0.026500; one seed each), is 13 % worse, and the last, trained at 0.5 (0.027100), is 15 % worse.",
            "Tested at 1, the network trained at 1 is best: mse 0.031700; the next, trained at 0.75 \
             (0.033600; one seed each), is 6.0 % worse, and the last, trained at 0.5 (0.041700), is 32 % worse.",
        ]
    );
    let beside =
        format!("<p class=\"soft\">{}.</p></div>", started.split(':').next().expect("a reason"));
    assert_eq!(report.html().matches(&beside).count(), 2, "learning curves and metric over keys");
    let text = report.markdown();
    for line in [
        "| trained at | tested at 0.5 | tested at 0.75 | tested at 1 | on average |",
        "| 0.5 | **0.015600** | 0.027100 | 0.041700 | 0.028133 |",
        "| 0.75 | 0.019500 | **0.023500** | 0.033600 | **0.025533** |",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(text.matches("**").count(), 8, "nothing else is bold: {text}");
    let page = report.html();
    let part = page.split("<section id=\"levels\">").nth(1).expect("the section");
    let part = part.split("</section>").next().expect("its end");
    assert_eq!(part.matches("top1").count(), 4, "{part}");
    assert_eq!(part.matches("<polyline").count(), 3, "{part}");
}

#[test]
fn without_tests_at_the_same_levels_the_report_says_what_to_add() {
    let advice = "To compare them, add `evaluate.noise_sigmas = [0.5, 1.0]` and run the same command again: it \
                  tests each network at these levels without training again.";
    for levels in [[&[][..], &[]], [&[(0.5, 0.1)], &[(1.0, 0.1)]]] {
        let [one, two] = levels;
        let report = report(vec![at("a", 0.5, one), at("b", 1.0, two)]);
        let summary = report.summary();
        assert!(summary.compared.contains("none is called best"), "{summary:?}");
        assert!(summary.compared.ends_with(advice), "{summary:?}");
        assert_eq!(summary.best, [""; 0]);
        assert!(!report.markdown().contains("**"));
    }
    // Runs still in training will be tested there.
    let mut planned = [at("a", 0.5, &[]), at("b", 1.0, &[])];
    for run in &mut planned {
        run.values.insert("evaluate.noise_sigmas".into(), Value::from(vec![0.5, 0.75]));
    }
    let summary = report(planned.into()).summary();
    assert!(!summary.compared.contains("To compare them"), "{summary:?}");
}

/// A run trained with masking noise of this amount, with its results at tested levels.
fn masking(name: &str, amount: f64, reached: &[(f64, f64)]) -> Run {
    let mut run = at(name, 0.5, reached);
    for key in ["sigma", "mean"] {
        run.values.remove(&format!("task.noise.{key}"));
    }
    run.values.insert("task.noise.kind".into(), "masking".into());
    run.values.insert("task.noise.amount".into(), amount.into());
    run
}

#[test]
fn noise_with_an_amount_is_compared_at_levels_too() {
    let compared = |runs: Vec<Run>| report(runs).summary().compared;
    let own = compared(vec![masking("a", 0.1, &[]), masking("b", 0.2, &[])]);
    assert!(
        own.contains("To compare them, add `evaluate.noise_amounts = [0.1, 0.2]` and"),
        "{own}"
    );
    for (mixed, advice) in [
        (
            [at("a", 0.5, &[]), at("b", 1.0, &[]), masking("c", 0.1, &[])],
            "the denoisers whose noise has a sigma, add `evaluate.noise_sigmas = [0.5, 1.0]`",
        ),
        (
            [at("a", 0.5, &[]), masking("b", 0.1, &[]), masking("c", 0.2, &[])],
            "the denoisers whose noise has an amount, add `evaluate.noise_amounts = [0.1, 0.2]`",
        ),
    ] {
        let mixed = compared(mixed.into());
        let only =
            format!("To compare {advice} to their experiments alone and run the same command");
        assert!(mixed.contains(&only), "{mixed}");
    }
    let tested = [
        masking("a", 0.1, &[(0.1, 0.01), (0.2, 0.04)]),
        masking("b", 0.2, &[(0.1, 0.02), (0.2, 0.02)]),
    ];
    let text = report(tested.into()).markdown();
    for line in [
        "| trained at | tested at 0.1 | tested at 0.2 | on average |",
        "| 0.1 | **0.010000** | 0.040000 | 0.025000 |",
        "| 0.2 | 0.020000 | **0.020000** | **0.020000** |",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn a_range_is_a_row_and_both_its_ends_are_proposed() {
    let range = |levels: &[(f64, f64)]| {
        let mut run = at("blind", 0.5, levels);
        run.values.insert("task.noise.sigma".into(), Value::from(vec![0.25, 1.0]));
        run
    };
    let tested =
        report([textbook(), vec![range(&[(0.5, 0.02), (0.75, 0.02), (1.0, 0.04)])]].concat());
    let text = tested.markdown();
    assert!(text.contains("| 0.25–1 | 0.020000 | **0.020000** | 0.040000 |"), "{text}");
    let best = tested.summary().best;
    assert!(
        best[2].starts_with("Tested at 0.75, the network trained at 0.25–1 is best"),
        "{best:?}"
    );
    assert!(tested.html().contains("trained at 0.25–1"), "in the legend of the chart");
    let proposed = report(vec![at("a", 0.5, &[]), range(&[])]).summary().compared;
    assert!(proposed.contains("add `evaluate.noise_sigmas = [0.25, 0.5, 1.0]` and"), "{proposed}");
    let alike = report(vec![range(&[]), range(&[])]).summary().compared;
    assert!(!alike.contains("noise_sigmas"), "{alike}");
}

#[test]
fn different_noise_or_test_images_are_not_compared_at_a_level() {
    let reached = [(0.5, 0.1), (1.0, 0.2)];
    for (key, value) in [
        ("task.noise.kind", Value::from("speckle")),
        ("task.noise.mean", 0.0.into()),
        ("task.noise.clip", Value::from(vec![0.0, 2.0])),
        ("data.test_limit", 10.into()),
    ] {
        let (a, mut b) = (at("a", 0.5, &reached), at("b", 1.0, &reached));
        b.values.insert(key.into(), value);
        let comparison = Comparison::of(&a, &b);
        assert!(comparison.levels().count() == 10, "they are shown: {comparison:?}");
        assert!(comparison.levels().all(|pair| pair.better().is_none()), "{key}");
        let report = report(vec![a, b]);
        assert_eq!(report.summary().best, [""; 0], "{key}");
        let data = data(&report);
        let noises = data["noises"].as_array().expect("them");
        let own = [0, 1].map(|run| data["runs"][run]["noise"].as_u64().expect("one"));
        let is_noise = key.starts_with("task");
        assert_eq!((noises.len(), own[0] == own[1]), if is_noise { (2, false) } else { (1, true) });
        assert_eq!(noises[0]["comparable"], is_noise, "{key}");
        assert_eq!(noises[0]["label"] == "", !is_noise, "{noises:?}");
    }
    // Their validation images do not matter.
    let (a, mut b) = (at("a", 0.5, &reached), at("b", 1.0, &[(0.5, 0.05)]));
    b.values.insert("data.validation_split".into(), 0.25.into());
    let comparison = Comparison::of(&a, &b);
    assert_eq!(comparison.levels().map(Pair::better).collect::<Vec<_>>(), [Some(1); 5]);
}

#[test]
fn the_chart_of_levels_shows_the_networks_of_the_learning_curves_in_their_colours() {
    // In the table, the best is the last of nine.
    let run = |i: u32| {
        let mse = 1.0 / f64::from(i);
        let mut run = at(&format!("r{i}"), f64::from(i), &[(0.25, mse), (0.75, mse / 2.0)]);
        run.rows[0].values.insert(Metric::ValLoss, mse);
        run
    };
    let page = report((1..10).map(run).collect()).html();
    let legend = |section: &str| {
        let part = page.split(&format!("id=\"{section}\"")).nth(1).expect("a section");
        let part = part.split("</section>").next().expect("its end");
        let entries = part.split("swatch ").skip(1).map(|entry| {
            let (class, rest) = entry.split_once("\"></span>").expect("a class");
            let name = rest.split('<').next().expect("a name");
            (name.replace("trained at ", "r"), class.to_owned())
        });
        (part.to_owned(), entries.collect::<Vec<_>>())
    };
    let (levels, shown) = legend("levels");
    assert_eq!(shown, legend("curves").1);
    assert_eq!((shown.len(), &shown[0]), (7, &("r9".to_owned(), "c0".to_owned())));
    let ticks = levels.split("class=\"tick\"").filter(|tick| tick.contains("\"middle\""));
    let ticks = ticks.map(|tick| tick.split(['>', '<']).nth(1).expect("a text"));
    assert_eq!(ticks.collect::<Vec<_>>(), ["0.25", "0.75"]);
    assert!(levels.contains(", 7 of 9 networks"), "{levels}");
}

#[test]
fn settings_of_several_keys_are_named_by_them_and_averaged_over_seeds() {
    let mut runs = Vec::new();
    for (sigma, latent, mse) in [(0.5, 2, 0.3), (0.5, 4, 0.2), (1.0, 2, 0.4), (1.0, 4, 0.25)] {
        for seed in 0..2 {
            let mse = mse + 0.01 * f64::from(u32::try_from(seed).expect("few"));
            let mut run = at(&format!("{sigma}-{latent}-{seed}"), sigma, &[(0.5, mse)]);
            run.info.seed = seed;
            run.values.insert("model.latent_dim".into(), latent.into());
            runs.push(run);
        }
    }
    let all = report(runs.clone()).summary();
    assert_eq!(
        all.best[0],
        "Tested at 0.5, the network with latent_dim=4, sigma=0.5 is best: mse 0.20500 ± 0.0071 over 2 seeds; the \
         next, with latent_dim=4, sigma=1 (0.25500 ± 0.0071; 95 % interval of the best minus the next −0.050 to −0.050, 2 \
         pairs), is 24 % worse, and the last, with latent_dim=2, sigma=1 (0.40500 ± 0.0071), is 98 % worse."
    );
    assert!(all.compared.contains("each is compared only with runs of its own kind"), "{all:?}");
    assert!(all.best[1].starts_with("For sigma=0.5, val_loss is lowest with "), "{all:?}");
    // The lucky seed of the best is no longer compared with complete means.
    runs[3].info.status = Status::Diverged;
    let best = report(runs).summary().best;
    assert!(best[0].contains("with latent_dim=4, sigma=1 is best"), "{best:?}");
}

#[test]
fn with_the_same_noise_validation_compares_and_there_is_a_table() {
    let size = |name: &str, latent: i64, mse: f64| {
        let mut run = at(name, 0.5, &[(0.5, mse)]);
        run.values.insert("model.latent_dim".into(), latent.into());
        run
    };
    let report = report(vec![size("a", 2, 0.3), size("b", 4, 0.2)]);
    let best = report.summary().best;
    assert!(best.iter().all(|line| !line.starts_with("Tested")), "{best:?}");
    assert!(report.markdown().contains("| network | tested at 0.5 |"));
}

#[test]
fn parts_with_different_kinds_of_noise_are_named_by_what_distinguishes_them() {
    let mut runs = vec![at("plain", 0.5, &[])];
    runs[0].values = [("task.kind".to_owned(), "reconstruct".into())].into();
    for sigma in [0.5, 1.0] {
        for latent in [2, 4] {
            let mut run = at(&format!("{sigma}-{latent}"), sigma, &[]);
            run.values.insert("model.latent_dim".into(), latent.into());
            runs.push(run);
        }
    }
    let best = report(runs).summary().best;
    let parts: Vec<&str> = best.iter().filter_map(|line| line.split(',').next()).collect();
    assert_eq!(parts, ["For sigma=0.5", "For sigma=1"], "{best:?}");
}
