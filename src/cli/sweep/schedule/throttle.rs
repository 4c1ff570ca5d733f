//! Limits how often the tables of a running sweep are written.

use crate::{
    cli::{
        exit::Result,
        sweep::{figures, prepare::Sweep, results::write_tables},
    },
    report,
};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Maximum age of the report of a running sweep.
const FRESH: Duration = Duration::from_secs(report::REFRESH);

/// Keeps a sweep of thousands of runs from spending its time on writing tables.
#[derive(Debug)]
pub struct Throttle {
    next: Instant,
    written: Instant,
}

impl Default for Throttle {
    fn default() -> Self {
        let now = Instant::now();
        Self { next: now, written: now }
    }
}

impl Throttle {
    /// Whether the tables may be written.
    pub fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    /// Whether they should be written although no run has ended: an open report promises to follow the
    /// training.
    pub fn is_stale(&self) -> bool {
        self.is_due() && self.written.elapsed() > FRESH
    }

    /// Writes tables and report, unless the sweep is replaced. The longer this takes, the longer until the next
    /// time.
    pub fn write(&mut self, sweep: &Sweep<'_>, without_folder: &BTreeSet<usize>) -> Result<()> {
        let started = Instant::now();
        let written = if sweep.is_replaced() {
            Ok(())
        } else {
            write_tables(sweep, without_folder)
                .and_then(|_| figures::write_report(sweep))
                // Another process may have written the final report meanwhile; marking the figures as
                // outdated makes the end of this sweep replace this report.
                .and_then(|()| figures::outdate(sweep))
        };
        let now = Instant::now();
        self.next = now + 20 * started.elapsed() + Duration::from_millis(200);
        self.written = now;
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_of_a_sweep_is_written_every_minute_even_if_no_run_ends() {
        let fresh = Throttle::default();
        assert!(fresh.is_due() && !fresh.is_stale());
        let written = Instant::now().checked_sub(FRESH + Duration::from_secs(1)).unwrap();
        assert!(Throttle { written, ..fresh }.is_stale());
        let next = Instant::now() + Duration::from_secs(9);
        assert!(!Throttle { next, written }.is_stale(), "a report that takes long to write waits");
    }
}
