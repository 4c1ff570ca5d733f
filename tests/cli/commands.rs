//! Commands that only show something, and flags that only change the output.

use crate::place::{Place, assert_has, edit, info, name};
use serde_json::Value;

#[test]
fn every_read_only_command_shows_what_exists() {
    let place = Place::small();
    let trained = place.succeed(&["small.toml", "--quiet"]);
    assert_eq!(trained.stderr, "");
    trained.prints("completed");
    let run = place.only_run("runs");
    let name = name(&run);

    let says = |args: &[&str], parts: &[&str]| {
        let ended = place.succeed(args);
        for part in parts {
            ended.prints(part);
        }
        assert_eq!(ended.stderr, "", "{args:?}");
        ended
    };
    says(&["list"], &[&name, "completed", " 3/3 "]);
    says(&["show", &name], &[&name, "all 3 epochs done", "val_loss", "\n3 "]);
    says(
        &["data", "info"],
        &["not in data/mnist; `runner data fetch mnist`", "cifar10", "nothing to download"],
    );
    says(&["completions", "bash"], &["_runner()", "--runs-dir"]);
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/experiment.schema.json");
    assert_eq!(says(&["schema"], &[]).stdout, std::fs::read_to_string(schema).expect("the schema"));

    let mut kept = info(&run);
    kept["folder"] = format!("runs/{name}").into();
    kept["planned_epochs"] = 3.into();
    assert_eq!(says(&["list", "--json"], &[]).json(), serde_json::json!([kept]));
    assert_eq!(says(&["show", &name, "--json"], &[]).json(), kept);

    says(&["report"], &["runs/report.html"]);
    assert!(place.text("runs/report.html").contains(&name));
}

#[test]
fn a_run_whose_metrics_are_damaged_is_shown_with_a_warning() {
    let place = Place::small();
    place.succeed(&["small.toml", "--quiet", "--set", "train.epochs=1"]);
    let metrics = place.only_run("runs").join("metrics.csv");
    let text = place.text(&metrics) + "2,x\n";
    std::fs::write(metrics, text).expect("a file");
    let shown = place.succeed(&["show", "small"]);
    shown.prints("1 epoch done");
    let why = "metrics.csv: line 3 has 2 cells";
    let warns = shown.stderr.starts_with("warning: runs/small-") && shown.stderr.contains(why);
    assert!(warns, "{}", shown.stderr);
    place.write("runs/torn-0000aaaa/run.json", "");
    place.succeed(&["report", "--format", "csv"]).tells(why).tells("torn-0000aaaa");
}

#[test]
fn a_broken_run_is_an_error_as_text_and_as_json() {
    let place = Place::new();
    place.write("runs/torn-0000aaaa/run.json", "x");
    let [text, json] = [&[][..], &["--json"]].map(|more| {
        let ended = place.fails(1, &[&["show", "torn"], more].concat());
        ended.tells("is not a run description");
        ended
    });
    assert_eq!(text.stdout, "");
    assert_eq!(json.json()["status"], "broken");
}

#[test]
fn a_failed_run_prints_a_line_of_json() {
    let place = Place::small();
    let small = ["small.toml", "--quiet", "--json", "--set", "train.epochs=1"];
    let failed = |args: &[&str], status| -> Value {
        let ended = place.fails(status, args);
        assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
        ended.json()
    };
    place.succeed(&small);
    let run = place.only_run("runs");
    edit(&run, "status", "interrupted".into());
    std::fs::remove_file(run.join("metrics.csv")).expect("a file");
    std::fs::create_dir(run.join("metrics.csv")).expect("a folder");
    let shown = failed(&small, 1);
    for (key, value) in info(&run).as_object().expect("an object") {
        assert_eq!(shown[key], *value, "{key}");
    }
    assert_eq!(shown["status"], "failed");

    // A run that fails before it has a folder.
    let shown = failed(&[&small[..], &["--set", "data.dataset=\"mnist\""]].concat(), 2);
    assert_eq!((&shown["name"], &shown["status"]), (&"small".into(), &"failed".into()));
    assert!(shown["error"].as_str().expect("text").contains("data/mnist"), "{shown}");
}

#[test]
fn no_color_removes_escapes_even_if_colours_are_forced() {
    let place = Place::small();
    let colours = |args: &[&str]| {
        let mut command = place.command(args);
        let output = command.env("CLICOLOR_FORCE", "1").env_remove("NO_COLOR").output();
        String::from_utf8(output.expect("it starts").stderr).expect("text").contains('\u{1b}')
    };
    assert!(colours(&["check", "--wrong"]));
    assert!(!colours(&["check", "--wrong", "--no-color"]));
    place.succeed(&["--no-color", "check", "small.toml"]);
}

#[test]
fn keys_are_explained() {
    let place = Place::new();
    let train = place.succeed(&["explain", "train"]).stdout;
    assert!(
        train.starts_with("## [train]\n\nHow the network is trained.\n\n- `epochs` ("),
        "{train}"
    );
    assert_has(&train, "\n### [train.schedule]\n");
    let all = place.succeed(&["explain"]).stdout;
    assert!(all.contains(&train) && all.contains("\n## [sweep]\n"), "{all}");
    place.fails(2, &["explain", "lr"]).tells("did you mean `train.optimizer.learning_rate`?");
}

#[test]
fn the_next_step_is_suggested_unless_quiet_or_json() {
    let place = Place::small();
    let once =
        |more: &[&str]| place.succeed(&[&["small.toml", "--set=train.epochs=1"], more].concat());
    let ended = once(&[]);
    let run = place.only_run("runs");
    let name = name(&run);
    let next = format!("next: `runner show runs/{name}`, `runner apply runs/{name} IMAGES -o OUT`");
    assert_eq!(ended.stderr.matches(&next).count(), 1, "{}", ended.stderr);
    for more in [&[][..], &["--force", "--quiet"], &["--force", "--json"]] {
        let ended = once(more);
        assert!(!ended.stderr.contains("next: "), "{more:?}: {}", ended.stderr);
    }
    let file = format!("runs/{name}/resolved.toml");
    let shown = place.succeed(&["show", &format!("runs/{name}")]).stdout;
    assert_has(&shown, &format!("\n  again       runner {file} --force"));
    place.succeed(&[&file]).prints("already complete");

    place.write("sizes.toml", "extends = \"small.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 4]\n");
    let sweep = |more: &str| place.succeed(&["sizes.toml", "--set=train.epochs=1", more]).stderr;
    let report = "report: runs/sizes/report.html; `runner apply runs/sizes@best IMAGES -o OUT`";
    let told = sweep("--jobs=1");
    assert!(told.lines().last().is_some_and(|line| line.starts_with(report)), "{told}");
    for more in ["--json", "--quiet"] {
        assert!(!sweep(more).contains(report), "{more}");
    }
}
