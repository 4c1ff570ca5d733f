//! Principal component analysis by eigenvectors of the covariance.

use super::{eigen, finite_rows, subspace};

/// Directions of greatest variance, and the codes projected onto them.
#[derive(Debug, Clone, PartialEq)]
pub struct Pca {
    /// Number of components: as requested, but at most the number of dimensions.
    pub components: usize,
    /// `components` values for each code; NaN for a code with a non-finite value.
    pub projections: Vec<f32>,
    /// Unit vectors of `dim` values, one per component, by decreasing variance. The sign is chosen so that
    /// the largest entry is positive.
    pub directions: Vec<f64>,
    /// Share of the total variance, in [0, 1], that each component explains; 0 if the codes do not vary.
    pub explained: Vec<f64>,
}

/// Maximum number of dimensions for which the full covariance and all its eigenvectors are computed.
const FEW: usize = 256;

/// Computes the first `k` principal components of `n` codes of `dim` values each, concatenated.
///
/// Up to 256 dimensions this takes about `n * dim^2 + 50 * dim^3` operations. Beyond, up to 4 components take
/// about `600 * n * dim`, by iteration. The same codes give the same bytes, whatever the number of threads.
pub fn pca(codes: &[f32], n: usize, dim: usize, k: usize) -> Pca {
    let rows = finite_rows(codes, n, dim);
    let row = |i: usize| &codes[i * dim..(i + 1) * dim];
    let count = rows.len().max(1) as f64;
    let mut mean = vec![0.0; dim];
    for &i in &rows {
        row(i).iter().zip(&mut mean).for_each(|(&v, m)| *m += f64::from(v) / count);
    }
    let centred = |i: usize| -> Vec<f64> {
        row(i).iter().zip(&mean).map(|(&v, m)| f64::from(v) - m).collect()
    };
    let components = k.min(dim);
    let total: f64 =
        rows.iter().map(|&i| centred(i).iter().map(|v| v * v).sum::<f64>() / count).sum();
    let (variances, directions) = if dim > FEW && components <= subspace::MOST {
        let rows: Vec<&[f32]> = rows.iter().map(|&i| row(i)).collect();
        subspace::principal(&rows, &mean, components)
    } else {
        exact(rows.iter().map(|&i| centred(i)), dim, components)
    };
    let directions: Vec<f64> =
        directions.chunks_exact(dim.max(1)).flat_map(|d| pointed(d.to_vec())).collect();
    let share = |v: &f64| if total > 0.0 { (v / total).clamp(0.0, 1.0) } else { 0.0 };
    let mut projections = vec![f32::NAN; n * components];
    for &i in &rows {
        let code = centred(i);
        for (c, direction) in directions.chunks_exact(dim.max(1)).enumerate() {
            let along: f64 = code.iter().zip(direction).map(|(v, d)| v * d).sum();
            projections[i * components + c] = along as f32;
        }
    }
    let explained = variances.iter().map(share).collect();
    Pca { components, projections, directions, explained }
}

/// Returns the variances along the first `k` eigenvectors of the covariance of `rows`, and these vectors.
fn exact(
    rows: impl ExactSizeIterator<Item = Vec<f64>>,
    dim: usize,
    k: usize,
) -> (Vec<f64>, Vec<f64>) {
    let count = rows.len().max(1) as f64;
    let mut covariance = vec![0.0; dim * dim];
    for code in rows {
        for (a, line) in covariance.chunks_exact_mut(dim.max(1)).enumerate() {
            line.iter_mut().zip(&code).for_each(|(c, v)| *c += code[a] * v / count);
        }
    }
    eigen::leading(covariance, dim, k)
}

