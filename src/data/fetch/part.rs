//! A file that is being downloaded: `<name>.part`, locked by the process that writes it.

use crate::data::Error;
use crate::disk;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The part of a file, locked until dropped.
pub struct Part {
    path: PathBuf,
    file: File,
    len: u64,
    waited: bool,
}

impl Part {
    /// Opens or creates the part of the file `target`. If another process holds it, calls `waiting` and waits
    /// for that process.
    pub fn open(target: &Path, waiting: &mut dyn FnMut()) -> Result<Self, Error> {
        let mut path = target.to_path_buf().into_os_string();
        path.push(".part");
        let path = PathBuf::from(path);
        let mut waited = false;
        loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(Error::io("create", &path))?;
            match file.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    waited = true;
                    waiting();
                    file.lock().map_err(Error::io("lock", &path))?;
                }
                // On file systems without locks, it is up to the user not to start two processes at once.
                Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => {
                    return Err(Error::io("lock", &path)(error));
                }
                _ => {}
            }
            // The process that held the lock may have renamed or removed the file.
            if is_same_file(&file, &path) {
                let len = file.metadata().map_err(Error::io("read", &path))?.len();
                return Ok(Self { path, file, len, waited });
            }
            waited = true;
        }
    }

    /// Returns its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns its length in bytes.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether another process held it in the meantime.
    pub fn waited(&self) -> bool {
        self.waited
    }

    /// Appends `bytes`.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file
            .seek(SeekFrom::Start(self.len))
            .and_then(|_| self.file.write_all(bytes))
            .map_err(Error::io("write", &self.path))?;
        self.len += bytes.len() as u64;
        Ok(())
    }

    /// Removes all bytes.
    pub fn clear(&mut self) -> Result<(), Error> {
        self.file.set_len(0).map_err(Error::io("write", &self.path))?;
        self.len = 0;
        Ok(())
    }

    /// Deletes it.
    pub fn discard(self) {
        // A failure is harmless: an empty part is resumed like any other.
        let _ = fs::remove_file(&self.path);
    }

    /// Syncs it to disk and gives it its final name.
    pub fn finish(self, target: &Path) -> Result<(), Error> {
        self.file.sync_all().map_err(Error::io("write", &self.path))?;
        fs::rename(&self.path, target).map_err(Error::io("create", target))?;
        let folder = disk::parent(target);
        disk::sync_folder(folder).map_err(Error::io("write", folder))
    }
}

/// Whether `path` still names the open `file`.
fn is_same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(named)) => (open.dev(), open.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}
