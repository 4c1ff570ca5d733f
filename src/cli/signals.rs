//! Signals such as Ctrl-C: the first asks for a stop after the current batch, the second ends the process.
//! A deadline acts like a first signal.

use super::{deadline::Deadline, exit::Exit, output};
use crate::{record::THREADS_ADVICE, sweep::protocol::Stop};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ},
    flag, low_level,
};
use std::{
    fs, io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// How often to check for a deadline: the system clock may be changed meanwhile.
const POLL_INTERVAL: Duration = Duration::from_secs(1);

/// Signals within this many milliseconds of another that counted do not count: `timeout` and other launchers
/// send one both to the process and to its group, and service managers send SIGHUP right after SIGTERM.
const ECHO: u64 = 100;

/// Makes writing beyond the file size limit (`ulimit -f`) an error, with a message and a checkpoint, instead
/// of the end of the process.
pub fn make_file_size_limit_an_error() {
    // If it cannot be installed, the limit kills the process as before.
    // SAFETY: the handler does nothing.
    let _ = unsafe { low_level::register(SIGXFSZ, || {}) };
}

/// The stop request sent to runs when no signal was received.
pub const STOP: Stop = Stop::Signal(SIGTERM as u8);

/// The stop requests of this process: signals received, and a deadline that has passed.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    which: Arc<AtomicUsize>,
    /// Number of signals received.
    count: Arc<AtomicUsize>,
    /// Until when signals are echoes of the last that counted, in milliseconds since the start of listening.
    echoes_until: Arc<AtomicU64>,
    /// Whether a sweep passes signals on to its runs and tells the user about it.
    passed_on: Arc<AtomicBool>,
    /// The stop reason of a deadline that passed before any signal was received.
    deadline_reason: Arc<OnceLock<String>>,
}

impl Signals {
    /// Starts listening for SIGINT, SIGTERM and SIGHUP (a closed terminal), except for SIGHUP if the parent
    /// process has it ignored, as `nohup` does. On the first signal, `finishing` is printed.
    ///
    /// # Errors
    /// When the system refuses to install a handler or to start a thread.
    pub fn listen(finishing: &'static str) -> io::Result<Self> {
        let signals = Self::default();
        let began = Instant::now();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mut handled = vec![SIGINT, SIGTERM];
        // SIGINT is handled even if ignored: shells ignore it for all background processes.
        if !is_ignored(SIGHUP, &status) {
            handled.push(SIGHUP);
        }
        for &signal in &handled {
            signals.handle(signal, began)?;
        }
        signals.announce(&handled, finishing)?;
        Ok(signals)
    }

    /// Installs a handler: the first signal asks for a stop and the second ends the process. In a sweep, the
    /// second ends the runs and the third the process.
    fn handle(&self, signal: i32, began: Instant) -> io::Result<()> {
        let Self { which, count, passed_on, echoes_until, .. } = self.clone();
        let action = move || {
            let now = began.elapsed().as_millis() as u64;
            let counts = |until| (now >= until).then_some(now + ECHO);
            let (set, fetch) = (Ordering::Relaxed, Ordering::Relaxed);
            if echoes_until.fetch_update(set, fetch, counts).is_err() {
                return;
            }
            which.store(signal as usize, Ordering::Relaxed);
            let before = count.fetch_add(1, Ordering::Relaxed);
            if before > usize::from(passed_on.load(Ordering::Relaxed)) {
                low_level::exit(128 + signal);
            }
        };
        // SAFETY: the handler only uses atomics, `clock_gettime` and `_exit`, which are async-signal-safe.
        unsafe { low_level::register(signal, action) }.map(drop).map_err(|error| unheard(&error))
    }

    /// Prints what the first signal does as soon as it arrives: a batch of a large network can take long.
    fn announce(&self, handled: &[i32], finishing: &'static str) -> io::Result<()> {
        let mut coming =
            signal_hook::iterator::Signals::new(handled).map_err(|error| unheard(&error))?;
        let passed_on = Arc::clone(&self.passed_on);
        let wait = move || {
            let Some(signal) = coming.forever().next() else { return };
            if passed_on.load(Ordering::Relaxed) {
                return;
            }
            let name = u8::try_from(signal).map_or("a signal", name);
            output::note(format!("{name}: {finishing}; a second signal stops at once"));
        };
        spawn("signals", wait)
    }

