//! Numbers of images in the parts of a data set, before and after it is loaded.

use super::{Error, Published, synthetic};
use crate::spec;

/// The number of images in each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Images to train on.
    pub training: usize,
    /// Images held out of training for validation.
    pub held_out: usize,
    /// Images to test on.
    pub test: usize,
}

impl Counts {
    /// Splits numbers of training and test images to which the limits have been applied.
    pub(super) fn split(config: &spec::Data, train: usize, test: usize) -> Self {
        let held_out = config.held_out(train);
        Self { training: train - held_out, held_out, test }
    }

    /// Returns the number of validation images: those held out of training, or the test images.
    pub fn validation(&self) -> usize {
        if self.held_out > 0 { self.held_out } else { self.test }
    }

    /// Returns the number of images in all parts.
    pub fn all(&self) -> usize {
        self.training + self.held_out + self.test
    }

    /// Fails if a part has no images.
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

/// Returns the number of images that `config` selects, or `None` if that depends on the files.
pub fn counts(config: &spec::Data) -> Option<Counts> {
    let (train, test) = if config.dataset.is_drawn() {
        synthetic::counts(config)
    } else {
        let (train, test) = Published::of(config.dataset)?.counts;
        limited(config, train, test)
    };
    Some(Counts::split(config, train, test))
}

/// Applies the limits to numbers of training and test images.
pub(super) fn limited(config: &spec::Data, train: usize, test: usize) -> (usize, usize) {
    let cut = |count: usize, limit: Option<usize>| count.min(limit.unwrap_or(count));
    (cut(train, config.train_limit), cut(test, config.test_limit))
}

/// Checks that the limits and the split leave images in every part, as [`load`](super::load) does, but
/// without reading them.
///
/// # Errors
///
/// [`Error::NothingLeft`] if a part would be empty.
pub fn check_split(config: &spec::Data) -> Result<(), Error> {
    counts(config).map_or(Ok(()), |counts| counts.check(config.validation_split))
}
