//! `runner check` prints what would happen and changes nothing.

use crate::place::{Place, RUNNER, assert_has, edit, end, info, name};
use serde_json::json;

#[test]
fn check_prints_the_plan_and_writes_nothing() {
    let place = Place::small();
    let ended = place.succeed(&["check", "small.toml"]);
    for part in [
        "synthetic_digits, 300 + 60 images 28x28x1",
        "selection best epochs are chosen on the test images; data.validation_split = 0.1 keeps",
        "denoise, gaussian noise",
        "3 epochs of 10 steps",
        "shapes    run-time",
        "encoder.conv0",
        "(batch, 14, 14, 4)",
        "decoder.output",
        "parameters",
        "memory    about",
        "disk      about",
        "time      about",
        "device    cpu",
        "device cpu: ",
        "no device cuda: this program was built without CUDA",
    ] {
        ended.prints(part);
    }
    assert!(!place.path().join("runs").exists());
}

#[test]
fn check_shows_how_much_of_a_single_run_is_done() {
    let place = Place::small();
    let check = |epochs: &str| {
        let set = format!("train.epochs={epochs}");
        place.succeed(&["check", "small.toml", "--set", &set]).stdout
    };
    assert!(check("3").contains("\n  state     new\n"), "{}", check("3"));
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    let name = name(&run);
    let complete = check("3");
    assert_has(&complete, &format!("\n  state     complete, in runs/{name}\n"));
    assert!(!complete.contains("\n  time "), "{complete}");
    let longer = check("5");
    let state = format!("state     2 of 5 epochs to train, from runs/{name}\n");
    assert!(longer.contains(&state) && longer.contains("\n  time "), "{longer}");
    // Another seed is another run, and fewer epochs start from the beginning.
    let other = place.succeed(&["check", "small.toml", "--set", "experiment.seed=5"]).stdout;
    for plan in [check("2"), other] {
        assert_has(&plan, "\n  state     new\n");
    }
    let json = place.succeed(&["check", "small.toml", "--json"]).stdout;
    assert_has(&json, &format!("\"state\": \"complete, in runs/{name}\""));
    edit(&run, "status", "interrupted".into());
    edit(&run, "epochs", 1.into());
    let partly = check("3");
    assert_has(&partly, &format!("1 of 3 epochs done, in runs/{name}"));
}

#[test]
fn an_experiment_is_read_from_standard_input_and_from_a_process_substitution() {
    let place = Place::small();
    let text = place.succeed(&["check", "small.toml"]).stdout.replace("small.toml", "");
    for words in ["check /dev/stdin < small.toml", "check <(cat small.toml)", "check /dev/stdin"] {
        let ended = place.script("bash", &format!("cat small.toml | {RUNNER} {words}")).exits(0);
        let shown = ended.stdout.lines().skip(1);
        assert!(shown.eq(text.lines().skip(1)), "{words}: {}", ended.stdout);
    }
}

#[test]
fn check_says_that_the_run_s_own_folder_is_damaged_as_training_does() {
    let place = Place::small();
    place.succeed(&["small.toml"]);
    let run = place.only_run("runs");
    let check = || place.succeed(&["check", "small.toml"]).stdout;
    std::fs::write(run.join("run.json"), "{").expect("a file");
    let broken = check();
    assert_has(&broken, "  state     broken: runs/small-");
    assert_has(&broken, "is not a run description");
    assert_has(&broken, "remove it");
    assert_ne!(place.run(&["small.toml"]).code, Some(0));
    place.succeed(&["small.toml", "--force"]);
    assert!(check().contains("  state     complete, in runs/small-"), "{}", check());
}

#[test]
fn check_says_that_a_file_of_a_run_was_changed_whatever_its_status() {
    let place = Place::small();
    let diverge = [
        "small.toml",
        "--set",
        "model.output_activation=\"linear\"",
        "--set",
        "train.optimizer={ kind = \"sgd\", learning_rate = 1e30 }",
    ];
    assert_eq!(place.run(&diverge).code, Some(4));
    let run = place.only_run("runs");
    let check = || place.succeed(&[&["check"], &diverge[..]].concat()).stdout;
    assert!(check().contains("  state     diverged, starts over, in runs/small-"), "{}", check());
    let (file, info) = (run.join("resolved.toml"), run.join("run.json"));
    let resolved = place.text(&file) + "# a note\n";
    std::fs::write(file, resolved).expect("a file");
    let known = place.text(&info);
    for status in ["diverged", "pruned", "completed", "interrupted"] {
        let text = known.replace("\"diverged\"", &format!("\"{status}\""));
        std::fs::write(&info, text).expect("a file");
        let (told, listed) = (check(), place.succeed(&["list"]).stderr);
        let state = told.lines().find_map(|line| line.strip_prefix("  state     broken: "));
        let state = state.unwrap_or_else(|| panic!("{status}: {told}"));
        assert!(state.contains("resolved.toml: was changed since the run was trained"), "{state}");
        assert!(listed.contains(state), "{state}: {listed}");
    }
}

