//! `runner export`: writes a trained network for other programs.

use super::{
    args::export::ExportArgs,
    exit::{Exit, Failure, Result},
    output,
    trained::Trained,
};
use crate::{
    arch::Layer,
    disk::{canonical, parent},
    export::{self, BATCH, OPSET, Part, Port},
    record::{CHECKPOINTS, RESOLVED, atomic, checkpoint},
    spec::Task,
    train::NamedTensor,
    words::{bytes, counted, thousands},
};
use serde_json::{Value, json};
use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

/// File formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Onnx,
    Safetensors,
}

/// Writes the network of a run, or only its weights.
pub fn export(args: &ExportArgs) -> Result {
    let format = Format::of(&args.out)?;
    refuse_place(&args.out)?;
    refuse_replacing(args)?;
    let trained = Trained::find(&args.run, &args.trained)?;
    let tensors = trained.tensors()?;
    let part = args.part;
    let names: HashSet<String> =
        part.layers(&trained.arch).flat_map(Layer::parameters).map(|own| own.name).collect();
    let own: Vec<&NamedTensor> =
        tensors.iter().filter(|tensor| names.contains(&tensor.name)).collect();
    refuse_broken(&trained, &own)?;
    let properties = properties(&trained, part)?;
    let file = match format {
        Format::Onnx => {
            export::onnx(&trained.arch, &tensors, part, &trained.info.name, &properties)?
        }
        Format::Safetensors => {
            checkpoint::weights_file(&own, &properties).map_err(Failure::failed)?
        }
    };
    output::write(&args.out, |path| atomic::write_through_links(path, &file))?;
    report(args, &trained, &own, format, file.len())?;
    Ok(Exit::Done)
}

impl Format {
    /// Returns the format that a file's extension asks for.
    fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().unwrap_or_default().to_ascii_lowercase();
        match ending.to_str() {
            Some("onnx") => Ok(Self::Onnx),
            Some("safetensors") => Ok(Self::Safetensors),
            _ => Err(Failure::usage(format!(
                "--out {}: the extension selects the format; expected .onnx, the network for other \
                 programs, or .safetensors, its weights alone",
                path.display()
            ))),
        }
    }
}

/// Refuses a run's folder of checkpoints: the run would take the file for its own.
fn refuse_place(out: &Path) -> Result<()> {
    // Links are followed when a file is written.
    let out_at = canonical(out);
    let Ok(folder) = fs::canonicalize(parent(&out_at)) else { return Ok(()) };
    let run = folder.parent().filter(|run| run.join(RESOLVED).exists());
    if run.is_none() || folder.file_name().is_none_or(|name| name != CHECKPOINTS) {
        return Ok(());
    }
    Err(Failure::usage(format!(
        "--out {}: this is a run's folder of checkpoints; choose another",
        out.display()
    )))
}

fn refuse_replacing(args: &ExportArgs) -> Result<()> {
    let out = args.out.display();
    if args.out.is_dir() {
        return Err(Failure::usage(format!("--out {out}: this is a folder; name a file in it")));
    }
    if !args.force && args.out.exists() {
        return Err(Failure::usage(format!(
            "--out {out}: the file already exists; choose another name, or replace it with --force"
        )));
    }
    Ok(())
}

/// Refuses weights that are not finite.
fn refuse_broken(trained: &Trained, own: &[&NamedTensor]) -> Result<()> {
    let finite = |tensor: &&&NamedTensor| tensor.values.iter().all(|value| value.is_finite());
    let Some(broken) = own.iter().find(|tensor| !finite(tensor)) else { return Ok(()) };
    Err(Failure::failed(format!(
        "{} of {} has non-finite values in its {} weights; its status is {}",
        broken.name,
        trained.folder.display(),
        trained.weights,
        trained.info.status
    )))
}

/// Returns the metadata of the file, which does not say when or where it was written.
fn properties(trained: &Trained, part: Part) -> Result<Vec<(&'static str, String)>> {
    let Trained { info, experiment, weights, .. } = trained;
    let mut properties = vec![
        ("run", info.name.clone()),
        ("identity", info.identity.clone()),
        ("weights", (*weights).to_owned()),
        ("part", part.name().to_owned()),
        ("dataset", info.dataset.clone()),
        ("task", experiment.task.name().to_owned()),
    ];
    if let Task::Denoise { noise } = &experiment.task {
        properties.push(("noise", serde_json::to_string(noise)?));
    }
    properties.push(("runner_version", info.runner_version.clone()));
    Ok(properties)
}

fn report(
    args: &ExportArgs,
    trained: &Trained,
    own: &[&NamedTensor],
    format: Format,
    size: usize,
) -> Result<()> {
    let part = args.part;
    let (input, outputs) = (part.input(&trained.arch), part.outputs(&trained.arch));
    let parameters: usize = own.iter().map(|tensor| tensor.values.len()).sum();
    let text = |path: &PathBuf| path.display().to_string();
    if args.json {
        let mut result = json!({
            "file": text(&args.out),
            "format": match format { Format::Onnx => "onnx", Format::Safetensors => "safetensors" },
            "part": part.name(),
            "run": text(&trained.folder),
            "weights": trained.weights,
            "parameters": parameters,
            "bytes": size,
        });
        match format {
            Format::Onnx => {
                result["opset"] = OPSET.into();
                result["inputs"] = [port(&input)].into_iter().collect();
                result["outputs"] = outputs.iter().map(port).collect();
            }
            Format::Safetensors => {
                let tensor = |t: &&NamedTensor| json!({ "name": t.name, "shape": t.shape });
                result["tensors"] = own.iter().map(tensor).collect();
            }
        }
        return output::result(result);
    }
    let what = match format {
        Format::Onnx => {
            let outputs: Vec<String> = outputs.iter().map(ToString::to_string).collect();
            format!("{input} -> {}  ONNX, opset {OPSET}", outputs.join(", "))
        }
        Format::Safetensors => {
            format!("{} with {} values", counted(own.len(), "tensor"), thousands(parameters))
        }
    };
    output::result(format!(
        "{}  {what}, {}, {} weights of {}",
        text(&args.out),
        bytes(size as u64),
        trained.weights,
        text(&trained.folder)
    ))
}

/// Describes an input or output in JSON; its first dimension, the batch, is free.
fn port(port: &Port) -> Value {
    let dims = port.shape.dims().into_iter().map(Value::from);
    let shape: Vec<Value> = [BATCH.into()].into_iter().chain(dims).collect();
    json!({ "name": port.name, "shape": shape })
}
