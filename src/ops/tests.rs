//! Every kernel of every family of this machine against the reference, over random geometries.

use super::{Family, conv, conv_transpose, dense, reference};
use crate::arch::{Activation, ConvShape, Window};
use crate::rng::{self, Purpose};
use proptest::prelude::*;
use rand::Rng;

fn families() -> impl Iterator<Item = Family> {
    Family::ALL.into_iter().filter(|family| family.is_available())
}

/// Values in -1..1, the same for the same arguments.
fn noise(seed: u64, len: usize) -> Vec<f32> {
    let mut stream = rng::stream(seed, Purpose::Synthetic, 0, 0);
    (0..len).map(|_| (stream.next_u32() as f32 / u32::MAX as f32).mul_add(2.0, -1.0)).collect()
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

/// Holds a kernel's result against the reference's; `depth` is how many products make one value.
fn close(what: &str, got: &[f32], want: &[f64], depth: usize) {
    assert_eq!(got.len(), want.len(), "{what}");
    let tolerance = 2e-7 * (depth as f64 + 4.0);
    for (i, (&got, &want)) in got.iter().zip(want).enumerate() {
        let error = (f64::from(got) - want).abs();
        assert!(error <= tolerance * want.abs().max(1.0), "{what}[{i}] is {got}, not {want}");
    }
}

fn channels() -> impl Strategy<Value = usize> {
    prop_oneof![Just(1), Just(2), Just(3), Just(5), Just(8), Just(16), Just(17), Just(32), Just(33)]
}

fn window() -> impl Strategy<Value = Window> {
    (1..=13_usize, 1..=5_usize, 1..=4_usize).prop_map(|(n, k, s)| Window::same(n, k, s))
}

fn shapes() -> impl Strategy<Value = ConvShape> {
    (window(), window(), channels(), channels()).prop_map(
        |(rows, cols, large_channels, small_channels)| ConvShape {
            rows,
            cols,
            large_channels,
            small_channels,
        },
    )
}

/// Values of both sides, kernel and biases for a shape.
struct Case {
    large: Vec<f32>,
    small: Vec<f32>,
    kernel: Vec<f32>,
    large_bias: Vec<f32>,
    small_bias: Vec<f32>,
}

impl Case {
    fn new(shape: &ConvShape, batch: usize, seed: u64) -> Self {
        Self {
            large: noise(seed, batch * shape.large().len()),
            small: noise(seed + 1, batch * shape.small().len()),
            kernel: noise(seed + 2, shape.kernel_len()),
            large_bias: noise(seed + 3, shape.large_channels),
            small_bias: noise(seed + 4, shape.small_channels),
        }
    }
}

/// What every output of an overwriting pass is filled with first.
const STALE: f32 = f32::NAN;

fn check_conv(shape: &ConvShape, batch: usize, seed: u64) {
    let case = Case::new(shape, batch, seed);
    let (large, small, kernel) = (wide(&case.large), wide(&case.small), wide(&case.kernel));
    let depth = shape.kernel_len();
    let field = depth / shape.large_channels / shape.small_channels;
    for family in families() {
        let mut y = vec![STALE; case.small.len()];
        let relu = Activation::Relu;
        conv::forward(
            family,
            shape,
            batch,
            &case.large,
            &case.kernel,
            &case.small_bias,
            relu,
            &mut y,
        );
        let z = reference::conv(shape, batch, &large, &kernel, &wide(&case.small_bias));
        let want: Vec<f64> = z.iter().map(|&z| reference::activation(relu, z)).collect();
        close(&format!("{family} forward"), &y, &want, field * shape.large_channels);

        let mut gx = vec![STALE; case.large.len()];
        conv::input_gradient(family, shape, batch, &case.small, &case.kernel, &mut gx);
        let no_bias = vec![0.0; shape.large_channels];
        let want = reference::conv_transpose(shape, batch, &small, &kernel, &no_bias);
        close(&format!("{family} input gradient"), &gx, &want, field * shape.small_channels);

        let (mut gkernel, mut gbias) = (vec![1.0; depth], vec![1.0; shape.small_channels]);
        conv::weight_gradient(
            family,
            shape,
            batch,
            &case.large,
            &case.small,
            &mut gkernel,
            &mut gbias,
        );
        let pixels = batch * shape.small().len() / shape.small_channels;
        let mut want = reference::kernel_gradient(shape, batch, &large, &small);
        want.iter_mut().for_each(|w| *w += 1.0);
        close(&format!("{family} kernel gradient"), &gkernel, &want, pixels);
        let mut want = reference::bias_gradient(&small, shape.small_channels);
        want.iter_mut().for_each(|w| *w += 1.0);
        close(&format!("{family} bias gradient"), &gbias, &want, pixels);
    }
}

fn check_conv_transpose(shape: &ConvShape, batch: usize, seed: u64) {
    let case = Case::new(shape, batch, seed);
    let (large, small, kernel) = (wide(&case.large), wide(&case.small), wide(&case.kernel));
    let depth = shape.kernel_len();
    let field = depth / shape.large_channels / shape.small_channels;
    for family in families() {
        let mut y = vec![STALE; case.large.len()];
        let leaky = Activation::LeakyRelu;
        conv_transpose::forward(
            family,
            shape,
            batch,
            &case.small,
            &case.kernel,
            &case.large_bias,
            leaky,
            &mut y,
        );
        let z = reference::conv_transpose(shape, batch, &small, &kernel, &wide(&case.large_bias));
        let want: Vec<f64> = z.iter().map(|&z| reference::activation(leaky, z)).collect();
        close(&format!("{family} forward"), &y, &want, field * shape.small_channels);

        let mut gx = vec![STALE; case.small.len()];
        conv_transpose::input_gradient(family, shape, batch, &case.large, &case.kernel, &mut gx);
        let no_bias = vec![0.0; shape.small_channels];
        let want = reference::conv(shape, batch, &large, &kernel, &no_bias);
        close(&format!("{family} input gradient"), &gx, &want, field * shape.large_channels);

        let (mut gkernel, mut gbias) = (vec![1.0; depth], vec![1.0; shape.large_channels]);
        conv_transpose::weight_gradient(
            family,
            shape,
            batch,
            &case.small,
            &case.large,
            &mut gkernel,
            &mut gbias,
        );
        let pixels = batch * shape.large().len() / shape.large_channels;
        let mut want = reference::kernel_gradient(shape, batch, &large, &small);
        want.iter_mut().for_each(|w| *w += 1.0);
        close(&format!("{family} kernel gradient"), &gkernel, &want, pixels);
        let mut want = reference::bias_gradient(&large, shape.large_channels);
        want.iter_mut().for_each(|w| *w += 1.0);
        close(&format!("{family} bias gradient"), &gbias, &want, pixels);
    }
}

fn check_dense(inputs: usize, outputs: usize, batch: usize, seed: u64) {
    let (x, gz) = (noise(seed, batch * inputs), noise(seed + 1, batch * outputs));
    let (kernel, bias) = (noise(seed + 2, inputs * outputs), noise(seed + 3, outputs));
    let transposed: Vec<f64> = (0..inputs * outputs)
        .map(|i| f64::from(kernel[i % inputs * outputs + i / inputs]))
        .collect();
    for family in families() {
        let mut y = vec![STALE; gz.len()];
        let tanh = Activation::Tanh;
        dense::forward(family, inputs, outputs, batch, &x, &kernel, &bias, tanh, &mut y);
        let z = reference::dense(inputs, &wide(&x), &wide(&kernel), &wide(&bias));
        let want: Vec<f64> = z.iter().map(|&z| reference::activation(tanh, z)).collect();
        close(&format!("{family} forward"), &y, &want, inputs);

        let mut gx = vec![STALE; x.len()];
        dense::input_gradient(family, inputs, outputs, batch, &gz, &kernel, &mut gx);
        let want = reference::dense(outputs, &wide(&gz), &transposed, &vec![0.0; inputs]);
        close(&format!("{family} input gradient"), &gx, &want, outputs);

        let (mut gkernel, mut gbias) = (vec![1.0; kernel.len()], vec![1.0; outputs]);
        dense::weight_gradient(family, inputs, outputs, batch, &x, &gz, &mut gkernel, &mut gbias);
        let mut want = vec![1.0; kernel.len()];
        for (x, gz) in wide(&x).chunks(inputs).zip(wide(&gz).chunks(outputs)) {
            for (i, x) in x.iter().enumerate() {
                for (o, gz) in gz.iter().enumerate() {
                    want[i * outputs + o] += x * gz;
                }
            }
        }
        close(&format!("{family} kernel gradient"), &gkernel, &want, batch);
        let mut want = reference::bias_gradient(&wide(&gz), outputs);
        want.iter_mut().for_each(|w| *w += 1.0);
        close(&format!("{family} bias gradient"), &gbias, &want, batch);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn convolutions_of_any_geometry_agree_with_the_reference(
        shape in shapes(), batch in 1..=5_usize, seed in 0..1000_u64,
    ) {
        check_conv(&shape, batch, seed);
    }

    #[test]
    fn transposed_convolutions_of_any_geometry_agree_with_the_reference(
        shape in shapes(), batch in 1..=5_usize, seed in 0..1000_u64,
    ) {
        check_conv_transpose(&shape, batch, seed);
    }

    #[test]
    fn dense_layers_of_any_size_agree_with_the_reference(
        inputs in 1..=150_usize, outputs in 1..=150_usize, batch in 1..=9_usize, seed in 0..1000_u64,
    ) {
        check_dense(inputs, outputs, batch, seed);
    }

    #[test]
    fn the_two_convolutions_are_adjoint(
        shape in shapes(), batch in 1..=3_usize, seed in 0..1000_u64,
    ) {
        let case = Case::new(&shape, batch, seed);
        let (no_large, no_small) = (vec![0.0; shape.large_channels], vec![0.0; shape.small_channels]);
        for family in families() {
            let mut y = vec![STALE; case.small.len()];
            let mut x = vec![STALE; case.large.len()];
            let linear = Activation::Linear;
            conv::forward(family, &shape, batch, &case.large, &case.kernel, &no_small, linear, &mut y);
            conv_transpose::forward(
                family, &shape, batch, &case.small, &case.kernel, &no_large, linear, &mut x,
            );
            let product = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let (down, up) = (product(&y, &case.small), product(&case.large, &x));
            let terms = (case.large.len() * shape.kernel_len()) as f64;
            prop_assert!((down - up).abs() <= 1e-6 * terms.sqrt().max(1.0), "{family}: {down} {up}");
        }
    }

    #[test]
    fn a_picture_gives_the_same_bits_alone_and_in_a_batch(
        shape in shapes(), batch in 2..=5_usize, seed in 0..1000_u64,
    ) {
        let case = Case::new(&shape, batch, seed);
        let (l, s) = (shape.large().len(), shape.small().len());
        let act = Activation::Elu;
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        for family in families() {
            let (mut y, mut gx) = (vec![STALE; batch * s], vec![STALE; batch * l]);
            let Case { large, small, kernel, small_bias, .. } = &case;
            conv::forward(family, &shape, batch, large, kernel, small_bias, act, &mut y);
            conv::input_gradient(family, &shape, batch, small, kernel, &mut gx);
            for n in 0..batch {
                let (mut y1, mut gx1) = (vec![STALE; s], vec![STALE; l]);
                let (large, small) = (&large[n * l..][..l], &small[n * s..][..s]);
                conv::forward(family, &shape, 1, large, kernel, small_bias, act, &mut y1);
                conv::input_gradient(family, &shape, 1, small, kernel, &mut gx1);
                prop_assert_eq!(bits(&y1), bits(&y[n * s..][..s]));
                prop_assert_eq!(bits(&gx1), bits(&gx[n * l..][..l]));
            }
        }
    }

    #[test]
    fn a_vector_gives_the_same_bits_alone_and_in_a_batch(
        inputs in 1..=150_usize, outputs in 1..=150_usize, batch in 2..=9_usize, seed in 0..1000_u64,
    ) {
        let (x, gz) = (noise(seed, batch * inputs), noise(seed + 1, batch * outputs));
        let (kernel, bias) = (noise(seed + 2, inputs * outputs), noise(seed + 3, outputs));
        let act = Activation::Sigmoid;
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        for family in families() {
            let (mut y, mut gx) = (vec![STALE; batch * outputs], vec![STALE; batch * inputs]);
            dense::forward(family, inputs, outputs, batch, &x, &kernel, &bias, act, &mut y);
            dense::input_gradient(family, inputs, outputs, batch, &gz, &kernel, &mut gx);
            for n in 0..batch {
                let (mut y1, mut gx1) = (vec![STALE; outputs], vec![STALE; inputs]);
                let (x, gz) = (&x[n * inputs..][..inputs], &gz[n * outputs..][..outputs]);
                dense::forward(family, inputs, outputs, 1, x, &kernel, &bias, act, &mut y1);
                dense::input_gradient(family, inputs, outputs, 1, gz, &kernel, &mut gx1);
                prop_assert_eq!(bits(&y1), bits(&y[n * outputs..][..outputs]));
                prop_assert_eq!(bits(&gx1), bits(&gx[n * inputs..][..inputs]));
            }
        }
    }

    #[test]
    fn the_references_gradients_are_those_of_finite_differences(
        rows in window(), cols in window(), seed in 0..1000_u64,
    ) {
        let shape = ConvShape { rows, cols, large_channels: 2, small_channels: 3 };
        let case = Case::new(&shape, 1, seed);
        let (x, gz, kernel) = (wide(&case.large), wide(&case.small), wide(&case.kernel));
        // The loss whose gradient with respect to the pre-activation is `gz`; it is linear in each
        // argument, so that a step of 1 has no truncation error.
        let loss = |x: &[f64], kernel: &[f64], bias: &[f64]| -> f64 {
            reference::conv(&shape, 1, x, kernel, bias).iter().zip(&gz).map(|(z, g)| z * g).sum()
        };
        let bias = wide(&case.small_bias);
        let base = loss(&x, &kernel, &bias);
        let differences = |values: &[f64], loss: &dyn Fn(&[f64]) -> f64| -> Vec<f64> {
            (0..values.len()).map(|i| {
                let mut moved = values.to_vec();
                moved[i] += 1.0;
                loss(&moved) - base
            }).collect()
        };
        let near = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9)
        };
        let gx = reference::conv_transpose(&shape, 1, &gz, &kernel, &[0.0; 2]);
        prop_assert!(near(&gx, &differences(&x, &|x| loss(x, &kernel, &bias))));
        let gkernel = reference::kernel_gradient(&shape, 1, &x, &gz);
        prop_assert!(near(&gkernel, &differences(&kernel, &|k| loss(&x, k, &bias))));
        let gbias = reference::bias_gradient(&gz, 3);
        prop_assert!(near(&gbias, &differences(&bias, &|b| loss(&x, &kernel, b))));
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
    check_conv(&same(28, 1, 32, 2), 2, 1);
    check_conv(&same(14, 32, 64, 2), 2, 2);
    check_conv_transpose(&same(14, 64, 64, 2), 2, 3);
    check_conv_transpose(&same(28, 32, 64, 2), 2, 4);
    check_conv_transpose(&same(28, 1, 32, 1), 2, 5);
    check_dense(3136, 16, 4, 6);
    check_dense(16, 3136, 4, 7);
}

#[test]
fn an_empty_batch_changes_nothing() {
    let shape = ConvShape {
        rows: Window::same(5, 3, 2),
        cols: Window::same(4, 3, 2),
        large_channels: 3,
        small_channels: 16,
    };
    let case = Case::new(&shape, 1, 0);
    for family in families() {
        let (mut gkernel, mut gbias) = (case.kernel.clone(), case.small_bias.clone());
        conv::weight_gradient(family, &shape, 0, &[], &[], &mut gkernel, &mut gbias);
        assert_eq!((gkernel, gbias), (case.kernel.clone(), case.small_bias.clone()));
        let linear = Activation::Linear;
        conv::forward(family, &shape, 0, &[], &case.kernel, &case.small_bias, linear, &mut []);
    }
}

#[test]
fn nan_in_a_picture_reaches_its_output_through_a_relu() {
    let shape = ConvShape {
        rows: Window::same(4, 3, 1),
        cols: Window::same(4, 3, 1),
        large_channels: 1,
        small_channels: 16,
    };
    let mut case = Case::new(&shape, 1, 0);
    case.large.fill(f32::NAN);
    for family in families() {
        for act in [Activation::Relu, Activation::LeakyRelu, Activation::Sigmoid] {
            let mut y = vec![0.0; case.small.len()];
            conv::forward(
                family,
                &shape,
                1,
                &case.large,
                &case.kernel,
                &case.small_bias,
                act,
                &mut y,
            );
            assert!(y.iter().all(|y| y.is_nan()), "{family} {act:?}");
        }
    }
}
