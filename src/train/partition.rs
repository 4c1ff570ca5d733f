//! Divides a batch among threads such that the result does not depend on their number.

use std::ops::Range;

/// Memory budget for a chunk's activations and their gradients. This exceeds the L2 cache of small machines,
/// but by the backward pass most of it is needed only once more.
const CHUNK_BYTES: usize = 2 * 1024 * 1024;
/// Each chunk reads every weight twice and adds to the gradients of all but dense kernels once. If a network
/// has more than this many parameters per activation of an image, chunks are made longer to amortize that
/// memory traffic, even if they no longer fit into the cache.
const RATIO: usize = 2;
/// Longer chunks gain nothing: the kernels are fully utilized.
const MAX_CHUNK: usize = 32;
/// The most shards. Each keeps one gradient of all parameters but dense kernels; their number limits the
/// number of threads.
pub(super) const MAX_SHARDS: usize = 16;
/// The most shards of a large network, whose gradients are large.
const MAX_SHARDS_LARGE: usize = 8;
/// A network with more parameters than this is large.
const LARGE: usize = 1_000_000;

/// Returns the images per chunk for a network with this many `parameters`, and `activations_per_image` values
/// per image.
pub fn chunk_len(activations_per_image: usize, parameters: usize) -> usize {
    let activations = activations_per_image.max(1);
    // Each activation has a gradient.
    let bytes = (2 * size_of::<f32>()).saturating_mul(activations);
    let fitting = CHUNK_BYTES / bytes;
    let worthwhile = parameters / activations / RATIO;
    1 << fitting.max(worthwhile).clamp(1, MAX_CHUNK).ilog2()
}

/// The fixed division of a batch into shards, and of shards into chunks.
///
/// A chunk is one forward and backward pass of a few images, small enough to stay in cache. A shard is a
/// sequence of consecutive chunks that one thread processes in order, accumulating one gradient; the
/// gradients of the shards are then summed in order. The division depends on the network and the batch
/// alone, and so does every bit of the result.
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
    /// Divides a batch of `batch` images for a network with this many `parameters`, and
    /// `activations_per_image` values per image. An empty batch has no shards.
    pub fn new(batch: usize, activations_per_image: usize, parameters: usize) -> Self {
        let chunk = chunk_len(activations_per_image, parameters);
        let most = if parameters > LARGE { MAX_SHARDS_LARGE } else { MAX_SHARDS };
        Self { batch, chunk, shards: batch.div_ceil(chunk).min(most) }
    }

    /// Returns the images per chunk; the last chunk of the batch may have fewer.
    pub fn chunk_len(&self) -> usize {
        self.chunk
    }

    /// Returns the number of shards.
    pub fn shard_count(&self) -> usize {
        self.shards
    }

    /// Returns the number of chunks.
    pub fn chunk_count(&self) -> usize {
        self.batch.div_ceil(self.chunk)
    }

    /// Returns the chunks of a shard, in order, as ranges of images within the batch.
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
    fn the_mnist_network_has_chunks_of_four_images() {
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
    fn a_network_with_many_weights_has_chunks_larger_than_the_cache() {
        // The colorization network; with 200,000 values per image, two images exceed the budget.
        let partition = Partition::new(32, 200_000, 3_431_811);
        assert_eq!((partition.chunk_len(), partition.shard_count()), (8, 4));
        assert_eq!(Partition::new(32, 200_000, 100_000).chunk_len(), 1);
    }

    #[test]
    fn chunks_have_between_one_and_thirty_two_images() {
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
        fn every_image_is_in_exactly_one_chunk_and_in_order(
            batch in 0..3000_usize,
            activations in 0..3_000_000_usize,
            parameters in 0..2_000_000_usize,
        ) {
            let partition = Partition::new(batch, activations, parameters);
            let images: Vec<_> = partition.shards().flatten().flatten().collect();
            prop_assert_eq!(images, (0..batch).collect::<Vec<_>>());
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
