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
    /// Whether a run has ended since they were written.
    is_wanted: bool,
}

impl Default for Throttle {
    fn default() -> Self {
        let now = Instant::now();
        Self { next: now, written: now, is_wanted: false }
    }
}

impl Throttle {
    /// Notes that a run has ended, which the tables are to show.
    pub fn want(&mut self) {
        self.is_wanted = true;
    }

    /// Whether the tables are to be written now: after the end of a run or, since an open report promises to
    /// follow the training, a minute after the last time.
    pub fn is_due(&self) -> bool {
        let is_stale = self.written.elapsed() > FRESH;
        (self.is_wanted || is_stale) && Instant::now() >= self.next
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
        self.is_wanted = false;
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_written_after_the_end_of_a_run_and_every_minute_but_not_all_the_time() {
        let mut fresh = Throttle::default();
        assert!(!fresh.is_due());
        fresh.want();
        assert!(fresh.is_due());
        let written = Instant::now().checked_sub(FRESH + Duration::from_secs(1)).unwrap();
        let stale = Throttle { written, ..Throttle::default() };
        assert!(stale.is_due());
        let next = Instant::now() + Duration::from_secs(9);
        let waits = Throttle { next, is_wanted: true, ..stale };
        assert!(!waits.is_due(), "a report that takes long to write waits");
        assert!(waits.is_wanted);
    }
}
