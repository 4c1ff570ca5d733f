//! Messages about user mistakes.

use crate::place::{Place, assert_has};

fn refused(place: &Place, args: &[&str]) -> String {
    let told = place.refused(2, args);
    assert!(!place.path().join("runs").exists(), "something was written");
    told
}

#[test]
fn every_mistake_of_a_file_is_reported_with_its_place() {
    let place = Place::new();
    place.write(
        "wrong.toml",
        "[data]\ndataset = \"mnits\"\n\n[train]\nepocs = 3\nbatch_size = \"many\"\n",
    );
    insta::assert_snapshot!(refused(&place, &["wrong.toml"]));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let place = Place::new();
    insta::assert_snapshot!(refused(&place, &["nothing.toml"]));
}

#[cfg(unix)]
#[test]
fn a_dangling_or_circular_link_is_not_suggested() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    for (link, target, told) in [
        ("gone.toml", "none", "there is no file"),
        ("back.toml", "back.toml", "cannot be read: Too many"),
    ] {
        symlink(target, place.path().join(link)).expect("a link");
        let stderr = refused(&place, &[link]);
        assert!(stderr.contains(told) && !stderr.contains("did you mean"), "{stderr}");
    }
}

#[test]
fn an_invalid_time_is_refused_with_the_expected_form() {
    let place = Place::small();
    let form = "8h, 30m, 90s or 1h30m";
    for (args, told) in [
        (&["--for", "8"][..], form),
        (&["--for", "1h 30x"], form),
        (&["--for=0s"], form),
        (&["--until", "25:00"], "a time of the day such as 07:00"),
        (&["--until", "2020-01-31 07:00"], "--until 2020-01-31 07:00: this time has passed"),
        (&["--for", "1h", "--until", "07:00"], "cannot be used with"),
    ] {
        let stderr = refused(&place, &[&["small.toml"], args].concat());
        assert!(stderr.contains(told), "{args:?}: {stderr}");
    }
}

#[test]
fn a_mistyped_verb_is_recognized() {
    let place = Place::small();
    let stderr = refused(&place, &["chekc", "small.toml"]);
    assert_has(&stderr, "`runner check`");
}

#[test]
fn hidden_verbs_are_not_suggested() {
    let stderr = refused(&Place::small(), &["trian", "small.toml"]);
    assert_has(&stderr, "did you mean `runner train`?");
}

#[test]
fn a_file_is_recognized_without_its_extension() {
    let stderr = refused(&Place::small(), &["smal"]);
    assert_has(&stderr, "did you mean `small.toml`?");
}

#[test]
fn a_run_by_another_name_is_a_run() {
    for verb in ["train", "sweep"] {
        let stderr = refused(&Place::small(), &[verb, "nowhere.toml"]);
        assert_has(&stderr, "there is no file `nowhere.toml`");
        assert!(!stderr.contains(&format!("there is no file `{verb}`")), "{stderr}");
    }
}

#[test]
fn a_wrong_set_is_named_as_such() {
    let place = Place::small();
    insta::assert_snapshot!(refused(&place, &["small.toml", "--set", "train.epoch=3"]));
}

#[test]
fn a_device_that_is_not_there_is_refused() {
    let place = Place::small();
    insta::assert_snapshot!(refused(&place, &["small.toml", "--device", "cuda"]));
}

#[test]
fn gpus_are_given_to_the_runs_of_a_sweep_only() {
    let place = Place::small();
    let stderr = refused(&place, &["small.toml", "--devices", "0,1"]);
    assert_has(&stderr, "--device cuda:N");
}

#[test]
fn one_bad_point_stops_a_whole_sweep() {
    let place = Place::small();
    place.write("sweep.toml", "extends = \"small.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 0]\n");
    let stderr = refused(&place, &["sweep.toml"]);
    assert_has(&stderr, "sweep.toml");
    assert_has(&stderr, "latent_dim");
}

#[test]
fn runs_that_prove_to_train_the_same_network_stop_a_whole_sweep() {
    let place = Place::small();
    // Drawn images are the same whatever the folder.
    let folders = "[sweep]\n\"data.root\" = [\"one\", \"other\"]\nrepeats = 2\n";
    place.write("sweep.toml", format!("extends = \"small.toml\"\n{folders}"));
    for args in [&["sweep.toml"][..], &["check", "sweep.toml"]] {
        let stderr = refused(&place, args);
        assert_has(&stderr, "sweep.toml: `root=one,r1` and `root=other,r1` train the same network");
    }
}

#[test]
fn missing_data_says_where_it_was_looked_for_and_how_to_get_it() {
    let place = Place::new();
    place.write("mnist.toml", "[data]\ndataset = \"mnist\"\n");
    place.write("seeds.toml", "extends = \"mnist.toml\"\n[sweep]\nrepeats = 2\n");
    for file in ["mnist.toml", "seeds.toml"] {
        let ended = place.fails(2, &[file]);
        for part in ["data/mnist", "runner data fetch mnist", "RUNNER_DATA_DIR", "synthetic_digits"]
        {
            ended.tells(part);
        }
    }
    assert!(!place.path().join("runs").exists(), "something was written");
}

