//! Sweeps: many runs from one file, whatever happens to their processes.

mod ablation;
mod compared;
mod failed;
mod figures;
mod hiccups;
mod interrupted;
mod meddled;
mod night;
mod pruned;

use crate::place::{
    self, Ended, Place, RUNNER, assert_has, column, edit, end, info, kill, name, send,
};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Child,
    thread::sleep,
    time::Duration,
};

/// Six runs that take about a second each.
const SIX: &str = r#"
extends = "small.toml"
[train]
epochs = 6
batch_size = 16
[sweep]
"task.noise.sigma" = { kind = "linspace", from = 0.25, to = 0.75, count = 3 }
repeats = 2
"#;

/// Two short runs.
const TWO: &str = "extends = \"small.toml\"\n[sweep]\n\"task.noise.sigma\" = [0.25, 0.5]\n";

fn place(sweep: &str) -> Place {
    let place = Place::small();
    place.write("sweep.toml", sweep);
    place
}

/// Returns the run folders, sorted by name.
fn runs(place: &Place, folder: &str) -> Vec<PathBuf> {
    if place.path().join(folder).exists() { place.runs(folder) } else { Vec::new() }
}

/// Waits until the active runs of a sweep's process that have a checkpoint meet a condition. Returns their
/// process ids.
fn wait(
    place: &Place,
    folder: &str,
    sweep: &Child,
    until: impl Fn(&[PathBuf], &[u32]) -> bool,
) -> Vec<u32> {
    place::wait(|| {
        let all = runs(place, folder);
        let under_way = all.iter().filter(|run| run.join("checkpoints/last.safetensors").exists());
        let pids = under_way.filter_map(|run| {
            let info = info(run);
            let pid = info["pid"].as_u64().filter(|_| info["status"] == "running")?;
            u32::try_from(pid).ok()
        });
        // Runs left behind by a killed sweep also have the status `running`.
        let pids: Vec<u32> = pids.filter(|pid| parent(*pid) == Some(sweep.id())).collect();
        until(&all, &pids).then_some(pids)
    })
}

/// Returns the parent of a process, if it still exists.
fn parent(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the program's name, which may contain any character, and the state.
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

fn completed(all: &[PathBuf]) -> usize {
    all.iter().filter(|run| info(run)["status"] == "completed").count()
}

/// Returns all results of a sweep that must not depend on how it was run.
fn results(place: &Place, folder: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = ["trials.csv", "trial_groups.csv"]
        .iter()
        .map(|name| ((*name).to_owned(), place.read(Path::new(folder).join(name))))
        .collect();
    for run in place.runs(folder) {
        for file in ["metrics.csv", "checkpoints/last.safetensors"] {
            files.insert(format!("{}/{file}", name(&run)), place.read(run.join(file)));
        }
    }
    files
}

fn assert_equal(a: &BTreeMap<String, Vec<u8>>, b: &BTreeMap<String, Vec<u8>>) {
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (name, bytes) in a {
        assert!(*bytes == b[name], "{name} differs");
    }
}

fn statuses(place: &Place, folder: &str) -> Vec<String> {
    column(&place.text(Path::new(folder).join("trials.csv")), "status")
}

/// The folders of a sweep's runs, in the order of its plan.
pub fn folders(place: &Place) -> Vec<String> {
    column(&place.text("runs/sweep/trials.csv"), "folder")
}

#[test]
fn a_changed_file_keeps_what_is_unchanged_and_lists_what_no_longer_belongs() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    let logs = |place: &Place| -> Vec<Vec<u8>> {
        place.runs("runs/sweep").iter().map(|run| place.read(run.join("log.txt"))).collect()
    };
    let before = logs(&place);
    // With repeats, the runs have other names, but the first repeats are the same experiments.
    place.write("sweep.toml", format!("{TWO}repeats = 2\n").replace("0.25, ", ""));
    place.succeed(&["sweep.toml"]).tells("no longer part of this sweep").tells("sigma=0.25-");
    assert_eq!(place.runs("runs/sweep").len(), 3);
    assert!(logs(&place).starts_with(&before[..1]), "untouched");
    assert_eq!(logs(&place).iter().filter(|log| before.contains(log)).count(), 2);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 2]);
}

#[test]
fn two_files_of_one_name_do_not_share_a_folder() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    place.write("other/sweep.toml", TWO.replace("small.toml", "../small.toml"));
    let trials = place.read("runs/sweep/trials.csv");
    place.fails(2, &["other/sweep.toml"]).tells("holds the sweep of another file");
    assert!(place.read("runs/sweep/trials.csv") == trials);
    // A moved file is the same sweep.
    fs::remove_file(place.path().join("sweep.toml")).expect("a file");
    let ended = place.succeed(&["other/sweep.toml"]);
    ended.tells("which is gone");
    ended.prints("2 runs are already complete; --force trains again");
}

#[test]
fn two_sweeps_of_one_name_in_one_command_are_refused() {
    let place = place(TWO);
    place.write("other/sweep.toml", TWO.replace("small.toml", "../small.toml"));
    for verb in [&["check"][..], &[]] {
        let ended = place.fails(2, &[verb, &["sweep.toml", "other/sweep.toml"]].concat());
        ended.tells("are both sweeps named sweep");
    }
    assert!(!place.path().join("runs").exists());
}

