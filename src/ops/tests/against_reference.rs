//! Compares every kernel with slow `f64` loops.

use super::{Case, STALE, both, cases, families, noise, shapes, wide};
use crate::arch::{Activation, ConvShape, Window};
use crate::ops::activation::Before;
use crate::ops::{Convolution, Dense, bias_gradient, reference};
use proptest::prelude::*;

/// Compares a kernel's result with the reference; `depth` is the number of products per value.
fn close(what: &str, got: &[f32], want: &[f64], depth: usize) {
    assert_eq!(got.len(), want.len(), "{what}");
    let tolerance = 2e-7 * (depth as f64 + 4.0);
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        let error = (f64::from(got) - want).abs();
        assert!(error <= tolerance * want.abs().max(1.0), "{what}[{i}] is {got}, not {want}");
    }
}

/// A gradient that is added to an array of ones.
fn plus_one(gradient: Vec<f64>) -> Vec<f64> {
    gradient.into_iter().map(|g| g + 1.0).collect()
}

/// A slow convolution: shape, batch, input, kernel and bias.
type Reference = fn(&ConvShape, usize, &[f64], &[f64], &[f64]) -> Vec<f64>;

/// Both convolutions of a shape.
fn check_convolutions(shape: &ConvShape, batch: usize, seed: u64) {
    for conv in both(*shape) {
        check_convolution(conv, batch, seed);
    }
}

fn check_convolution(conv: Convolution, batch: usize, seed: u64) {
    let Convolution { shape, transposed } = conv;
    let Case { large, small, kernel, large_bias, small_bias } = Case::new(&shape, batch, seed);
    let depth = shape.kernel_len();
    let field = depth / shape.large_channels / shape.small_channels;
    let want_gkernel =
        plus_one(reference::kernel_gradient(&shape, batch, &wide(&large), &wide(&small)));
    let (down, up): (Reference, Reference) = (reference::conv, reference::conv_transpose);
    let (x, gz, bias, act, forward, backward) = if transposed {
        (small, large, large_bias, Activation::LeakyRelu, up, down)
    } else {
        (large, small, small_bias, Activation::Relu, down, up)
    };
    let [inputs, outputs] = [conv.input(), conv.output()].map(|side| side.channels);
    let pixels = gz.len() / outputs;
    let want_z = forward(&shape, batch, &wide(&x), &wide(&kernel), &wide(&bias));
    let want_y: Vec<f64> = want_z.iter().map(|&z| reference::activation(act, z)).collect();
    let want_gx = backward(&shape, batch, &wide(&gz), &wide(&kernel), &vec![0.0; inputs]);
    let want_gbias = plus_one(reference::bias_gradient(&wide(&gz), outputs));
    for family in families() {
        let what = |pass| format!("{family} {pass} of {conv:?}");
        let mut y = vec![STALE; gz.len()];
        conv.forward(family, batch, &x, (&kernel).into(), &bias, act, &mut y);
        close(&what("forward"), &y, &want_y, field * inputs);

        let mut gx = vec![STALE; x.len()];
        conv.input_gradient(family, batch, &gz, (&kernel).into(), Before::LINEAR, &mut gx);
        close(&what("input gradient"), &gx, &want_gx, field * outputs);

        let (mut gkernel, mut gbias) = (vec![1.0; depth], vec![1.0; outputs]);
        conv.gradients(family, batch, (&x, &gz), None, &mut gkernel, &mut gbias);
        close(&what("kernel gradient"), &gkernel, &want_gkernel, pixels);
        close(&what("bias gradient"), &gbias, &want_gbias, pixels);
    }
}

