//! Comparisons of two sweeps, experiment by experiment.

use crate::place::{Place, assert_has, edit, info, name};
use serde_json::{Value, json};

/// An experiment that trains at once.
const TINY: &str = r#"
[data]
dataset = "synthetic_digits"
train_limit = 64
test_limit = 20
[task]
kind = "denoise"
[model]
filters = [2, 4]
latent_dim = 2
[train]
epochs = 1
"#;

/// Trains a sweep.
fn train(place: &Place, sweep: &str, changes: &str) {
    place.write("tiny.toml", TINY);
    place.write(format!("{sweep}.toml"), format!("extends = \"tiny.toml\"\n{changes}"));
    place.succeed(&[&format!("{sweep}.toml"), "--quiet"]);
}

const SIGMAS: &str = "[sweep]\n\"task.noise.sigma\" = [0.25, 0.5, 1.0]\n";

#[test]
fn experiments_are_compared_where_their_varied_keys_agree() {
    let place = Place::new();
    train(&place, "narrow", &format!("{SIGMAS}repeats = 2\n"));
    train(
        &place,
        "grid",
        "[train]\nbatch_size = 16\n[sweep]\n\"task.noise.sigma\" = [0.25, 0.5]\n\"model.latent_dim\" = [2, 3]\nrepeats = 3\n",
    );
    let lose = |sweep: &str, run: &str| {
        let mut all = place.runs(sweep).into_iter();
        let lost = all.find(|path| name(path).starts_with(run)).expect("a run");
        edit(&lost, "status", "failed".into());
    };
    // The first seed is lost where the noise is strong.
    lose("runs/narrow", "sigma=0.5,r1");

    let out = place.succeed(&["compare", "narrow", "runs/grid"]).stdout;
    let lines: Vec<Vec<&str>> = out
        .lines()
        .map(|line| line.split("  ").filter(|cell| !cell.is_empty()).map(str::trim).collect())
        .collect();
    let has = |line: &[&str]| assert!(lines.iter().any(|known| known == line), "{line:?} in {out}");
    has(&["A", "narrow", "3 experiments, 6 runs"]);
    has(&["B", "runs/grid", "4 experiments, 12 runs"]);
    has(&["train.batch_size", "32", "16"]);
    assert!(!lines.iter().any(|cells| cells.first() == Some(&"model.latent_dim")), "{out}");
    has(&["2 points at which A and B have the same task.noise.sigma and model.latent_dim"]);
    has(&["1 experiment of A left over, as B has none with the same values: sigma=1,latent_dim=2"]);
    assert_has(
        &out,
        "\n2 experiments of B left over, as A has none with the same values: sigma=0.25,latent_dim=3; ",
    );
    has(&["sigma", "latent_dim", "pairs", "A", "B", "B - A", "95 % interval", "better in"]);
    let row = |sigma: &str| {
        lines.iter().find(|cells| cells.first() == Some(&sigma)).expect("a row").clone()
    };
    assert_eq!((&row("0.25")[1..3], row("0.25").len()), (&["2", "2"][..], 8), "{out}");
    // A single pair has neither deviation nor interval.
    assert_eq!((&row("0.5")[1..3], row("0.5").len()), (&["2", "1"][..], 7), "{out}");
    assert!(!row("0.5").concat().contains('±'), "{out}");
    has(&["at sigma=0.25,latent_dim=2: 1 seed left out: 1339 (only B has it)"]);
    has(&["at sigma=0.5,latent_dim=2: 2 seeds left out: 1337 (A failed), 1339 (only B has it)"]);
    assert!(lines.last().expect("a line")[0].contains(" the better mean at "), "{out}");

    let json = place.succeed(&["compare", "narrow", "runs/grid", "--json"]).json();
    assert_eq!((&json["a"], &json["metric"]), (&json!("narrow"), &json!("val_loss")));
    let points = json["points"].as_array().expect("points");
    let keys: Vec<&Value> = points.iter().map(|point| &point["keys"]["task.noise.sigma"]).collect();
    assert_eq!(keys, [0.25, 0.5]);
    assert_eq!(json["left_over"]["a"], json!([{ "task.noise.sigma": 1.0, "model.latent_dim": 2 }]));
    for point in points {
        let values = ["a", "b"].map(|side| {
            let runs = point["runs"][side].as_array().expect("runs").iter();
            let runs = runs.map(|run| info(&place.path().join(run.as_str().expect("a path"))));
            runs.map(|info| info["best"]["value"].as_f64().expect("a loss")).collect::<Vec<_>>()
        });
        let [a, b] = values.each_ref().map(|all| all.iter().sum::<f64>() / all.len() as f64);
        let difference = point["compared"]["difference"].as_f64().expect("a number");
        assert!((b - a - difference).abs() < 1e-12, "{point}");
        assert_eq!(point["better"], if difference < 0.0 { "b" } else { "a" });
        let all = point["pairs"]["differences"].as_array().expect("rows");
        assert!(all.iter().any(|row| row["metric"] == "val_psnr"), "{point}");
    }

    // The only seed that has a pair at both points.
    let mean = |side: &str| {
        let losses = points.iter().flat_map(|point| point["runs"][side].as_array().expect("runs"));
        let infos = losses.map(|run| info(&place.path().join(run.as_str().expect("a path"))));
        let losses = infos.filter(|info| info["seed"] == 1338);
        losses.map(|info| info["best"]["value"].as_f64().expect("a loss")).sum::<f64>() / 2.0
    };
    let difference = json["over_points"]["difference"].as_f64().expect("a number");
    assert_eq!(json["over_points"]["pairs"], 1);
    assert!((mean("b") - mean("a") - difference).abs() < 1e-12, "{json}");
    assert_eq!(
        lines.iter().filter(|cells| cells.first() == Some(&"all points")).count(),
        1,
        "{out}"
    );

    // Without a pair there, whatever seeds are left is no difference between the sweeps.
    for lost in ["r2", "r3"] {
        lose("runs/grid", &format!("sigma=0.5,latent_dim=2,{lost}"));
    }
    let out = place.succeed(&["compare", "narrow", "grid"]).stdout;
    assert!(!out.contains("experiment.seed") && !out.contains("in the same way"), "{out}");
    assert_has(&out, " the better mean at the only point that can be compared, ");

    train(&place, "sizes", "[sweep]\n\"model.latent_dim\" = [3, 4]\n");
    for (a, b, said) in [
        ("grid", "runs/grid/", "are the same runs: name two sweeps, or two parts of one"),
        ("grid/sigma=0.5", "grid", "are the same runs"),
        ("narrow", "sizes", "\"sizes\" varies model.latent_dim: latent_dim=3 and latent_dim=4"),
        ("narrow", "narrow/sigma=0.5", "\"narrow\" has several experiments, sigma=0.25, "),
    ] {
        place.fails(2, &["compare", a, b]).tells(said);
    }
}

