//! Shared helpers for files and folders.

use super::{Error, Result};
use crate::disk;
use std::{
    fs::{self, File},
    io::{self, Read},
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

/// Opens a file for reading. Refuses named pipes and devices, which could block forever.
///
/// # Errors
/// Any I/O error.
pub fn open(path: &Path) -> io::Result<File> {
    let found = fs::metadata(path)?;
    if found.is_file() || found.is_dir() {
        File::open(path)
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// Reads a whole file, which [`open`] must accept.
///
/// # Errors
/// Any I/O error.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Creates a folder and its missing parents, which then survive a power cut.
///
/// # Errors
/// Any I/O error.
pub fn make_folder(path: &Path) -> Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(path).map_err(Error::io("make the folder", path))?;
    missing.into_iter().map(disk::parent).try_for_each(|parent| match disk::sync_folder(parent) {
        // Of a folder in which one may create others but not look, the system has to take care.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        synced => synced.map_err(Error::io("save the folder", parent)),
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_folder_is_made_with_its_parents_also_where_one_may_not_look() {
        let base = tempfile::tempdir().unwrap();
        let blind = base.path().join("blind");
        make_folder(&blind).unwrap();
        fs::set_permissions(&blind, fs::Permissions::from_mode(0o300)).unwrap();
        for _ in 0..2 {
            make_folder(&blind.join("runs/night")).unwrap();
        }
        assert!(blind.join("runs/night").is_dir());
        fs::set_permissions(&blind, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(base.path().join("file"), "").unwrap();
        let text = make_folder(&base.path().join("file/below")).unwrap_err().to_string();
        assert!(text.contains("file/below") && text.contains("a folder is needed"), "{text}");
    }
}
