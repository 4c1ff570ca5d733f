//! How many images each part of a data set has, before and after it is there.

use super::{Error, Published, synthetic};
use crate::spec;

/// How many images each part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// To train on.
    pub training: usize,
    /// Kept out of training for validation.
    pub held_out: usize,
    /// To test on.
    pub test: usize,
}

impl Counts {
    /// The parts of so many training and test images, which the limits have been applied to.
    pub(super) fn split(config: &spec::Data, train: usize, test: usize) -> Self {
        let held_out = config.held_out(train);
        Self { training: train - held_out, held_out, test }
    }

    /// Images to validate on: those held out of training, or the test images.
    pub fn validation(&self) -> usize {
        if self.held_out > 0 { self.held_out } else { self.test }
    }

    /// Images of all parts.
    pub fn all(&self) -> usize {
        self.training + self.held_out + self.test
    }

    /// Refuses a part that has nothing left.
    pub(super) fn check(&self, split: f64) -> Result<(), Error> {
        let Self { training, held_out, test } = *self;
        let part = match () {
            () if training == 0 => "training",
            () if test == 0 => "test",
            () if split > 0.0 && held_out == 0 => "validation",
            () => return Ok(()),
        };
        Err(Error::NothingLeft { part, train: training + held_out, test, split })
    }
}

/// What `config` leaves of its data set; `None` where only the files tell.
pub fn counts(config: &spec::Data) -> Option<Counts> {
    let (train, test) = if config.dataset.is_drawn() {
        synthetic::counts(config)
    } else {
        let (train, test) = Published::of(config.dataset)?.counts;
        limited(config, train, test)
    };
    Some(Counts::split(config, train, test))
}

/// So many training and test images, cut to the limits.
pub(super) fn limited(config: &spec::Data, train: usize, test: usize) -> (usize, usize) {
    let cut = |count: usize, limit: Option<usize>| count.min(limit.unwrap_or(count));
    (cut(train, config.train_limit), cut(test, config.test_limit))
}

/// Refuses limits and a split that leave nothing of a part, as [`load`](super::load) would, but without
/// a look at the images.
///
/// # Errors
///
/// [`Error::NothingLeft`].
pub fn check_split(config: &spec::Data) -> Result<(), Error> {
    counts(config).map_or(Ok(()), |counts| counts.check(config.validation_split))
}
