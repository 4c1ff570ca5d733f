//! What is in a folder.

use super::{Error, Result};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The paths of everything in a folder, in no order; none if there is no such folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(Error::io("read the folder", folder)),
    }
}
