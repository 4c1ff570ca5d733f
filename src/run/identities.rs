//! Identities of runs.

use super::{Error, Result};
use crate::{digest, record::files, spec::Experiment};
use std::{
    collections::{HashMap, hash_map::Entry},
    path::PathBuf,
};

/// Computes the identities of runs, reading each file of initial weights only once.
#[derive(Debug, Default)]
pub struct Identities {
    weights: HashMap<PathBuf, String>,
}

impl Identities {
    /// Returns the identity of a run on the data with this digest: the hash of both and of
    /// the weights that it starts from.
    ///
    /// # Errors
    /// [`Error::Weights`].
    pub fn of(&mut self, experiment: &Experiment, data_digest: &str) -> Result<String> {
        let described = experiment.identity() + self.init_digest(experiment)?;
        Ok(digest::of_parts([described.as_str(), data_digest]))
    }

    /// Returns the SHA-256 of the weights that a run starts from; empty if they are random.
    fn init_digest(&mut self, experiment: &Experiment) -> Result<&str> {
        let Some(path) = experiment.model.init() else { return Ok("") };
        match self.weights.entry(path.to_path_buf()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let unread = |source| Error::Weights { path: path.to_path_buf(), source };
                let bytes = files::read(path).map_err(unread)?;
                Ok(new.insert(digest::sha256(&bytes)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn weights_that_many_runs_start_from_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("start.safetensors");
        fs::write(&path, "weights").unwrap();
        let text = format!("[model]\nkind = \"conv\"\ninit = {:?}", path.display().to_string());
        let experiment: Experiment = toml::from_str(&text).unwrap();
        let mut identities = Identities::default();
        let first = identities.of(&experiment, "data").unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(identities.of(&experiment, "data").unwrap(), first);
        let gone = Identities::default().of(&experiment, "data").unwrap_err();
        assert!(gone.to_string().contains("cannot read"), "{gone}");
    }
}
