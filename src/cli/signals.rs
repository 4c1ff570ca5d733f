//! Ctrl-C and its relatives: the first asks for a stop after the current batch, the second kills. A deadline
//! asks as the first one does.

use super::{deadline::Deadline, exit::Exit, output};
use crate::sweep::protocol::Stop;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
    flag, low_level,
};
use std::{
    fs,
    io::{self, IsTerminal},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// How often to look whether a deadline has passed: the clock may be set meanwhile.
const LOOK: Duration = Duration::from_secs(1);

/// From now on a file that grows beyond a limit (`ulimit -f`) is an error of whoever writes it, with a message
/// and a checkpoint, and not the end of the process.
pub fn hear_of_full_files() {
    // SAFETY: it does nothing. Without it a limit kills as it did before.
    let _ = unsafe { low_level::register(SIGXFSZ, || {}) };
}

/// What asks runs to stop where no signal has come.
pub const STOP: Stop = Stop::Signal(SIGTERM as u8);

/// Whether a signal or a deadline has asked for a stop, and which.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    which: Arc<AtomicUsize>,
    /// How many have come.
    count: Arc<AtomicUsize>,
    /// Whether a sweep tells its runs of them, and the user what that does.
    passed_on: Arc<AtomicBool>,
    /// What a run says whose time was up before any signal came.
    overdue: Arc<OnceLock<String>>,
}

impl Signals {
    /// Starts listening to SIGINT, SIGTERM and SIGHUP (a closed terminal); not to SIGHUP where whoever
    /// started this process wants it ignored, as `nohup` does. The user is told what the first one
    /// does: `finishing ...`.
    ///
    /// # Errors
    /// When the system refuses to install a handler.
    pub fn listen(finishing: &'static str) -> io::Result<Self> {
        let signals = Self::default();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mut heard = vec![SIGINT, SIGTERM];
        // SIGINT is heard in any case: a shell ignores it for all that it starts in the background.
        if !is_ignored(SIGHUP, &status) {
            heard.push(SIGHUP);
        }
        for &signal in &heard {
            signals.take(signal)?;
        }
        signals.announce(&heard, finishing)?;
        Ok(signals)
    }

    /// The first asks for a stop and the second ends the process; the third, where the second one ends
    /// the runs of a sweep.
    fn take(&self, signal: i32) -> io::Result<()> {
        let Self { which, count, passed_on, .. } = self.clone();
        let action = move || {
            which.store(signal as usize, Ordering::Relaxed);
            let before = count.fetch_add(1, Ordering::Relaxed);
            if before > usize::from(passed_on.load(Ordering::Relaxed)) {
                low_level::exit(128 + signal);
            }
        };
        // SAFETY: wherever it interrupts a thread, it touches nothing but atomic numbers and `_exit`.
        unsafe { low_level::register(signal, action) }?;
        Ok(())
    }

    /// Says what the first signal does, at once: a batch of a large network takes its time.
    fn announce(&self, heard: &[i32], finishing: &'static str) -> io::Result<()> {
        let mut coming = signal_hook::iterator::Signals::new(heard)?;
        let passed_on = Arc::clone(&self.passed_on);
        let wait = move || {
            let Some(signal) = coming.forever().next() else { return };
            if passed_on.load(Ordering::Relaxed) {
                return;
            }
            let name = u8::try_from(signal).map_or("a signal", name);
            // Over the `^C` that a terminal shows.
            let start = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
            output::note(format!("{start}{name}: {finishing}; a second signal stops at once"));
        };
        thread::Builder::new().name("signals".to_owned()).spawn(wait).map(drop)
    }

