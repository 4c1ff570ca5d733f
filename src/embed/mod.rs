//! Reduces codes to a few dimensions: principal components and t-SNE. Pure arithmetic over codes.

mod eigen;
mod pca;
mod subspace;
mod tsne;

pub use pca::pca;
pub use tsne::tsne;

/// Returns the indices of the first `n` rows of `dim` values that are entirely finite.
fn finite_rows(codes: &[f32], n: usize, dim: usize) -> Vec<usize> {
    let rows = codes.chunks_exact(dim.max(1)).take(n).enumerate();
    rows.filter(|(_, row)| row.iter().all(|v| v.is_finite())).map(|(i, _)| i).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = f32> {
        prop_oneof![-2.0..9.0_f32, Just(0.0), Just(f32::NAN), Just(f32::INFINITY), Just(f32::MAX)]
    }

    proptest! {
        #[test]
        fn codes_of_anything_are_placed(
            codes in proptest::collection::vec(value(), 0..40),
            dim in 0_usize..4,
        ) {
            let n = codes.len().checked_div(dim).unwrap_or(0);
            let mut rng = stream(1, Purpose::Embedding, 0, 0);
            prop_assert_eq!(tsne(&codes, n, dim, 30.0, 20, &mut rng).len(), 2 * n);
            let found = pca(&codes, n, dim, 2);
            prop_assert_eq!(found.projections.len(), n * found.components);
        }
    }
}
