//! When the tables of a sweep that trains are written.

use super::{figures, prepare::Sweep, results::write_tables};
use crate::{
    cli::{exit::Result, report as verb},
    report,
};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// How old the report of a sweep may be that trains.
const FRESH: Duration = Duration::from_secs(report::REFRESH);

/// Keeps the tables from being written more often than is sensible in a sweep of thousands.
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
    /// Whether it is time.
    pub fn is_due(&self) -> bool {
        Instant::now() >= self.next
    }

    /// Whether it is time although no run has ended: the report that a reader has open says that it follows
    /// what trains.
    pub fn is_stale(&self) -> bool {
        self.is_due() && self.written.elapsed() > FRESH
    }

    /// Writes tables and report as they stand; the longer that takes, the longer it is until the next
    /// time.
    pub fn write(&mut self, sweep: &Sweep<'_>, unmade: &BTreeSet<usize>) -> Result<()> {
        let started = Instant::now();
        let written = write_tables(sweep, unmade)
            .and_then(|_| verb::refresh(&sweep.folder))
            // Another process may have written the last report meanwhile: what is drawn at the end replaces this one.
            .and_then(|()| figures::outdate(sweep));
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
    fn the_report_of_a_sweep_is_written_every_minute_though_no_run_ends() {
        let fresh = Throttle::default();
        assert!(fresh.is_due() && !fresh.is_stale());
        let written = Instant::now().checked_sub(FRESH + Duration::from_secs(1)).unwrap();
        assert!(Throttle { written, ..fresh }.is_stale());
        let next = Instant::now() + Duration::from_secs(9);
        assert!(!Throttle { next, written }.is_stale(), "one that takes long to write waits");
    }
}
