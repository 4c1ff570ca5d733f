//! Ctrl-C and its relatives: the first asks for a stop after the current batch, the second kills.

use super::output;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};
use std::{
    io::{self, IsTerminal},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Whether a signal has asked for a stop, and which.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    which: Arc<AtomicUsize>,
    /// How often one has come, where that is counted.
    count: Arc<AtomicUsize>,
}

impl Signals {
    /// Starts listening to SIGINT, SIGTERM and SIGHUP (a closed terminal).
    ///
    /// # Errors
    /// When the system refuses to install a handler.
    pub fn listen() -> io::Result<Self> {
        let signals = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let seen = Arc::new(AtomicBool::new(false));
            // In this order: the shutdown must see what an earlier signal left, not its own.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&seen))?;
            flag::register(signal, seen)?;
            flag::register_usize(signal, Arc::clone(&signals.which), signal as usize)?;
        }
        // At once: a batch of a large network takes its time.
        count(&signals, |name| {
            // Over the `^C` that a terminal shows.
            let start = if io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
            output::note(format!(
                "{start}{name}: finishing the batch and saving; once more stops at once"
            ));
        })?;
        Ok(signals)
    }

    /// Starts listening in the process of a sweep, which passes signals on to its runs and says so:
    /// the second one ends nothing by itself, see [`Self::count`].
    ///
    /// # Errors
    /// When the system refuses to install a handler.
    pub fn listen_for_others() -> io::Result<Self> {
        let signals = Self::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            flag::register_usize(signal, Arc::clone(&signals.which), signal as usize)?;
        }
        count(&signals, |_| {})?;
        Ok(signals)
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

    /// Asks for a stop as `signal` would.
    pub fn ask_to_stop(&self, signal: u8) {
        self.which.store(usize::from(signal), Ordering::Relaxed);
    }

    /// How many signals have come, where [`Self::listen_for_others`] counts them.
    pub fn count(&self) -> usize {
        self.count.load(Ordering::Relaxed)
    }

    /// The signal that asked for a stop, if one did.
    pub fn received(&self) -> Option<u8> {
        u8::try_from(self.which.load(Ordering::Relaxed)).ok().filter(|&signal| signal != 0)
    }
}

/// Counts the signals that come, and hands the name of the first to `announce`.
fn count(signals: &Signals, announce: impl Fn(&str) + Send + 'static) -> io::Result<()> {
    let mut coming = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let count = Arc::clone(&signals.count);
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in coming.forever() {
            match count.fetch_add(1, Ordering::Relaxed) {
                0 => announce(u8::try_from(signal).map_or("a signal", name)),
                1 => {}
                // Where even the second has not helped.
                _ => std::process::exit(128 + signal),
            }
        }
    })?;
    Ok(())
}

/// The name people know a signal by.
pub fn name(signal: u8) -> &'static str {
    match i32::from(signal) {
        SIGINT => "SIGINT",
        SIGHUP => "SIGHUP",
        _ => "SIGTERM",
    }
}
