//! Takes the locks of runs that are to be cleaned.

use super::{CHECK_TIMEOUT, Reason};
use crate::record::{
    RUN_JSON, Result, RunSummary,
    lock::{self, Lock},
    run_json,
};
use std::path::Path;

/// The lock of a run, or why it is not to be had.
pub enum Hold {
    Taken(Lock),
    Refused(Reason),
}

/// Takes the lock of a run that has not changed since it was read.
pub fn take_unchanged(run: &RunSummary) -> Result<Hold> {
    let lock = match take(&run.path)? {
        Hold::Taken(lock) => lock,
        Hold::Refused(reason) => return Ok(Hold::Refused(reason)),
    };
    let mut now = run_json::read(&run.path.join(RUN_JSON)).ok();
    // Otherwise this process could not hold the lock.
    if let Some(info) = &mut now {
        info.process_is_gone();
    }
    Ok(if now.as_ref() == run.info() {
        Hold::Taken(lock)
    } else {
        Hold::Refused("it has just changed".into())
    })
}

/// Takes the lock of a run, or says who holds it. Does not follow a link, as taking the lock writes to the
/// file.
pub fn take(run: &Path) -> Result<Hold> {
    let path = run.join(lock::NAME);
    if path.is_symlink() {
        return Ok(Hold::Refused("its .lock is a link".into()));
    }
    if !run.exists() {
        return Ok(Hold::Refused("it is already gone".into()));
    }
    Ok(if let Some(lock) = lock::take(&path, CHECK_TIMEOUT)? {
        Hold::Taken(lock)
    } else {
        let holder = lock::holder(&path).map_or(String::new(), |holder| format!(" ({holder})"));
        Hold::Refused(format!("another process is training it{holder}"))
    })
}
