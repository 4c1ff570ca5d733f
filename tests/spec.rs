//! Experiment files against the published JSON Schema, checked by an independent validator.

use jsonschema::Validator;
use runner::spec::{Device, Experiment, Overrides, load, reference, schema};
use serde_json::{Value, json};
use std::{fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn published() -> Validator {
    let schema: Value = serde_json::from_str(&schema::json()).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is a valid schema");
    jsonschema::draft202012::new(&schema).expect("the schema compiles")
}

fn accepts(validator: &Validator, text: &str) -> bool {
    let table: toml::Table = toml::from_str(text).expect("TOML");
    validator.is_valid(&serde_json::to_value(table).expect("JSON"))
}

#[test]
fn the_published_schema_and_the_reference_of_keys_are_not_stale() {
    for (file, wanted) in [
        ("schemas/experiment.schema.json", schema::json()),
        ("docs/configuration.md", reference::page()),
    ] {
        let path = root().join(file);
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            fs::write(&path, &wanted).expect("the file can be written");
        }
        let published = fs::read_to_string(&path).unwrap_or_default();
        assert!(published == wanted, "{file} is stale: run this test with UPDATE_SCHEMA=1");
    }
}

#[test]
fn the_schema_accepts_exactly_the_supported_devices() {
    let validator = published();
    for text in [
        "auto",
        "cpu",
        "cuda",
        "cuda:0",
        "cuda:0012",
        "cuda:9999",
        "",
        "gpu",
        "CPU",
        "cuda:",
        "cuda:x",
        "cuda:-1",
        "cuda:+1",
        "cuda: 1",
        "cuda:12345",
        "cuda:1:2",
        "cpu:0",
        " cpu",
    ] {
        let accepted = accepts(&validator, &format!("[experiment]\ndevice = {text:?}\n"));
        assert_eq!(accepted, Device::from(text.to_owned()).kind().is_some(), "{text:?}");
    }
}

#[test]
fn every_shipped_experiment_is_valid_and_loads() {
    let validator = published();
    let folder = root().join("experiments");
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name() {
        let entry = entry.expect("the folder can be read");
        if entry.path().extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        seen += 1;
        let text = fs::read_to_string(entry.path()).expect("the file can be read");
        let table: toml::Table = toml::from_str(&text).expect("the file is TOML");
        let value = serde_json::to_value(table).expect("TOML fits into JSON");
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{}: {errors:#?}", entry.path().display());
        if let Err(problems) = load(entry.path(), &Overrides::default()) {
            panic!("{problems}");
        }
    }
    assert!(seen > 0, "experiments/ contains no experiment");
}

#[test]
fn the_schema_accepts_valid_files() {
    let validator = published();
    for text in [
        "",
        "extends = \"base.toml\"",
        "[task]\nnoise.sigma = 0.75",
        "[task]\nkind = \"denoise\"\nnoise = { kind = \"gaussian\", sigma = 1, clip = [0, 1] }",
        "[task]\nkind = \"denoise\"\nnoise = { kind = \"speckle\", sigma = [0.25, 1] }",
        "[task]\nkind = \"denoise\"\nnoise.amount = [0, 0.5]",
        "[sweep]\n\"task.noise.sigma\" = [0.5, [0.25, 1.0]]",
        "[train]\nloss = { mse = 0.8, ssim = 0.2 }\nschedule = { every = 3 }",
        "[train]\nschedule = { kind = \"step\" }",
        "[model]\nkernel_size = [3, 5]\nstrides = 2",
        "[train.early_stopping]\npatience = 3",
        "[figures]\ncode_range = \"fit\"",
        "[sweep]\n\"task.noise.sigma\" = [0.25, 0.5]\n\"model.filters\" = [[8], [8, 16]]\nrepeats = 3",
        "[sweep]\n\"train.optimizer\" = [{ kind = \"sgd\" }, { learning_rate = 0.1 }]",
        &Experiment::default().to_toml(),
    ] {
        assert!(accepts(&validator, text), "{text}");
    }
}

#[test]
fn the_schema_rejects_typical_mistakes() {
    let validator = published();
    for text in [
        "seed = 3",
        "extends = 3",
        "[train]\nepohcs = 3",
        "[train]\nepochs = 0",
        "[train]\nepochs = 1.5",
        "[train]\nepochs = \"3\"",
        "[train]\nloss = \"msee\"",
        "[train]\nloss = {}",
        "[train]\noptimizer = \"adam\"",
        "[train]\noptimizer = { kind = \"adma\" }",
        "[train]\noptimizer = { kind = \"adam\", momentum = 0.9 }",
        "[train]\noptimizer = { beta1 = 1 }",
        "[train]\nschedule = { kind = \"constant\", gamma = 0.1 }",
        "[task]\nkind = \"reconstruct\"\nnoise = { sigma = 0.5 }",
        "[task]\nnoise = { kind = \"masking\", sigma = 0.5 }",
        "[task]\nnoise = { kind = \"masking\", amount = [0.5, 2] }",
        "[task]\nnoise.sigma = [0.25, 0.5, 1.0]",
        "[task]\nnoise.sigma = [-1, 1]",
        "[data]\ndataset = \"imagenet\"",
        "[data]\nchannels = 2",
        "[data]\nimage_size = [32]",
        "[experiment]\nname = \"a/b\"",
        "[experiment]\nname = \".hidden\"",
        "[experiment]\ndevice = \"gpu\"",
        "[model]\nfilters = []",
        "[model]\nstrides = 0",
        "[model]\nkind = \"mlp\"\nfilters = [32]",
        "[sweep]\n\"train.epochs\" = []",
        "[sweep]\n\"train.epochs\" = [0]",
        "[sweep]\n\"train.epohcs\" = [1]",
        "[sweep]\nrepeats = 0",
    ] {
        assert!(!accepts(&validator, text), "{text}");
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("trial.toml");
        fs::write(&file, text).expect("a file");
        assert!(
            load(&file, &Overrides::default()).is_err(),
            "the loader should reject it too: {text}"
        );
    }
}

#[test]
fn the_schema_documents_every_key_and_requires_none() {
    fn visit(value: &Value, path: &str) {
        match value {
            Value::Object(keys) => {
                for (name, property) in
                    keys.get("properties").and_then(Value::as_object).into_iter().flatten()
                {
                    let documented = property.get("description").is_some()
                        || property.get("const").is_some()
                        || name == "kind"
                        || path.ends_with("/Loss/anyOf/1")
                        || path.contains("/then");
                    assert!(documented, "{path} has `{name}` without a description");
                }
                assert!(
                    path.ends_with("/if") || keys.get("required").is_none(),
                    "{path} requires keys"
                );
                for (name, inner) in keys {
                    visit(inner, &format!("{path}/{name}"));
                }
            }
            Value::Array(items) => {
                for (index, inner) in items.iter().enumerate() {
                    visit(inner, &format!("{path}/{index}"));
                }
            }
            _ => {}
        }
    }
    let schema: Value = serde_json::from_str(&schema::json()).expect("JSON");
    visit(&schema, "");
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["$schema"], json!("https://json-schema.org/draft/2020-12/schema"));
}
