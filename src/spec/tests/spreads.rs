//! Rules for evenly spaced values.

use super::{sweeps::names, trial};

#[test]
fn rules_expand_to_lists_and_give_integers_for_keys_that_take_integers() {
    let text =
        "[sweep]\n\"model.latent_dim\" = { kind = \"geomspace\", from = 2, to = 16, count = 4 }\n";
    assert_eq!(names(text), ["latent_dim=2", "latent_dim=4", "latent_dim=8", "latent_dim=16"]);
    let text =
        "[sweep]\n\"model.latent_dim\" = { kind = \"linspace\", from = 1, to = 2, count = 5 }\n";
    assert_eq!(names(text), ["latent_dim=1", "latent_dim=2"]);
    let text = "[sweep]\n\"train.optimizer.learning_rate\" = { kind = \"logspace\", from = -4, to = -2, count = 3 }\n";
    assert_eq!(names(text), ["learning_rate=0.0001", "learning_rate=0.001", "learning_rate=0.01"]);
    let text = "task.kind = \"denoise\"\n[sweep]\n\"task.noise.sigma\" = { kind = \"range\", from = 0.1, to = 0.3, step = 0.1 }\n";
    assert_eq!(names(text), ["sigma=0.1", "sigma=0.2", "sigma=0.3"]);
}

#[test]
fn values_of_rules_are_as_short_as_drawn_ones_unless_two_would_be_equal() {
    let rates = |rule: &str| {
        names(&format!("[sweep]\n\"train.optimizer.learning_rate\" = {{ kind = {rule} }}\n"))
    };
    assert_eq!(
        rates("\"geomspace\", from = 1e-4, to = 1e-2, count = 4"),
        ["0.0001", "0.000464159", "0.00215443", "0.01"].map(|rate| format!("learning_rate={rate}"))
    );
    assert_eq!(
        rates("\"linspace\", from = 0.1, to = 0.1000001, count = 3"),
        ["0.1", "0.10000005", "0.1000001"].map(|rate| format!("learning_rate={rate}"))
    );
    let seeds = "[sweep]\n\"experiment.seed\" = { kind = \"range\", from = 1234567, to = 1300000, step = 50000 }\n";
    assert_eq!(names(seeds), ["seed=1234567", "seed=1284567"], "integers are as they are");
}

#[test]
fn large_integers_of_a_range_keep_all_their_digits() {
    let seeds = |from: u64, to: u64| {
        names(&format!(
            "[sweep]\n\"experiment.seed\" = {{ kind = \"range\", from = {from}, to = {to}, step = 1 }}\n"
        ))
    };
    for first in [20_261_130_203_137, 999_999_999_998, 9_007_199_254_740_900] {
        let expected: Vec<_> = (first..first + 5).map(|seed| format!("seed={seed}")).collect();
        assert_eq!(seeds(first, first + 4), expected);
    }
}

#[test]
fn integers_beyond_the_precision_of_a_rule_are_rounded_or_refused() {
    let rule = |rule: &str| trial(&format!("[sweep]\n\"experiment.seed\" = {{ kind = {rule} }}\n"));
    let seeds = "\"geomspace\", from = 1e13, to = 1e15, count = 3";
    let expected = [13, 14, 15].map(|zeros| format!("seed={}", 10_u64.pow(zeros)));
    assert_eq!(
        rule(seeds).ok().points.iter().map(|p| p.name.clone()).collect::<Vec<_>>(),
        expected
    );
    let wrong = rule("\"range\", from = 9007199254740990, to = 9007199254740994, step = 1").wrong();
    assert!(wrong.contains("integers from 9007199254740992 on"), "{wrong}");
}

#[test]
fn exponents_that_look_like_values_cause_a_warning() {
    let told = |rule: &str| {
        let text = format!(
            "[sweep]\n\"train.optimizer.learning_rate\" = {{ kind = {rule}, count = 4 }}\n"
        );
        trial(&text).ok().warnings.concat()
    };
    assert_eq!(
        told("\"logspace\", from = 1e-4, to = 1e-1"),
        "`train.optimizer.learning_rate`: `logspace` takes exponents and gives values from 1.00023 to \
         1.25893: for values from 0.0001 to 0.1 use `geomspace`"
    );
    assert!(told("\"logspace\", from = 1, to = 1e-3").contains("`geomspace`"));
    for meant in [
        "\"logspace\", from = -4, to = -1",
        "\"logspace\", from = 0, to = 0.5",
        "\"geomspace\", from = 1e-4, to = 1e-1",
    ] {
        assert_eq!(told(meant), "", "{meant}");
    }
}
