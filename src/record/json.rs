//! JSON files whose `format` is the version of what is in them.

use super::{Error, Result, atomic};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{fs, path::Path};

/// Reads a file of a format that is `known` at most; `broken` says what is wrong with another.
pub(super) fn read<T: DeserializeOwned>(
    path: &Path,
    known: u32,
    broken: impl Fn(serde_json::Error) -> String,
) -> Result<T> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let text = fs::read(path).map_err(Error::io("read", path))?;
    let broken = |error| Error::broken(path, broken(error));
    // The format first: a newer file may well lack what this program asks for.
    let Head { format: found } = serde_json::from_slice(&text).map_err(broken)?;
    if found > known {
        return Err(Error::Newer { path: path.to_path_buf(), found, known });
    }
    serde_json::from_slice(&text).map_err(broken)
}

/// Writes a file whole, for people to read too.
pub(super) fn write(path: &Path, contents: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(contents)
        .map_err(|error| Error::broken(path, format!("cannot be expressed: {error}")))?;
    text.push(b'\n');
    atomic::write(path, text)
}