fn check_dense(inputs: usize, outputs: usize, batch: usize, seed: u64) {
    let (x, gz) = (noise(seed, batch * inputs), noise(seed + 1, batch * outputs));
    let (kernel, bias) = (noise(seed + 2, inputs * outputs), noise(seed + 3, outputs));
    let dense = Dense { inputs, outputs };
    let transposed: Vec<f64> = (0..inputs * outputs)
        .map(|i| f64::from(kernel[i % inputs * outputs + i / inputs]))
        .collect();
    for family in families() {
        let mut y = vec![STALE; gz.len()];
        let tanh = Activation::Tanh;
        dense.forward(family, batch, &x, (&kernel).into(), &bias, tanh, &mut y);
        let z = reference::dense(inputs, &wide(&x), &wide(&kernel), &wide(&bias));
        let want: Vec<f64> = z.iter().map(|&z| reference::activation(tanh, z)).collect();
        close(&format!("{family} forward"), &y, &want, inputs);

        let mut gx = vec![STALE; x.len()];
        dense.input_gradient(family, batch, &gz, (&kernel).into(), Before::LINEAR, &mut gx);
        let want = reference::dense(outputs, &wide(&gz), &transposed, &vec![0.0; inputs]);
        close(&format!("{family} input gradient"), &gx, &want, outputs);

        let mut gbias = vec![1.0; outputs];
        bias_gradient(family, &gz, &mut gbias);
        let mut want = vec![0.0; kernel.len()];
        for (x, gz) in wide(&x).chunks(inputs).zip(wide(&gz).chunks(outputs)) {
            for (i, x) in x.iter().enumerate() {
                for (o, gz) in gz.iter().enumerate() {
                    want[i * outputs + o] += x * gz;
                }
            }
        }
        // No images at first, and in the middle.
        let none: (&[f32], &[f32]) = (&[], &[]);
        let chunks = x.chunks(2 * inputs).zip(gz.chunks(2 * outputs));
        let chunks: Vec<_> = chunks.flat_map(|chunk| [none, chunk]).collect();
        for count in [4, 31] {
            let mut gkernel = vec![STALE; kernel.len()];
            for (part, rows) in gkernel.chunks_mut(count * outputs).enumerate() {
                dense.kernel_gradient(family, &chunks, count * part, rows);
            }
            close(&format!("{family} kernel gradient"), &gkernel, &want, batch);
        }
        let want = plus_one(reference::bias_gradient(&wide(&gz), outputs));
        close(&format!("{family} bias gradient"), &gbias, &want, batch);
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn convolutions_of_any_geometry_agree_with_the_reference(
        shape in shapes(), batch in 1..=5_usize, seed in 0..1000_u64,
    ) {
        check_convolutions(&shape, batch, seed);
    }

    #[test]
    fn dense_layers_of_any_size_agree_with_the_reference(
        inputs in 1..=150_usize, outputs in 1..=150_usize, batch in 1..=9_usize, seed in 0..1000_u64,
    ) {
        check_dense(inputs, outputs, batch, seed);
    }
}

#[test]
fn the_layers_of_the_mnist_autoencoder_agree_with_the_reference() {
    let same = |size, large, small, stride| ConvShape {
        rows: Window::same(size, 3, stride),
        cols: Window::same(size, 3, stride),
        large_channels: large,
        small_channels: small,
    };
    check_convolutions(&same(28, 1, 32, 2), 2, 1);
    check_convolutions(&same(14, 32, 64, 2), 2, 2);
    check_convolutions(&same(14, 64, 64, 2), 2, 3);
    check_convolutions(&same(28, 32, 64, 2), 2, 4);
    check_convolutions(&same(28, 1, 32, 1), 2, 5);
    check_dense(3136, 16, 4, 6);
    check_dense(16, 3136, 4, 7);
}

#[test]
fn dense_layers_with_a_few_inputs_or_outputs_agree_with_the_reference() {
    for few in 1..=5 {
        for many in [1, 7, 16, 37, 131] {
            check_dense(few, many, 5, few as u64);
            check_dense(many, few, 5, many as u64);
        }
    }
}

#[test]
fn dense_layers_with_at_most_a_vector_of_outputs_agree_with_the_reference() {
    for outputs in [5, 8, 9, 15, 16, 17] {
        for inputs in [1, 7, 24, 61] {
            check_dense(inputs, outputs, 5, outputs as u64);
        }
    }
}

#[test]
fn layers_that_are_computed_in_pieces_agree_with_the_reference() {
    // Few weights and many pixels, with sums on either side.
    let shape = |large_channels, small_channels| ConvShape {
        rows: Window::same(24, 3, 1),
        cols: Window::same(40, 5, 2),
        large_channels,
        small_channels,
    };
    for (large, small) in [(1, 32), (3, 20), (2, 9)] {
        check_convolutions(&shape(large, small), 2, 12);
    }
    // Rows of the kernel that are longer than a piece, and rows of a whole page.
    check_dense(6, 4200, 3, 14);
    check_dense(50, 1024, 5, 15);
    // Few images, with every number of inputs that are summed together.
    for inputs in 1..=13 {
        check_dense(inputs, 150, 4, 25);
    }
    // Enough images for `row_products`, but too few rows.
    check_dense(7, 150, 9, 18);
    check_dense(5, 4200, 8, 19);
    // Enough of both, with and without incomplete blocks and vectors.
    check_dense(32, 256, 24, 26);
    check_dense(16, 150, 8, 22);
    check_dense(49, 150, 35, 23);
    check_dense(37, 4200, 34, 24);
}

#[test]
fn layers_that_are_computed_in_pairs_agree_with_the_reference() {
    for (kernel, stride) in [(3, 2), (4, 2), (4, 3), (5, 3)] {
        for (height, width) in [(7 * stride, 8 * stride), (13, 6 * stride + 1), (5, stride + 1)] {
            for (large_channels, small_channels) in [(16, 9), (35, 20)] {
                let [rows, cols] = [height, width].map(|size| Window::same(size, kernel, stride));
                let shape = ConvShape { rows, cols, large_channels, small_channels };
                check_convolutions(&shape, 3, 16);
            }
        }
    }
}

#[test]
fn windows_of_three_by_three_values_agree_with_the_reference() {
    for (size, stride) in [(3, 1), (4, 1), (7, 2), (8, 1), (17, 1)] {
        let window = Window::same(size, 3, stride);
        for small_channels in [5, 16, 20, 33, 48, 50] {
            let shape = ConvShape { rows: window, cols: window, large_channels: 1, small_channels };
            check_convolutions(&shape, 3, 20);
        }
    }
}

#[test]
fn the_kernel_gradient_of_an_empty_batch_is_zero() {
    for family in families() {
        for outputs in [2, 16, 20] {
            let mut rows = vec![STALE; 5 * outputs];
            let dense = Dense { inputs: 7, outputs };
            dense.kernel_gradient(family, &[(&[], &[])], 2, &mut rows);
            assert_eq!(rows, vec![0.0; 5 * outputs]);
        }
    }
}

#[test]
fn a_short_kernel_with_any_number_of_channels_agrees_with_the_reference() {
    let one = Window::same(3, 1, 1);
    for channels in 1..=40 {
        let shape = ConvShape { rows: one, cols: one, large_channels: 1, small_channels: channels };
        check_convolutions(&shape, 1, 8);
        check_dense(1, channels, 1, 10);
        check_dense(3, channels, 2, 11);
    }
}
