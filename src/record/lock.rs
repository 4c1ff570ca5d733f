//! Locks that go with the process that holds them, however it ends.

use super::{Error, Result};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::ErrorKind,
    path::Path,
    thread,
    time::{Duration, Instant},
};

/// Name of the lock file in a run's folder and in the runs folder.
pub(super) const NAME: &str = ".lock";

/// Takes the lock at `path`, waiting for up to `patience`; `None` if another holds it throughout.
///
/// The lock lasts as long as the file is open. A little patience is always needed: who looks
/// whether a run is alive holds its lock for a moment.
pub(super) fn take(path: &Path, patience: Duration) -> Result<Option<File>> {
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
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() >= end => return Ok(None),
            Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(10)),
            Err(TryLockError::Error(source)) => {
                return Err(Error::io("lock", path)(source));
            }
        }
    }
}

/// Whether somebody holds the lock at `path`. Where that cannot be told, somebody does.
pub(super) fn is_held(path: &Path) -> bool {
    match File::open(path) {
        // Shared, so that two who look do not see each other.
        Ok(file) => file.try_lock_shared().is_err(),
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_its_file_is_closed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        assert!(!is_held(&path));
        let lock = take(&path, Duration::ZERO).unwrap().unwrap();
        assert!(is_held(&path));
        assert!(take(&path, Duration::from_millis(25)).unwrap().is_none());
        drop(lock);
        assert!(!is_held(&path));
        assert!(take(&path, Duration::ZERO).unwrap().is_some());
    }

    #[test]
    fn those_who_look_do_not_keep_others_from_taking_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        drop(take(&path, Duration::ZERO).unwrap());
        thread::scope(|scope| {
            let looking = scope.spawn(|| {
                for _ in 0..2000 {
                    is_held(&path);
                }
            });
            while !looking.is_finished() {
                assert!(take(&path, Duration::from_secs(5)).unwrap().is_some());
            }
        });
    }
}
