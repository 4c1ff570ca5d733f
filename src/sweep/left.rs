//! Estimates how long a sweep still takes, from the progress of its runs.

/// Progress of a planned run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// Estimated work of its training, in a unit common to all parts.
    pub work: f64,
    /// Completed share, 0 to 1.
    pub done: f64,
    /// Seconds of the whole training at its latest pace, if known.
    pub whole: Option<f64>,
    /// Whether it is training now.
    pub trains: bool,
}

impl Part {
    fn remaining(&self) -> f64 {
        1.0 - self.done.clamp(0.0, 1.0)
    }
}

/// Estimates the seconds until all parts are done, if as many keep training at once as now and none stops
/// early. If no pace is known, `guess`, the seconds per unit of work, is used. `None` if nothing is training,
/// or if neither is known.
pub fn seconds_left(parts: &[Part], guess: Option<f64>) -> Option<f64> {
    let training = || parts.iter().filter(|part| part.trains);
    let jobs = training().count();
    if jobs == 0 {
        return None;
    }
    // The pace on other days and with other numbers of threads counts only if there is nothing else.
    let pace = pace(training()).or_else(|| pace(parts.iter())).or(guess);
    let seconds = |part: &Part| match part.remaining() {
        rest if rest > 0.0 => Some(part.whole.or_else(|| Some(pace? * part.work))? * rest),
        _ => Some(0.0),
    };
    let all: f64 = parts.iter().map(seconds).sum::<Option<f64>>()?;
    // The last run is trained alone, whatever the number at once.
    let longest = parts.iter().map(seconds).try_fold(0.0, |most: f64, one| Some(most.max(one?)))?;
    Some((all / jobs as f64).max(longest))
}

/// Returns the seconds per unit of work.
fn pace<'a>(parts: impl Iterator<Item = &'a Part>) -> Option<f64> {
    let known = parts.filter_map(|part| Some((part.whole?, part.work)));
    let (seconds, work) = known.fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    (work > 0.0).then_some(seconds / work)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Part = Part { work: 1.0, done: 0.0, whole: None, trains: false };
    const OVER: Part = Part { work: 1.0, done: 1.0, whole: Some(1000.0), trains: false };
    const HALF: Part = Part { work: 1.0, done: 0.5, whole: Some(60.0), trains: true };

    #[test]
    fn waiting_runs_are_estimated_from_training_ones() {
        assert_eq!(seconds_left(&[OVER, HALF, HALF, NEW, NEW, NEW], None), Some(120.0));
        let large = Part { work: 10.0, ..NEW };
        assert_eq!(seconds_left(&[HALF, HALF, large], None), Some(600.0), "it is trained alone");
        assert_eq!(seconds_left(&[HALF], None), Some(30.0));
    }

    #[test]
    fn without_measurements_a_guess_is_used_if_there_is_one() {
        let first = Part { trains: true, ..NEW };
        assert_eq!(seconds_left(&[first, NEW], None), None);
        assert_eq!(seconds_left(&[first, NEW], Some(7.0)), Some(14.0));
        assert_eq!(
            seconds_left(&[first, OVER], Some(7.0)),
            Some(1000.0),
            "measured in an earlier run"
        );
        assert_eq!(seconds_left(&[OVER, NEW], Some(7.0)), None, "nothing is training");
    }
}
