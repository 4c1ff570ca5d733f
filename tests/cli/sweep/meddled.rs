//! Sweeps with folders in which a user copied, removed or changed something.

use super::*;
use crate::place::set;
use std::process::Command;

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-r").args([from, to]).status();
    assert!(status.expect("cp runs").success());
}

#[test]
fn a_copy_of_a_run_does_not_replace_it() {
    let place = place(TWO);
    place.succeed(&["sweep.toml", "--set", "sweep.\"task.noise.sigma\"=[0.25]"]);
    let run = place.only_run("runs/sweep");
    let name = name(&run);
    let stale = run.with_file_name(format!("{name}.bak"));
    copy(&run, &stale);
    edit(&stale, "status", "interrupted".into());
    let ended = place.succeed(&["sweep.toml"]);
    assert!(!ended.stderr.contains("no longer part"), "{}", ended.stderr);
    assert_eq!(folders(&place)[0], name);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 2]);
    place.succeed(&["show", "sweep"]).prints("2 runs: 2 completed");
    let report = place.succeed(&["report", "sweep", "--format", "md"]).stdout;
    assert_has(&report, "2 completed.");
    assert_has(&report, "1 folder left out as older trainings or copies");
}

#[test]
fn a_run_that_was_renamed_is_trained_again() {
    let place = place(&TWO.replace("0.25, ", ""));
    let once = ["sweep.toml", "--set", "train.epochs=1"];
    place.succeed(&once);
    let name = folders(&place).remove(0);
    let run = place.path().join("runs/sweep").join(&name);
    let (old, bak) = (run.with_file_name("old"), run.with_file_name(format!("{name}.bak")));
    fs::create_dir(&old).expect("a folder");
    let to_train = |aside: &Path| {
        fs::rename(&run, aside).expect("another name");
        place.succeed(&[&["check"][..], &once].concat()).prints("1 run, 1 to train");
        place.succeed(&["show", "sweep"]).prints("1 run: 1 not begun");
    };
    to_train(&old.join(&name));
    fs::rename(old.join(&name), &run).expect("its name");
    to_train(&bak);
    place.succeed(&once);
    assert_eq!(folders(&place), [name.as_str()]);
    assert!(run.join("metrics.csv").exists());
    // A backup of an earlier state, whose folder sorts before the run's own.
    fs::rename(&bak, old.join(&name)).expect("another name");
    edit(&old.join(&name), "status", "interrupted".into());
    place.succeed(&once);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"]);
    place.succeed(&["show", "sweep"]).prints("1 run: 1 completed");
}

#[test]
fn truncated_metrics_are_reported_and_give_no_best_value() {
    // The metric that checkpoints use is also in `run.json`.
    let text =
        format!("{TWO}metric = \"val_ssim\"\n[train]\ncheckpoint = {{ metric = \"val_loss\" }}\n");
    let place = place(&text);
    place.succeed(&["sweep.toml"]);
    let cut = |text: &str| text.split_inclusive('\n').take(2).collect::<String>();
    let [first, second] = &folders(&place)[..] else { panic!("two runs") };
    let [first, second] = [first, second].map(|name| format!("runs/sweep/{name}/metrics.csv"));
    place.write(&first, cut(&place.text(&first)));
    fs::remove_file(place.path().join(&second)).expect("a file");
    let ended = place.succeed(&["sweep.toml"]);
    let shown = place.succeed(&["show", "sweep"]);
    for (file, rows) in [(&first, 1), (&second, 0)] {
        let warning = format!("warning: {file}: has rows for {rows} of 3 epochs");
        assert_eq!(ended.stderr.matches(&warning).count(), 1, "{}", ended.stderr);
        assert_eq!(shown.stderr.matches(&warning).count(), 1, "{}", shown.stderr);
    }
    assert_eq!(column(&place.text("runs/sweep/trials.csv"), "best_value"), [""; 2]);
    let report = place.succeed(&["report", "sweep", "--format", "md"]).stdout;
    assert_has(&report, "has rows for 1 of 3 epochs");
    let report = place.succeed(&["report", "sweep", "--format", "csv"]).stdout;
    assert_eq!(column(&report, "folder").len(), 2, "{report}");
    assert!(!report.lines().next().expect("a header").contains("val_ssim"), "{report}");
    let runs = [&first, &second].map(|file| file.strip_suffix("/metrics.csv").expect("a run"));
    for run in runs {
        let shown = place.succeed(&["show", run]);
        shown.tells("metrics.csv: has rows for");
        assert!(!shown.stdout.contains("val_ssim"), "{}", shown.stdout);
    }
    let compared = place.succeed(&["compare", runs[0], runs[1]]);
    assert_eq!(compared.stderr.matches("has rows for").count(), 2, "{}", compared.stderr);
    compared.prints("Neither run has metrics");
}

/// The names of a sweep's figures.
fn figures(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path().join("runs/sweep/figures")).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    names
}