#[test]
fn the_chapters_network_has_178001_parameters_and_compile_time_shapes() {
    let place = Place::new();
    place.write("default.toml", "");
    let ended = place.succeed(&["check", "default.toml", "--json"]);
    let plans = ended.json();
    assert_eq!(plans[0]["parameters"], 178_001);
    assert_eq!(plans[0]["shapes"], "compile-time");
}

#[test]
fn a_sweep_is_listed_run_by_run() {
    let place = Place::small();
    place.write(
        "sweep.toml",
        "extends = \"small.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 4]\nrepeats = 2\n",
    );
    let ended = place.succeed(&["check", "sweep.toml"]);
    ended.prints("4 runs");
    ended.prints("\nmetric val_loss, 2 repeats\n");
    for point in ["latent_dim=2,r1", "latent_dim=4,r2"] {
        ended.prints(point);
    }
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let place = Place::small();
    let mut child = place.spawn(&["check", "small.toml"]);
    drop(child.stdout.take());
    assert_eq!(end(child).exits(0).stderr, "");
}

#[test]
fn variables_change_the_experiment_and_arguments_override_them() {
    let place = Place::small();
    for (set, epochs) in [(&[][..], "7 epochs"), (&["--set", "train.epochs=2"], "2 epochs")] {
        let args = [&["check", "small.toml"], set].concat();
        assert_has(&place.run_with("RUNNER_TRAIN__EPOCHS", "7", &args).stdout, epochs);
    }
}

#[test]
fn a_variable_sets_the_folder_of_the_data() {
    let place = Place::new();
    place.run_with("RUNNER_DATA_DIR", "x", &["data", "info"]).prints("not in x/mnist;");
}

#[test]
fn a_warm_up_is_shown_with_a_warning_if_it_never_ends() {
    let place = Place::small();
    let says = |steps: usize| {
        let set = format!("train.warmup_steps={steps}");
        place.succeed(&["check", "small.toml", "--set", &set]).stdout
    };
    let (short, long) = (says(29), says(1000));
    assert_has(&short, "constant schedule, warm-up of 29 steps");
    assert!(!short.contains("warning"), "{short}");
    let warning = "the learning rate rises until the end: `train.warmup_steps` is 1,000, and the \
                   whole training has 30 steps";
    assert_has(&long, &format!("  warning   {warning}"));
    let args = ["small.toml", "--set", "train.warmup_steps=1000"];
    place.succeed(&args).tells(&format!("warning: {warning}"));
}

#[test]
fn an_endless_warm_up_is_warned_of_in_any_run_of_a_sweep() {
    let place = Place::small();
    let sweep = "\n[sweep]\n\"train.warmup_steps\" = [0, 10, 40, 50]\n";
    place.write("warm.toml", format!("extends = \"small.toml\"\n{sweep}"));
    let out = place.succeed(&["check", "warm.toml"]).stdout;
    let whose = "is 40, and the whole training has 30 steps (in warmup_steps=40, and similarly in 1 other run)";
    assert_has(&out, whose);
}

#[test]
fn images_are_counted_as_the_run_counts_them() {
    let place = Place::small();
    let counts = |split: &str| {
        let set = format!("data.validation_split={split}");
        place.succeed(&["check", "small.toml", "--set", &set]).stdout
    };
    assert!(counts("0.5").contains("synthetic_digits, 150 + 150 images"));
    assert!(counts("0").contains("synthetic_digits, 300 + 60 images"));
}

#[test]
fn a_split_that_leaves_nothing_is_refused_before_training() {
    let place = Place::small();
    let set = ["--set", "data.train_limit=1", "--set", "data.validation_split=0.1"];
    for verb in [&["check", "small.toml"][..], &["small.toml"]] {
        place.fails(2, &[verb, &set].concat()).tells("no training image is left");
    }
    assert!(!place.path().join("runs").exists());
}

