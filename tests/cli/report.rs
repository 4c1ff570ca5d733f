//! Reports and comparisons of runs.

use crate::place::{Place, assert_has, column, files, info, name};
use serde_json::{Value, json};

/// Two sizes of the code, two seeds each.
pub const SWEEP: &str = r#"
[experiment]
description = "<script>alert(1)</script> & more"
[data]
dataset = "synthetic_digits"
train_limit = 64
test_limit = 20
[model]
filters = [2, 4]
[train]
epochs = 2
[log]
tensorboard = true
[sweep]
"model.latent_dim" = [2, 3]
repeats = 2
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("sizes.toml", SWEEP);
    place.succeed(&["sizes.toml", "--quiet"]);
    place
}

#[test]
fn a_sweep_s_report_loads_nothing_and_escapes_markup() {
    let place = place();
    let page = place.text("runs/sizes/report.html");
    assert!(page.contains("Content-Security-Policy"));
    assert!(page.contains("&lt;script&gt;alert(1)"), "the description is there, as text");
    assert!(!page.contains("<script>alert(1)"));
    for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert!(page.contains("latent_dim"));
}

#[test]
fn the_page_compares_experiments_with_the_best_as_compare_does() {
    let place = place();
    let page = place.text("runs/sizes/report.html");
    let data = page.split("<script type=\"application/json\" id=\"data\">").nth(1);
    let data = data.and_then(|data| data.split("</script>").next()).expect("the data");
    let data: Value = serde_json::from_str(data).expect("JSON");
    let groups = data["groups"].as_array().expect("experiments");
    let (best, others): (Vec<&Value>, Vec<&Value>) =
        groups.iter().partition(|group| group["difference"]["text"] == "best");
    let names = [best[0], others[0]]
        .map(|group| format!("sizes/{}", group["label"].as_str().expect("a name")));
    let compare =
        |more: &[&str]| place.succeed(&[&["compare", &names[0], &names[1]], more].concat()).stdout;
    let json: Value = serde_json::from_str(&compare(&["--json"])).expect("JSON");
    let differences = json["pairs"]["differences"].as_array().expect("them");
    let loss = differences.iter().find(|row| row["metric"] == "val_loss").expect("a row");
    let shown = &others[0]["difference"];
    assert_eq!(shown["mean"], loss["difference"], "{loss}");

    let text = compare(&[]);
    let row = text.lines().rfind(|line| line.starts_with("val_loss")).expect("a row");
    let counts = shown["details"].as_str().expect("the counts");
    for part in ["text", "beside"].map(|part| shown[part].as_str().expect("text")) {
        assert!(row.contains(&format!("  {part}")) && page.contains(part), "{part} in {row}");
    }
    let [worse, better] = ["a_better", "b_better"].map(|count| &loss[count]);
    assert_eq!(counts, format!("better in {better}, worse in {worse}"));
}

#[test]
fn every_value_of_a_csv_report_comes_from_a_run() {
    let place = place();
    place.succeed(&["report", "sizes", "--format", "csv", "-o", "all.csv"]);
    let table = place.text("all.csv");
    let (folders, losses) = (column(&table, "folder"), column(&table, "val_loss"));
    assert_eq!(folders.len(), 4);
    for (folder, loss) in folders.iter().zip(losses) {
        let run = name(folder.as_ref());
        let metrics = place.text(format!("runs/sizes/{run}/metrics.csv"));
        let kept = column(&metrics, "val_loss").iter().map(|cell| number(cell)).reduce(f64::min);
        let (shown, kept) = (number(&loss), kept.expect("a row"));
        assert_eq!(shown.to_bits(), kept.to_bits(), "{shown} of {run} in {metrics}");
    }
}

/// Parses a cell as a number.
fn number(cell: &str) -> f64 {
    cell.parse().unwrap_or_else(|error| panic!("{cell:?}: {error}"))
}