#[test]
fn figures_of_an_earlier_plan_are_removed_and_those_of_this_one_are_redrawn() {
    let two = TWO.replace("[sweep]", "[sweep]\n\"model.latent_dim\" = [2, 4]");
    let place = place(&two);
    place.succeed(&["sweep.toml"]);
    let mine = "val_loss_over_the_years.png";
    place.write(format!("runs/sweep/figures/{mine}"), "somebody's own");
    assert_eq!(figures(&place).len(), 5, "{:?}", figures(&place));
    place.succeed(&["sweep.toml", "--set", "sweep.metric=\"val_ssim\""]);
    let old: Vec<String> = figures(&place);
    assert!(old.iter().all(|name| name == mine || !name.starts_with("val_loss")), "{old:?}");
    assert_eq!(old.len(), 5, "{old:?}");
    place.write("sweep.toml", TWO);
    place.succeed(&["sweep.toml"]);
    let left = ["curves.png", "same_images.png", "val_loss_over_task_noise_sigma.png", mine];
    assert_eq!(figures(&place), left);
    for gone in ["figures/curves.png", "figures/val_loss_over_task_noise_sigma.png", "report.html"]
    {
        fs::remove_file(place.path().join("runs/sweep").join(gone)).expect("a file");
        place.succeed(&["sweep.toml"]);
        assert!(place.path().join("runs/sweep").join(gone).exists(), "{gone}");
    }
}

#[test]
fn anything_in_the_place_of_a_run_counts_as_broken_and_says_what_to_do() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    let [first, second] = &folders(&place)[..] else { panic!("two runs") };
    let [first, second] = [first, second].map(|name| place.path().join("runs/sweep").join(name));
    fs::write(first.join("run.json"), "").expect("a file");
    fs::remove_dir_all(&second).expect("a folder");
    std::os::unix::fs::symlink("nowhere", &second).expect("a link");
    let planned = place.succeed(&["check", "sweep.toml"]);
    // If it is not a folder, the run itself reports it.
    let lines: Vec<&str> =
        planned.stdout.lines().filter(|line| line.contains(" broken: ")).collect();
    let [line] = lines[..] else { panic!("{}", planned.stdout) };
    assert!(line.contains("is not a run description") && line.contains("remove it"), "{line}");
    assert!(!planned.stdout.contains("no longer part"), "{}", planned.stdout);
    let ended = place.fails(3, &["sweep.toml"]);
    let advice = "away or remove it to train the run again";
    ended.tells("is not a folder, but the run's");
    ended.tells("is not a run description");
    assert!(ended.stderr.matches(advice).count() >= 2, "{}", ended.stderr);
    ended.prints("2 runs: 2 broken");
    assert_eq!(statuses(&place, "runs/sweep"), ["broken"; 2]);
    place.succeed(&["show", "sweep"]).prints("2 runs: 2 broken").tells("is not a run description");
    fs::remove_file(&second).expect("a link");
    fs::remove_dir_all(&first).expect("a folder");
    place.succeed(&["sweep.toml"]);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 2]);
}

#[test]
fn a_run_without_its_best_weights_fails_and_keeps_its_results() {
    let place = place(TWO);
    // The last epoch ruins what the two before it learned.
    let spoilt =
        ["train.batch_size=8", "train.schedule={kind=\"multi_step\", epochs=[2], gamma=300.0}"];
    let spoilt = [&["sweep.toml", "--jobs", "1"][..], &set(&spoilt)].concat();
    place.succeed(&spoilt);
    let trials = place.text("runs/sweep/trials.csv");
    assert_eq!(column(&trials, "val_loss"), column(&trials, "best_value"), "of the best epoch");
    let run = place.path().join("runs/sweep").join(&folders(&place)[0]);
    let (best, kept) = (run.join("checkpoints/best.safetensors"), place.path().join("kept"));
    fs::rename(&best, &kept).expect("a file");
    let anew = [&spoilt[..], &set(&["evaluate.noise_sigmas=[0.5]"])].concat();
    place.fails(3, &anew).tells("best.safetensors: is gone").tells("use --force");
    assert_eq!(info(&run)["status"], "completed", "unchanged");
    assert!(!run.join("noise_levels.csv").exists());
    // The weights of another run have the same shapes.
    let other = place.path().join("runs/sweep").join(&folders(&place)[1]);
    fs::copy(other.join("checkpoints/best.safetensors"), &best).expect("a file");
    place.run(&anew).tells("was saved by another experiment").tells("put the run's own file back");
    fs::rename(&kept, &best).expect("a file");
    place.succeed(&anew);
    assert!(run.join("noise_levels.csv").exists());
}

