//! Runs that another run contains completely.

use super::*;

#[test]
fn of_two_runs_that_stopped_early_at_the_same_epoch_one_is_kept() {
    let place = Place::small();
    let early = "train.early_stopping={patience=1, min_delta=10.0}";
    for epochs in ["train.epochs=5", "train.epochs=6"] {
        train(&place, &[early, epochs], &[]);
    }
    assert_eq!(place.runs("runs").len(), 2);
    clean(&place, &["--superseded", "--yes"]);
    let left = place.only_run("runs");
    assert_eq!(info(&left)["status"], "completed");
}

#[test]
fn a_longer_run_without_its_weights_or_results_supersedes_none() {
    let place = Place::small();
    train(&place, &["evaluate.codes=true"], &[]);
    let shorter = place.only_run("runs");
    let settings = set(&[&QUICK[..2], &["train.epochs=3", "evaluate.codes=true"]].concat());
    place.succeed(&[&["small.toml", "--quiet"][..], &settings].concat());
    let longer = place.runs("runs").into_iter().find(|run| *run != shorter).expect("a run");
    let is_listed = || clean(&place, &["--superseded"]).stdout.contains(&name(&shorter));
    assert!(is_listed());
    for file in ["codes.csv", "checkpoints/best.safetensors"] {
        let kept = place.read(longer.join(file));
        fs::remove_file(longer.join(file)).expect("a file");
        assert!(!is_listed(), "without {file}");
        fs::write(longer.join(file), kept).expect("a file");
    }
    assert!(is_listed());
}

#[test]
fn a_copy_under_the_name_of_a_retrained_run_supersedes_none() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    let copy = run.with_file_name(format!("{}-2", name(&run)));
    for file in files(&run) {
        fs::create_dir_all(copy.join(&file).parent().expect("a folder")).expect("a folder");
        fs::copy(run.join(&file), copy.join(&file)).expect("a file");
    }
    clean(&place, &["--superseded", "--yes"]);
    assert!(run.exists() && copy.exists());
    train(&place, &[], &["--force"]);
    clean(&place, &["--superseded", "--yes"]);
    assert_eq!(place.runs("runs"), [run.with_file_name(format!("{}-3", name(&run)))]);
}

#[test]
fn superseded_runs_are_removed_unless_a_sweep_plans_them() {
    let place = Place::small();
    train(&place, &[], &[]);
    let short = place.only_run("runs");
    train(&place, &[], &["--force"]);
    train(&place, &["train.epochs=3"], &["--force"]);
    train(&place, &["train.epochs=3", "experiment.seed=2"], &[]);
    let all = place.runs("runs");
    assert_eq!(all.len(), 4);
    let gone = |args: &[&str]| -> Vec<PathBuf> {
        let lines = clean(&place, &[args, &["--superseded", "--json"]].concat()).json_lines();
        lines.iter().map(|line| place.path().join(line["path"].as_str().expect("a path"))).collect()
    };
    let anew = short.with_file_name(format!("{}-2", name(&short)));
    let mut both = vec![short.clone(), anew.clone()];
    both.sort();
    assert_eq!(gone(&[]), both);
    // The longer run need not be selected.
    assert_eq!(gone(&["--where", "epochs=2"]), both);
    say(&anew, "interrupted");
    assert_eq!(
        gone(&[]),
        slice::from_ref(&anew),
        "the first counts no less than one that is cut off"
    );
    say(&anew, "completed");
    let longer = all.iter().find(|run| !both.contains(run) && info(run)["seed"] == 1337);
    let longer = longer.expect("a longer run");
    say(longer, "interrupted");
    assert_eq!(gone(&[]), slice::from_ref(&short));
    say(longer, "completed");
    let metrics = place.text(longer.join("metrics.csv"));
    fs::write(longer.join("metrics.csv"), metrics.replacen("\n1,", "\n1,9", 1)).expect("a file");
    assert_eq!(gone(&[]), slice::from_ref(&short), "its training differs");
    fs::write(longer.join("metrics.csv"), metrics).expect("a file");
    assert_eq!(gone(&["--yes"]), both);
    assert_eq!(place.runs("runs").len(), 2);

    let text = "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n[sweep]\n\
                \"train.epochs\" = [1, 2]\n";
    place.write("lengths.toml", text);
    place.succeed(&["lengths.toml", "--quiet"]);
    assert!(gone(&["lengths"]).is_empty());
}

#[test]
fn a_retrained_sweep_is_shown_without_its_old_folders() {
    let place = Place::small();
    let text = "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n[train]\nepochs = 1\n\
                [sweep]\n\"model.latent_dim\" = [2, 3]\n";
    place.write("night.toml", text);
    place.succeed(&["night.toml", "--quiet"]);
    place.succeed(&["night.toml", "--quiet", "--force"]);
    assert_eq!(clean(&place, &["--superseded", "--yes", "--json"]).json_lines().len(), 2);
    place.succeed(&["show", "night"]).prints("2 completed");
    place.succeed(&["export", "night@best", "-o", "net.onnx"]);
    let again = place.succeed(&["night.toml"]);
    assert!(!again.stderr.contains("epoch 1/1"), "{}", again.stderr);
}
