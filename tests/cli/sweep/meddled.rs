//! Sweeps in whose folders somebody copied, removed or changed something.

use super::*;
use crate::place::set;
use std::process::Command;

/// The folders of a sweep's runs, in the order of the plan.
fn folders(place: &Place) -> Vec<String> {
    column(&place.text("runs/sweep/trials.csv"), "folder")
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(status.expect("cp runs").success());
}

#[test]
fn a_copy_of_a_run_does_not_stand_in_for_it() {
    let place = place(TWO);
    place.succeed(&["sweep.toml", "--set", "sweep.\"task.noise.sigma\"=[0.25]"]);
    let run = place.only_run("runs/sweep");
    let name = run.file_name().expect("a name").to_string_lossy().into_owned();
    copy(&run, &run.with_file_name(format!("{name}.bak")));
    let path = run.with_file_name(format!("{name}.bak")).join("run.json");
    let stale = fs::read_to_string(&path).expect("a file").replace("completed", "interrupted");
    fs::write(path, stale).expect("a file");
    let ended = place.succeed(&["sweep.toml"]);
    assert!(!ended.stderr.contains("no longer part"), "{}", ended.stderr);
    assert_eq!(folders(&place)[0], name);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 2]);
    let shown = place.succeed(&["show", "sweep"]).stdout;
    assert!(shown.contains("2 runs: 2 completed"), "{shown}");
    let report = place.succeed(&["report", "sweep", "--format", "md"]).stdout;
    assert!(report.contains("2 completed."), "{report}");
    assert!(report.contains("1 folder left out, older or copies"), "{report}");
}

#[test]
fn a_run_whose_best_weights_are_gone_fails_and_the_results_it_has_stay() {
    let place = place(TWO);
    // The last epoch spoils what the two before it learned.
    let spoilt =
        ["train.batch_size=8", "train.schedule={kind=\"multi_step\", epochs=[2], gamma=300.0}"];
    let spoilt = [&["sweep.toml", "--jobs", "1"][..], &set(&spoilt)].concat();
    place.succeed(&spoilt);
    let run = place.path().join("runs/sweep").join(&folders(&place)[0]);
    let (best, kept) = (run.join("checkpoints/best.safetensors"), place.path().join("kept"));
    fs::rename(&best, &kept).expect("a file");
    let anew = [&spoilt[..], &set(&["evaluate.noise_sigmas=[0.5]"])].concat();
    let ended = place.run(&anew);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("best.safetensors is gone"), "{}", ended.stderr);
    assert!(ended.stderr.contains("use --force"), "{}", ended.stderr);
    assert_eq!(info(&run)["status"], "completed", "as it was");
    assert!(!run.join("noise_levels.csv").exists());
    // Those of another run have the same shapes.
    let other = place.path().join("runs/sweep").join(&folders(&place)[1]);
    fs::copy(other.join("checkpoints/best.safetensors"), &best).expect("a file");
    let ended = place.run(&anew);
    assert!(ended.stderr.contains("was saved by another experiment"), "{}", ended.stderr);
    assert!(ended.stderr.contains("put the run's own file back"), "{}", ended.stderr);
    fs::rename(&kept, &best).expect("a file");
    place.succeed(&anew);
    assert!(run.join("noise_levels.csv").exists());
}