#[test]
fn an_experiment_trained_alone_and_in_a_sweep_counts_once() {
    let place = place();
    let alone = SWEEP.split("[sweep]").next().expect("the experiment");
    place.write("alone.toml", alone);
    place.succeed(&["alone.toml", "--quiet", "--set", "model.latent_dim=2"]);
    let out = place.succeed(&["report", "--format", "md"]).stdout;
    assert_has(&out, "1 run not counted");
    assert_has(&out, "with up to 2 seeds");
}

#[test]
fn runs_with_different_losses_are_compared_by_other_metrics() {
    let place = Place::small();
    for loss in ["mse", "mae"] {
        let (name, loss) =
            (format!("experiment.name=\"{loss}\""), format!("train.loss=\"{loss}\""));
        place.succeed(&["small.toml", "--quiet", "--set", &name, "--set", &loss]);
    }
    let out = place.succeed(&["report", "--format", "md"]).stdout;
    assert_has(&out, "val\\_mse compares them");
    assert!(!out.contains("val\\_loss is lowest"), "{out}");
    let out = place.succeed(&["compare", "mse", "mae"]).stdout;
    let difference = |metric: &str| {
        let line = out.lines().find(|line| line.starts_with(metric)).expect("a line");
        line.rsplit("  ").next().expect("a cell").to_owned()
    };
    assert_eq!((difference("loss ↓").as_str(), difference("val_loss ↓").as_str()), ("–", "–"));
    assert!(difference("val_mse ↓").ends_with(" %)"), "{out}");
    assert_has(
        &out,
        "\nThey minimize different losses, so their loss and val_loss cannot be compared.\n",
    );
    assert!(!out.contains("none is called better"), "{out}");

    let split = ["--set", "train.loss=\"mae\"", "--set", "data.validation_split=0.5"];
    let split =
        [&["small.toml", "--quiet", "--set", "experiment.name=\"split\""], &split[..]].concat();
    place.succeed(&split);
    let out = place.succeed(&["compare", "mse", "split"]).stdout;
    assert_has(
        &out,
        "\nThey differ in data.validation_split, so their metrics cannot be compared: none",
    );
    assert_has(
        &out,
        "\nThey minimize different losses, so their loss, val_loss and test_loss cannot",
    );
    let json = place.succeed(&["compare", "mse", "split", "--json"]).json();
    assert!(json["metrics"].as_array().expect("them").iter().all(|it| it["difference"].is_null()));
    assert!(json["different_losses"].as_str().is_some_and(|it| it.contains("val_loss")), "{json}");
}

#[test]
fn a_sweeps_own_report_has_the_runs_of_its_plan_only() {
    let place = place();
    place.write("sizes.toml", SWEEP.replace("repeats = 2", "repeats = 1"));
    place.succeed(&["sizes.toml", "--quiet"]);
    let out = place.succeed(&["report", "sizes", "--format", "md"]).stdout;
    assert_has(&out, "2 runs no longer part of this sweep and left out: ");
    assert!(!out.contains("seeds"), "{out}");
}

#[test]
fn runs_of_different_tasks_are_not_compared() {
    let place = Place::small();
    for kind in ["denoise", "reconstruct"] {
        let (name, kind) = (format!("experiment.name=\"{kind}\""), format!("task.kind=\"{kind}\""));
        place.succeed(&["small.toml", "--quiet", "--set", &name, "--set", &kind]);
    }
    let report = place.succeed(&["report", "--format", "md"]).stdout;
    assert!(report.contains("They differ in task.kind") && !report.contains("lowest"), "{report}");
    let out = place.succeed(&["compare", "denoise", "reconstruct"]).stdout;
    assert!(out.contains("none is called better") && !out.contains(" *"), "{out}");

    let rows = place.runs("runs")[0].join("metrics.csv");
    let damaged = place.text(&rows) + "9,x\n";
    std::fs::write(rows, damaged).expect("a file");
    for more in [&[][..], &["--json"]] {
        let ended = place.succeed(&[&["compare", "denoise", "reconstruct"], more].concat());
        assert!(ended.stderr.starts_with("warning: "), "{more:?}: {}", ended.stderr);
        ended.prints("none is called better");
    }
}

