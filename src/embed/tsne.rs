//! t-SNE, exact (van der Maaten and Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008).

use super::{finite_rows, pca};
use crate::rng::ChaCha8Rng;
use rand::RngExt;
use rayon::prelude::*;

/// Factor by which neighbours attract at first, so that clusters form before they spread out.
const EXAGGERATION: f64 = 12.0;

/// Embeds `n` codes of `dim` values each in the plane, so that similar codes are close: `2 * n` values.
///
/// `perplexity` is roughly the number of neighbours that count; it is limited to a third of the number of
/// codes. Every pair is computed: 2,000 codes and 500 iterations take a few seconds. The result does not
/// depend on the number of threads, as each point's forces are summed in a fixed order. The start is the
/// first two principal components, with a little noise from `rng` to separate equal codes. Codes with
/// non-finite values are left out and become NaN.
pub fn tsne(
    codes: &[f32],
    n: usize,
    dim: usize,
    perplexity: f64,
    iterations: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<f32> {
    let rows = finite_rows(codes, n, dim);
    let used: Vec<f32> =
        rows.iter().flat_map(|&i| &codes[i * dim..(i + 1) * dim]).copied().collect();
    let mut placed = vec![f32::NAN; n * 2];
    for (&i, point) in rows.iter().zip(embed(&used, rows.len(), dim, perplexity, iterations, rng)) {
        placed[2 * i] = point[0] as f32;
        placed[2 * i + 1] = point[1] as f32;
    }
    placed
}

type Point = [f64; 2];

fn embed(
    codes: &[f32],
    n: usize,
    dim: usize,
    perplexity: f64,
    iterations: usize,
    rng: &mut ChaCha8Rng,
) -> Vec<Point> {
    let mut points = start(codes, n, dim, rng);
    if n < 3 {
        return points;
    }
    let affinities = affinities(codes, n, dim, perplexity.min((n - 1) as f64 / 3.0).max(1.0));
    let early = iterations / 4;
    let rate = (n as f64 / EXAGGERATION / 4.0).max(50.0);
    let mut speeds = vec![[0.0; 2]; n];
    let mut gains = vec![[1.0_f64; 2]; n];
    for iteration in 0..iterations {
        let (stress, momentum) = if iteration < early { (EXAGGERATION, 0.5) } else { (1.0, 0.8) };
        let gradient = gradient(&affinities, &points, stress);
        for i in 0..n {
            for axis in 0..2 {
                let (slope, speed, gain) =
                    (gradient[i][axis], &mut speeds[i][axis], &mut gains[i][axis]);
                // Longer steps while the direction holds, as in the authors' implementation.
                let turned = slope * *speed > 0.0;
                *gain = if turned { (*gain * 0.8).max(0.01) } else { *gain + 0.2 };
                *speed = momentum * *speed - rate * *gain * slope;
                points[i][axis] += *speed;
            }
        }
        centre(&mut points);
    }
    points
}

/// Returns the first two principal components, scaled to a deviation of 1e-4, with noise of a hundredth of
/// that.
fn start(codes: &[f32], n: usize, dim: usize, rng: &mut ChaCha8Rng) -> Vec<Point> {
    let found = pca(codes, n, dim, 2);
    let along = |i: usize, axis: usize| {
        let inside = axis < found.components;
        if inside { f64::from(found.projections[i * found.components + axis]) } else { 0.0 }
    };
    let squares: f64 = (0..n).map(|i| along(i, 0).powi(2)).sum();
    let deviation = (squares / n.max(1) as f64).sqrt();
    let scale = if deviation > 0.0 { 1e-4 / deviation } else { 0.0 };
    (0..n)
        .map(|i| [0, 1].map(|axis| along(i, axis) * scale + rng.random_range(-1e-6..1e-6)))
        .collect()
}

fn centre(points: &mut [Point]) {
    for axis in 0..2 {
        let mean = points.iter().map(|p| p[axis]).sum::<f64>() / points.len() as f64;
        for point in points.iter_mut() {
            point[axis] -= mean;
        }
    }
}

/// Returns the symmetric joint probabilities that codes are neighbours, `n` x `n`.
fn affinities(codes: &[f32], n: usize, dim: usize, perplexity: f64) -> Vec<f32> {
    let mut conditional = vec![0.0_f32; n * n];
    conditional.par_chunks_mut(n).enumerate().for_each(|(i, row)| {
        let code = |i: usize| &codes[i * dim..(i + 1) * dim];
        let distances: Vec<f64> = (0..n)
            .map(|j| code(i).iter().zip(code(j)).map(|(a, b)| f64::from(a - b).powi(2)).sum())
            .collect();
        let weights = neighbours(&distances, i, perplexity);
        row.iter_mut().zip(weights).for_each(|(p, w)| *p = w as f32);
    });
    let joint = |k: usize| {
        let (i, j) = (k / n, k % n);
        ((conditional[i * n + j] + conditional[j * n + i]) / (2.0 * n as f32)).max(1e-12)
    };
    (0..n * n).map(|k| if k / n == k % n { 0.0 } else { joint(k) }).collect()
}

/// Returns the weights, summing to 1, of a Gaussian around point `own`, whose width is found by bisection so
/// that it has the given perplexity.
fn neighbours(distances: &[f64], own: usize, perplexity: f64) -> Vec<f64> {
    let others = || distances.iter().enumerate().filter(|(j, _)| *j != own).map(|(_, d)| *d);
    let nearest = others().fold(f64::INFINITY, f64::min);
    let mean = others().map(|d| d - nearest).sum::<f64>() / distances.len() as f64;
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut beta = if mean > 0.0 { 1.0 / mean } else { 1.0 };
    let weight = |beta: f64, d: f64| (-(d - nearest) * beta).exp();
    for _ in 0..64 {
        let sum: f64 = others().map(|d| weight(beta, d)).sum();
        let spread: f64 = others().map(|d| weight(beta, d) * (d - nearest)).sum();
        let entropy = sum.ln() + beta * spread / sum;
        if (entropy - perplexity.ln()).abs() < 1e-5 {
            break;
        }
        if entropy > perplexity.ln() {
            low = beta;
            beta = if high.is_finite() { f64::midpoint(low, high) } else { beta * 2.0 };
        } else {
            high = beta;
            beta = f64::midpoint(low, high);
        }
    }
    let beta = beta.min(f64::MAX);
    let sum: f64 = others().map(|d| weight(beta, d)).sum();
    let share = |(j, d): (usize, &f64)| if j == own { 0.0 } else { weight(beta, *d) / sum };
    distances.iter().enumerate().map(share).collect()
}

/// Returns the gradient of the divergence at every point, with attraction scaled by `stress`.
fn gradient(affinities: &[f32], points: &[Point], stress: f64) -> Vec<Point> {
    let n = points.len();
    let forces: Vec<(Point, Point, f64)> = (0..n)
        .into_par_iter()
        .map(|i| {
            let (mut pull, mut push, mut sum) = ([0.0; 2], [0.0; 2], 0.0);
            let [x, y] = points[i];
            for (p, other) in affinities[i * n..(i + 1) * n].iter().zip(points) {
                let (dx, dy) = (x - other[0], y - other[1]);
                let kernel = 1.0 / (1.0 + dx * dx + dy * dy);
                let (near, far) = (f64::from(*p) * kernel, kernel * kernel);
                pull = [pull[0] + near * dx, pull[1] + near * dy];
                push = [push[0] + far * dx, push[1] + far * dy];
                sum += kernel;
            }
            // Excludes the point itself, whose distance of 0 counted 1.
            (pull, push, sum - 1.0)
        })
        .collect();
    let total: f64 = forces.iter().map(|f| f.2).sum::<f64>().max(f64::MIN_POSITIVE);
    let slope = |pull: f64, push: f64| 4.0 * (stress * pull - push / total);
    forces.iter().map(|(pull, push, _)| [0, 1].map(|a| slope(pull[a], push[a]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, stream};

    /// Three tight clusters of 20 codes in 5 dimensions.
    fn clusters() -> Vec<f32> {
        let mut rng = stream(1, Purpose::Synthetic, 0, 0);
        let place = |i: usize, axis: usize| if axis == i % 3 { 4.0 } else { 0.0 };
        (0..60)
            .flat_map(|i| [0, 1, 2, 3, 4].map(|axis| place(i, axis)))
            .map(|v| v + rng.random_range(-0.5..0.5_f32))
            .collect()
    }

    fn run(codes: &[f32], n: usize, dim: usize) -> Vec<f32> {
        tsne(codes, n, dim, 10.0, 300, &mut stream(3, Purpose::Embedding, 0, 0))
    }

    #[test]
    fn clusters_are_separated() {
        let placed = run(&clusters(), 60, 5);
        let distance = |a: usize, b: usize| {
            (placed[2 * a] - placed[2 * b]).hypot(placed[2 * a + 1] - placed[2 * b + 1])
        };
        let pairs = || (0..60).flat_map(|a| (0..a).map(move |b| (a, b)));
        let inside = pairs().filter(|(a, b)| a % 3 == b % 3).map(|(a, b)| distance(a, b));
        let across = pairs().filter(|(a, b)| a % 3 != b % 3).map(|(a, b)| distance(a, b));
        let (widest, nearest) = (inside.fold(0.0, f32::max), across.fold(f32::INFINITY, f32::min));
        assert!(widest < nearest, "clusters up to {widest} wide, {nearest} apart");
    }

    /// Kullback and Leibler's divergence of the joint probabilities in the plane from those of the codes.
    fn divergence(affinities: &[f32], points: &[Point]) -> f64 {
        let n = points.len();
        let kernel = |k: usize| {
            let ([x, y], [u, v]) = (points[k / n], points[k % n]);
            if k / n == k % n { 0.0 } else { 1.0 / (1.0 + (x - u).powi(2) + (y - v).powi(2)) }
        };
        let total: f64 = (0..n * n).map(kernel).sum();
        let terms = affinities.iter().enumerate().filter(|(_, p)| **p > 0.0);
        terms.map(|(k, &p)| f64::from(p) * (f64::from(p) * total / kernel(k)).ln()).sum()
    }

    #[test]
    fn the_gradient_is_that_of_the_divergence() {
        let mut rng = stream(2, Purpose::Synthetic, 0, 0);
        let codes: Vec<f32> = (0..18).map(|_| rng.random_range(-1.0..1.0)).collect();
        let affinities = affinities(&codes, 6, 3, 2.0);
        let points: Vec<Point> =
            (0..6).map(|_| [0, 1].map(|_| rng.random_range(-2.0..2.0))).collect();
        let ours = gradient(&affinities, &points, 1.0);
        for (i, axis) in (0..6).flat_map(|i| [(i, 0), (i, 1)]) {
            let moved = |step: f64| {
                let mut points = points.clone();
                points[i][axis] += step;
                divergence(&affinities, &points)
            };
            let slope = (moved(1e-5) - moved(-1e-5)) / 2e-5;
            let ours = ours[i][axis];
            // The probabilities sum to 1 only up to the rounding of `f32`.
            assert!((ours - slope).abs() < 1e-5, "point {i}, axis {axis}: {ours}, not {slope}");
        }
    }

    #[test]
    fn the_divergence_ends_well_below_that_of_the_start() {
        let (codes, rng) = (clusters(), || stream(3, Purpose::Embedding, 0, 0));
        let affinities = affinities(&codes, 60, 5, 10.0);
        let start = divergence(&affinities, &start(&codes, 60, 5, &mut rng()));
        let end = divergence(&affinities, &embed(&codes, 60, 5, 10.0, 300, &mut rng()));
        assert!(end < 0.5 * start, "{start} at the start, {end} at the end");
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let codes = clusters();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a thread pool starts").install(|| run(&codes, 60, 5))
        };
        let bits = |placed: Vec<f32>| placed.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(with(1)), bits(with(3)));
    }

    #[test]
    fn weights_of_neighbours_have_the_requested_perplexity() {
        let distances: Vec<f64> = (0..50).map(|i| f64::from(i * i) * 0.3).collect();
        let weights = neighbours(&distances, 7, 12.0);
        let entropy: f64 = weights.iter().filter(|w| **w > 0.0).map(|w| -w * w.ln()).sum();
        assert!((entropy.exp() - 12.0).abs() < 1e-3, "{}", entropy.exp());
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn equal_few_or_broken_codes_give_finite_points_or_nan() {
        assert!(run(&[], 0, 3).is_empty());
        assert!(run(&[1.0; 30], 10, 3).iter().all(|v| v.is_finite()));
        assert!(run(&[1.0, 2.0], 2, 1).iter().all(|v| v.is_finite()));
        let placed = run(&[0.0, 1.0, f32::NAN, 3.0, 4.0, 9.0], 6, 1);
        let broken: Vec<bool> = placed.chunks(2).map(|p| p[0].is_nan()).collect();
        assert_eq!(broken, [false, false, true, false, false, false]);
        assert!(run(&[0.0, 3e38, -3e38, 1.0, 5.0], 5, 1).len() == 10);
    }
}