#[test]
fn a_folder_moved_away_while_its_sweep_trains_is_written_again_with_its_plan() {
    let sweep = "extends = \"small.toml\"\n[sweep]\n\"train.epochs\" = [5000, 1]\n";
    let place = place(sweep);
    let parent = place.spawn(&["sweep.toml", "--jobs", "1"]);
    wait(&place, "runs/sweep", &parent, |_, pids| !pids.is_empty());
    let folder = place.path().join("runs/sweep");
    fs::rename(&folder, place.path().join("aside")).expect("another place");
    let ended = end(parent).exits(3);
    let told = "was moved or deleted while it trained";
    ended.tells(told);
    // Nothing is left of the first one, so it is yet to be trained.
    assert_eq!(column(&place.text("runs/sweep/trials.csv"), "status"), ["", "completed"]);
    assert!(folder.join("sweep.json").exists());
    place.succeed(&["show", "sweep@best"]);
}

#[test]
fn deleted_results_of_a_run_are_rebuilt_without_training() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    let [first, second] = &folders(&place)[..] else { panic!("two runs") };
    let [first, second] = [first, second].map(|name| place.path().join("runs/sweep").join(name));
    let tables = ["trials.csv", "trial_groups.csv"].map(|name| format!("runs/sweep/{name}"));
    let before = tables.clone().map(|name| place.text(name));
    fs::remove_dir_all(first.join("figures")).expect("a folder");
    fs::remove_file(second.join("checkpoints/best.safetensors")).expect("a file");
    let planned = place.succeed(&["check", "sweep.toml"]).stdout;
    assert_eq!(planned.matches("results to be rebuilt").count(), 1, "{planned}");
    let ended = place.succeed(&["sweep.toml"]);
    ended.tells("has lost figures/model.png, figures/model.svg, figures/loss.png");
    let warned = ended.stderr.lines().filter(|line| line.starts_with("warning: "));
    assert_eq!(warned.filter(|line| line.contains("best.safetensors: is gone")).count(), 1);
    assert!(first.join("figures/denoising.png").exists());
    assert_eq!(info(&first)["resumes"], 0);
    assert_eq!(tables.map(|name| place.text(name)), before);
    let ended = place.succeed(&["sweep.toml"]);
    assert!(!ended.stderr.contains("has lost"), "{}", ended.stderr);
}

#[test]
fn a_sweep_is_planned_alone_in_its_folder_and_refused_if_another_file_was_faster() {
    let place = place(TWO);
    place.write("other.toml", TWO);
    place.write("runs/sweep/.lock", "");
    let lock = fs::File::open(place.path().join("runs/sweep/.lock")).expect("a file");
    lock.lock().expect("nobody else");
    let sweep = place.spawn(&["sweep.toml"]);
    // It waits for the lock.
    place::wait(|| {
        let open = fs::read_dir(format!("/proc/{}/fd", sweep.id())).ok()?.flatten();
        let mut to = open.filter_map(|fd| fs::read_link(fd.path()).ok());
        to.any(|to| to.ends_with("runs/sweep/.lock")).then_some(())
    });
    let plan = place.path().join("runs/sweep/sweep.json");
    assert!(!plan.exists(), "written without the lock");
    let other =
        place.succeed(&["other.toml", "--runs-dir", "elsewhere", "--set", "experiment.name=sweep"]);
    other.prints("2 runs: 2 completed");
    fs::copy(place.path().join("elsewhere/sweep/sweep.json"), &plan).expect("a plan");
    drop(lock);
    end(sweep).exits(2).tells("holds the sweep of another file");
    assert_eq!(runs(&place, "runs/sweep").len(), 0);
}

#[test]
fn a_sweep_leaves_the_tables_to_a_process_that_planned_other_runs_meanwhile() {
    let long = "extends = \"small.toml\"\n[sweep]\n\"train.epochs\" = [400]\n";
    let place = place(long);
    let first = place.spawn(&["sweep.toml", "--threads", "1"]);
    wait(&place, "runs/sweep", &first, |_, pids| !pids.is_empty());
    place.write("sweep.toml", TWO);
    place.succeed(&["sweep.toml"]).prints("2 runs: 2 completed");
    let kept =
        ["trials.csv", "trial_groups.csv", "trial_timings.csv", "report.html", "figures/.drawn"];
    let kept = kept.map(|name| format!("runs/sweep/{name}"));
    let before = kept.clone().map(|name| place.read(name));
    let ended = end(first).exits(0);
    ended.tells("another process has planned other runs").prints("1 run: 1 completed");
    assert!(kept.map(|name| place.read(name)) == before);
    assert_eq!(statuses(&place, "runs/sweep"), ["completed"; 2]);
}

#[test]
fn pipes_in_the_place_of_tables_are_replaced_and_not_waited_for() {
    let place = place(TWO);
    place.succeed(&["sweep.toml"]);
    let tables = ["trials.csv", "trial_groups.csv", "trial_timings.csv", "figures/.drawn"];
    let tables = tables.map(|name| format!("runs/sweep/{name}"));
    let before = tables.clone().map(|name| place.read(name));
    let names = tables.join(" ");
    let script = format!("rm {names} && mkfifo {names} && timeout -k 1 30 {RUNNER} sweep.toml");
    place.script("sh", &script).exits(0);
    assert!(tables.map(|name| fs::read(place.path().join(name)).expect("a file")) == before);
}
