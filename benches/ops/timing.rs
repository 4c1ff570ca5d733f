//! Measures how long a piece of work takes.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Samples of each measurement, of at least [`SAMPLE`] each.
const SAMPLES: usize = 15;
const SAMPLE: Duration = Duration::from_millis(1);

/// Returns the median seconds of a call.
pub fn median(mut work: impl FnMut()) -> f64 {
    let mut calls = 1_u32;
    while clock(&mut work, calls) < SAMPLE {
        calls *= 2;
    }
    let mut samples: Vec<f64> =
        (0..SAMPLES).map(|_| clock(&mut work, calls).as_secs_f64() / f64::from(calls)).collect();
    samples.sort_by(f64::total_cmp);
    samples[SAMPLES / 2]
}

/// Returns the CPU time of this thread, which other programs disturb less than wall-clock time.
fn clock(work: &mut impl FnMut(), calls: u32) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
    };
    let start = now();
    for _ in 0..calls {
        work();
    }
    now().saturating_sub(start)
}