/// Returns the vector or its opposite, whichever has a positive largest entry.
fn pointed(vector: Vec<f64>) -> Vec<f64> {
    let largest =
        vector.iter().copied().fold(0.0, |m: f64, v| if v.abs() > m.abs() { v } else { m });
    if largest < 0.0 { vector.into_iter().map(|v| -v).collect() } else { vector }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-6
    }

    #[test]
    fn components_of_points_on_known_axes_equal_the_closed_form() {
        // Four points at +-2 along (3, 4) / 5 and +-1 across it, moved by (7, -1): variances 2, 0.5.
        let codes = [8.2, 0.6, 5.8, -2.6, 6.2, -0.4, 7.8, -1.6];
        let found = pca(&codes, 4, 2, 2);
        let expected = [0.6, 0.8, 0.8, -0.6];
        assert!(found.directions.iter().zip(expected).all(|(a, b)| close(*a, b)), "{found:?}");
        assert!(close(found.explained[0], 0.8) && close(found.explained[1], 0.2), "{found:?}");
        let expected = [2.0, 0.0, -2.0, 0.0, 0.0, -1.0, 0.0, 1.0];
        let near = |(a, b): (&f32, f32)| (a - b).abs() < 1e-5;
        assert!(found.projections.iter().zip(expected).all(near), "{found:?}");
    }

    #[test]
    fn constant_or_broken_codes_are_handled() {
        let same = pca(&[1.5; 12], 4, 3, 2);
        assert_eq!(same.explained, [0.0, 0.0]);
        assert!(same.projections.iter().all(|&v| v == 0.0));
        let broken = pca(&[0.0, 0.0, f32::NAN, 1.0, 2.0, 2.0], 3, 2, 1);
        assert!(
            broken.projections[1].is_nan() && (broken.projections[2] - 2_f32.sqrt()).abs() < 1e-6
        );
        assert!(pca(&[], 0, 5, 2).projections.is_empty());
        assert_eq!(pca(&[1.0], 1, 1, 9).components, 1);
        assert_eq!(pca(&[], 3, 0, 2).components, 0);
    }

    /// 40 codes of `dim` values with three dominant directions and a little of everything else.
    fn long_codes(dim: usize) -> Vec<f32> {
        let wave = |i: usize, d: usize, f: f64| (f * (i * (d % 7 + 1)) as f64 + d as f64).sin();
        let value = |i: usize, d: usize| {
            let strong = 5.0 * (0.9 * i as f64).sin() * (0.1 * d as f64).cos();
            let weaker = 3.0 * (2.1 * i as f64).cos() * (0.3 * d as f64).sin();
            (1.0 + strong + weaker + (1.3 * i as f64).sin() + 0.1 * wave(i, d, 0.7)) as f32
        };
        (0..40 * dim).map(|at| value(at / dim, at % dim)).collect()
    }

    #[test]
    fn iteration_finds_the_components_of_the_covariance() {
        let (dim, codes) = (60, long_codes(60));
        let expected = pca(&codes, 40, dim, 2);
        let rows: Vec<&[f32]> = codes.chunks_exact(dim).collect();
        let mean = |d: usize| rows.iter().map(|r| f64::from(r[d])).sum::<f64>() / 40.0;
        let mean: Vec<f64> = (0..dim).map(mean).collect();
        let (variances, directions) = subspace::principal(&rows, &mean, 2);
        for (c, direction) in directions.chunks_exact(dim).enumerate() {
            let exact = &expected.directions[c * dim..(c + 1) * dim];
            let product: f64 = direction.iter().zip(exact).map(|(a, b)| a * b).sum();
            assert!(close(product.abs(), 1.0), "component {c}: {product}");
        }
        let ratio = expected.explained[1] / expected.explained[0];
        assert!(close(variances[1] / variances[0], ratio), "{variances:?}, {ratio}");
    }

    #[test]
    fn long_codes_are_projected_onto_unit_vectors_whether_they_vary_or_not() {
        let dim = FEW + 44;
        for (codes, explained) in [(long_codes(dim), 0.9), (vec![2.5; 40 * dim], 0.0)] {
            let found = pca(&codes, 40, dim, 2);
            let product = |a: usize, b: usize| -> f64 {
                (0..dim)
                    .map(|d| found.directions[a * dim + d] * found.directions[b * dim + d])
                    .sum()
            };
            assert!(close(product(0, 0), 1.0) && close(product(1, 1), 1.0));
            assert!(close(product(0, 1), 0.0));
            let all: f64 = found.explained.iter().sum();
            assert!(all >= explained && all <= 1.0, "{:?}", found.explained);
            assert!(found.projections.iter().all(|v| v.is_finite()));
        }
    }

    proptest! {
        #[test]
        fn directions_are_orthonormal_and_shares_decrease_and_sum_to_one(
            (dim, codes) in (1_usize..7).prop_flat_map(|dim| {
                (Just(dim), proptest::collection::vec(-9.0_f32..9.0, dim * 12))
            }),
        ) {
            let found = pca(&codes, 12, dim, dim);
            for (i, a) in found.directions.chunks_exact(dim).enumerate() {
                for (j, b) in found.directions.chunks_exact(dim).enumerate() {
                    let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                    prop_assert!(close(product, f64::from(u8::from(i == j))));
                }
            }
            prop_assert!(close(found.explained.iter().sum(), 1.0));
            prop_assert!(found.explained.windows(2).all(|pair| pair[0] >= pair[1]));
            // The projections' share of the variance along a direction is the explained one.
            let squares: f64 = found.projections.chunks(dim).map(|p| f64::from(p[0]).powi(2)).sum();
            let all: f64 = found.projections.iter().map(|&p| f64::from(p).powi(2)).sum();
            prop_assert!((squares / all - found.explained[0]).abs() < 1e-4);
        }
    }
}
