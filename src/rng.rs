//! Random numbers as pure functions of (seed, purpose, epoch, index).
//!
//! No generator outlives the item it draws for, so there is no generator state to save: a resumed run,
//! another number of threads or another order of work sees the same numbers.

use rand::SeedableRng;
pub use rand_chacha::ChaCha8Rng;

/// What random numbers are drawn for; two purposes never share a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Initial weights; the index is the parameter's position in checkpoint order.
    Weights = 1,
    /// The order of the training images in an epoch.
    Shuffle = 2,
    /// Noise on a training image; the index is the image's.
    TrainNoise = 3,
    /// Noise on a test image; the index is the image's.
    TestNoise = 4,
    /// A synthetic image; the index is the image's.
    Synthetic = 5,
    // 6 is not in use. A number never changes, as it determines the stream.
    /// Initialization of an embedding of codes in the plane.
    Embedding = 7,
    /// Noise on a training image for a probe; the index is the image's.
    ProbeNoise = 8,
}

/// Returns the generator for one item: the same arguments always give the same numbers.
pub fn stream(seed: u64, purpose: Purpose, epoch: u64, index: u64) -> ChaCha8Rng {
    let mut key = [0_u8; 32];
    for (bytes, word) in key.chunks_exact_mut(8).zip([seed, purpose as u64, epoch, index]) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    ChaCha8Rng::from_seed(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn every_argument_changes_the_stream() {
        let first = |seed, purpose, epoch, index| stream(seed, purpose, epoch, index).next_u64();
        let base = first(1, Purpose::Weights, 2, 3);
        assert_eq!(base, first(1, Purpose::Weights, 2, 3));
        assert_ne!(base, first(9, Purpose::Weights, 2, 3));
        assert_ne!(base, first(1, Purpose::Shuffle, 2, 3));
        assert_ne!(base, first(1, Purpose::Weights, 9, 3));
        assert_ne!(base, first(1, Purpose::Weights, 2, 9));
    }
}
