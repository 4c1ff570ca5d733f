//! How a batch is divided among threads without its result depending on them.

use std::ops::Range;

/// What a chunk's activations and their gradients may take. Larger than the second-level cache of
/// small machines, but by the backward pass most of it is needed only once more.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// Each chunk reads every weight twice and adds to the gradients of all but dense kernels once. Where
/// there are more than so many times as many of them as an image's activations, several images share
/// such a walk through memory, even if they are then too large for the cache.
const RATIO: usize = 2;
/// A longer chunk gains nothing: the kernels are busy enough.
const MAX_CHUNK: usize = 32;
/// Each shard keeps one gradient of all parameters but dense kernels, and shards bound the threads that
/// can help.
pub(super) const MAX_SHARDS: usize = 16;
/// Shards of a network whose gradients are large.
const MAX_SHARDS_LARGE: usize = 8;
/// More parameters than this make a network large.
const LARGE: usize = 1_000_000;

/// The fixed division of a batch into shards, and of shards into chunks.
///
/// A chunk is one forward and backward pass of a few images, small enough to stay in cache. A
/// shard is a run of neighbouring chunks which one thread works through in order, adding to one
/// gradient; the gradients of the shards are then added in order. The division follows from the
/// network and the batch alone, and so does every bit of the result.
///
/// ```
/// use runner::train::partition::Partition;
/// let partition = Partition::new(10, 51_760, 178_001);
/// let shards = 0..partition.shard_count();
/// let chunks: Vec<Vec<_>> = shards.map(|shard| partition.chunks(shard).collect()).collect();
/// assert_eq!(chunks, [[0..4], [4..8], [8..10]]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    batch: usize,
    chunk: usize,
    shards: usize,
}

impl Partition {
    /// Divides `batch` images, each of which makes a network with so many `parameters` produce
    /// `activations_per_picture` values. An empty batch has no shards.
    pub fn new(batch: usize, activations_per_picture: usize, parameters: usize) -> Self {
        // A gradient beside each activation.
        let bytes = (2 * size_of::<f32>()).saturating_mul(activations_per_picture.max(1));
        let fitting = CHUNK_BYTES / bytes;
        let worthwhile = parameters / activations_per_picture.max(1) / RATIO;
        let chunk = 1 << fitting.max(worthwhile).clamp(1, MAX_CHUNK).ilog2();
        let most = if parameters > LARGE { MAX_SHARDS_LARGE } else { MAX_SHARDS };
        Self { batch, chunk, shards: batch.div_ceil(chunk).min(most) }
    }

    /// Images in a chunk; the last of the batch may have fewer.
    pub fn chunk_len(&self) -> usize {
        self.chunk
    }

    /// Number of shards.
    pub fn shard_count(&self) -> usize {
        self.shards
    }

    /// Number of chunks.
    pub fn chunk_count(&self) -> usize {
        self.batch.div_ceil(self.chunk)
    }

    /// The chunks of a shard, in order: ranges of images within the batch.
    ///
    /// # Panics
    ///
    /// When there is no such shard.
    pub fn chunks(&self, shard: usize) -> impl ExactSizeIterator<Item = Range<usize>> + use<> {
        assert!(shard < self.shards, "shard {shard} of {}", self.shards);
        let Self { batch, chunk, shards } = *self;
        let chunks = self.chunk_count();
        (shard * chunks / shards..(shard + 1) * chunks / shards)
            .map(move |i| i * chunk..((i + 1) * chunk).min(batch))
    }

    /// All shards, in order.
    #[cfg(test)]
    fn shards(
        &self,
    ) -> impl ExactSizeIterator<Item = impl ExactSizeIterator<Item = Range<usize>> + use<>> {
        (0..self.shards).map(|shard| self.chunks(shard))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_mnist_network_takes_four_pictures_at_a_time() {
        // With and without counting flatten and reshape as activations.
        for activations in [51_760, 58_032] {
            let partition = Partition::new(32, activations, 178_001);
            assert_eq!((partition.chunk_len(), partition.shard_count()), (4, 8));
            assert_eq!(Partition::new(128, activations, 178_001).shard_count(), 16);
        }
    }

    #[test]
    fn large_networks_have_fewer_shards() {
        assert_eq!(Partition::new(512, 51_760, 1_000_000).shard_count(), 16);
        assert_eq!(Partition::new(512, 51_760, 1_000_001).shard_count(), 8);
    }

    #[test]
    fn a_network_of_many_weights_takes_more_pictures_at_a_time_than_the_cache_holds() {
        // The colorization network; 200,000 values an image would not fit twice.
        let partition = Partition::new(32, 200_000, 3_431_811);
        assert_eq!((partition.chunk_len(), partition.shard_count()), (8, 4));
        assert_eq!(Partition::new(32, 200_000, 100_000).chunk_len(), 1);
    }

    #[test]
    fn chunks_stay_between_one_and_thirty_two_pictures() {
        assert_eq!(Partition::new(64, 10_000_000, 1).chunk_len(), 1);
        assert_eq!(Partition::new(64, usize::MAX, 1).chunk_len(), 1);
        assert_eq!(Partition::new(64, 10, 1).chunk_len(), 32);
        assert_eq!(Partition::new(64, 0, 1).chunk_len(), 32);
    }

    #[test]
    fn an_empty_batch_has_no_shards() {
        assert_eq!(Partition::new(0, 100, 100).shards().count(), 0);
    }

    proptest! {
        #[test]
        fn every_picture_is_in_exactly_one_chunk_and_in_order(
            batch in 0..3000_usize,
            activations in 0..3_000_000_usize,
            parameters in 0..2_000_000_usize,
        ) {
            let partition = Partition::new(batch, activations, parameters);
            let pictures: Vec<_> = partition.shards().flatten().flatten().collect();
            prop_assert_eq!(pictures, (0..batch).collect::<Vec<_>>());
            prop_assert_eq!(partition.shards().flatten().count(), partition.chunk_count());
        }

        #[test]
        fn shards_are_even_and_chunks_full(
            batch in 1..3000_usize,
            activations in 0..3_000_000_usize,
            parameters in 0..2_000_000_usize,
        ) {
            let partition = Partition::new(batch, activations, parameters);
            let lengths: Vec<_> = partition.shards().map(|chunks| chunks.len()).collect();
            let (least, most) = (lengths.iter().min().unwrap(), lengths.iter().max().unwrap());
            prop_assert!(*least >= 1 && most - least <= 1);
            prop_assert!(partition.chunk_len().is_power_of_two());
            let short = partition.shards().flatten().filter(|c| c.len() < partition.chunk_len());
            prop_assert!(short.count() <= 1);
        }
    }
}
