//! `runner export` writes a trained network for other programs.

use crate::{
    apply::trained,
    place::{self, Ended, info},
};
use runner::record::{Checkpoint, checkpoint};
use serde_json::Value;
use std::{fs, os::unix::fs::symlink, path::PathBuf};

fn refused(ended: &Ended, code: i32, parts: &[&str]) {
    assert_eq!(ended.code, Some(code), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
    for part in parts {
        ended.tells(part);
    }
}

/// Whether a file contains a text, such as the name of a tensor.
fn says(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_network_is_written_with_its_inputs_outputs_and_metadata() {
    let place = trained(&[]);
    let run = place.only_run("runs");
    let before = place::files(&run);
    let ended = place.succeed(&["export", "small", "-o", "new/net.onnx"]);
    assert_eq!((ended.stdout.lines().count(), ended.stderr.as_str()), (1, ""));
    let line = "new/net.onnx  image (batch, 28, 28, 1) -> reconstruction (batch, 28, 28, 1), \
                code (batch, 6)  ONNX, opset 17, ";
    assert!(ended.stdout.starts_with(line), "{}", ended.stdout);
    ended.prints(" kB, best weights of runs/small-");
    let file = place.read("new/net.onnx");
    let info = info(&run);
    let identity = info["identity"].as_str().expect("text");
    for text in ["runner", identity, "synthetic_digits", "denoise", "sigma", "decoder.output"] {
        assert!(says(&file, text), "{text}");
    }
    assert_eq!(before, place::files(&run), "the run is not changed");
    // The same bytes again, whatever the variables; with --last, the last weights.
    let again = ["export", "small", "-o", "again.onnx"];
    place.run_with("RUNNER_MODEL__LATENT_DIM", "9", &again).exits(0);
    assert!(place.read("again.onnx") == file);
    place.succeed(&["export", "small", "-o", "last.ONNX", "--last"]).prints("last weights");
}

#[test]
fn parts_are_written_alone_and_described_as_json() {
    let place = trained(&[
        "data.dataset=\"synthetic_scenes\"",
        "task={kind=\"colorize\"}",
        "model={kind=\"mlp\",hidden=[12],latent_dim=3}",
    ]);
    let json = |part: &str| -> Value {
        let file = format!("{part}.onnx");
        place.succeed(&["export", "small", "-o", &file, "--part", part, "--json"]).json()
    };
    let image = |name: &str, channels: usize| serde_json::json!([{ "name": name, "shape": ["batch", 32, 32, channels] }]);
    let code = serde_json::json!([{ "name": "code", "shape": ["batch", 3] }]);
    let encoder = json("encoder");
    assert_eq!((&encoder["inputs"], &encoder["outputs"]), (&image("image", 1), &code));
    let decoder = json("decoder");
    assert_eq!((&decoder["inputs"], &decoder["outputs"]), (&code, &image("reconstruction", 3)));
    assert_eq!((&decoder["format"], &decoder["opset"]), (&"onnx".into(), &17.into()));
    assert_eq!(decoder["file"], "decoder.onnx");
    let size = |name: &str| place.read(name).len();
    assert_eq!(decoder["bytes"], size("decoder.onnx"));
    assert!(size("encoder.onnx") < size("decoder.onnx"));
    let whole = info(&place.only_run("runs"))["parameters"].as_u64();
    let parts = [&encoder, &decoder].map(|part| part["parameters"].as_u64().expect("a count"));
    assert_eq!(whole, Some(parts[0] + parts[1]));
}

#[test]
fn another_training_starts_from_exported_weights() {
    let place = trained(&[]);
    let ended = place.succeed(&["export", "small", "-o", "net.safetensors"]);
    let line = "net.safetensors  14 tensors with ";
    assert!(ended.stdout.starts_with(line), "{}", ended.stdout);
    let checkpoint = place.only_run("runs").join("checkpoints/best.safetensors");
    let alone = place.read("net.safetensors").len();
    assert!(2 * alone < place.read(&checkpoint).len(), "{alone}");
    let from = |file: &str, name: &str| {
        let name = format!("experiment.name=\"{name}\"");
        let init = format!("model.init=\"{file}\"");
        let set = place::set(&["train.epochs=1", &name, &init]);
        place.run(&[&["small.toml", "--quiet"][..], &set].concat())
    };
    for (file, name) in [("net.safetensors", "one"), (checkpoint.to_str().expect("text"), "two")] {
        let ended = from(file, name);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    let metrics = |name: &str| {
        let named = |run: &&PathBuf| info(run)["name"] == name;
        let runs = place.runs("runs");
        place.text(runs.iter().find(named).expect("a run").join("metrics.csv"))
    };
    assert_eq!(metrics("one"), metrics("two"));
    place.succeed(&["export", "small", "-o", "half.safetensors", "--part", "encoder"]);
    refused(&from("half.safetensors", "three"), 2, &["missing: decoder.dense.kernel"]);
}

#[test]
fn files_are_replaced_only_by_force_and_checkpoints_never() {
    let place = trained(&[]);
    place.write("net.onnx", "mine");
    let export = |args: &[&str]| place.run(&[&["export", "small"], args].concat());
    refused(&export(&["-o", "net.onnx"]), 2, &["net.onnx", "already exists", "--force"]);
    assert_eq!(place.text("net.onnx"), "mine");
    symlink("net.onnx", place.path().join("link.onnx")).expect("a link");
    assert_eq!(export(&["-o", "link.onnx", "--force"]).code, Some(0));
    assert!(place.path().join("link.onnx").is_symlink());
    assert!(says(&place.read("net.onnx"), "reconstruction"));

    fs::create_dir(place.path().join("folder.onnx")).expect("a folder");
    refused(&export(&["-o", "folder.onnx", "--force"]), 2, &["this is a folder"]);
    let own = place.only_run("runs").join("checkpoints/best.safetensors");
    let before = place.read(&own);
    let args = ["-o", own.to_str().expect("text"), "--force"];
    refused(&export(&args), 2, &["folder of checkpoints"]);
    symlink(&own, place.path().join("best.safetensors")).expect("a link");
    refused(&export(&["-o", "best.safetensors", "--force"]), 2, &["folder of checkpoints"]);
    assert!(place.read(&own) == before);
    let parts = [
        "cannot write net.onnx/",
        "net.onnx is a file, not a folder",
        "choose another place with --out",
    ];
    for below in ["net.onnx/below.onnx", "net.onnx/far/below.onnx"] {
        refused(&export(&["-o", below]), 1, &parts);
    }
}

#[test]
fn wrong_extensions_runs_and_weights_are_explained() {
    let place = trained(&[]);
    let export = |args: &[&str]| place.run(&[&["export"], args].concat());
    for name in ["net.pt", "net", "onnx", "-"] {
        refused(&export(&["small", "-o", name]), 2, &[name, ".onnx", ".safetensors"]);
    }
    refused(&export(&["smal-l", "-o", "a.onnx"]), 2, &["there is no run", "did you mean small-"]);
    refused(&export(&["small"]), 2, &["--out"]);
    refused(&export(&["small", "-o", "a.onnx", "--part", "encode"]), 2, &["'encoder'"]);

    let run = place.only_run("runs");
    for name in ["best", "last"] {
        fs::remove_file(run.join(format!("checkpoints/{name}.safetensors"))).expect("a file");
    }
    refused(&export(&["small", "-o", "a.onnx", "--last"]), 1, &["is not trained yet"]);
    assert!(!place.path().join("a.onnx").exists());
}

#[test]
fn non_finite_weights_are_refused_in_the_part_that_has_them() {
    let place = trained(&[]);
    let best = checkpoint::best_path(&place.only_run("runs"));
    let mut broken = Checkpoint::load(&best).expect("a checkpoint");
    let tensors = &mut broken.snapshot.tensors;
    let tensor = tensors.iter_mut().find(|tensor| tensor.name == "decoder.output.bias");
    tensor.expect("a bias").values[0] = f32::NAN;
    broken.save(&best).expect("a checkpoint");
    let export = |args: &[&str]| place.run(&[&["export", "small"], args].concat());
    for name in ["a.onnx", "a.safetensors"] {
        let parts = ["decoder.output.bias", "non-finite values in its best weights"];
        refused(&export(&["-o", name]), 1, &parts);
        assert!(!place.path().join(name).exists());
    }
    assert_eq!(export(&["-o", "a.onnx", "--part", "encoder"]).code, Some(0));
}
