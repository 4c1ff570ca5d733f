//! What a user reads after a mistake.

use crate::place::Place;

fn refused(place: &Place, args: &[&str]) -> String {
    let ended = place.run(args);
    assert_eq!(ended.code, Some(2), "{}\n{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    assert!(!place.path().join("runs").exists(), "something was made");
    ended.stderr
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

#[test]
fn a_mistyped_verb_is_recognised() {
    let place = Place::small();
    let stderr = refused(&place, &["chekc", "small.toml"]);
    assert!(stderr.contains("`runner check`"), "{stderr}");
}

#[test]
fn only_verbs_that_people_use_are_suggested() {
    let stderr = refused(&Place::small(), &["trian", "small.toml"]);
    assert!(stderr.contains("did you mean `runner train`?"), "{stderr}");
}

#[test]
fn a_file_is_recognised_without_its_extension() {
    let stderr = refused(&Place::small(), &["smal"]);
    assert!(stderr.contains("did you mean `small.toml`?"), "{stderr}");
}

#[test]
fn a_run_by_another_name_is_a_run() {
    for verb in ["train", "sweep"] {
        let stderr = refused(&Place::small(), &[verb, "nowhere.toml"]);
        assert!(stderr.contains("there is no file `nowhere.toml`"), "{stderr}");
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
    assert!(stderr.contains("--device cuda:N"), "{stderr}");
}

#[test]
fn one_bad_point_stops_a_whole_sweep() {
    let place = Place::small();
    place.write("sweep.toml", "extends = \"small.toml\"\n[sweep]\n\"model.latent_dim\" = [2, 0]\n");
    let stderr = refused(&place, &["sweep.toml"]);
    assert!(stderr.contains("sweep.toml"), "{stderr}");
    assert!(stderr.contains("latent_dim"), "{stderr}");
}

#[test]
fn missing_data_says_where_it_was_looked_for_and_how_to_get_it() {
    let place = Place::new();
    place.write("mnist.toml", "[data]\ndataset = \"mnist\"\n");
    let ended = place.run(&["mnist.toml"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    for part in ["data/mnist", "runner data fetch mnist", "RUNNER_DATA_DIR", "synthetic_digits"] {
        assert!(ended.stderr.contains(part), "no {part:?} in\n{}", ended.stderr);
    }
    assert!(!place.path().join("runs").exists(), "something was made");
}
