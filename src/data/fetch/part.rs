//! A file that is being downloaded: `<name>.part`, locked by the process that writes it.

use crate::data::Error;
use crate::disk::{self, Lock};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long to wait for the process that holds the part, again and again.
const WAIT: Duration = Duration::from_hours(1);

/// The part of a file, locked until dropped.
pub struct Part {
    path: PathBuf,
    file: File,
    len: u64,
    waited: bool,
    _lock: Option<Lock>,
}

impl Part {
    /// Opens or creates the part of the file `target`. If another process holds it, calls `waiting` and waits
    /// for that process.
    pub fn open(target: &Path, waiting: &mut dyn FnMut()) -> Result<Self, Error> {
        let mut path = target.to_path_buf().into_os_string();
        path.push(".part");
        let path = PathBuf::from(path);
        let mut patience = Duration::ZERO;
        let lock = loop {
            match Lock::take(&path, patience) {
                Ok(Some(lock)) => break Some(lock),
                Ok(None) if patience.is_zero() => {
                    waiting();
                    patience = WAIT;
                }
                Ok(None) => {}
                // On file systems without locks, it is up to the user not to start two processes at once.
                Err(error) if error.kind() == ErrorKind::Unsupported => break None,
                Err(error) => return Err(Error::io("create", &path)(error)),
            }
        };
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(Error::io("create", &path))?;
        let len = file.metadata().map_err(Error::io("read", &path))?.len();
        Ok(Self { path, file, len, waited: !patience.is_zero(), _lock: lock })
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