#[test]
fn incomplete_data_are_reported_as_incomplete() {
    let place = Place::new();
    place.write("mnist.toml", "data.dataset = \"mnist\"\n");
    let check = || place.succeed(&["check", "mnist.toml"]).stdout;
    let info = || place.succeed(&["data", "info"]).stdout;
    place.write("data/mnist/readme.txt", "hello");
    assert!(check().contains("NOT FOUND in data/mnist"), "{}", check());
    assert!(info().contains("mnist             not in data/mnist;"), "{}", info());

    let names = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];
    for name in &names[..3] {
        place.write(format!("data/mnist/{name}-ubyte"), "hello");
    }
    let lacking = "in data/mnist: no t10k-labels-idx1-ubyte[.gz]";
    assert!(check().contains(&format!("INCOMPLETE {lacking}")), "{}", check());
    assert!(
        info().contains(&format!("mnist             incomplete {lacking}; `runner data fetch"))
    );
    place.write("data/mnist/t10k-labels-idx1-ubyte.gz", "hello");
    assert!(check().contains("28x28x1, in data/mnist"), "{}", check());
    assert!(info().contains("4 files, 20 bytes in data/mnist"), "{}", info());

    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"] {
        place.write(format!("data/cifar10/cifar-10-batches-bin/{name}.bin"), "hello");
    }
    assert!(info().contains("incomplete in data/cifar10: no test_batch.bin"), "{}", info());
    place.write("data/cifar10/cifar-10-batches-bin/test_batch.bin", "hello");
    assert!(info().contains("6 files, 30 bytes in data/cifar10"), "{}", info());
}

#[test]
fn a_suspicious_rule_is_warned_of_by_check_and_by_training() {
    let place = Place::small();
    let rule = "{ kind = \"logspace\", from = 1e-4, to = 1e-3, count = 2 }";
    let text =
        format!("extends = \"small.toml\"\n[sweep]\n\"train.optimizer.learning_rate\" = {rule}\n");
    place.write("rates.toml", &text);
    for verb in [&["check"][..], &[]] {
        let ended = place.run(&[verb, &["rates.toml", "--set", "train.epochs=1"]].concat());
        let told =
            "warning: rates.toml: `train.optimizer.learning_rate`: `logspace` takes exponents";
        assert_eq!(ended.stderr.matches(told).count(), 1, "{}", ended.stderr);
    }
}

#[test]
fn a_single_run_and_the_same_run_in_a_sweep_have_equal_estimates() {
    let place = Place::small();
    place.write("one.toml", "extends = \"small.toml\"\n[sweep]\n\"train.epochs\" = [200000]\n");
    let args =
        |file: &'static str| ["check", file, "--threads", "2", "--set", "train.epochs=200000"];
    let alone = place.succeed(&args("small.toml")).stdout;
    let swept = place.succeed(&[&args("one.toml")[..4], &["--jobs", "1"]].concat()).stdout;
    let time = alone.lines().find_map(|line| line.strip_prefix("  time      about "));
    let time = time.and_then(|time| time.strip_suffix(" on 2 threads")).expect("a time");
    let total = format!("1 run, 1 to train: about {time} with 1 at once on 2 threads");
    assert!(time.contains('m') && swept.contains(&total), "{time}\n{swept}");
}

#[test]
fn the_time_left_of_an_interrupted_run_follows_from_its_own_pace() {
    let place = Place::small();
    place.succeed(&["small.toml", "--threads", "2"]);
    let run = place.only_run("runs");
    let trained = info(&run)["step"].as_u64().expect("steps");
    for (key, value) in [
        ("status", json!("interrupted")),
        ("trained", json!(false)),
        ("epochs", json!(1)),
        ("step", json!(trained / 3)),
        ("seconds", json!(3600.0)),
    ] {
        edit(&run, key, value);
    }
    let check = |threads: &str| place.succeed(&["check", "small.toml", "--threads", threads]);
    check("2").prints("about 2h 00m on 2 threads, at its pace so far");
    // Steps of an unfinished epoch count.
    edit(&run, "step", json!(trained / 2));
    check("2").prints("about 1h 00m on 2 threads, at its pace so far");
    let other = check("1").stdout;
    assert!(!other.contains("pace"), "measured on 2 threads: {other}");
}
