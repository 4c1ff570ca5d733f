//! A cache of the metric values of runs, which reads their files as rarely as possible.

use crate::sweep::prune::Reached;
use std::collections::HashMap;

/// The metric values of runs, by folder.
///
/// After every epoch of every run, pruning needs the values of all earlier runs.
#[derive(Debug, Default)]
pub struct MetricCache(HashMap<String, Cached>);

#[derive(Debug)]
struct Cached {
    values: Vec<f64>,
    /// Whether the run was complete when the values were read.
    is_complete: bool,
    /// Whether the run had ended before the values were read, so that there will be no more.
    whole: bool,
}

impl MetricCache {
    /// Reads the values of a run, and whether it is complete, unless `epoch` values or all that there will
    /// ever be are cached.
    pub fn update(
        &mut self,
        folder: &str,
        epoch: usize,
        is_over: bool,
        read: impl FnOnce() -> (Vec<f64>, bool),
    ) {
        let known = self.0.get(folder);
        if known.is_none_or(|known| !known.whole && known.values.len() < epoch) {
            let (values, is_complete) = read();
            self.0.insert(folder.to_owned(), Cached { values, is_complete, whole: is_over });
        }
    }

    /// Returns the cached values of a run.
    pub fn of(&self, folder: &str) -> Reached<'_> {
        let known = self.0.get(folder);
        known.map_or(Reached::default(), |Cached { values, is_complete, .. }| Reached {
            values,
            is_complete: *is_complete,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_run_is_read_once_and_one_that_trains_once_an_epoch() {
        let (runs, epochs) = (100, 20);
        let mut cache = MetricCache::default();
        let mut reads = 0;
        for run in 0..runs {
            for epoch in 1..=epochs {
                for other in 0..=run {
                    let done = if other == run { epoch } else { epochs };
                    cache.update(&other.to_string(), epoch, other < run, || {
                        reads += 1;
                        (vec![0.5; done], done == epochs)
                    });
                    assert_eq!(cache.of(&other.to_string()).values.len(), done);
                }
            }
        }
        assert_eq!(reads, runs * epochs, "without the cache: {}", epochs * 5050);
    }

    #[test]
    fn a_run_that_ended_early_is_read_once_more() {
        let mut cache = MetricCache::default();
        let mut read = |values: &[f64], is_over| {
            let mut asked = false;
            cache.update("a", 3, is_over, || {
                asked = true;
                (values.to_vec(), is_over)
            });
            let Reached { values, is_complete } = cache.of("a");
            (asked, values.len(), is_complete)
        };
        assert_eq!(read(&[0.5], false), (true, 1, false));
        assert_eq!(read(&[0.5, 0.4], true), (true, 2, true));
        assert_eq!(read(&[], true), (false, 2, true));
    }
}