    /// Asks for a stop when `deadline` has passed, unless a signal was received before; tells the user,
    /// unless a sweep does so.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn stop_at(&self, deadline: Deadline, finishing: &'static str) -> io::Result<()> {
        let signals = self.clone();
        let stop = move |deadline: &Deadline| {
            if signals.received().is_some() {
                return;
            }
            signals.ask_to_stop(Stop::Deadline(deadline.reason()));
            if !signals.passed_on.load(Ordering::Relaxed) {
                output::note(format!("{deadline}: {finishing}; the same command continues"));
            }
        };
        // At once, so that nothing is started.
        if deadline.has_passed() {
            stop(&deadline);
            return Ok(());
        }
        let wait = move || {
            while !deadline.has_passed() {
                thread::sleep(deadline.remaining().min(POLL_INTERVAL));
            }
            stop(&deadline);
        };
        spawn("deadline", wait)
    }

    /// Sets whether a sweep passes signals on to its runs.
    pub fn pass_on(&self, passed_on: bool) {
        self.passed_on.store(passed_on, Ordering::Relaxed);
    }

    /// Starts listening in the process of one run of a sweep. A terminal sends SIGINT and SIGHUP to all
    /// processes of a sweep; only the sweep's own process acts on them.
    ///
    /// # Errors
    /// When the system refuses to install a handler.
    pub fn listen_in_sweep_run() -> io::Result<Self> {
        let signals = Self::default();
        flag::register_usize(SIGTERM, Arc::clone(&signals.which), SIGTERM as usize)
            .map_err(|error| unheard(&error))?;
        for signal in [SIGINT, SIGHUP] {
            flag::register(signal, Arc::default()).map_err(|error| unheard(&error))?;
        }
        Ok(signals)
    }

    /// Asks for a stop.
    pub fn ask_to_stop(&self, stop: Stop) {
        match stop {
            Stop::Signal(signal) => self.which.store(usize::from(signal), Ordering::Relaxed),
            // The first reason is kept.
            Stop::Deadline(reason) => drop(self.deadline_reason.set(reason)),
        }
    }

    /// Returns the request to stop, if there is one.
    pub fn stop(&self) -> Option<Stop> {
        let deadline_reason = self.deadline_reason.get().cloned().map(Stop::Deadline);
        deadline_reason.or_else(|| self.received().map(Stop::Signal))
    }

    /// Whether there is a request to stop.
    pub fn wants_stop(&self) -> bool {
        self.deadline_reason.get().is_some() || self.received().is_some()
    }

    /// Returns the number of signals received.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// Whether more than one signal was received, so that no lengthy work should be started.
    pub fn is_urgent(&self) -> bool {
        self.count() > 1
    }

    /// Returns the signal that asked for a stop, if one did.
    pub fn received(&self) -> Option<u8> {
        u8::try_from(self.which.load(Ordering::Relaxed)).ok().filter(|&signal| signal != 0)
    }
}

impl Stop {
    /// Returns a run's reason for stopping, without the epoch: `interrupted by SIGINT`.
    pub fn reason(&self) -> String {
        match self {
            Self::Signal(signal) => format!("interrupted by {}", name(*signal)),
            Self::Deadline(reason) => reason.clone(),
        }
    }

    /// Returns the exit status; `None` for a deadline that passed when `all_done`, while the last results
    /// were written.
    pub fn exit(&self, all_done: bool) -> Option<Exit> {
        match self {
            Self::Signal(signal) => Some(Exit::Signal(*signal)),
            Self::Deadline(_) => (!all_done).then_some(Exit::TimeUp),
        }
    }
}

/// Adds what could not be done to an error about signal handlers.
fn unheard(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("cannot listen for signals: {error}"))
}

/// Starts a thread for the rest of the process.
///
/// # Errors
/// When the system refuses, with advice.
pub fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map(drop).map_err(|error| {
        io::Error::new(error.kind(), format!("cannot start a thread: {error}{THREADS_ADVICE}"))
    })
}

/// Whether a signal was ignored when this process started, according to its `/proc/self/status`.
fn is_ignored(signal: i32, status: &str) -> bool {
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Returns the name of a signal.
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
    use signal_hook::consts::{SIGUSR1, SIGUSR2};

    #[test]
    fn signals_that_arrive_at_once_as_from_timeout_or_a_service_manager_count_once() {
        let signals = Signals::default();
        // Two signals may be received then before one ends the process.
        signals.pass_on(true);
        let began = Instant::now();
        for signal in [SIGUSR1, SIGUSR2] {
            signals.handle(signal, began).unwrap();
        }
        let counted = |signal| {
            low_level::raise(signal).unwrap();
            signals.count()
        };
        assert_eq!([SIGUSR2, SIGUSR2, SIGUSR1].map(counted), [1, 1, 1]);
        thread::sleep(Duration::from_millis(ECHO + 1));
        assert_eq!(counted(SIGUSR1), 2);
    }

    #[test]
    fn ignored_signals_are_read_from_the_status_file() {
        let status = "Name:\trunner\nSigIgn:\t0000000000001001\nSigCgt:\t0000000000004002\n";
        assert!(is_ignored(SIGHUP, status));
        assert!(!is_ignored(SIGINT, status) && !is_ignored(SIGTERM, status));
        assert!(!is_ignored(SIGHUP, "") && !is_ignored(SIGHUP, "SigIgn:\tx"));
    }
}