#[test]
fn a_sweep_with_a_closed_output_trains_nevertheless() {
    let place = place(TWO);
    let mut child = place.spawn(&["sweep.toml", "--jobs", "1"]);
    drop(child.stdout.take());
    end(child).exits(0);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 2]);

    let full = || fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    for file in ["sweep.toml", "small.toml"] {
        let mut command = place.command(&[file, "--runs-dir", "full"]);
        let ended: Ended = command.stdout(full()).output().expect("it starts").into();
        let ended = ended.exits(1);
        ended.tells("standard output");
    }
    assert_eq!(completed(&place.runs("full")), 1);
    assert_eq!(statuses(&place, "full/sweep"), ["completed"; 2]);
}

#[test]
fn a_sweep_leaves_its_plan_tables_and_figures() {
    let keys = "\"model.latent_dim\" = [2, 4]\n\"train.batch_size\" = [16, 32]\n";
    let place = place(&format!("extends = \"small.toml\"\n[sweep]\n{keys}repeats = 2\n"));
    let ended = place.succeed(&["sweep.toml", "--json"]);
    let lines = ended.json_lines();
    assert_eq!(lines.len(), 9, "{}", ended.stdout);
    assert_eq!(lines[8]["statuses"]["completed"], 8);
    assert_eq!(lines[8]["best"]["count"], 2);
    let folder = "runs/sweep";
    for figure in [
        "val_loss_over_train_batch_size",
        "val_loss_over_model_latent_dim",
        "val_loss_over_model_latent_dim_and_train_batch_size",
        "curves",
        "same_images",
    ] {
        assert!(place.path().join(format!("{folder}/figures/{figure}.png")).exists(), "{figure}");
    }
    let plan: Value = serde_json::from_slice(&place.read("runs/sweep/sweep.json")).expect("JSON");
    assert_eq!(plan["format"], 1);
    assert_eq!(plan["keys"], serde_json::json!(["model.latent_dim", "train.batch_size"]));
    assert_eq!(plan["metric"], serde_json::json!({ "name": "val_loss", "direction": "lower" }));
    let points = plan["points"].as_array().expect("points");
    assert_eq!(points.len(), 8);
    for point in points {
        let run = Path::new(folder).join(point["folder"].as_str().expect("a folder"));
        assert_eq!(info(&place.path().join(run))["name"], point["name"]);
    }
    assert_eq!(place.text("runs/sweep/trial_groups.csv").lines().count(), 5);
    let shown = place.succeed(&["show", "sweep"]).stdout;
    for part in ["8 runs: 8 completed", "best val_loss", "model.latent_dim = 2", "2 of 2"] {
        assert_has(&shown, part);
    }
}

#[test]
fn list_and_show_read_a_sweep_while_it_is_written() {
    let place = place(SIX);
    let parent = place.spawn(&["sweep.toml", "--jobs", "2"]);
    wait(&place, "runs/sweep", &parent, |_, pids| !pids.is_empty());
    for _ in 0..5 {
        let shown = place.succeed(&["show", "sweep"]).stdout;
        assert!(shown.contains("6 runs: ") && shown.contains("running"), "{shown}");
        place.succeed(&["list"]).prints("sweep/sigma=0.25,r1");
    }
    kill(parent);
}

#[test]
fn data_that_is_missing_for_one_point_stops_all_and_names_it() {
    let place = place(
        "extends = \"small.toml\"\n[sweep]\n\"data.dataset\" = [\"synthetic_digits\", \"mnist\"]\n",
    );
    for verb in [&["check", "sweep.toml"][..], &["sweep.toml"]] {
        place.fails(2, verb).tells("`dataset=mnist`");
    }
    assert!(!place.path().join("runs").exists());
}

#[test]
fn folders_may_have_any_name_and_relative_paths_work_for_runs() {
    let place = place(TWO);
    let folder = "it's a \"folder\" опыт";
    place.succeed(&["sweep.toml", "--runs-dir", folder]);
    assert_eq!(statuses(&place, &format!("{folder}/sweep")), ["completed"; 2]);
}

#[test]
fn the_plan_shows_what_is_done_and_what_remains() {
    let place = place(TWO);
    place.succeed(&["sweep.toml", "--set", "sweep.\"task.noise.sigma\"=[0.25]"]);
    let plan = place.succeed(&["check", "sweep.toml", "--jobs", "2", "--threads", "2"]).stdout;
    let line = |name: &str| {
        let mut lines = plan.lines().filter(|line| line.starts_with(name));
        lines.next_back().unwrap_or_else(|| panic!("no {name} in\n{plan}")).to_owned()
    };
    assert!(line("sigma=0.25").ends_with("complete"), "{plan}");
    assert!(line("sigma=0.5").ends_with("new"), "{plan}");
    assert!(line("2 runs, 1 to train").contains("free"), "{plan}");
}

#[test]
fn a_retrained_run_replaces_the_older_one() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    let old = place.runs("runs/sweep");
    place.succeed(&["sweep.toml", "--force"]).tells("2 runs, 2 to train");
    assert_eq!(place.runs("runs/sweep").len(), 4);
    // The plan was written before their folders existed.
    for run in old {
        edit(&run, "status", "failed".into());
    }
    place.succeed(&["show", "sweep"]).prints("2 runs: 2 completed");
    let folders = folders(&place);
    assert!(folders.iter().all(|folder| folder.ends_with("-2")), "{folders:?}");
    let again = place.succeed(&["sweep.toml"]);
    again.prints("2 runs are already complete; --force trains again");
    assert!(!again.stderr.contains("no longer part"), "{}", again.stderr);
}
