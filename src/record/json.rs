//! JSON files with a `format` version.

use super::{Error, Result, atomic, files};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::path::Path;

/// Reads a file whose format is at most `known`; `broken` words the error for a file that does not parse.
pub(super) fn read<T: DeserializeOwned>(
    path: &Path,
    known: u32,
    broken: impl Fn(serde_json::Error) -> String,
) -> Result<T> {
    #[derive(Deserialize)]
    struct Head {
        format: u32,
    }
    let text = files::read(path).map_err(Error::io("read", path))?;
    let broken = |error| Error::broken(path, broken(error));
    // The format first: a newer file may lack fields that this program requires.
    let Head { format: found } = serde_json::from_slice(&text).map_err(broken)?;
    if found > known {
        return Err(Error::Newer { path: path.to_path_buf(), found, known });
    }
    serde_json::from_slice(&text).map_err(broken)
}

/// Writes the whole file, pretty-printed.
pub(super) fn write(path: &Path, contents: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(contents)
        .map_err(|error| Error::broken(path, format!("cannot be written as JSON: {error}")))?;
    text.push(b'\n');
    atomic::write(path, text)
}
