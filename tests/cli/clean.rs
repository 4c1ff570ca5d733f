//! `runner clean` removes what it is asked to, and nothing else.

use crate::{
    place::{Ended, Place, files, info, send, set},
    resume::wait_for_epoch,
};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    slice,
};

/// What to set so that a run takes no time.
const QUICK: [&str; 3] = ["data.train_limit=64", "data.test_limit=16", "train.epochs=2"];
/// Every kind.
const ALL: [&str; 6] =
    ["--leftovers", "--broken", "--failed", "--superseded", "--unplanned", "--checkpoints"];

fn train(place: &Place, settings: &[&str], more: &[&str]) -> Ended {
    let settings = set(&[&QUICK[..], settings].concat());
    place.succeed(&[&["small.toml", "--quiet"][..], &settings, more].concat())
}

fn clean(place: &Place, args: &[&str]) -> Ended {
    place.succeed(&[&["clean"][..], args].concat())
}

/// Everything at once.
fn clean_all(place: &Place) -> Ended {
    clean(place, &[&ALL[..], &["--yes"]].concat())
}

/// What is printed for programs, a line each.
fn lines(ended: &Ended) -> Vec<Value> {
    ended.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Makes a run say that it ended otherwise.
fn say(run: &Path, status: &str) {
    let mut told = info(run);
    told["status"] = status.into();
    fs::write(run.join("run.json"), told.to_string()).expect("a file");
}

/// Every file below a folder of runs but locks.
fn all_files(place: &Place) -> Vec<String> {
    let mut all = files(&place.path().join("runs"));
    all.retain(|file| !file.split('/').any(|name| name == ".lock"));
    all
}

#[test]
fn without_yes_everything_stays_and_the_commands_are_told() {
    let place = Place::small();
    train(&place, &[], &[]);
    say(&place.only_run("runs"), "failed");
    train(&place, &["train.batch_size=16"], &[]);
    place.write("runs/.new-0a1b2c3d-1/run.json", "{}");
    let before = all_files(&place);
    let told = clean(&place, &[]);
    for (kind, count) in [("leftovers", "1"), ("failed", "1"), ("checkpoints", "1")] {
        let row = told.stdout.lines().find(|line| line.starts_with(kind)).expect("a row");
        assert_eq!(row.split_whitespace().nth(1), Some(count), "{row}");
        assert!(row.ends_with(&format!("runner clean --{kind} --yes")), "{row}");
    }
    assert!(!told.stdout.contains("superseded"), "{}", told.stdout);
    assert!(told.stderr.contains("nothing was removed"), "{}", told.stderr);
    let told = clean(&place, &["--failed", "--where", "status=failed"]);
    assert!(told.stdout.contains("failed after 2 epochs"), "{}", told.stdout);
    let command = "runner clean --failed --where 'status=failed' --yes";
    assert!(told.stderr.contains(command), "{}", told.stderr);
    assert_eq!(lines(&clean(&place, &["--json"])).len(), 3);
    assert_eq!(all_files(&place), before);
}

#[test]
fn yes_alone_removes_only_what_killed_processes_left() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    say(&run, "diverged");
    let before = all_files(&place);
    for left in [".new-0a1b2c3d-1/x", ".old-0a1b2c3d-1/run.json"] {
        place.write(&format!("runs/{left}"), "x");
    }
    fs::write(run.join("checkpoints/.12-0.part"), "x").expect("a file");
    // Somebody may be writing it at this moment.
    place.write("runs/.13-0.part", "x");
    let told = clean(&place, &["--yes"]);
    assert_eq!(told.stdout.lines().count(), 4, "{}", told.stdout);
    let mut expected = before;
    expected.insert(0, ".13-0.part".into());
    assert_eq!(all_files(&place), expected);
}

