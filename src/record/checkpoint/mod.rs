//! Checkpoints: safetensors files of weights, optimizer tensors and training state.
//!
//! The metadata has four entries: `digest`, the SHA-256 of everything that follows; `format`, `runner 1`;
//! `identity`, that of the run; `state`, a [`TrainState`] as JSON. Tensors are 32-bit floats; weights have
//! their own names, and those of the optimizer are named by [`optimizer_name`](crate::train::optimizer_name).
//! They are sorted by name and the file contains no timestamp, so that equal contents give equal bytes.

mod header;
mod places;
#[cfg(test)]
mod tests;

pub use places::{best_path, epoch_path, epochs, files, is_own, keep_newest, last_path};

use super::{Error, FORMAT, Result, atomic};
use crate::{
    arch::Parameter,
    digest,
    train::{NamedTensor, Snapshot, TrainState, is_optimizer_tensor},
};
use header::{Contents, META_DIGEST, META_FORMAT, META_IDENTITY, META_STATE};
use std::{
    collections::{BTreeMap, HashMap},
    io,
    path::Path,
};

/// Number of values converted to bytes at a time.
const PIECE: usize = 1 << 14;

/// What training needs to resume, and the run that it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Identity of the run that saved it, see [`crate::run::Identities`].
    pub identity: String,
    /// Weights, optimizer tensors, and the training state.
    pub snapshot: Snapshot,
}

impl Checkpoint {
    /// Writes the whole file. Equal contents, in any order, give equal bytes.
    ///
    /// # Errors
    /// Any I/O error, or if two tensors share a name or one has more or fewer values
    /// than its shape.
    pub fn save(&self, path: &Path) -> Result<()> {
        let Snapshot { tensors, state } = &self.snapshot;
        let state = serde_json::to_string(state)
            .map_err(|error| Error::broken(path, format!("cannot be written as JSON: {error}")))?;
        let mut sorted: Vec<&NamedTensor> = tensors.iter().collect();
        sorted.sort_by(|a, b| a.name.cmp(&b.name));
        let metadata = [
            (META_DIGEST, digest_of(&self.identity, &state, &sorted)),
            (META_FORMAT, format!("{} {FORMAT}", header::FORMAT_NAME)),
            (META_IDENTITY, self.identity.clone()),
            (META_STATE, state),
        ];
        let header =
            header::encode(&metadata, &sorted).map_err(|reason| Error::broken(path, reason))?;
        atomic::write_with(path, |out| {
            out.write_all(&header)?;
            sorted.iter().try_for_each(|tensor| {
                pieces(&tensor.values).try_for_each(|piece| out.write_all(&piece))
            })
        })
    }

    /// Reads a checkpoint of any run, with its tensors sorted by name.
    ///
    /// # Errors
    /// If the file cannot be read, is incomplete, or is not a checkpoint of this format.
    pub fn load(path: &Path) -> Result<Self> {
        let Contents { metadata, tensors } = header::read(path)?;
        let (identity, state) = identity_and_state(path, &metadata)?;
        let digest = metadata.get(META_DIGEST).map(String::as_str);
        check_digest(path, digest, identity, state, &tensors)?;
        let state = parsed(path, state)?;
        Ok(Self { identity: identity.to_owned(), snapshot: Snapshot { tensors, state } })
    }

    /// Reads the checkpoint of the run with this `identity`. Shapes are checked by the training that uses the
    /// tensors.
    ///
    /// # Errors
    /// As for [`Self::load`], and if the checkpoint belongs to another run.
    pub fn load_for(path: &Path, identity: &str) -> Result<Self> {
        let loaded = Self::load(path)?;
        if loaded.identity != identity {
            let reason = format!(
                "was saved by another experiment or on other data (identity {:.8}, not {identity:.8})",
                loaded.identity
            );
            return Err(Error::broken(path, reason));
        }
        Ok(loaded)
    }

    /// Reads the checkpoint of the best epoch, `epoch`, of the run with this `identity` in a folder.
    ///
    /// # Errors
    /// As for [`Self::load_for`], and if the checkpoint is of another epoch.
    pub fn load_best(run: &Path, identity: &str, epoch: usize) -> Result<Self> {
        let path = best_path(run);
        match Self::load_for(&path, identity) {
            Ok(Self { snapshot, .. }) if snapshot.state.epoch != epoch => {
                let of = snapshot.state.epoch;
                let reason =
                    format!("has the weights of epoch {of}, but the best epoch was {epoch}");
                Err(Error::broken(&path, reason))
            }
            Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Err(best_is_gone(run, epoch))
            }
            loaded => loaded,
        }
    }
}

/// Returns the error about a run in a folder without the checkpoint of its best epoch, `epoch`.
pub fn best_is_gone(run: &Path, epoch: usize) -> Error {
    let reason = format!("is gone: it had the weights of the best epoch, {epoch}");
    Error::broken(&best_path(run), reason)
}

/// Reads the training state in a checkpoint's header, without checking the rest of the file, as
/// [`Checkpoint::load`] does.
///
/// # Errors
/// If the header cannot be read, or is not that of a checkpoint of this format.
pub fn read_state(path: &Path) -> Result<TrainState> {
    let metadata = header::read_metadata(path)?;
    let (_, state) = identity_and_state(path, &metadata)?;
    parsed(path, state)
}

