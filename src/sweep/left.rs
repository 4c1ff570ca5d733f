//! How long a sweep still takes, from how its runs get on.

/// What is known of a planned run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// What its training takes as it was estimated, in a unit that all parts have in common.
    pub work: f64,
    /// The part of it that is done, 0 to 1.
    pub done: f64,
    /// Seconds that all of it takes at the pace at which it was trained last, where that is known.
    pub whole: Option<f64>,
    /// Whether it trains at this moment.
    pub trains: bool,
}

impl Part {
    fn left(&self) -> f64 {
        1.0 - self.done.clamp(0.0, 1.0)
    }
}

/// Seconds until all parts are done, if as many go on being trained at once as now and none stops early. None
/// where nothing trains, and where no pace is known: then `guess`, the seconds that a unit of work takes, is
/// used, if there is one.
pub fn seconds_left(parts: &[Part], guess: Option<f64>) -> Option<f64> {
    let training = || parts.iter().filter(|part| part.trains);
    let jobs = training().count();
    if jobs == 0 {
        return None;
    }
    // What other nights and other numbers of threads came to counts only where there is nothing else.
    let pace = pace(training()).or_else(|| pace(parts.iter())).or(guess);
    let seconds = |part: &Part| match part.left() {
        left if left > 0.0 => Some(part.whole.or_else(|| Some(pace? * part.work))? * left),
        _ => Some(0.0),
    };
    let all: f64 = parts.iter().map(seconds).sum::<Option<f64>>()?;
    // The last run is trained alone, however many there were at once.
    let longest = parts.iter().map(seconds).try_fold(0.0, |most: f64, one| Some(most.max(one?)))?;
    Some((all / jobs as f64).max(longest))
}

/// Seconds that a unit of work takes.
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
    fn runs_to_come_take_what_those_that_train_take() {
        assert_eq!(seconds_left(&[OVER, HALF, HALF, NEW, NEW, NEW], None), Some(120.0));
        let large = Part { work: 10.0, ..NEW };
        assert_eq!(seconds_left(&[HALF, HALF, large], None), Some(600.0), "it is trained alone");
        assert_eq!(seconds_left(&[HALF], None), Some(30.0));
    }

    #[test]
    fn where_nothing_is_measured_a_guess_counts_if_there_is_one() {
        let first = Part { trains: true, ..NEW };
        assert_eq!(seconds_left(&[first, NEW], None), None);
        assert_eq!(seconds_left(&[first, NEW], Some(7.0)), Some(14.0));
        assert_eq!(seconds_left(&[first, OVER], Some(7.0)), Some(1000.0), "of an earlier run");
        assert_eq!(seconds_left(&[OVER, NEW], Some(7.0)), None, "nothing trains");
    }
}