#[test]
fn unavailable_kernels_are_refused_before_anything_starts() {
    let place = Place::small();
    place.write("sweep.toml", "extends = \"small.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 4]\n");
    for args in [&["sweep.toml"][..], &["small.toml"], &["check", "small.toml"]] {
        let ended = place.run_with("RUNNER_KERNELS", "avx1024", args).exits(2);
        ended.tells("error: RUNNER_KERNELS is `avx1024`");
    }
    assert!(!place.path().join("runs").exists());
    let ended = place.run_with("RUNNER_KERNELS", "portable", &["check", "small.toml"]);
    ended.prints("threads, portable kernels");
}

#[test]
fn a_sweep_that_varies_nothing_gets_a_warning() {
    let place = Place::small();
    let text = "extends = \"small.toml\"\n[train]\nepochs = 1\n[sweep]\nmetric = \"val_mse\"\n";
    place.write("one.toml", text);
    for args in [&["check", "one.toml"][..], &["one.toml"]] {
        let ended = place.succeed(args);
        let warning = "warning: [sweep] of one.toml varies nothing";
        assert_eq!(ended.stderr.matches(warning).count(), 1, "{}", ended.stderr);
    }
    place.only_run("runs");
    place.write("two.toml", &(text.to_owned() + "\"model.latent_dim\" = [2, 4]\n"));
    let ended = place.succeed(&["check", "two.toml"]);
    assert!(!ended.stderr.contains("varies nothing"), "{}", ended.stderr);
}

#[test]
fn options_of_other_programs_are_told_what_does_the_same() {
    let place = Place::small();
    for (args, told) in [
        (&["small.toml", "--epochs", "3"][..], "use `--set train.epochs=3`"),
        (&["--lr=0.1", "small.toml"], "use `--set train.optimizer.learning_rate=0.1`"),
        (&["check", "--seed", "small.toml"], "use `--set experiment.seed=VALUE`"),
        (&["small.toml", "--dry-run"], "`runner check FILE.toml`"),
        (&["-m", "small.toml"], "a [sweep] in the file makes many runs, or `--set"),
        (&["small.toml", "--repeats", "3"], "use `--set sweep.repeats=3`"),
        (&["train", "small.toml", "--resume"], "the same command resumes"),
        (&["clean", "--all"], "such as `--failed --checkpoints`"),
        (&["clean", "--dry-run"], "nothing is removed without `--yes`"),
        (&["small.toml", "--thread", "2"], "a similar argument exists: '--threads'"),
        (&["list", "--epochs", "3"], "unexpected argument '--epochs' found"),
    ] {
        let stderr = refused(&place, args);
        assert!(stderr.contains(told), "{args:?}: {stderr}");
        assert!(!stderr.contains("--set") || told.contains("--set"), "{args:?}: {stderr}");
    }
}

#[test]
fn words_that_are_no_files_are_told_what_they_are() {
    let place = Place::small();
    place.write("experiments/quickstart.toml", "");
    for (args, told) in [
        (&["rm", "sp"][..], "`rm`; did you mean `runner clean`?\n"),
        (&["ls"], "did you mean `runner list`?"),
        (&["predict"], "did you mean `runner apply`?"),
        (&["eval"], "did you mean `runner evaluate`?"),
        (&["plot"], "did you mean `runner report`?"),
        (&["train", "quickstart"], "did you mean `experiments/quickstart.toml`?"),
        (&["xyzzy"], "expected FILE.toml or a command"),
        (&["check", "small.toml", "train.epochs=3"], "write `--set train.epochs=3`"),
        (&["small.toml", "--set", "experiment.name=my", "run"], "`--set 'experiment.name=my run'`"),
        (&["small.toml", "--set=experiment.name=my", "run"], "`--set 'experiment.name=my run'`"),
        (&["small.toml", "--quiet", "run"], "expected FILE.toml"),
    ] {
        let stderr = refused(&place, args);
        assert!(stderr.ends_with('\n') && stderr.contains(told), "{args:?}: {stderr}");
        assert_eq!(stderr.matches("there is no file").count(), 1, "{args:?}: {stderr}");
    }
}

#[test]
fn a_run_whose_name_ends_like_a_file_is_compared() {
    let place = Place::small();
    for (name, size) in [("x.toml", 2), ("y.toml", 4)] {
        let name = format!("experiment.name={name}");
        let size = format!("model.latent_dim={size}");
        place.succeed(&["small.toml", "--quiet", "--set", &name, "--set", &size]);
    }
    place.succeed(&["compare", "x.toml", "y.toml"]).prints("val_loss").prints("model.latent_dim");
    place.write("y.toml", "extends = \"small.toml\"");
    place.succeed(&["compare", "x.toml", "y.toml"]).prints("B  y.toml");
    assert_has(
        &place.fails(2, &["compare", "x.toml", "z.toml"]).stderr,
        "there is no file `z.toml`",
    );
}
