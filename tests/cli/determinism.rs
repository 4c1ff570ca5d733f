//! The same experiment gives the same bytes, however it is run.

use crate::{
    place::{KEPT, Place, column, info, kill, set},
    resume::{assert_equal_runs, wait_for_epoch},
};
use runner::ops::Family;
use std::{fs, path::Path, thread::sleep, time::Duration};

#[test]
fn an_automatic_device_gives_the_same_run_as_a_named_one() {
    let place = Place::small();
    place.succeed(&["small.toml", "--device", "cpu"]);
    let run = place.only_run("runs");
    let info = info(&run);
    assert_eq!(info["device"], "cpu");
    assert!(info["reproducible"].as_str().expect("a promise").starts_with("to the bit"));
    place.succeed(&["small.toml", "--device", "auto"]).prints("already complete");
    place.only_run("runs");
}

#[test]
fn kernel_families_train_alike_and_bit_for_bit_on_any_number_of_threads() {
    let mut losses = Vec::new();
    for family in Family::ALL {
        if !family.is_available() {
            eprintln!("skipped: this processor lacks {family}");
            continue;
        }
        let place = Place::small();
        let train = |threads, folder| {
            let args = ["small.toml", "--threads", threads, "--runs-dir", folder];
            place.run_with("RUNNER_KERNELS", family.name(), &args).exits(0);
            place.only_run(folder)
        };
        let (one, three) = (train("1", "one"), train("3", "three"));
        assert_equal_runs(&place, &one, &three);
        assert_eq!(info(&one)["kernels"], family.name());
        let last = column(&place.text(one.join("metrics.csv")), "val_loss").pop();
        losses.push(last.expect("a row").parse::<f64>().expect("a number"));
    }
    // The last bits differ, but a short training does not amplify them much.
    let first = losses[0];
    assert!(losses.iter().all(|loss| (loss - first).abs() < 1e-3 * first), "{losses:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn data_are_drawn_only_by_the_requested_threads() {
    let place = Place::small();
    let args = ["small.toml", "--threads", "1", "--quiet", "--set", "train.epochs=100000"];
    let child = place.spawn(&args);
    wait_for_epoch(&place, "runs", 0);
    let names = || -> Vec<String> {
        let tasks = fs::read_dir(format!("/proc/{}/task", child.id())).expect("it trains");
        let names =
            tasks.flatten().filter_map(|task| fs::read_to_string(task.path().join("comm")).ok());
        names.map(|name| name.trim().to_owned()).collect()
    };
    // Threads without a name have that of the program: the main thread, and those of rayon's global pool.
    let one =
        |names: &[String], of: &str| names.iter().filter(|name| name.starts_with(of)).count() == 1;
    let fit = |names: &[String]| one(names, "runner") && one(names, "trainer");
    let mut found = names();
    // A new thread briefly has the name of its parent.
    for _ in 0..20 {
        if !fit(&found) {
            sleep(Duration::from_millis(5));
            found = names();
        }
    }
    kill(child);
    assert!(fit(&found), "{found:?}");
}

#[test]
fn another_seed_gives_another_run() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    place.succeed(&["small.toml", "--set", "experiment.seed=1"]);
    let runs = place.runs("runs");
    assert_eq!(runs.len(), 2);
    assert_ne!(place.read(runs[0].join("metrics.csv")), place.read(runs[1].join("metrics.csv")));
}

#[test]
fn noise_over_a_range_is_the_same_on_any_number_of_threads_and_in_every_validation() {
    let place = Place::small();
    let noise = ["task.noise.sigma=[0.25, 1]", "task.noise.resample=epoch", "train.epochs=2"];
    let train = |threads, folder| {
        let args = ["small.toml", "--threads", threads, "--runs-dir", folder];
        place.succeed(&[&args[..], &set(&noise)].concat());
        place.only_run(folder)
    };
    let (one, three) = (train("1", "one"), train("3", "three"));
    assert_equal_runs(&place, &one, &three);
    let rows = place.text(one.join("metrics.csv"));
    let measured =
        place.succeed(&["evaluate", "small", "--last", "--csv", "--runs-dir", "one"]).stdout;
    assert_eq!(column(&measured, "mse"), column(&rows, "val_mse")[1..]);
    assert_eq!(column(&measured, "level"), ["[0.25,1.0]"]);
    place.succeed(&["evaluate", "small", "--runs-dir", "one"]).prints(" 0.25–1 ");
}

#[test]
fn a_run_is_the_same_alone_and_in_a_sweep() {
    let place = Place::small();
    place.write(
        "sweep.toml",
        "extends = \"small.toml\"\n[sweep]\n\"task.noise.sigma\" = [0.25, 0.5]\n",
    );
    place.succeed(&["sweep.toml"]);
    place.succeed(&["small.toml"]);
    let kept = |run: &Path| KEPT.map(|file| place.read(run.join(file)));
    let alone = kept(&place.only_run("runs"));
    let swept = place.runs("runs/sweep");
    assert_eq!(swept.len(), 2, "{swept:?}");
    assert_eq!(swept.iter().filter(|run| kept(run) == alone).count(), 1);
    let trials = place.text("runs/sweep/trials.csv");
    assert_eq!(trials.lines().count(), 3, "{trials}");
    assert!(trials.starts_with("run,seed,task.noise.sigma,status,"), "{trials}");
}
