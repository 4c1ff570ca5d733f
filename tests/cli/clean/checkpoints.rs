//! Runs with only their best weights left.

use super::*;

#[test]
fn a_run_without_spare_checkpoints_works_except_for_more_training() {
    let place = Place::small();
    // Its best epoch is not the last.
    let steep = ["train.optimizer.learning_rate=0.3", "train.checkpoint.every=1"];
    train(&place, &steep, &[]);
    let run = place.only_run("runs");
    assert_eq!(info(&run)["best"]["epoch"], 1);
    let checkpoints = || files(&run.join("checkpoints"));
    assert_eq!(checkpoints().len(), 4);
    let rest =
        |file: &str| !file.starts_with("checkpoints") && !["log.txt", ".lock"].contains(&file);
    let read = |file: String| (place.read(run.join(&file)), file);
    let before: Vec<_> = files(&run).into_iter().filter(|file| rest(file)).map(read).collect();
    clean(&place, &["--checkpoints"]).tells("--last no longer works");
    clean(&place, &["--checkpoints", "--yes"]);
    assert_eq!(checkpoints(), ["best.safetensors"]);
    let again: Vec<_> = files(&run).into_iter().filter(|file| rest(file)).map(read).collect();
    assert!(before == again);
    assert!(
        place.text(run.join("log.txt")).contains("cleaned: removed last.safetensors, epoch0001")
    );

    assert!(train(&place, &steep, &[]).stdout.contains("already complete"));
    for command in [
        &["evaluate", "small"][..],
        &["export", "small", "-o", "net.onnx"],
        &["report"],
        &["show", "small"],
    ] {
        place.succeed(command);
    }
    place.fails(1, &["export", "small", "--last", "-o", "last.onnx"]).tells("without --last");
    assert!(clean(&place, &[]).stderr.contains("nothing to clean: 1 run in runs"));
}

#[test]
fn results_are_rebuilt_from_the_best_weights_alone() {
    let place = Place::small();
    let more = ["evaluate.noise_sigmas=[0.25]", "figures.scale=2"];
    for stopping in
        ["train.early_stopping={patience=1, min_delta=10.0}", "train.optimizer.learning_rate=0.3"]
    {
        let runs = |name: &'static str| ["--runs-dir", name];
        let results = |folder: &str| {
            let run = place.only_run(folder);
            let names = files(&run).into_iter().filter(|file| {
                file.starts_with("figures") || file.ends_with("levels.csv") || file == "metrics.csv"
            });
            let read = |name: String| (place.read(run.join(&name)), name);
            let told =
                ["best", "metrics", "epochs", "step", "status"].map(|key| info(&run)[key].clone());
            (names.map(read).collect::<Vec<_>>(), told)
        };
        for folder in ["whole", "cleaned"] {
            train(&place, &[stopping, "train.epochs=4"], &runs(folder));
            if folder == "cleaned" {
                clean(&place, &["--runs-dir", folder, "--checkpoints", "--yes"]);
            }
            train(&place, &[&[stopping, "train.epochs=4"][..], &more].concat(), &runs(folder));
        }
        assert!(results("whole") == results("cleaned"), "{stopping}");
        for folder in ["whole", "cleaned"] {
            fs::remove_dir_all(place.path().join(folder)).expect("a folder");
        }
    }
}

#[test]
fn a_cleaned_run_stays_complete_even_if_rebuilding_its_results_fails() {
    let place = Place::small();
    train(&place, &[], &[]);
    clean(&place, &["--checkpoints", "--yes"]);
    let run = place.only_run("runs");
    let kept =
        || ["checkpoints/best.safetensors", "metrics.csv"].map(|file| place.read(run.join(file)));
    let before = kept();
    // One of its figures cannot be written.
    let figure = run.join("figures/loss.png");
    fs::remove_file(&figure).expect("a file");
    fs::create_dir(&figure).expect("a folder");
    let settings = set(&[&QUICK[..], &["figures.scale=2"]].concat());
    let again = [&["small.toml", "--quiet"][..], &settings].concat();
    assert_eq!(place.run(&again).code, Some(1));
    let failed = info(&run);
    assert_eq!((&failed["status"], &failed["trained"]), (&"completed".into(), &true.into()));
    assert!(failed["error"].as_str().expect("an error").contains("loss.png"), "{failed}");
    assert_eq!(failed["stop_reason"], "all 2 epochs done");
    assert!(clean(&place, &["--failed"]).stderr.contains("nothing to remove"));
    assert!(kept() == before);
    let told = place.succeed(&[&["check"][..], &again[..1], &settings].concat()).stdout;
    assert_has(&told, "results to be rebuilt");

    fs::remove_dir(&figure).expect("a folder");
    place.succeed(&again);
    assert!(kept() == before);
    let done = info(&run);
    assert_eq!(done["status"], "completed");
    assert_eq!((&done["trained"], &done["error"]), (&Value::Null, &Value::Null));
}

#[test]
fn more_epochs_without_the_last_checkpoint_start_over_and_say_why() {
    let place = Place::small();
    train(&place, &[], &[]);
    let shorter = place.only_run("runs");
    clean(&place, &["--checkpoints", "--yes"]);
    let settings = set(&[&QUICK[..2], &["train.epochs=3"]].concat());
    let ended = place.succeed(&[&["small.toml"][..], &settings].concat());
    let why = format!("{} is not continued: ", name(&shorter));
    ended.tells(&why);
    ended.tells("runner clean --checkpoints");
    ended.tells("epoch 1/3");
}