#[test]
fn failed_and_diverged_runs_go_and_their_sweep_trains_them_again() {
    let place = Place::small();
    let text = "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n[train]\nepochs = 2\n\
                [sweep]\n\"model.latent_dim\" = [2, 3, 4]\n";
    place.write("night.toml", text);
    place.succeed(&["night.toml", "--quiet"]);
    let runs = place.runs("runs/night");
    say(&runs[0], "failed");
    say(&runs[1], "diverged");
    let gone = lines(&clean(&place, &["night", "--failed", "--yes", "--json"]));
    assert_eq!(gone.len(), 2);
    for (line, run) in gone.iter().zip(&runs) {
        assert_eq!(line["path"], format!("runs/night/{}", name(run)));
        assert_eq!((&line["kind"], &line["removed"]), (&"failed".into(), &true.into()));
        assert!(line["bytes"].as_u64() > Some(10_000), "{line}");
    }
    assert_eq!(place.runs("runs/night"), runs[2..]);
    let shown = place.succeed(&["show", "night"]).stdout;
    assert!(shown.contains("1 completed") && shown.contains("2 not begun"), "{shown}");
    place.succeed(&["report", "night"]);
    assert_eq!(place.succeed(&["list", "night"]).stdout.lines().count(), 2);
    place.succeed(&["night.toml", "--quiet"]);
    assert_eq!(place.runs("runs/night"), runs);
}

#[test]
fn a_run_without_spare_checkpoints_is_as_good_for_all_but_more_training() {
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
    let told = clean(&place, &["--checkpoints"]);
    assert!(told.stderr.contains("--last no longer works"), "{}", told.stderr);
    clean(&place, &["--checkpoints", "--yes"]);
    assert_eq!(checkpoints(), ["best.safetensors"]);
    let again: Vec<_> = files(&run).into_iter().filter(|file| rest(file)).map(read).collect();
    assert!(before == again);
    assert!(
        place.text(run.join("log.txt")).contains("cleaned: removed last.safetensors, epoch0001")
    );

    assert!(train(&place, &steep, &[]).stdout.contains("complete before"));
    for command in [
        &["evaluate", "small"][..],
        &["export", "small", "-o", "net.onnx"],
        &["report"],
        &["show", "small"],
    ] {
        place.succeed(command);
    }
    let last = place.run(&["export", "small", "--last", "-o", "last.onnx"]);
    assert_eq!(last.code, Some(1));
    assert!(last.stderr.contains("without --last"), "{}", last.stderr);
    assert!(clean(&place, &[]).stderr.contains("nothing to clean: 1 run in runs"));
}