/// Returns the identity and the training state in a checkpoint's metadata.
fn identity_and_state<'m>(
    path: &Path,
    metadata: &'m HashMap<String, String>,
) -> Result<(&'m str, &'m str)> {
    let entry = |key| metadata.get(key).map(String::as_str);
    let Some(format) = entry(META_FORMAT).and_then(header::format_number) else {
        return Err(Error::broken(
            path,
            "has tensors, but no training state; weights alone can be used as model.init",
        ));
    };
    if format > FORMAT {
        return Err(Error::Newer { path: path.to_path_buf(), found: format, known: FORMAT });
    }
    entry(META_IDENTITY).zip(entry(META_STATE)).ok_or_else(|| {
        Error::broken(
            path,
            "is a checkpoint without its identity or state; it was changed since it was saved",
        )
    })
}

fn parsed(path: &Path, state: &str) -> Result<TrainState> {
    serde_json::from_str(state)
        .map_err(|error| Error::broken(path, format!("its training state cannot be read: {error}")))
}

/// Encodes a safetensors file with only these tensors, sorted by name, and `metadata` in its order: weights
/// for [`load_weights`], from which no training can resume.
///
/// # Errors
/// If two tensors share a name or one has more or fewer values than its shape.
pub fn weights_file(
    tensors: &[&NamedTensor],
    metadata: &[(&str, String)],
) -> std::result::Result<Vec<u8>, String> {
    let mut sorted = tensors.to_vec();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    let mut bytes = header::encode(metadata, &sorted)?;
    bytes.extend(sorted.iter().flat_map(|tensor| pieces(&tensor.values)).flatten());
    Ok(bytes)
}

/// Rejects contents that differ from what was saved.
fn check_digest(
    path: &Path,
    known: Option<&str>,
    identity: &str,
    state: &str,
    sorted: &[NamedTensor],
) -> Result<()> {
    if known == Some(&digest_of(identity, state, &sorted.iter().collect::<Vec<_>>())) {
        return Ok(());
    }
    Err(Error::broken(
        path,
        "is damaged: its contents are not those that were saved (SHA-256 differs)",
    ))
}

/// Returns the SHA-256, in hex, of all contents of a checkpoint.
fn digest_of(identity: &str, state: &str, sorted: &[&NamedTensor]) -> String {
    let mut sum = digest::Parts::default();
    let add_text = |sum: &mut digest::Parts, text: &str| sum.add(text.len(), [text]);
    add_text(&mut sum, identity);
    add_text(&mut sum, state);
    for NamedTensor { name, values, .. } in sorted {
        add_text(&mut sum, name);
        sum.add(size_of_val(values.as_slice()), pieces(values));
    }
    sum.finish()
}

/// Yields the bytes of a tensor's values in small pieces: copying all at once would double its memory during
/// training.
fn pieces(values: &[f32]) -> impl Iterator<Item = Vec<u8>> {
    values.chunks(PIECE).map(|piece| piece.iter().flat_map(|value| value.to_le_bytes()).collect())
}

/// Reads weights from any safetensors file, ours or another program's, for the `parameters` of a network and
/// in their order. Ignores the optimizer tensors of a checkpoint.
///
/// # Errors
/// If the file cannot be read, is incomplete, is a damaged checkpoint, or has other tensors, which the error
/// lists.
pub fn load_weights(path: &Path, parameters: &[Parameter]) -> Result<Vec<NamedTensor>> {
    let Contents { metadata, mut tensors } = header::read(path)?;
    let entry = |key| metadata.get(key).map(String::as_str);
    // Other programs' files have no digest.
    if let (Some(identity), Some(state)) = (entry(META_IDENTITY), entry(META_STATE)) {
        check_digest(path, entry(META_DIGEST), identity, state, &tensors)?;
    }
    tensors.retain(|tensor| !is_optimizer_tensor(&tensor.name));
    arrange(path, tensors, parameters)
}

/// Puts tensors in the order of `parameters`, which must match them exactly.
fn arrange(
    path: &Path,
    tensors: Vec<NamedTensor>,
    parameters: &[Parameter],
) -> Result<Vec<NamedTensor>> {
    let mut found: BTreeMap<String, NamedTensor> =
        tensors.into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect();
    let (mut arranged, mut missing, mut other) = (Vec::new(), Vec::new(), Vec::new());
    for Parameter { name, shape, .. } in parameters {
        match found.remove(name) {
            None => missing.push(format!("{name} {shape:?}")),
            Some(tensor) if tensor.shape != *shape => {
                other.push(format!("{name} is {:?} instead of {shape:?}", tensor.shape));
            }
            Some(tensor) => arranged.push(tensor),
        }
    }
    let unexpected: Vec<String> =
        found.values().map(|tensor| format!("{} {:?}", tensor.name, tensor.shape)).collect();
    let lists = [("missing", missing), ("unexpected", unexpected), ("of another shape", other)];
    let wrong: Vec<String> = lists
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(what, names)| format!("{what}: {}", names.join(", ")))
        .collect();
    if wrong.is_empty() {
        return Ok(arranged);
    }
    Err(Error::broken(
        path,
        format!("its tensors are not those of the network; {}", wrong.join("; ")),
    ))
}