#[test]
fn sweeps_with_other_losses_or_noise_are_compared_in_what_measures_the_same() {
    let place = Place::new();
    let tested = "[evaluate]\nnoise_sigmas = [0.25, 1.0]\n";
    train(&place, "mse", &format!("{tested}{SIGMAS}"));
    let compared = |b: &str| place.succeed(&["compare", "mse", b]).stdout;

    train(&place, "mae", &format!("[train]\nloss = \"mae\"\n{SIGMAS}"));
    let out = compared("mae");
    assert_has(
        &out,
        "different losses, so their val_loss cannot be compared; the table is of val_mse.\n",
    );
    assert_has(&out, "\nval_mse ↓, mean over 1 pair of completed runs with the same seed: 1337\n");
    assert!(!out.contains("interval  "), "one seed each: {out}");
    assert_has(&out, "\nan interval of the difference takes at least two pairs");
    assert_has(out.lines().last().expect("a line"), " has the better mean at ");

    train(&place, "speckle", &format!("[task]\nnoise = {{ kind = \"speckle\" }}\n{SIGMAS}"));
    let out = compared("speckle");
    assert_has(
        &out,
        "\nat each point: Each validates at its own noise (they differ in task.noise.kind), so ",
    );
    assert!(!out.contains("better mean"), "{out}");
    let json = place.succeed(&["compare", "mse", "speckle", "--json"]).json();
    assert!(
        json["points"].as_array().expect("points").iter().all(|point| point["compared"].is_null())
    );

    // Parts of one sweep, whose noise differs in its level only; the name of one is the beginning of the other's.
    let keys = "\"task.noise.sigma\" = [0.5, 0.55]\n\"model.latent_dim\" = [2, 3]\n";
    train(&place, "both", &format!("{tested}[sweep]\n{keys}"));
    let args = ["compare", "both/sigma=0.5", "both/sigma=0.55"];
    let out = place.succeed(&args).stdout;
    assert_has(&out, "\n2 points at which A and B have the same model.latent_dim\n");
    assert_has(&out, "\nmse on average over tests at 0.25 and 1 ↓, mean over 1 pair");
    let json = place.succeed(&[&args[..], &["--json"]].concat()).json();
    assert_eq!((&json["metric"], &json["levels"]), (&json!("mse"), &json!([0.25, 1.0])));

    // Epochs vary together with the size of the code.
    train(
        &place,
        "longer",
        "[sweep]\nzip = { \"model.latent_dim\" = [2, 3], \"train.epochs\" = [1, 2] }\n",
    );
    let out = place.succeed(&["compare", "both/sigma=0.5", "longer"]).stdout;
    let mut keys = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    assert!(keys.any(|cells| cells == ["train.epochs", "1", "2", "latent_dim=3"]), "{out}");
    assert_has(&out, "\nA and B do not differ in the same way at each point, so ");
}
