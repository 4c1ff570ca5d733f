use super::*;
use serde_json::json;
use std::fs;

#[test]
fn a_planned_run_has_the_folder_of_its_first_training_too() {
    let folders = |folder: &str| Planned::made_up(folder).folders().map(str::to_owned);
    assert_eq!(folders("size=2-0a1b2c3d-3"), ["size=2-0a1b2c3d-3", "size=2-0a1b2c3d"]);
    assert_eq!(folders("size=2-0a1b2c3d"), ["size=2-0a1b2c3d", "size=2-0a1b2c3d"]);
    // A hash may consist of digits only.
    assert_eq!(folders("a-12345678"), ["a-12345678", "a-12345678"]);
    assert_eq!(folders("a-12345678-2"), ["a-12345678-2", "a-12345678"]);
}

/// A plan whose runs have these values.
fn plan(values: &[serde_json::Value]) -> SweepFile {
    let planned = |values: &serde_json::Value| Planned {
        values: values.as_object().cloned().unwrap_or_default(),
        estimate: Some(12.345),
        ..Planned::made_up("run-0a")
    };
    let keys = vec!["task.noise.sigma".into()];
    SweepFile { keys, ..SweepFile::made_up(Metric::ValPsnr, values.iter().map(planned)) }
}

#[test]
fn a_combination_without_keys_and_one_with_a_name_of_its_own_are_called_by_names() {
    let given = ["s", "elu", "wide", "wide"].map(|name| json!({ "experiment.name": name }));
    let mut file = plan(&given);
    let names = ["r1", "name=elu,activation=elu,r1", "name=wide,size=2", "name=wide,size=3"];
    for (point, name) in file.points.iter_mut().zip(names) {
        point.name = name.into();
    }
    let called = file.called();
    let found = names.map(|name| called.get(name).copied());
    assert_eq!(found, [Some("baseline"), Some("elu"), None, None]);
    file.points[1].values.insert(NAME.into(), "baseline".into());
    let called = file.called();
    let found = names.map(|name| called.get(name).copied());
    assert_eq!(found, [Some("baseline"), None, None, None], "two of a name");
    file.keys.clear();
    assert!(file.called().is_empty(), "nothing but repeats");
}

#[test]
fn runs_with_different_noise_are_not_compared_whatever_the_file_says() {
    let comparable = |values: [serde_json::Value; 2]| plan(&values).is_comparable();
    let sigma = |sigma: f64| json!({ "task.noise.sigma": sigma, "model.latent_dim": 2 });
    assert!(!comparable([sigma(0.25), sigma(0.5)]));
    assert!(comparable([sigma(0.25), sigma(0.25)]));
    assert!(comparable([json!({ "model.latent_dim": 2 }), json!({ "model.latent_dim": 4 })]));
    let noise = |amount: f64| json!({ "task.noise": { "kind": "masking", "amount": amount } });
    assert!(!comparable([noise(0.25), noise(0.5)]));
    assert!(comparable([noise(0.25), noise(0.25)]));
    let file = SweepFile { comparable: false, ..plan(&[sigma(0.25)]) };
    assert!(!file.is_comparable());
}

#[test]
fn a_plan_reads_back_and_a_newer_or_broken_one_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(SweepFile::read(folder.path()).unwrap(), None);
    let file = SweepFile { comparable: false, ..plan(&[json!({ "task.noise.sigma": 0.25 })]) };
    file.write(folder.path()).unwrap();
    let text = fs::read_to_string(SweepFile::path(folder.path())).unwrap();
    assert!(text.contains("\"direction\": \"higher\""), "{text}");
    assert_eq!(SweepFile::read(folder.path()).unwrap(), Some(file));
    fs::write(SweepFile::path(folder.path()), text.replace("\"format\": 1", "\"format\": 9"))
        .unwrap();
    let error = SweepFile::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("format 9"), "{error}");
    fs::write(SweepFile::path(folder.path()), "{").unwrap();
    let error = SweepFile::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("not a sweep plan"), "{error}");
}
