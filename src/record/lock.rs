//! The locks of runs and of folders of runs, which name their holder.

use super::{Error, Result, files};
pub(super) use crate::disk::Lock;
use std::{
    io::{self, ErrorKind, Write},
    path::Path,
    process,
    time::Duration,
};

/// Name of the lock file in a run's folder and in the runs folder.
pub(super) const NAME: &str = ".lock";

/// Takes the lock at `path`, waiting for up to `patience`; returns `None` if it is held throughout.
///
/// The file names the holder. Always allow some patience: checking whether a run is alive takes its lock for
/// a moment.
pub(super) fn take(path: &Path, patience: Duration) -> Result<Option<Lock>> {
    let lock = Lock::take(path, patience).map_err(Error::io("lock", path))?;
    if let Some(mut file) = lock.as_ref().map(Lock::file) {
        // For people only: the lock is valid without it, even on a full disk.
        let _ = file.set_len(0).and_then(|()| file.write_all(this_process().as_bytes()));
    }
    Ok(lock)
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
                // A child process being spawned may have a copy of the file.
                let _ = file.unlock();
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
    use std::thread;

    #[test]
    fn a_lock_is_held_until_it_is_dropped_even_if_a_copy_of_its_file_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        assert!(!is_held(&path));
        let lock = take(&path, Duration::ZERO).unwrap().unwrap();
        assert!(is_held(&path));
        assert_eq!(holder(&path), Some(this_process()));
        assert!(take(&path, Duration::from_millis(25)).unwrap().is_none());
        let copy = lock.file().try_clone().unwrap();
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
