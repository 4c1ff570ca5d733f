//! Reduces codes to a few dimensions: principal components and t-SNE. Pure arithmetic, no pixels.

mod pca;
mod subspace;
mod tsne;

pub use pca::{Pca, pca};
pub use tsne::tsne;

/// Returns the indices of the first `n` rows of `dim` values that are entirely finite.
fn finite_rows(codes: &[f32], n: usize, dim: usize) -> Vec<usize> {
    let rows = codes.chunks_exact(dim.max(1)).take(n).enumerate();
    rows.filter(|(_, row)| row.iter().all(|v| v.is_finite())).map(|(i, _)| i).collect()
}
