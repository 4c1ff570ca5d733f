//! File locks, released when the process that holds them ends, however it ends.

use super::{Error, Result, files};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, ErrorKind, Write},
    path::Path,
    process, thread,
    time::{Duration, Instant},
};

/// Name of the lock file in a run's folder and in the runs folder.
pub(super) const NAME: &str = ".lock";

/// A lock, held for as long as this lives.
#[derive(Debug)]
pub(super) struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing the file does not release the lock while a child process being spawned has a copy.
        let _ = self.0.unlock();
    }
}

/// Takes the lock at `path`, waiting for up to `patience`; returns `None` if it is held throughout.
///
/// The file names the holder. Always allow some patience: checking whether a run is alive takes its lock for
/// a moment.
pub(super) fn take(path: &Path, patience: Duration) -> Result<Option<Lock>> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
        .map_err(Error::io("open", path))?;
    let end = Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => {
                // For people only: the lock is valid without it, even on a full disk.
                let _ = file.set_len(0).and_then(|()| (&file).write_all(this_process().as_bytes()));
                return Ok(Some(Lock(file)));
            }
            Err(TryLockError::WouldBlock) if Instant::now() >= end => return Ok(None),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(source)) => {
                return Err(Error::io("lock", path)(source));
            }
        }
    }
}

/// Returns the last holder of the lock at `path`, as in "process 4711 on anna".
pub(super) fn holder(path: &Path) -> Option<String> {
    io::read_to_string(files::open(path).ok()?).ok().filter(|text| !text.is_empty())
}

/// Returns the name of this machine.
pub(super) fn hostname() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

fn this_process() -> String {
    format!("process {} on {}", process::id(), hostname())
}

/// Whether a process holds the lock at `path`. If that cannot be determined, the lock counts as held.
pub(super) fn is_held(path: &Path) -> bool {
    match files::open(path) {
        // Shared, so that two processes that check do not block each other.
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => {
                drop(Lock(file));
                false
            }
            Err(_) => true,
        },
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_it_is_dropped_even_if_a_copy_of_its_file_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        assert!(!is_held(&path));
        let lock = take(&path, Duration::ZERO).unwrap().unwrap();
        assert!(is_held(&path));
        assert_eq!(holder(&path), Some(this_process()));
        assert!(take(&path, Duration::from_millis(25)).unwrap().is_none());
        let copy = lock.0.try_clone().unwrap();
        drop(lock);
        assert!(!is_held(&path));
        assert!(take(&path, Duration::ZERO).unwrap().is_some());
        drop(copy);
    }

    #[test]
    fn checking_a_lock_does_not_keep_others_from_taking_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        drop(take(&path, Duration::ZERO).unwrap());
        thread::scope(|scope| {
            let checker = scope.spawn(|| {
                for _ in 0..2000 {
                    is_held(&path);
                }
            });
            while !checker.is_finished() {
                assert!(take(&path, Duration::from_secs(5)).unwrap().is_some());
            }
        });
    }
}
