//! Reference implementations of every layer in slow, obvious `f64` loops, to test the kernels against.

use crate::arch::{Activation, ConvShape};

/// Calls `term(small position, kernel position, large position)` for every product of a convolution
/// of one image; positions count pixels and taps, without channels.
fn terms(shape: &ConvShape, mut term: impl FnMut(usize, usize, usize)) {
    let (rows, cols) = (shape.rows, shape.cols);
    for oy in 0..rows.output {
        for ox in 0..cols.output {
            for ky in 0..rows.kernel {
                for kx in 0..cols.kernel {
                    let (y, x) = (oy * rows.stride + ky, ox * cols.stride + kx);
                    if y < rows.pad || x < cols.pad {
                        continue;
                    }
                    let (y, x) = (y - rows.pad, x - cols.pad);
                    if y < rows.input && x < cols.input {
                        term(oy * cols.output + ox, ky * cols.kernel + kx, y * cols.input + x);
                    }
                }
            }
        }
    }
}

/// Like [`terms`], with images and channels: `term(small index, kernel index, large index)`.
pub fn products(shape: &ConvShape, batch: usize, mut term: impl FnMut(usize, usize, usize)) {
    let (l, s) = (shape.large_channels, shape.small_channels);
    for n in 0..batch {
        let (large, small) = (n * shape.large().len(), n * shape.small().len());
        terms(shape, |o, k, i| {
            for cl in 0..l {
                for cs in 0..s {
                    term(small + o * s + cs, (k * l + cl) * s + cs, large + i * l + cl);
                }
            }
        });
    }
}

/// Repeats `bias` for every pixel, `len` values in total.
fn biased(bias: &[f64], len: usize) -> Vec<f64> {
    bias.iter().copied().cycle().take(len).collect()
}

/// The convolution, from the large side to the small one.
pub fn conv(shape: &ConvShape, batch: usize, x: &[f64], kernel: &[f64], bias: &[f64]) -> Vec<f64> {
    let mut y = biased(bias, batch * shape.small().len());
    products(shape, batch, |small, k, large| y[small] += x[large] * kernel[k]);
    y
}

/// The transposed convolution, from the small side to the large one.
pub fn conv_transpose(
    shape: &ConvShape,
    batch: usize,
    x: &[f64],
    kernel: &[f64],
    bias: &[f64],
) -> Vec<f64> {
    let mut y = biased(bias, batch * shape.large().len());
    products(shape, batch, |small, k, large| y[large] += x[small] * kernel[k]);
    y
}

/// The kernel gradient of either convolution, from the values or gradients on its two sides.
pub fn kernel_gradient(shape: &ConvShape, batch: usize, large: &[f64], small: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; shape.kernel_len()];
    products(shape, batch, |s, k, l| gradient[k] += large[l] * small[s]);
    gradient
}

/// The sum over pixels of each of `channels` channels.
pub fn bias_gradient(gz: &[f64], channels: usize) -> Vec<f64> {
    (0..channels).map(|c| gz[c..].iter().step_by(channels).sum()).collect()
}

/// The dense layer: (batch, inputs) to (batch, outputs).
pub fn dense(inputs: usize, x: &[f64], kernel: &[f64], bias: &[f64]) -> Vec<f64> {
    let outputs = bias.len();
    let mut y = biased(bias, x.len() / inputs * outputs);
    for (n, row) in y.chunks_mut(outputs).enumerate() {
        for (o, value) in row.iter_mut().enumerate() {
            for i in 0..inputs {
                *value += x[n * inputs + i] * kernel[i * outputs + o];
            }
        }
    }
    y
}

/// The activation's value at `z`.
pub fn activation(activation: Activation, z: f64) -> f64 {
    match activation {
        Activation::Linear => z,
        Activation::Relu => z.max(0.0),
        Activation::LeakyRelu => {
            if z > 0.0 {
                z
            } else {
                0.3 * z
            }
        }
        Activation::Elu => {
            if z > 0.0 {
                z
            } else {
                z.exp_m1()
            }
        }
        Activation::Gelu => z * phi(z),
        Activation::Silu => z / (1.0 + (-z).exp()),
        Activation::Tanh => z.tanh(),
        Activation::Sigmoid => (1.0 / (1.0 + (-z).exp())).max(1e-30),
    }
}

/// The normal distribution function: its Taylor series (Abramowitz and Stegun 26.2.11) near 0, its
/// continued fraction (26.2.14) in the tails.
fn phi(z: f64) -> f64 {
    let density = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    if z.abs() > 5.0 {
        let fraction = (1..200).rev().fold(0.0, |rest, k| f64::from(k) / (z.abs() + rest));
        let tail = density / (z.abs() + fraction);
        return if z > 0.0 { 1.0 - tail } else { tail };
    }
    let (mut term, mut sum) = (z, z);
    for k in 1..100 {
        term *= z * z / f64::from(2 * k + 1);
        sum += term;
    }
    0.5 + density * sum
}

/// The derivative at `z`, by central differences.
pub fn slope(of: Activation, z: f64) -> f64 {
    let h = 1e-5;
    (activation(of, z + h) - activation(of, z - h)) / (2.0 * h)
}
