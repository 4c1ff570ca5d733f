//! Warnings about values that another kind drops.

use super::{Case, trial};

const FAST: &str = "[train]\noptimizer = { learning_rate = 3e-3 }\n";

/// Returns the warnings about a valid file, one a line.
fn warnings(case: &Case) -> String {
    case.relative(&case.ok().warnings.join("\n"))
}

fn fast(rest: &str) -> Case {
    trial(&format!("{FAST}{rest}"))
}

#[test]
fn a_sweep_over_kinds_is_told_once_what_it_drops() {
    let kinds = "[sweep]\n\"train.optimizer.kind\" = [\"adam\", \"adamw\", \"sgd\", \"rmsprop\"]\n";
    let told = warnings(&fast(&format!("{kinds}\"model.latent_dim\" = [2, 4]\nrepeats = 2\n")));
    insta::assert_snapshot!(told);
    let rates = "\"train.optimizer.learning_rate\" = [0.1, 0.2]\n";
    assert_eq!(warnings(&fast(&format!("{kinds}{rates}"))), "");
}

#[test]
fn whole_tables_of_another_kind_are_like_kinds() {
    let tables = "[sweep]\n\"train.optimizer\" = [{ kind = \"adam\" }, { kind = \"sgd\", learning_rate = 0.1 }, { kind = \"rmsprop\" }]\n";
    insta::assert_snapshot!(warnings(&fast(tables)));
}

#[test]
fn any_layer_above_is_told_what_it_drops() {
    let net = "[model]\nactivation = \"leaky_relu\"\nlatent_dim = 16\nfilters = [8]\n[train]\nschedule = { kind = \"step\", every = 3, gamma = 0.5 }\n";
    let extended = trial("").file("base.toml", net).file(
        "next.toml",
        "extends = \"base.toml\"\n[model]\nkind = \"mlp\"\n[train]\nschedule = { kind = \"multi_step\", epochs = [2] }\n",
    );
    insta::assert_snapshot!(warnings(&extended));
    insta::assert_snapshot!(warnings(&fast("").set("train.optimizer.kind=adamw")));
}

#[test]
fn nothing_is_said_about_values_that_are_set_again_or_the_same() {
    let set = |argument: &str| fast("").set("train.optimizer.kind=rmsprop").set(argument);
    assert_eq!(warnings(&set("train.optimizer.learning_rate=0.1")), "");
    let same = "[train]\noptimizer = { learning_rate = 1e-3, beta1 = 0.5 }\n";
    assert_eq!(warnings(&trial(same).set("train.optimizer.kind=rmsprop")), "");
    // An integer and a number, a list of either, and a key of the old kind only.
    let noise = "[task]\nkind = \"denoise\"\nnoise = { clip = [0, 1], sigma = 0.5, mean = 0 }\n";
    assert_eq!(warnings(&trial(noise).set("task.noise.kind=speckle")), "");
    assert_eq!(warnings(&trial(noise).set("task.kind=reconstruct")), "");
    let above = trial("")
        .file("base.toml", FAST)
        .file("middle.toml", "extends = \"base.toml\"\ntrain.optimizer.kind = \"sgd\"\n");
    let above =
        above.file("top.toml", "extends = \"middle.toml\"\ntrain.optimizer.learning_rate = 0.5\n");
    assert_eq!(warnings(&above), "");
}
