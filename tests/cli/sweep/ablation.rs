//! A sweep that changes one key at a time: names of its experiments and of its keys.

use super::place;
use crate::place::{Place, assert_has, column, name};
use std::fs;

/// Eight runs, the first two of which set no key.
const ABLATION: &str = r#"
extends = "small.toml"
[train]
epochs = 1
[sweep]
metric = "val_psnr"
[[sweep.blocks]]
repeats = 2
[[sweep.blocks]]
repeats = 2
"train.loss" = ["mae", { mse = 1.0, ssim = 0.1 }]
[[sweep.blocks]]
"model.filters" = [[4, 4]]
[[sweep.blocks]]
"model.latent_dim" = [3]
"#;

/// Three runs of two experiments: one sets no key.
const PLAIN: &str = r#"
extends = "small.toml"
[train]
epochs = 1
[sweep]
[[sweep.blocks]]
repeats = 2
[[sweep.blocks]]
"model.activation" = ["elu"]
"#;

/// Three runs of two experiments that have names.
const NAMED: &str = r#"
extends = "small.toml"
[train]
epochs = 2
[sweep]
[[sweep.blocks]]
"experiment.name" = ["plain"]
[[sweep.blocks]]
repeats = 2
"experiment.name" = ["elu"]
"model.activation" = ["elu"]
"#;

fn ablation() -> Place {
    let place = place(ABLATION);
    place.succeed(&["sweep.toml", "--quiet"]);
    place
}

#[test]
fn the_combination_that_sets_no_key_is_the_baseline() {
    let place = ablation();
    let out = |args: &[&str]| place.succeed(args).stdout;
    assert_has(&out(&["list", "sweep"]), " (baseline) ");
    assert_has(&out(&["report", "sweep", "--format", "md"]), "\n| baseline | ");
    let names = column(&place.text("runs/sweep/trial_groups.csv"), "experiment");
    assert_eq!(names, ["baseline", "loss=mae", "loss=1-0.1", "filters=4-4", "latent_dim=3"]);
    let told = out(&["evaluate", "sweep/baseline", "sweep/loss=mae"]);
    assert_has(&told, "\nsweep/baseline ");
    assert_has(&out(&["compare", "sweep/baseline", "sweep/loss=mae"]), "sweep/baseline  2 runs");
    assert_has(&out(&["show", "sweep/baseline,r2"]), "r2");
    let several = place.fails(2, &["show", "sweep/baseline"]);
    several.tells("fits several runs: sweep/r1-").tells("sweep/r2-");
    place.fails(2, &["compare", "sweep", "sweep/loss=mae"]).tells("baseline");
    let page = place.text("runs/sweep/report.html");
    assert_has(&page, "baseline · 2 runs");
    // For each pair of keys, the cell of the usual values alone averages over the third key.
    let figures = fs::read_dir(place.path().join("runs/sweep/figures")).expect("a folder");
    let maps = figures.map(|file| file.expect("a file").file_name());
    assert_eq!(maps.filter(|name| name.to_string_lossy().contains("_and_")).count(), 0);
}

#[test]
fn experiments_are_called_by_their_names_in_all_commands() {
    let place = place(PLAIN);
    place.write("named.toml", NAMED);
    place.succeed(&["sweep.toml", "--quiet"]);
    place.succeed(&["named.toml", "--quiet"]);
    let out = |args: &[&str]| place.succeed(args).stdout;
    let table = out(&["report", "sweep", "named", "--format", "md"]);
    for name in ["sweep/baseline", "sweep/activation=elu", "named/plain", "named/elu"] {
        assert_has(&table, &format!("\n| {name} | "));
    }
    assert!(!table.contains(" more |"), "{table}");
    place.fails(2, &["report", "sweep", "--baseline", "baselne"]).tells("did you mean baseline?");
    place
        .fails(2, &["report", "sweep", "named", "--baseline", "named/plan"])
        .tells("did you mean named/plain?");

    assert_has(&out(&["show", "named/plain"]), "name=plain");
    assert_has(&out(&["show", "named/elu,r2"]), "name=elu,activation=elu,r2");
    place
        .fails(2, &["show", "named/elu"])
        .tells("fits several runs: named/name=elu,activation=elu,r1-");
    place.fails(2, &["show", "named/plian"]).tells("did you mean named/plain?");
    let listed = out(&["list", "named"]);
    assert_eq!((listed.matches(" (elu) ").count(), listed.matches(" (plain) ").count()), (2, 1));
    let names = column(&place.text("runs/named/trial_groups.csv"), "experiment");
    assert_eq!(names, ["plain", "elu"]);
    let last = place.runs("runs/named").into_iter().find(|run| name(run).contains("elu,r2-"));
    fs::remove_dir_all(last.expect("a run")).expect("a folder");
    assert_has(&out(&["report", "named", "--format", "md"]), "Not begun: elu,r2.");
    for wanted in ["named/elu", "named/activation=elu"] {
        let told = place.succeed(&["evaluate", wanted]);
        told.tells(&format!("1 of 2 runs of {wanted} are complete"));
    }
}

#[test]
fn a_loss_of_several_terms_is_one_value_of_a_key_that_is_not_called_like_the_metric() {
    let place = ablation();
    let out = |args: &[&str]| place.succeed(args).stdout;
    let table = out(&["report", "sweep", "--format", "md", "--keys", "train.loss"]);
    assert_has(&table, "| experiment | train.loss | runs | loss ↓ |");
    assert_has(&table, " | mse=1, ssim=0.1 | 2 | ");
    assert_has(&table, "vary train.loss (mae, mse, (mse=1, ssim=0.1)), filters");
    let compared = out(&["compare", "sweep/loss=mae", "sweep/train.loss=(mse=1, ssim=0.1)"]);
    assert_has(&compared, "train.loss  mae  mse=1, ssim=0.1\n");
    let listed =
        |condition: &str| out(&["list", "sweep", "--where", condition]).lines().count() - 1;
    assert_eq!(listed("train.loss!=mae"), 6);
    assert_eq!((listed("train.loss=mse=1, ssim=0.1"), listed("train.loss=1-0.1")), (2, 2));
    assert_eq!((listed("filters=4-4"), listed("filters=[4, 4]")), (1, 1));
    let compared = out(&["compare", "sweep/filters=[4, 4]", "sweep/loss=mae"]);
    assert_has(&compared, "A  runs/sweep/filters=4-4-");
    let hint = "for the key, use train.loss";
    place.fails(2, &["list", "sweep", "--where", "loss=mae"]).tells(hint);
    place.fails(2, &["report", "sweep", "--keys", "loss"]).tells(hint);
}
