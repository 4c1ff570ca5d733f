//! Decides how many runs train at once, and with how many threads each.

/// Returns the default number of concurrent runs: one per thread, as far as they fit into free memory. One
/// thread for each of several runs achieves more than several threads for one.
///
/// `memory` is the available memory and that of a single run, in bytes, if known.
pub fn default_jobs(threads: usize, runs: usize, memory: Option<(u64, u64)>) -> usize {
    let fitting = memory.map_or(usize::MAX, |(available, each)| {
        // Leave a tenth for everything else.
        usize::try_from(available / 10 * 9 / each.max(1)).unwrap_or(usize::MAX)
    });
    threads.min(runs).min(fitting).max(1)
}

/// Returns the number of threads for a run that starts now: its share of the free ones, at least one.
///
/// `to_start` is the number of runs that can start now, including this one.
pub fn share(threads: usize, in_use: usize, to_start: usize) -> usize {
    (threads.saturating_sub(in_use) / to_start.max(1)).max(1)
}

/// Whether there is a place for run `first`, the first that can start, beside those `running`, each with
/// whether it waits for a comparison.
///
/// Waiting runs compute nothing: if one of them waits for `first`, their places count as free.
pub fn has_place(
    jobs: usize,
    first: usize,
    running: impl Iterator<Item = (usize, bool)> + Clone,
) -> bool {
    let awaited = running.clone().any(|(run, waits)| waits && first < run);
    running.filter(|(_, waits)| !(awaited && *waits)).count() < jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_others_wait_for_has_a_place_within_the_limit_of_training_runs() {
        let place = |jobs, first, running: &[(usize, bool)]| {
            has_place(jobs, first, running.iter().copied())
        };
        assert!(place(1, 0, &[]) && place(2, 3, &[(2, false)]));
        assert!(!place(1, 1, &[(0, false)]));
        // Four runs are back after their process was killed, and one waits for all of them.
        assert!(place(1, 0, &[(4, true)]));
        assert!(!place(1, 1, &[(4, true), (0, false)]));
        assert!(place(2, 1, &[(4, true), (0, false)]));
        // A run that does not wait for the next one can continue at any moment.
        assert!(!place(1, 5, &[(4, true)]));
        assert!(!place(2, 5, &[(3, true), (4, true)]));
    }

    #[test]
    fn jobs_are_bounded_by_threads_runs_and_memory() {
        assert_eq!(default_jobs(8, 20, None), 8);
        assert_eq!(default_jobs(8, 3, None), 3);
        assert_eq!(default_jobs(8, 20, Some((1000, 200))), 4);
        assert_eq!(default_jobs(8, 20, Some((1000, 5000))), 1);
        assert_eq!(default_jobs(1, 0, Some((0, 0))), 1);
    }

    #[test]
    fn free_threads_are_shared_and_the_last_run_gets_the_rest() {
        assert_eq!(share(8, 0, 2), 4);
        assert_eq!(share(8, 4, 1), 4);
        assert_eq!(share(3, 0, 2), 1);
        assert_eq!(share(3, 1, 1), 2);
        assert_eq!(share(2, 2, 1), 1, "never none");
    }
}
