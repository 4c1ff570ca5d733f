//! Properties that hold for any values.

use super::{Case, STALE, both, cases, families, noise, shapes, wide, window};
use crate::arch::{Activation, ConvShape, Window};
use crate::ops::activation::{self, Before};
use crate::ops::{Dense, Kernel, Packed, reference};
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn the_two_convolutions_are_adjoint(
        shape in shapes(), batch in 1..=3_usize, seed in 0..1000_u64,
    ) {
        let case = Case::new(&shape, batch, seed);
        let [conv, transposed] = both(shape);
        let (no_large, no_small) = (vec![0.0; shape.large_channels], vec![0.0; shape.small_channels]);
        for family in families() {
            let mut y = vec![STALE; case.small.len()];
            let mut x = vec![STALE; case.large.len()];
            let linear = Activation::Linear;
            let kernel = Kernel::from(&case.kernel);
            conv.forward(family, batch, &case.large, kernel, &no_small, linear, &mut y);
            transposed.forward(family, batch, &case.small, kernel, &no_large, linear, &mut x);
            let product = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let (down, up) = (product(&y, &case.small), product(&case.large, &x));
            let terms = (case.large.len() * shape.kernel_len()) as f64;
            prop_assert!((down - up).abs() <= 1e-6 * terms.sqrt().max(1.0), "{family}: {down} {up}");
        }
    }

    #[test]
    fn an_image_gives_the_same_bits_alone_and_in_a_batch(
        shape in shapes(), batch in 2..=5_usize, seed in 0..1000_u64,
    ) {
        let case = Case::new(&shape, batch, seed);
        let [conv, _] = both(shape);
        let (l, s) = (shape.large().len(), shape.small().len());
        let (act, before) = (Activation::Elu, Before::LINEAR);
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        for family in families() {
            let (mut y, mut gx) = (vec![STALE; batch * s], vec![STALE; batch * l]);
            let Case { large, small, kernel, small_bias, .. } = &case;
            conv.forward(family, batch, large, kernel.into(), small_bias, act, &mut y);
            conv.input_gradient(family, batch, small, kernel.into(), before, &mut gx);
            for n in 0..batch {
                let (mut y1, mut gx1) = (vec![STALE; s], vec![STALE; l]);
                let (large, small) = (&large[n * l..][..l], &small[n * s..][..s]);
                conv.forward(family, 1, large, kernel.into(), small_bias, act, &mut y1);
                conv.input_gradient(family, 1, small, kernel.into(), before, &mut gx1);
                prop_assert_eq!(bits(&y1), bits(&y[n * s..][..s]));
                prop_assert_eq!(bits(&gx1), bits(&gx[n * l..][..l]));
            }
        }
    }

    #[test]
    fn a_kernel_packed_once_gives_the_bits_of_one_packed_at_every_call(
        shape in shapes(), batch in 1..=3_usize, seed in 0..1000_u64,
    ) {
        let case = Case::new(&shape, batch, seed);
        let Case { large, small, kernel, small_bias, .. } = &case;
        let [conv, _] = both(shape);
        let act = Activation::Relu;
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        for family in families() {
            // Remains of an earlier kernel must not show.
            let mut packed = Packed::default();
            conv.pack_backward(family, &vec![STALE; kernel.len()], &mut packed);
            conv.pack_forward(family, kernel, &mut packed);
            let once = Kernel { values: kernel, packed: Some(&packed) };
            let [mut a, mut b] = [(); 2].map(|()| vec![STALE; small.len()]);
            conv.forward(family, batch, large, kernel.into(), small_bias, act, &mut a);
            conv.forward(family, batch, large, once, small_bias, act, &mut b);
            prop_assert_eq!(bits(&a), bits(&b));
            conv.pack_backward(family, kernel, &mut packed);
            let once = Kernel { values: kernel, packed: Some(&packed) };
            let [mut a, mut b] = [(); 2].map(|()| vec![STALE; large.len()]);
            let before = Before::LINEAR;
            conv.input_gradient(family, batch, small, kernel.into(), before, &mut a);
            conv.input_gradient(family, batch, small, once, before, &mut b);
            prop_assert_eq!(bits(&a), bits(&b));
        }
    }

    #[test]
    fn a_vector_gives_the_same_bits_alone_and_in_a_batch(
        inputs in 1..=150_usize, outputs in 1..=150_usize, batch in 2..=9_usize, seed in 0..1000_u64,
    ) {
        let (x, gz) = (noise(seed, batch * inputs), noise(seed + 1, batch * outputs));
        let (kernel, bias) = (noise(seed + 2, inputs * outputs), noise(seed + 3, outputs));
        let (act, before) = (Activation::Sigmoid, Before::LINEAR);
        let dense = Dense { inputs, outputs };
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        for family in families() {
            let (mut y, mut gx) = (vec![STALE; batch * outputs], vec![STALE; batch * inputs]);
            dense.forward(family, batch, &x, (&kernel).into(), &bias, act, &mut y);
            let kernel = Kernel::from(&kernel);
            dense.input_gradient(family, batch, &gz, kernel, before, &mut gx);
            for n in 0..batch {
                let (mut y1, mut gx1) = (vec![STALE; outputs], vec![STALE; inputs]);
                let (x, gz) = (&x[n * inputs..][..inputs], &gz[n * outputs..][..outputs]);
                dense.forward(family, 1, x, kernel, &bias, act, &mut y1);
                dense.input_gradient(family, 1, gz, kernel, before, &mut gx1);
                prop_assert_eq!(bits(&y1), bits(&y[n * outputs..][..outputs]));
                prop_assert_eq!(bits(&gx1), bits(&gx[n * inputs..][..inputs]));
            }
        }
    }

    #[test]
    fn the_reference_gradients_agree_with_finite_differences(
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
fn gradients_of_input_and_kernel_have_the_same_bits_together_and_alone() {
    let batch = 5;
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    // The first is large enough to be copied in two groups; the last two do not share products, and the
    // last kernel is read unpacked.
    for (size, kernel, stride, large, small) in [
        (28, 3, 2, 32, 64),
        (13, 4, 2, 16, 9),
        (12, 5, 3, 35, 20),
        (9, 3, 1, 17, 5),
        (9, 3, 1, 1, 16),
    ] {
        let window = Window::same(size, kernel, stride);
        let (rows, cols) = (window, window);
        let shape = ConvShape { rows, cols, large_channels: large, small_channels: small };
        let [_, transposed] = both(shape);
        let Case { large: gz, small: x, kernel, large_bias, .. } = Case::new(&shape, batch, 18);
        let activations = [Activation::Linear, Activation::LeakyRelu, Activation::Elu];
        for (family, activation) in families().flat_map(|f| activations.map(|a| (f, a))) {
            let before = Before { activation, saved: &x };
            let mut packed = Packed::default();
            transposed.pack_backward(family, &kernel, &mut packed);
            let kept = Kernel { values: &kernel, packed: Some(&packed) };
            let mut alone = (vec![STALE; x.len()], kernel.clone(), large_bias.clone());
            let (gx, gkernel, gbias) = (&mut alone.0, &mut alone.1, &mut alone.2);
            transposed.input_gradient(family, batch, &gz, kept, before, gx);
            transposed.gradients(family, batch, (&x, &gz), None, gkernel, gbias);
            for kernel in [kept, (&kernel).into()] {
                let (values, bias) = (kernel.values.to_vec(), large_bias.clone());
                let mut both = (vec![STALE; x.len()], values, bias);
                let (gx, gkernel, gbias) = (&mut both.0[..], &mut both.1, &mut both.2);
                let input = Some((kernel, before, gx));
                transposed.gradients(family, batch, (&x, &gz), input, gkernel, gbias);
                assert_eq!(bits(&both.0), bits(&alone.0), "{family} {shape:?}");
                assert_eq!(bits(&both.1), bits(&alone.1), "{family} {shape:?}");
                assert_eq!(bits(&both.2), bits(&alone.2), "{family} {shape:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn fusing_the_preceding_activation_does_not_change_the_input_gradient(
        shape in shapes(), batch in 1..=5_usize, inputs in 1..=150_usize, seed in 0..1000_u64,
    ) {
        let case = Case::new(&shape, batch, seed);
        let [conv, transposed] = both(shape);
        // The dense layer has the small side's values as outputs.
        let outputs = shape.small().len();
        let dense = Dense { inputs, outputs };
        let (vectors, matrix) = (noise(seed + 1, batch * inputs), noise(seed, inputs * outputs));
        for family in families() {
            for activation in [Activation::Relu, Activation::LeakyRelu, Activation::Tanh] {
                let through = |saved: &[f32], gradient: &dyn Fn(Before<'_>, &mut [f32])| {
                    let [mut at_once, mut after] = [(); 2].map(|()| vec![STALE; saved.len()]);
                    gradient(Before { activation, saved }, &mut at_once);
                    gradient(Before::LINEAR, &mut after);
                    activation::backward(family, activation, saved, &mut after);
                    assert_eq!(at_once, after, "{family} {activation:?}");
                };
                let Case { large, small, kernel, .. } = &case;
                through(large, &|before, gx| {
                    conv.input_gradient(family, batch, small, kernel.into(), before, gx);
                });
                through(small, &|before, gx| {
                    let kernel = kernel.into();
                    transposed.input_gradient(family, batch, large, kernel, before, gx);
                });
                through(&vectors, &|before, gx| {
                    let kernel = (&matrix).into();
                    dense.input_gradient(family, batch, small, kernel, before, gx);
                });
            }
        }
    }
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
    let [conv, _] = both(shape);
    for family in families() {
        let (mut gkernel, mut gbias) = (case.kernel.clone(), case.small_bias.clone());
        conv.gradients(family, 0, (&[], &[]), None, &mut gkernel, &mut gbias);
        assert_eq!((gkernel, gbias), (case.kernel.clone(), case.small_bias.clone()));
        let linear = Activation::Linear;
        conv.forward(family, 0, &[], (&case.kernel).into(), &case.small_bias, linear, &mut []);
    }
}

#[test]
fn nan_in_an_image_propagates_through_a_relu() {
    let shape = ConvShape {
        rows: Window::same(4, 3, 1),
        cols: Window::same(4, 3, 1),
        large_channels: 1,
        small_channels: 16,
    };
    let [conv, _] = both(shape);
    let mut case = Case::new(&shape, 1, 0);
    case.large.fill(f32::NAN);
    for family in families() {
        for act in [Activation::Relu, Activation::LeakyRelu, Activation::Sigmoid] {
            let mut y = vec![0.0; case.small.len()];
            let Case { large, kernel, small_bias, .. } = &case;
            conv.forward(family, 1, large, kernel.into(), small_bias, act, &mut y);
            assert!(y.iter().all(|y| y.is_nan()), "{family} {act:?}");
        }
    }
}
