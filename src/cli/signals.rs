//! Ctrl-C and its relatives: the first asks for a stop after the current batch, the second kills.

use super::output;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    flag,
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

/// Whether a signal has asked for a stop, and which.
#[derive(Debug, Clone, Default)]
pub struct Signals {
    which: Arc<AtomicUsize>,
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
        announce()?;
        Ok(signals)
    }

    /// The signal that asked for a stop, if one did.
    pub fn received(&self) -> Option<u8> {
        u8::try_from(self.which.load(Ordering::Relaxed)).ok().filter(|&signal| signal != 0)
    }
}

/// Says at once that a signal has come: a batch of a large network takes its time.
fn announce() -> io::Result<()> {
    let mut coming = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        if let Some(signal) = coming.forever().next() {
            let name = u8::try_from(signal).map_or("a signal", name);
            output::note(format!(
                "\n{name}: finishing the batch and saving; once more stops at once"
            ));
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