    /// Asks for a stop when `deadline` has passed, unless a signal has done so before; tells the user, unless
    /// a sweep does or it is to be `quiet`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn stop_at(
        &self,
        deadline: Deadline,
        finishing: &'static str,
        quiet: bool,
    ) -> io::Result<()> {
        let signals = self.clone();
        let stop = move |deadline: &Deadline| {
            if signals.received().is_some() {
                return;
            }
            signals.ask_to_stop(Stop::Deadline(deadline.reason()));
            if !quiet && !signals.passed_on.load(Ordering::Relaxed) {
                output::note(format!("{deadline}: {finishing}; the same command continues"));
            }
        };
        // At once, so that nothing is begun that is too late.
        if deadline.has_passed() {
            stop(&deadline);
            return Ok(());
        }
        let wait = move || {
            while !deadline.has_passed() {
                thread::sleep(deadline.left().min(LOOK));
            }
            stop(&deadline);
        };
        thread::Builder::new().name("deadline".to_owned()).spawn(wait).map(drop)
    }

    /// From now on a sweep passes signals on to its runs, or no longer does.
    pub fn pass_on(&self, passed_on: bool) {
        self.passed_on.store(passed_on, Ordering::Relaxed);
    }

    /// Starts listening in the process of one run of a sweep. A terminal sends SIGINT and SIGHUP to
    /// all processes of a sweep; the sweep's own decides what they mean.
    ///
    /// # Errors
    /// When the system refuses to install a handler.
    pub fn listen_within_a_sweep() -> io::Result<Self> {
        let signals = Self::default();
        flag::register_usize(SIGTERM, Arc::clone(&signals.which), SIGTERM as usize)?;
        for signal in [SIGINT, SIGHUP] {
            flag::register(signal, Arc::default())?;
        }
        Ok(signals)
    }

    /// Asks for a stop.
    pub fn ask_to_stop(&self, stop: Stop) {
        match stop {
            Stop::Signal(signal) => self.which.store(usize::from(signal), Ordering::Relaxed),
            // The first one counts.
            Stop::Deadline(reason) => drop(self.overdue.set(reason)),
        }
    }

    /// Why to stop, if anything asks for it.
    pub fn stop(&self) -> Option<Stop> {
        let overdue = self.overdue.get().cloned().map(Stop::Deadline);
        overdue.or_else(|| self.received().map(Stop::Signal))
    }

    /// Whether anything asks for a stop.
    pub fn wants_stop(&self) -> bool {
        self.overdue.get().is_some() || self.received().is_some()
    }

    /// How many signals have come.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether they asked more than once, so that nothing is to be begun that takes its time.
    pub fn is_urgent(&self) -> bool {
        self.count() > 1
    }

    /// The signal that asked for a stop, if one did.
    pub fn received(&self) -> Option<u8> {
        u8::try_from(self.which.load(Ordering::Relaxed)).ok().filter(|&signal| signal != 0)
    }
}

impl Stop {
    /// What a run says that it has stopped by, without the epoch: `interrupted by SIGINT`.
    pub fn reason(&self) -> String {
        match self {
            Self::Signal(signal) => format!("interrupted by {}", name(*signal)),
            Self::Deadline(reason) => reason.clone(),
        }
    }

    /// The status to exit with. A deadline that passes when `all_done`, while the last results are written, has
    /// none of its own.
    pub fn exit(&self, all_done: bool) -> Option<Exit> {
        match self {
            Self::Signal(signal) => Some(Exit::Signal(*signal)),
            Self::Deadline(_) => (!all_done).then_some(Exit::TimeUp),
        }
    }
}

/// Whether a signal was to be ignored when this process began, by its `/proc/self/status`.
fn is_ignored(signal: i32, status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// The name people know a signal by.
pub fn name(signal: u8) -> &'static str {
    match i32::from(signal) {
        SIGINT => "SIGINT",
        SIGHUP => "SIGHUP",
        _ => "SIGTERM",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_which_signals_are_ignored() {
        let status = "Name:\trunner\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000004002\n";
        assert!(is_ignored(SIGHUP, status));
        assert!(!is_ignored(SIGINT, status) && !is_ignored(SIGTERM, status));
        assert!(!is_ignored(SIGHUP, "") && !is_ignored(SIGHUP, "SigIgn:\tx"));
    }
}
