//! The best epoch, if it is not the last one.

use crate::{
    place::{KEPT, Place, assert_has, column, info, set},
    sweep::folders,
};
use runner::record::Checkpoint;

#[test]
fn results_come_from_the_best_epoch_and_not_from_the_last() {
    let place = Place::small();
    // Four epochs that train well, and two at 300 times the rate, which ruin the weights.
    let settings = [
        "train.epochs=6",
        "train.batch_size=8",
        "train.schedule={kind=\"multi_step\", epochs=[4], gamma=300.0}",
        "evaluate.noise_sigmas=[0.5]",
    ];
    place.succeed(&[&["small.toml"][..], &set(&settings)].concat());
    let run = place.only_run("runs");

    let epochs = [KEPT[1], KEPT[2]].map(|file| {
        let checkpoint = Checkpoint::load(&run.join(file));
        checkpoint.expect("a checkpoint").snapshot.state.epoch
    });
    assert_eq!(epochs, [6, 4], "of the last and the best");
    let levels = column(&place.text(run.join("noise_levels.csv")), "mse");
    let epochs = column(&place.text(run.join("metrics.csv")), "val_mse");
    assert_eq!(levels, epochs[3..4]);
    assert_ne!(levels, epochs[5..6]);

    let image = image::GrayImage::from_fn(28, 28, |x, y| {
        image::Luma([if x.abs_diff(14) < 4 && y.abs_diff(14) < 9 { 230 } else { 0 }])
    });
    place.save("one.png", image);
    place.succeed(&["apply", "small", "one.png", "-o", "best"]);
    place.succeed(&["apply", "small", "one.png", "-o", "last", "--last"]);
    assert!(place.read("best/one.png") != place.read("last/one.png"));
}

/// Two runs of a sweep that compares them by SSIM.
const BY_SSIM: &str =
    "extends = \"small.toml\"\n[sweep]\nmetric = \"val_ssim\"\n\"model.latent_dim\" = [2, 6]\n";

/// Returns the best epochs and their SSIM, checking that a sweep's table, `show` and report agree.
fn agreed(place: &Place) -> (Vec<String>, Vec<f64>) {
    let numbers = |cells: Vec<String>| -> Vec<f64> {
        cells.iter().map(|cell| cell.parse().expect("a number")).collect()
    };
    let trials = place.text("runs/sweep/trials.csv");
    let report = place.succeed(&["report", "sweep", "--format", "csv"]).stdout;
    let epochs = column(&trials, "best_epoch");
    assert_eq!(epochs, column(&report, "best_epoch"));
    let values = numbers(column(&trials, "best_value"));
    assert_eq!(values, numbers(column(&report, "val_ssim")));
    let shown = place.succeed(&["show", "sweep", "--json"]).json();
    let points = shown["points"].as_array().expect("points");
    assert_eq!(values, points.iter().map(|p| p["best"].as_f64().expect("it")).collect::<Vec<_>>());
    (epochs, values)
}

#[test]
fn the_best_run_of_a_sweep_has_the_same_name_in_every_command() {
    let place = Place::small();
    let text = format!("{BY_SSIM}[train]\nepochs = 1\n[data]\ntrain_limit = 64\n");
    place.write("sweep.toml", text);
    place.succeed(&["sweep.toml", "--quiet"]);
    let shown = place.succeed(&["show", "sweep@best", "--json"]).json();
    let best = shown["folder"].as_str().expect("a folder").to_owned();
    let folders = |args: &[&str]| -> Vec<String> {
        let listed = place.succeed(args).json();
        let runs = listed.as_array().expect("runs").iter();
        runs.map(|run| run["folder"].as_str().expect("a folder").to_owned()).collect()
    };
    assert_eq!(folders(&["list", "--json", "sweep@best"]), [&*best]);
    assert_eq!(
        place.succeed(&["report", "sweep@best"]).stdout.trim(),
        format!("{best}/report.html")
    );
    let report = place.succeed(&["report", "runs/sweep@best", "--format", "csv"]).stdout;
    assert_eq!(column(&report, "folder").len(), 1, "{report}");
    let going = place.succeed(&["clean", "sweep@best", "--checkpoints", "--json"]).json_lines();
    assert!(going.iter().all(|item| item["path"].as_str().expect("a path").ends_with(&best)));
    assert_eq!(going.len(), 1, "{going:?}");
    for verb in ["report", "list", "clean", "show"] {
        place.fails(2, &[verb, "swep@best"]).tells("did you mean sweep@best?");
        place.fails(2, &[verb, "sweep@bset"]).tells("sweep@best is the best run of the sweep");
    }
}

