//! Locked files.

use super::is_same_file;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::Result,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// A lock on a file, held until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file does not release the lock while a child process being spawned has a copy.
        let _ = self.0.unlock();
    }
}

impl Lock {
    /// Locks the file at `path`, which is created if missing, waiting for up to `patience`; returns `None` if
    /// another process holds it throughout.
    ///
    /// # Errors
    /// Any I/O error, such as [`std::io::ErrorKind::Unsupported`] on a file system without locks.
    pub fn take(path: &Path, patience: Duration) -> Result<Option<Self>> {
        let end = Instant::now() + patience;
        let open = || {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).open(path)
        };
        let mut file = open()?;
        loop {
            if let Some(lock) = Self::of(file.try_clone()?, path)? {
                return Ok(Some(lock));
            }
            if Instant::now() >= end {
                return Ok(None);
            }
            thread::sleep(Duration::from_millis(10));
            if !is_same_file(&file, path) {
                file = open()?;
            }
        }
    }

    /// Locks the open `file`; `None` if another process holds it, or if `path` names another file by now: the
    /// process that held it may have renamed or removed it, and others would lock that other file.
    fn of(file: File, path: &Path) -> Result<Option<Self>> {
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(file)).filter(|lock| is_same_file(&lock.0, path))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Returns the locked file.
    pub const fn file(&self) -> &File {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_was_replaced_before_it_could_be_locked_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        drop(Lock::take(&path, Duration::ZERO).unwrap().unwrap());
        let opened = File::open(&path).unwrap();
        assert!(Lock::of(opened.try_clone().unwrap(), &path).unwrap().is_some());
        fs::remove_file(&path).unwrap();
        assert!(Lock::of(opened.try_clone().unwrap(), &path).unwrap().is_none(), "removed");
        let holder = Lock::take(&path, Duration::ZERO).unwrap().unwrap();
        assert!(Lock::of(opened, &path).unwrap().is_none(), "another process has the new one");
        assert!(Lock::take(&path, Duration::from_millis(25)).unwrap().is_none());
        drop(holder);
        assert!(Lock::take(&path, Duration::ZERO).unwrap().is_some());
    }

    #[test]
    fn a_process_that_waits_takes_the_file_that_has_the_name_in_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".lock");
        let first = Lock::take(&path, Duration::ZERO).unwrap().unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| Lock::take(&path, Duration::from_mins(1)));
            thread::sleep(Duration::from_millis(30));
            fs::remove_file(&path).unwrap();
            drop(first);
            let second = waiting.join().unwrap().unwrap().unwrap();
            assert!(is_same_file(second.file(), &path));
        });
    }
}
