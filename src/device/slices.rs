//! How a long sum of products is divided.

/// Returns the number of split-K slices for the product of one matrix's transpose with another: their `rows`
/// are divided into equal slices, which are multiplied separately, and the products are summed. `values` is
/// the size of the result.
///
/// Such a product is a kernel's gradient: few values, each a sum over all pixels of a batch. A GPU computes a
/// product in tiles, one per multiprocessor, so a result of few tiles would leave most of the GPU idle. What
/// cuBLAS does about that depends on its version, and is reported to be little for tall and skinny matrices
/// (Ernst, Hager, Thies and Wellein, arXiv 1905.03136).
pub fn slices(values: usize, rows: usize) -> usize {
    /// Values per tile.
    const TILE: usize = 64 * 64;
    /// The number of tiles that occupies a large GPU.
    const TILES: usize = 256;
    /// The fewest rows worth a slice.
    const ROWS: usize = 1024;
    let most = (TILES / values.div_ceil(TILE)).min(rows / ROWS);
    (2..=most).rev().find(|slices| rows.is_multiple_of(*slices)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_are_equal_and_no_more_than_occupy_a_gpu() {
        // Kernels of the denoising network, in batches of 32 and of 1024.
        assert_eq!([288, 18432, 36864].map(|values| slices(values, 32 * 49)), [1, 1, 1]);
        assert_eq!(slices(288, 32 * 784), 16);
        assert_eq!([288, 18432, 36864].map(|values| slices(values, 1024 * 196)), [196, 49, 28]);
        assert_eq!(slices(usize::MAX, 1 << 30), 1);
        assert_eq!(slices(1, 104_729), 1, "a prime number of rows");
    }
}
