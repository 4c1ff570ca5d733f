//! Shared helpers for files and folders.

use super::{Error, Result};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Returns the paths of everything in a folder, in no particular order; none if the folder does not exist.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    match read() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        read => read.map_err(Error::io("read the folder", folder)),
    }
}

/// Creates a folder and its missing parents.
///
/// # Errors
/// Any I/O error.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(Error::io("make the folder", path))
}

/// Removes a file if it exists.
///
/// # Errors
/// Any I/O error.
pub fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(Error::io("remove", path)),
    }
}
