//! Makes new names of files survive a power cut, and keeps two processes from writing to one file.

mod lock;

pub use lock::Lock;

use std::{
    fs::{self, File},
    io::{ErrorKind, Result},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Syncs a folder's entries to disk: only then is a rename in it durable.
///
/// # Errors
/// Any I/O error.
pub fn sync_folder(folder: &Path) -> Result<()> {
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some file systems do this by themselves and do not support the request.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Ok(())
        }
        done => done,
    }
}

/// Whether `path` names the open `file`.
fn is_same_file(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// Returns the folder that contains a file; `.` for a bare name.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns the path without links; the path itself if there is nothing or it cannot be reached.
pub fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_that_cannot_sync_folders_is_no_error() {
        // Linux refuses this one with EINVAL.
        sync_folder(Path::new("/proc")).unwrap();
        assert_eq!(sync_folder(Path::new("/none")).unwrap_err().kind(), ErrorKind::NotFound);
        sync_folder(parent(Path::new("bare"))).unwrap();
    }
}
