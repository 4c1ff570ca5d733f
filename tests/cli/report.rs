//! Reports and comparisons of runs.

use crate::place::Place;

const SWEEP: &str = r#"
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
fn a_sweep_leaves_a_report_that_loads_nothing_and_holds_no_foreign_markup() {
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
fn every_value_of_a_report_as_csv_is_one_of_the_runs_own() {
    let place = place();
    place.succeed(&["report", "sizes", "--format", "csv", "-o", "all.csv"]);
    let mut table = csv::Reader::from_path(place.path().join("all.csv")).expect("a table");
    let header = table.headers().expect("a header").clone();
    let column = |name: &str| {
        header.iter().position(|h| h == name).unwrap_or_else(|| panic!("{name} in {header:?}"))
    };
    let (folder, loss) = (column("folder"), column("val_loss"));
    let rows: Vec<_> = table.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let run = std::path::Path::new(&row[folder]);
        let run = run.file_name().expect("a name").to_string_lossy().into_owned();
        let metrics = place.text(format!("runs/sizes/{run}/metrics.csv"));
        let (shown, kept) = (number(&row[loss]), least(&metrics, "val_loss"));
        assert_eq!(shown.to_bits(), kept.to_bits(), "{shown} of {run} in {metrics}");
    }
}

/// The cell as a number; an empty one is none.
fn number(cell: &str) -> f64 {
    cell.parse().unwrap_or_else(|error| panic!("{cell:?}: {error}"))
}

/// The least value of a column.
fn least(table: &str, name: &str) -> f64 {
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let header = table.headers().expect("a header").clone();
    let column = header.iter().position(|head| head == name).expect("the column");
    let values = table.records().map(|row| number(&row.expect("a row")[column]));
    values.reduce(f64::min).expect("a row")
}

#[test]
fn an_experiment_trained_alone_and_in_a_sweep_counts_once() {
    let place = place();
    let alone = SWEEP.split("[sweep]").next().expect("the experiment");
    place.write("alone.toml", alone);
    place.succeed(&["alone.toml", "--quiet", "--set", "model.latent_dim=2"]);
    let out = place.succeed(&["report", "--format", "md"]).stdout;
    assert!(out.contains("1 run not counted"), "{out}");
    assert!(out.contains("with up to 2 seeds"), "{out}");
}

#[test]
fn runs_of_several_losses_are_compared_by_what_does_not_depend_on_them() {
    let place = Place::small();
    for loss in ["mse", "mae"] {
        let (name, loss) =
            (format!("experiment.name=\"{loss}\""), format!("train.loss=\"{loss}\""));
        place.succeed(&["small.toml", "--quiet", "--set", &name, "--set", &loss]);
    }
    let out = place.succeed(&["report", "--format", "md"]).stdout;
    assert!(out.contains("val\\_mse compares them"), "{out}");
    assert!(!out.contains("val\\_loss is lowest"), "{out}");
}

#[test]
fn a_report_as_markdown_has_a_table() {
    let place = place();
    let out = place.succeed(&["report", "sizes", "--format", "md"]).stdout;
    assert!(out.contains("--: |"), "{out}");
    // As Markdown wants an underscore that is one.
    assert!(out.contains("latent\\_dim"), "{out}");
}

#[test]
fn a_report_of_nothing_says_so() {
    let place = Place::new();
    let failed = place.run(&["report"]);
    assert_eq!(failed.code, Some(2));
    assert!(failed.stderr.contains("runs"), "{}", failed.stderr);
}

#[test]
fn two_runs_are_compared_by_what_differs() {
    let place = place();
    let runs = std::fs::read_dir(place.path().join("runs/sizes")).expect("runs");
    let mut runs: Vec<_> = runs
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.join("run.json").is_file())
        .map(|path| path.display().to_string())
        .collect();
    runs.sort();
    let out = place.succeed(&["compare", &runs[0], &runs[3]]).stdout;
    assert!(out.contains("model.latent_dim"), "{out}");
    assert!(out.contains('*'), "the better one is marked: {out}");
    let json = place.succeed(&["compare", &runs[0], &runs[3], "--json"]).stdout;
    serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
}

#[test]
fn event_files_are_written_when_asked_for() {
    let place = place();
    let written = walk(&place.path().join("runs/sizes"));
    assert_eq!(written, 4, "one for each run");
}

fn walk(folder: &std::path::Path) -> usize {
    let entries =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry"));
    entries
        .map(|entry| match entry.path() {
            path if path.is_dir() => walk(&path),
            path => usize::from(path.to_string_lossy().contains("tfevents")),
        })
        .sum()
}
