//! Reports the training of a sweep's run to the sweep's process.

use crate::sweep::protocol::Event;
use std::{
    io::Write,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Minimum time between two progress events.
const BETWEEN_PROGRESS: Duration = Duration::from_millis(200);

/// Reports events to the sweep's process.
#[derive(Debug, Clone, Default)]
pub struct Reporter {
    /// When progress was last reported.
    last: Arc<Mutex<Option<Instant>>>,
}

impl Reporter {
    /// Reports an event.
    #[allow(clippy::unused_self)] // only its owners may report
    pub fn send(&self, event: &Event) {
        let Ok(line) = serde_json::to_string(event) else { return };
        let mut out = std::io::stdout().lock();
        // If the sweep's process is gone, the end of its orders stops the training.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    /// Reports progress, unless it was just reported.
    pub fn progress(&self, epochs: f64, loss: f64) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_none_or(|last| last.elapsed() >= BETWEEN_PROGRESS) {
            *last = Some(Instant::now());
            self.send(&Event::Progress { epochs, loss });
        }
    }
}
