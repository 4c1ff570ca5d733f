//! The one-cycle schedule.

use std::f64::consts::PI;

/// Half a cosine up from `base / div` to `base`, then half a cosine down to `base / final_div`
/// (Smith and Topin, 2018): `PyTorch`'s `OneCycleLR` with two phases and `anneal_strategy="cos"`,
/// whose `max_lr` is our base and whose `final_div_factor` divides the first rate instead of the base.
///
/// The peak is at step `warmup * steps - 1`, but not before the first step; the last step has the final rate.
pub(super) fn rate(
    base: f64,
    (step, steps): (u64, u64),
    warmup: f64,
    div: f64,
    final_div: f64,
) -> f64 {
    let (step, steps) = (step as f64, steps as f64);
    // The peak may lie between two steps.
    let (top, last) = ((warmup * steps - 1.0).max(0.0), steps - 1.0);
    if step < top {
        between(base / div, base, step / top)
    } else if last > top {
        between(base, base / final_div, ((step - top) / (last - top)).min(1.0))
    } else {
        base
    }
}

/// Half a cosine from `start` at 0 to `end` at 1.
fn between(start: f64, end: f64, progress: f64) -> f64 {
    end + (start - end) * 0.5 * (1.0 + (PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use super::super::{Schedule, ScheduleState, tests::*};
    use crate::spec;

    /// Computed by hand: 10 steps, the peak at 0.3 * 10 - 1 = 2, then 7 steps down.
    #[test]
    fn the_rate_rises_and_falls_along_cosines() {
        let spec = spec::Schedule::OneCycle { warmup: 0.3, div: 25.0, final_div: 1000.0 };
        let down = |i: f64| {
            let angle = std::f64::consts::PI * i / 7.0;
            0.0001 + (0.1 - 0.0001) * (1.0 + angle.cos()) / 2.0
        };
        let ours = rates(&spec, 5, 2);
        assert_rates(&ours[..3], &[0.004, 0.052, 0.1]);
        assert_rates(&ours[3..], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].map(down));
        assert_rates(&ours[9..], &[0.0001]);
        let schedule = Schedule::new(&spec, 0.1, 5, 2, 0);
        assert_rates(&[schedule.rate(99, &ScheduleState::default())], &[0.0001]);
    }

    #[test]
    fn without_warm_up_the_first_step_is_the_peak() {
        let spec = spec::Schedule::OneCycle { warmup: 0.0, div: 25.0, final_div: 2.0 };
        assert_rates(&rates(&spec, 3, 1), &[0.1, 0.075, 0.05]);
    }
}