#[test]
fn results_are_made_anew_from_the_best_weights_alone() {
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
fn a_cleaned_run_keeps_its_training_however_the_making_of_its_results_ends() {
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
    assert_eq!((&info(&run)["status"], &info(&run)["trained"]), (&"failed".into(), &true.into()));
    assert!(kept() == before);
    let told = place.succeed(&[&["check"][..], &again[..1], &settings].concat()).stdout;
    assert!(told.contains("results to be made"), "{told}");

    fs::remove_dir(&figure).expect("a folder");
    place.succeed(&again);
    assert!(kept() == before);
    assert_eq!(
        (&info(&run)["status"], &info(&run)["trained"]),
        (&"completed".into(), &Value::Null)
    );
}

#[test]
fn of_two_runs_that_stopped_early_at_the_same_epoch_one_stays() {
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
fn a_longer_run_without_its_weights_or_results_takes_no_other_s_place() {
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
fn a_copy_under_the_name_of_a_run_trained_anew_takes_no_place() {
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
fn a_folder_that_only_looks_like_a_broken_run_is_left() {
    let place = Place::small();
    place.write("runs/results-20261101/metrics.csv", "mine");
    let told = clean(&place, &["--broken", "--yes"]).stderr;
    assert!(told.contains("may be none of runner's"), "{told}");
    assert_eq!(place.text("runs/results-20261101/metrics.csv"), "mine");
}

#[test]
fn more_epochs_of_a_run_without_its_last_checkpoint_start_over_and_say_why() {
    let place = Place::small();
    train(&place, &[], &[]);
    let shorter = place.only_run("runs");
    clean(&place, &["--checkpoints", "--yes"]);
    let settings = set(&[&QUICK[..2], &["train.epochs=3"]].concat());
    let ended = place.succeed(&[&["small.toml"][..], &settings].concat());
    let why = format!("{} is not continued: ", name(&shorter));
    assert!(ended.stderr.contains(&why), "{}", ended.stderr);
    assert!(ended.stderr.contains("runner clean --checkpoints"), "{}", ended.stderr);
    assert!(ended.stderr.contains("epoch 1/3"), "{}", ended.stderr);
}

#[test]
fn runs_that_another_has_all_of_go_but_not_those_that_a_sweep_wants() {
    let place = Place::small();
    train(&place, &[], &[]);
    let short = place.only_run("runs");
    train(&place, &[], &["--force"]);
    train(&place, &["train.epochs=3"], &["--force"]);
    train(&place, &["train.epochs=3", "experiment.seed=2"], &[]);
    let all = place.runs("runs");
    assert_eq!(all.len(), 4);
    let gone = |args: &[&str]| -> Vec<PathBuf> {
        let lines = lines(&clean(&place, &[args, &["--superseded", "--json"]].concat()));
        lines.iter().map(|line| place.path().join(line["path"].as_str().expect("a path"))).collect()
    };
    let anew = short.with_file_name(format!("{}-2", name(&short)));
    let mut both = vec![short.clone(), anew.clone()];
    both.sort();
    assert_eq!(gone(&[]), both);
    // The longer one need not be asked about.
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
    assert_eq!(gone(&[]), slice::from_ref(&short), "it trained otherwise");
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
fn a_sweep_that_was_trained_anew_is_shown_without_its_old_folders() {
    let place = Place::small();
    let text = "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n[train]\nepochs = 1\n\
                [sweep]\n\"model.latent_dim\" = [2, 3]\n";
    place.write("night.toml", text);
    place.succeed(&["night.toml", "--quiet"]);
    place.succeed(&["night.toml", "--quiet", "--force"]);
    assert_eq!(lines(&clean(&place, &["--superseded", "--yes", "--json"])).len(), 2);
    let shown = place.succeed(&["show", "night"]).stdout;
    assert!(shown.contains("2 completed"), "{shown}");
    place.succeed(&["export", "night@best", "-o", "net.onnx"]);
    let again = place.succeed(&["night.toml"]);
    assert!(!again.stderr.contains("epoch 1/1"), "{}", again.stderr);
}

#[test]
fn runs_that_a_plan_no_longer_has_go() {
    let place = Place::small();
    let text = |sizes: &str| {
        format!(
            "extends = \"small.toml\"\n[data]\ntrain_limit = 64\ntest_limit = 16\n[train]\nepochs = 1\n\
             [sweep]\n\"model.latent_dim\" = [{sizes}]\n"
        )
    };
    place.write("night.toml", &text("2, 3"));
    place.succeed(&["night.toml", "--quiet"]);
    let runs = place.runs("runs/night");
    assert_eq!(lines(&clean(&place, &["--unplanned", "--json"])).len(), 0);
    place.write("night.toml", &text("3"));
    place.succeed(&["night.toml", "--quiet"]);
    let plan = place.read("runs/night/sweep.json");
    place.write("runs/night/sweep.json", "{");
    assert_eq!(lines(&clean(&place, &["--unplanned", "--json"])).len(), 0, "no plan is known");
    fs::write(place.path().join("runs/night/sweep.json"), plan).expect("a file");
    clean(&place, &["--unplanned", "--yes"]);
    assert_eq!(place.runs("runs/night"), runs[1..]);
}

#[test]
fn a_run_that_is_being_trained_is_left_alone() {
    let place = Place::small();
    let long = set(&["data.train_limit=64", "data.test_limit=16", "train.epochs=100000"]);
    let training = place.spawn(&[&["small.toml", "--threads=1"][..], &long].concat());
    wait_for_epoch(&place, "runs", 2);
    let run = place.only_run("runs");
    // As it would look to one who goes by `run.json` alone.
    say(&run, "failed");
    assert_eq!(clean_all(&place).stdout, "");
    assert!(run.join("run.json").exists() && run.join("checkpoints/last.safetensors").exists());
    send("-INT", training.id());
    let ended: Ended = training.wait_with_output().expect("it ends").into();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    clean_all(&place);
    assert_eq!(info(&run)["status"], "interrupted", "and so is one that can go on");
    assert!(run.join("checkpoints/last.safetensors").exists());
}

#[test]
fn what_somebody_else_has_put_there_stays_with_its_run() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    say(&run, "failed");
    for own in ["notes.md", "figures/mine.png", "checkpoints/epoch1.safetensors", "backup/run.json"]
    {
        fs::create_dir_all(run.join(own).parent().expect("a folder")).expect("a folder");
        fs::write(run.join(own), "mine").expect("a file");
        let before = all_files(&place);
        let ended = clean_all(&place);
        let told =
            ended.stderr.contains("left alone") && ended.stderr.contains("runner did not write");
        assert!(told, "{}", ended.stderr);
        assert_eq!(all_files(&place), before);
        let mine = run.join(own);
        fs::remove_file(&mine).expect("a file");
        let _ = fs::remove_dir(mine.parent().expect("a folder"));
    }
    // A copy is somebody's own, too, and a folder of tables is no run.
    fs::rename(&run, run.with_file_name("kept")).expect("another name");
    place.write("runs/tables/metrics.csv", "epoch\n");
    let before = all_files(&place);
    clean_all(&place);
    assert_eq!(all_files(&place), before);
}

#[test]
fn links_are_not_followed() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    say(&run, "failed");
    let apart = place.path().join("apart");
    fs::create_dir(&apart).expect("a folder");
    let there = apart.join(name(&run));
    fs::rename(&run, &there).expect("another disk");
    symlink(&there, &run).expect("a link");
    let before = files(&there);
    let ended = clean_all(&place);
    assert!(ended.stderr.contains("1 run behind links left alone"), "{}", ended.stderr);
    // A sweep on another disk.
    fs::remove_file(&run).expect("the link");
    symlink(&apart, place.path().join("runs/sweep")).expect("a link");
    assert!(clean_all(&place).stderr.contains("1 run behind links"));
    fs::remove_file(place.path().join("runs/sweep")).expect("the link");
    // Parts of a run on another disk, and a lock that leads to somebody's file.
    for part in ["checkpoints", "metrics.csv", ".lock"] {
        fs::rename(&there, &run).expect("back");
        let moved = apart.join("part");
        fs::rename(run.join(part), &moved).expect("moved");
        symlink(&moved, run.join(part)).expect("a link");
        let text = fs::read(&moved).unwrap_or_default();
        assert!(clean_all(&place).stderr.contains("left alone"));
        assert_eq!(fs::read(&moved).unwrap_or_default(), text);
        fs::remove_file(run.join(part)).expect("the link");
        fs::rename(&moved, run.join(part)).expect("moved");
        fs::rename(&run, &there).expect("another disk");
    }
    assert_eq!(files(&there), before);
    // Whoever names what a link leads to means it.
    clean(&place, &["apart", "--failed", "--yes"]);
    assert!(!there.exists());
}

#[test]
fn what_cannot_be_removed_is_told_and_the_rest_goes() {
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: nothing is refused to root");
        return;
    }
    let place = Place::small();
    train(&place, &[], &["--runs-dir", "runs/a"]);
    train(&place, &[], &["--runs-dir", "runs/b"]);
    let [a, b] = ["runs/a", "runs/b"].map(|parent| place.only_run(parent));
    for run in [&a, &b] {
        say(run, "failed");
    }
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions");
    };
    for locked in [a.clone(), a.join("checkpoints"), a.parent().expect("a folder").to_path_buf()] {
        mode(&locked, 0o555);
        let before = files(&a);
        let ended = place.run(&["clean", "--failed", "--yes"]);
        mode(&locked, 0o755);
        assert_eq!(ended.code, Some(1), "{}", ended.stderr);
        assert!(ended.stderr.contains("Permission denied"), "{}", ended.stderr);
        assert_eq!(files(&a), before, "nothing of it is removed");
        assert!(!b.exists());
    }
}

#[test]
fn broken_runs_go_but_not_those_of_a_newer_program() {
    let place = Place::small();
    train(&place, &[], &[]);
    let run = place.only_run("runs");
    let newer = place.text(run.join("run.json")).replacen("\"format\": 1", "\"format\": 9", 1);
    fs::write(run.join("run.json"), newer).expect("a file");
    assert!(clean(&place, &["--broken", "--yes"]).stderr.contains("perhaps by another"));
    assert!(run.exists());
    fs::write(run.join("run.json"), "{").expect("a file");
    clean(&place, &["--broken", "--yes"]);
    assert!(!run.exists());
    train(&place, &[], &[]);
}

#[test]
fn everything_that_a_training_writes_is_known_as_its_own() {
    let place = Place::small();
    let all = ["evaluate.noise_sigmas=[0.5]", "evaluate.codes=true", "log.tensorboard=true"];
    let figures = ["figures.interpolations=2", "figures.traversal=true", "figures.manifold=3"];
    let more = [&all[..], &figures, &["train.checkpoint.every=1"]].concat();
    let planar = "model.latent_dim=2";
    let tasks: [&[&str]; 5] = [
        &[planar],
        &["figures.codes=\"pca\""],
        &["figures.codes=\"tsne\""],
        &["task.kind=\"reconstruct\"", "evaluate.noise_sigmas=[]"],
        &[
            "task.kind=\"colorize\"",
            "evaluate.noise_sigmas=[]",
            "data.dataset=\"synthetic_scenes\"",
        ],
    ];
    for task in tasks {
        train(&place, &[&more[..], task].concat(), &[]);
    }
    let runs = place.runs("runs");
    assert_eq!(runs.len(), tasks.len() - 1, "the last two views are of one run");
    for run in &runs {
        place.succeed(&["report", &run.display().to_string()]);
        say(run, "failed");
    }
    let ended = clean(&place, &["--failed", "--yes"]);
    assert_eq!(place.runs("runs").len(), 0, "{}", ended.stderr);
}

#[test]
fn mistakes_are_told_and_nothing_goes() {
    let place = Place::small();
    train(&place, &[], &[]);
    say(&place.only_run("runs"), "failed");
    for (args, told) in [
        (&["--failed", "--where", "statsu=failed"][..], "did you mean status?"),
        (&["smal-x", "--failed"], "there is no folder"),
        (&["--faild"], "--failed"),
        (&["small.toml", "--failed"], "is a file"),
    ] {
        let ended = place.run(&[&["clean", "--yes"][..], args].concat());
        assert_eq!(ended.code, Some(2), "{args:?}: {}", ended.stderr);
        assert!(ended.stderr.contains(told), "{args:?}: {}", ended.stderr);
    }
    let none = clean(&place, &["--failed", "--yes", "--where", "status=completed"]);
    assert!(none.stderr.contains("nothing was removed"), "{}", none.stderr);
    assert_eq!(place.runs("runs").len(), 1);
    assert!(clean(&place, &["--runs-dir", "none"]).stderr.contains("nothing to clean: 0 runs"));
}
