//! Leading eigenvectors of a covariance that is too large to store.
//!
//! Subspace iteration with a random start and a few extra vectors, then the best directions within the
//! subspace (Halko, Martinsson and Tropp, "Finding structure with randomness", SIAM Review 53(2), 2011,
//! algorithms 4.4 and 5.3).

use super::eigen;
use crate::rng::{Purpose, stream};
use rand::RngExt;
use rayon::prelude::*;

/// Number of vectors iterated together; a row of them fits into registers.
const WIDTH: usize = 8;
/// Maximum number of components: the other vectors are extra.
pub const MOST: usize = 4;
/// Number of iterations; each improves the subspace by the ratio of the variances inside it to those outside.
const ITERATIONS: usize = 16;
/// Number of rows that one thread sums: fixed, so that sums do not depend on the number of threads.
const BLOCK: usize = 512;

/// `WIDTH` vectors side by side: entry `i` holds value `i` of each.
type Vectors = Vec<[f64; WIDTH]>;

/// Returns the variances along the first `k` principal directions of `rows`, and these directions,
/// concatenated. `rows` are centred by `mean`; `k` is at most [`MOST`].
pub fn principal(rows: &[&[f32]], mean: &[f64], k: usize) -> (Vec<f64>, Vec<f64>) {
    let dim = mean.len();
    let mut rng = stream(0, Purpose::Embedding, 0, dim as u64);
    let mut basis: Vectors =
        (0..dim).map(|_| std::array::from_fn(|_| rng.random_range(-1.0..1.0))).collect();
    orthonormalize(&mut basis);
    for _ in 0..ITERATIONS {
        basis = covariance_times(rows, mean, &basis);
        orthonormalize(&mut basis);
    }
    // The covariance restricted to the subspace, WIDTH x WIDTH.
    let image = covariance_times(rows, mean, &basis);
    let mut within = vec![0.0; WIDTH * WIDTH];
    for (b, c) in basis.iter().zip(&image) {
        for (i, line) in within.chunks_exact_mut(WIDTH).enumerate() {
            line.iter_mut().zip(c).for_each(|(sum, c)| *sum += b[i] * c);
        }
    }
    let (variances, turned) = eigen::leading(within, WIDTH, k.min(MOST));
    let dot = |b: &[f64; WIDTH], t: &[f64]| b.iter().zip(t).map(|(b, t)| b * t).sum();
    let directions =
        turned.chunks_exact(WIDTH).flat_map(|turned| basis.iter().map(move |b| dot(b, turned)));
    (variances, directions.collect())
}

/// Multiplies the covariance of the rows with each vector: the sum over rows x of x (x . v) / n.
fn covariance_times(rows: &[&[f32]], mean: &[f64], vectors: &Vectors) -> Vectors {
    let parts: Vec<Vectors> = rows
        .par_chunks(BLOCK)
        .map(|block| {
            let mut sum = vec![[0.0; WIDTH]; mean.len()];
            for row in block {
                let centred = || row.iter().zip(mean).map(|(&v, m)| f64::from(v) - m);
                let mut along = [0.0; WIDTH];
                for (x, v) in centred().zip(vectors) {
                    (0..WIDTH).for_each(|j| along[j] += x * v[j]);
                }
                for (x, s) in centred().zip(&mut sum) {
                    (0..WIDTH).for_each(|j| s[j] += x * along[j]);
                }
            }
            sum
        })
        .collect();
    let mut sum = vec![[0.0; WIDTH]; mean.len()];
    for part in &parts {
        for (s, p) in sum.iter_mut().zip(part) {
            (0..WIDTH).for_each(|j| s[j] += p[j] / rows.len().max(1) as f64);
        }
    }
    sum
}

/// Gram-Schmidt, applied twice to each vector. A vector in the span of the previous ones is replaced by the
/// first axis that is not.
fn orthonormalize(vectors: &mut Vectors) {
    for column in 0..WIDTH.min(vectors.len()) {
        let least = 1e-10 * length(vectors, column);
        reduce(vectors, column);
        let mut axes = 0..vectors.len();
        // An axis is accepted if a good part of it is new; with fewer vectors than axes, one always is.
        let mut enough = least;
        while length(vectors, column) <= enough {
            let Some(axis) = axes.next() else { return };
            for (i, v) in vectors.iter_mut().enumerate() {
                v[column] = f64::from(u8::from(i == axis));
            }
            reduce(vectors, column);
            enough = 0.1;
        }
        let length = length(vectors, column);
        for v in vectors.iter_mut() {
            v[column] /= length;
        }
    }
}

fn length(vectors: &Vectors, column: usize) -> f64 {
    vectors.iter().map(|v| v[column] * v[column]).sum::<f64>().sqrt()
}

/// Removes from a vector its components along the previous ones.
fn reduce(vectors: &mut Vectors, column: usize) {
    for _ in 0..2 {
        for other in 0..column {
            let along: f64 = vectors.iter().map(|v| v[column] * v[other]).sum();
            for v in vectors.iter_mut() {
                v[column] -= along * v[other];
            }
        }
    }
}