#[test]
fn a_report_is_written_to_out_and_a_link_stays_a_link() {
    let place = Place::new();
    place.write("runs/torn-0000aaaa/run.json", "x");
    place.write("real.csv", "old");
    std::os::unix::fs::symlink("real.csv", place.path().join("link.csv")).expect("a link");
    let report = |out: &str| place.run(&["report", "--format", "csv", "-o", out]);
    let table = report("-").stdout;
    assert!(table.starts_with("run,folder,"), "{table}");
    assert_eq!(report("link.csv").stdout, "link.csv\n");
    assert!(place.path().join("link.csv").is_symlink());
    assert_eq!(place.text("real.csv"), table);
    assert_eq!(report("/dev/stdout").stdout, table);
    let ended = report("real.csv/below.csv");
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let advice = "cannot write real.csv/below.csv: ";
    assert!(ended.stderr.contains(advice) && ended.stderr.contains("--out"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("--runs-dir"), "{}", ended.stderr);
}

#[test]
fn a_report_does_not_replace_the_files_of_a_run_or_a_sweep() {
    let place = place();
    let run = place.runs("runs/sizes").swap_remove(0);
    let run = run.strip_prefix(place.path()).expect("a run of this place").to_str().expect("text");
    let metrics = format!("{run}/metrics.csv");
    let weights = format!("{run}/checkpoints/best.safetensors");
    for own in ["runs/sizes/sweep.json", "runs/sizes/trials.csv", &metrics, &weights] {
        let before = place.read(own);
        place.fails(2, &["report", "-o", own]).tells("belongs to a run or a sweep");
        assert!(place.read(own) == before, "{own}");
    }
    for own in ["runs/sizes/night.html", "runs/sizes/report.html", &format!("{run}/report.html")] {
        place.succeed(&["report", "-o", own]);
        place.succeed(&["report", "-o", own]);
    }
}

#[test]
fn a_report_as_markdown_has_a_table() {
    let place = place();
    let out = place.succeed(&["report", "sizes", "--format", "md"]).stdout;
    assert_has(&out, "--: |");
    // Underscores are escaped in Markdown.
    assert_has(&out, "latent\\_dim");
}

#[test]
fn a_report_of_nothing_says_so() {
    let place = Place::new();
    place.fails(2, &["report"]).tells("runs");
}

#[test]
fn two_runs_are_compared_by_what_differs() {
    let place = place();
    let runs = place.runs("runs/sizes");
    let [first, .., last] = &runs[..] else { panic!("{runs:?}") };
    let names = [first, last].map(|run| run.to_str().expect("text"));
    let out = place.succeed(&["compare", names[0], names[1]]).stdout;
    let mut keys = out.lines().map(str::split_whitespace).map(Iterator::collect::<Vec<_>>);
    assert!(keys.any(|cells| cells == ["model.latent_dim", "2", "3"]), "{out}");
    let loss = out.lines().find(|line| line.starts_with("val_loss")).expect("a line");
    assert_eq!(loss.matches(" *").count(), 1, "the better one is marked: {out}");
    let psnr = out.lines().find(|line| line.starts_with("val_psnr")).expect("a line");
    assert!(psnr.ends_with(" dB") && !psnr.contains('%'), "{out}");
    assert_has(&out, "\n2 pairs of completed runs with the same seed: ");
    let paired = out.lines().rfind(|line| line.starts_with("val_loss")).expect("a line");
    assert_eq!(paired.matches(" ± ").count(), 3, "{out}");

    let shown = place.succeed(&["compare", names[0], names[1], "--json"]).json();
    let seeds = [first, last].map(|run| info(run)["seed"].clone());
    assert_eq!(
        shown["keys"],
        json!([
            { "key": "experiment.seed", "a": seeds[0], "b": seeds[1] },
            { "key": "model.latent_dim", "a": 2, "b": 3 },
        ])
    );
    let best = [first, last].map(|run| info(run)["best"].clone());
    let epochs = json!({ "a": best[0]["epoch"], "b": best[1]["epoch"] });
    assert_eq!(shown["best_epochs"], epochs);
    let values = best.map(|best| best["value"].as_f64().expect("a loss"));
    let metrics = shown["metrics"].as_array().expect("metrics");
    let loss = metrics.iter().find(|metric| metric["metric"] == "val_loss").expect("val_loss");
    let better = if values[0] < values[1] { "a" } else { "b" };
    let expected = json!({
        "metric": "val_loss", "a": values[0], "b": values[1],
        "difference": values[1] - values[0], "better": better,
    });
    assert_eq!(*loss, expected);
}

#[test]
fn event_files_are_written_when_asked_for() {
    let place = place();
    let files = files(&place.path().join("runs/sizes"));
    let events: Vec<_> = files.iter().filter(|file| file.contains("tfevents")).collect();
    assert_eq!(events.len(), 4, "one for each run: {events:?}");
}

#[test]
fn experiments_of_sweeps_are_compared_over_their_seeds_by_the_names_that_runs_share() {
    let place = place();
    let repeats = "extends = \"sizes.toml\"\n[sweep]\n\"model.latent_dim\" = [4]\nrepeats = 3\n";
    place.write("four.toml", repeats);
    place.succeed(&["four.toml", "--quiet"]);
    let out = place.succeed(&["compare", "sizes/latent_dim=2", "runs/four/"]).stdout;
    let head: Vec<&str> = out.lines().take(2).collect();
    assert_eq!(
        head,
        [
            "A  sizes/latent_dim=2  2 runs, seeds 1337, 1338",
            "B  runs/four/  3 runs, seeds 1337 to 1339"
        ]
    );
    assert!(!out.contains("experiment.seed") && !out.contains("in the best epoch"), "{out}");
    assert_has(&out, "\n2 pairs of completed runs with the same seed: 1337, 1338\n");
    assert!(out.ends_with("\n1 seed left out: 1339 (only B has it)\n"), "{out}");

    let json = place.succeed(&["compare", "sizes/latent_dim=2", "four", "--json"]).json();
    let pairs = &json["pairs"];
    assert_eq!((&pairs["count"], &pairs["seeds"]), (&json!(2), &json!([1337, 1338])));
    let differences = pairs["differences"].as_array().expect("them");
    let loss = differences.iter().find(|row| row["metric"] == "val_loss").expect("a row");
    let means = ["a", "b"].map(|side| loss[side]["mean"].as_f64().expect("a mean"));
    let difference = loss["difference"].as_f64().expect("a number");
    assert!((means[1] - means[0] - difference).abs() < 1e-12, "{loss}");
    assert_eq!((&loss["direction"], &loss["pairs"]), (&json!("lower"), &json!(2)));
    let ends = loss["interval"].as_array().expect("two ends").iter();
    let ends: Vec<f64> = ends.filter_map(Value::as_f64).collect();
    assert_eq!(loss["contains_zero"], json!(ends[0] <= 0.0 && 0.0 <= ends[1]), "{loss}");

    let told = place.run(&["compare", "sizes", "four"]);
    let several = "\"sizes\" has several experiments, latent_dim=2 and latent_dim=3: name one of them, as \
                   sizes/NAME, or sizes@best";
    assert!(told.code == Some(2) && told.stderr.contains(several), "{}", told.stderr);
    // A single run has no repeats.
    place.write("alone.toml", SWEEP.split("[sweep]").next().expect("a start"));
    place.succeed(&["alone.toml", "--quiet"]);
    let out = place.succeed(&["compare", "alone", "four"]).stdout;
    assert_has(&out, "\nonly one pair of completed runs with the same seed, 1337; ");
}