#[test]
fn a_sweeps_table_and_its_report_agree_on_the_best_epoch() {
    let place = Place::small();
    let text = format!("{BY_SSIM}[train]\ncheckpoint = {{ metric = \"val_loss\" }}\n");
    place.write("sweep.toml", &text);
    let ended = place.succeed(&["sweep.toml"]);
    let told = "sweep.toml: runs are compared by `sweep.metric`, val_ssim, each in the epoch that is \
                best by `train.checkpoint.metric`, val_loss (run `latent_dim=2`)";
    ended.tells(told);
    assert!(place.succeed(&["check", "sweep.toml"]).stderr.contains(told));
    // In the first run, another epoch has the better SSIM.
    let file = format!("runs/sweep/{}/metrics.csv", folders(&place)[0]);
    let text = place.text(&file);
    let first = column(&text, "val_ssim").remove(0);
    place.write(&file, text.replacen(&first, "0.9999", 1));
    place.succeed(&["sweep.toml"]);
    let best = |run: &String| info(&place.path().join("runs/sweep").join(run))["best"].clone();
    let (epochs, values) = agreed(&place);
    for ((run, epoch), value) in folders(&place).iter().zip(epochs).zip(values) {
        let best = best(run);
        assert_eq!(best["metric"], "val_loss");
        assert_eq!(best["epoch"].to_string(), epoch);
        assert!(value < 0.9999, "{value} of another epoch");
    }
    let shown = place.succeed(&["show", "sweep"]).stdout;
    assert_has(&shown, "\n  best val_ssim (epoch chosen by val_loss) 0.");
    assert_has(&shown, "  val_ssim (epoch chosen by val_loss)\n");
    let report = place.succeed(&["report", "sweep", "--format", "md"]).stdout;
    assert_has(
        &report,
        "Epochs are chosen by val\\_loss, and val\\_ssim is that of the chosen epoch.",
    );
}

#[test]
fn checkpoints_use_the_metric_of_the_sweep_by_default() {
    let place = Place::small();
    place.write("sweep.toml", BY_SSIM);
    let ended = place.succeed(&["sweep.toml"]);
    assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
    let stopping = ["check", "sweep.toml", "--set", "train.early_stopping.patience=3"];
    place.succeed(&stopping).tells(
        "warning: sweep.toml: training stops by `train.early_stopping.metric`, val_loss, and keeps the epoch that is \
         best by `train.checkpoint.metric`, val_ssim (run `latent_dim=2`)",
    );
    let (epochs, values) = agreed(&place);
    for ((run, epoch), value) in folders(&place).iter().zip(epochs).zip(values) {
        let run = place.path().join("runs/sweep").join(run);
        let best = info(&run)["best"].clone();
        assert_eq!(
            (best["metric"].as_str(), best["value"].as_f64()),
            (Some("val_ssim"), Some(value))
        );
        assert_eq!(best["epoch"].to_string(), epoch);
        let resolved: toml::Table = place.text(run.join("resolved.toml")).parse().expect("TOML");
        assert_eq!(resolved["train"]["checkpoint"]["metric"].as_str(), Some("val_ssim"));
    }
}
