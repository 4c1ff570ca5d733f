//! The order of the training images in an epoch.

use crate::rng::{Purpose, stream};
use rand::seq::SliceRandom;

/// Returns the indices `0..count` in the order of epoch `epoch`: the data's order, or a permutation that
/// depends on `seed` and `epoch` alone.
pub fn order(count: usize, shuffle: bool, seed: u64, epoch: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..count).collect();
    if shuffle {
        indices.shuffle(&mut stream(seed, Purpose::Shuffle, epoch as u64, 0));
    }
    indices
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn every_epoch_sees_every_image_once_in_its_own_order() {
        let first = order(1000, true, 7, 0);
        assert_eq!(first, order(1000, true, 7, 0));
        assert_ne!(first, order(1000, true, 7, 1));
        assert_ne!(first, order(1000, true, 8, 0));
        let mut sorted = first;
        sorted.sort_unstable();
        assert_eq!(sorted, order(1000, false, 7, 0));
    }

    /// An update of a dependency must not change the runs of experiments that are recognized as unchanged.
    #[test]
    fn the_order_of_a_seed_never_changes() {
        assert_eq!(order(10, true, 7, 0), [7, 5, 6, 0, 4, 3, 9, 1, 8, 2]);
    }
}
