//! Codes of many dimensions in few: principal components and t-SNE. Pure arithmetic, no pixels.

mod pca;
mod subspace;
mod tsne;

pub use pca::{Pca, pca};
pub use tsne::tsne;

/// Indices of the rows of `dim` values, at most `n`, that are finite throughout.
fn finite_rows(codes: &[f32], n: usize, dim: usize) -> Vec<usize> {
    let rows = codes.chunks_exact(dim.max(1)).take(n).enumerate();
    rows.filter(|(_, row)| row.iter().all(|v| v.is_finite())).map(|(i, _)| i).collect()
}
