//! Eigenvectors of a small symmetric matrix, by cyclic Jacobi rotations (Golub and Van Loan, "Matrix
//! Computations", 4th edition, section 8.5).

/// Returns the `k` largest eigenvalues of a symmetric `n` x `n` matrix, in decreasing order, and their
/// eigenvectors, unit vectors one after the other.
pub fn leading(matrix: Vec<f64>, n: usize, k: usize) -> (Vec<f64>, Vec<f64>) {
    let (values, vectors) = all(matrix, n);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    order.truncate(k);
    let places = order.iter().flat_map(|&column| (0..n).map(move |row| row * n + column));
    let vectors = places.map(|at| vectors[at]).collect();
    (order.iter().map(|&column| values[column]).collect(), vectors)
}

/// Returns all eigenvalues and, as columns, the eigenvectors.
fn all(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; n * n];
    (0..n).for_each(|i| vectors[i * n + i] = 1.0);
    let scale: f64 = a.iter().map(|v| v * v).sum();
    for _sweep in 0..60 {
        let outside: f64 = (0..n)
            .flat_map(|p| (0..p).map(move |q| (p, q)))
            .map(|(p, q)| a[p * n + q].powi(2))
            .sum();
        if outside <= scale * 1e-28 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, (p, q));
            }
        }
    }
    ((0..n).map(|i| a[i * n + i]).collect(), vectors)
}

/// Applies the rotation in the plane of axes `p` and `q` that makes `a[p][q]` zero.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, (p, q): (usize, usize)) {
    let off = a[p * n + q];
    if off == 0.0 {
        return;
    }
    let tau = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    let tangent = tau.signum() / (tau.abs() + tau.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |x: f64, y: f64| (cosine * x - sine * y, sine * x + cosine * y);
    for i in 0..n {
        (a[i * n + p], a[i * n + q]) = turn(a[i * n + p], a[i * n + q]);
    }
    for i in 0..n {
        (a[p * n + i], a[q * n + i]) = turn(a[p * n + i], a[q * n + i]);
        (vectors[i * n + p], vectors[i * n + q]) = turn(vectors[i * n + p], vectors[i * n + q]);
    }
}
