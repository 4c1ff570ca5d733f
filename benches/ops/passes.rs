//! Times the three passes of a layer as training runs them.

use crate::networks::{BATCH, Case};
use crate::{timing, values};
use runner::arch::{ConvShape, Op};
use runner::ops::activation::Before;
use runner::ops::{Convolution, Dense, Family, Kernel, Packed};

/// One pass of a layer, with its median time.
#[derive(Clone, Copy)]
pub struct Pass {
    pub name: &'static str,
    pub seconds: f64,
    /// Multiplications and additions.
    pub flops: f64,
    /// Bytes that must be read: each input and weight once, and a result if it is added to.
    pub read: usize,
    /// Bytes that must be written: each result once.
    pub written: usize,
    /// Number of arrays that most of the data is read from.
    pub arrays: usize,
}

impl Pass {
    /// GFLOP/s.
    pub fn rate(&self) -> f64 {
        self.flops / self.seconds / 1e9
    }
}

/// Measures the forward pass, the input gradient (except for a first layer) and the kernel gradient.
pub fn measure(family: Family, case: &Case) -> Vec<Pass> {
    let (x, y) = (case.layer.input.len(), case.layer.output.len());
    let kernel = case.layer.parameters()[0].len();
    let dense = case.layer.op == Op::Dense;
    let flops = match case.layer.op {
        Op::Conv(shape) | Op::ConvTranspose(shape) => conv_flops(&shape),
        _ => 2.0 * (x * y) as f64,
    };
    let [forward, input, gradient] = times(family, case);
    let pass = |name, seconds, images: usize, [read, written]: [usize; 2]| Pass {
        name,
        seconds,
        flops: flops * images as f64,
        read: size_of::<f32>() * read,
        written: size_of::<f32>() * written,
        arrays: 1,
    };
    let n = case.chunk;
    let mut passes = vec![pass("forward", forward, n, [n * x + kernel, n * y])];
    if !case.first {
        passes.push(pass("input gradient", input, n, [n * y + kernel, n * x]));
    }
    let (n, sum) = if dense { (BATCH, 0) } else { (n, kernel) };
    let arrays = n / case.chunk;
    passes
        .push(Pass { arrays, ..pass("kernel gradient", gradient, n, [n * (x + y) + sum, kernel]) });
    passes
}

/// Returns the multiplications and additions for one image.
fn conv_flops(shape: &ConvShape) -> f64 {
    2.0 * (shape.small().height * shape.small().width * shape.kernel_len()) as f64
}

fn times(family: Family, case: &Case) -> [f64; 3] {
    let (layer, n) = (&case.layer, case.chunk);
    let (x, gz) = (values(n * layer.input.len()), values(n * layer.output.len()));
    let [kernel, bias] = [0, 1].map(|i| values(layer.parameters()[i].len()));
    let (mut y, mut gx, mut gkernel, mut gbias) =
        (gz.clone(), x.clone(), kernel.clone(), bias.clone());
    let (mut forward, mut backward) = (Packed::default(), Packed::default());
    let act = layer.activation;
    // A kernel is packed once per step and serves all its chunks, so packing is not timed.
    let mut image_op = |shape, transposed| {
        let conv = Convolution { shape, transposed };
        conv.pack_forward(family, &kernel, &mut forward);
        conv.pack_backward(family, &kernel, &mut backward);
        let [forward, backward] =
            [&forward, &backward].map(|p| Kernel { values: &kernel, packed: Some(p) });
        [
            timing::median(|| conv.forward(family, n, &x, forward, &bias, act, &mut y)),
            timing::median(|| {
                conv.input_gradient(family, n, &gz, backward, Before::LINEAR, &mut gx);
            }),
            timing::median(|| {
                conv.gradients(family, n, (&x, &gz), None, &mut gkernel, &mut gbias);
            }),
        ]
    };
    match layer.op {
        Op::Conv(shape) => image_op(shape, false),
        Op::ConvTranspose(shape) => image_op(shape, true),
        _ => {
            let dense = Dense { inputs: layer.input.len(), outputs: layer.output.len() };
            dense.pack_forward(family, &kernel, &mut forward);
            dense.pack_backward(family, &kernel, &mut backward);
            let [forward, backward] =
                [&forward, &backward].map(|p| Kernel { values: &kernel, packed: Some(p) });
            [
                timing::median(|| {
                    dense.forward(family, n, &x, forward, &bias, act, &mut y);
                }),
                timing::median(|| {
                    dense.input_gradient(family, n, &gz, backward, Before::LINEAR, &mut gx);
                }),
                dense_gradient(family, dense, n),
            ]
        }
    }
}

/// Measures the kernel gradient of a whole batch, in tasks of rows.
fn dense_gradient(family: Family, dense: Dense, chunk: usize) -> f64 {
    let Dense { inputs, outputs } = dense;
    let chunks: Vec<_> =
        (0..BATCH / chunk).map(|_| (values(chunk * inputs), values(chunk * outputs))).collect();
    let chunks: Vec<_> = chunks.iter().map(|(x, gz)| (x.as_slice(), gz.as_slice())).collect();
    let mut gradient = values(inputs * outputs);
    let rows = dense.rows_of_task();
    timing::median(|| {
        for (task, gradient) in gradient.chunks_mut(rows * outputs).enumerate() {
            dense.kernel_gradient(family, &chunks, task * rows, gradient);
        }
    })
}
