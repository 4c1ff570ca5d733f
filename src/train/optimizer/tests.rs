// Copies and products with 1 are exact.
#![allow(clippy::float_cmp)]

use super::{clip::gradient_norm, step::cut, *};
use crate::spec::Clip;
use proptest::prelude::*;
use smallvec::smallvec;
use spec::Optimizer as Spec;

/// Initial values, three gradients and three learning rates, also given to Keras.
const START: [f32; 4] = [0.5, -1.0, 0.25, 2.0];
const GRADIENTS: [[f32; 4]; 3] =
    [[0.1, -0.2, 0.3, 0.05], [-0.3, 0.0, 0.25, 1.5], [0.02, 0.4, -0.6, -1e-4]];
const RATES: [f64; 3] = [0.01, 0.01, 0.005];

const ADAM: Spec = Spec::Adam { learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
const ADAMW: Spec =
    Spec::Adamw { learning_rate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weight_decay: 0.1 };

/// Takes a step whose gradient is the sum of `shards`, which hold all tensors consecutively.
fn step(
    optimizer: &mut Optimizer,
    rate: f64,
    clip: &Clip,
    parameters: &mut [f32],
    shards: &[&[f32]],
) {
    let mut shards: Vec<Vec<f32>> = shards.iter().map(|shard| shard.to_vec()).collect();
    begun(optimizer, parameters, &mut shards).take(rate, clip);
    assert!(shards.iter().flatten().all(|value| *value == 0.0), "shards are reset");
}

/// Begins such a step.
fn begun<'a>(
    optimizer: &'a mut Optimizer,
    mut parameters: &'a mut [f32],
    shards: &'a mut [Vec<f32>],
) -> Step<'a> {
    let mut rest: Vec<&mut [f32]> = shards.iter_mut().map(Vec::as_mut_slice).collect();
    let lengths: Vec<usize> = optimizer.tensors.iter().map(|(len, _)| *len).collect();
    let mut step = optimizer.begin();
    for len in lengths {
        step.add(Tensor {
            parameters: cut(&mut parameters, len),
            shards: rest.iter_mut().map(|shard| cut(shard, len)).collect(),
            adds_up: true,
        });
    }
    step
}

#[test]
fn a_gradient_that_does_not_accumulate_is_not_reset() {
    let spec = spec::Optimizer::Sgd { learning_rate: 1.0, momentum: 0.0, nesterov: false };
    let (mut parameters, mut gradient) = ([1.0; 3], [0.5; 3]);
    let mut optimizer = Optimizer::new(&spec, [(3, false)]);
    let mut step = optimizer.begin();
    let shards = smallvec![&mut gradient[..]];
    step.add(Tensor { parameters: &mut parameters, shards, adds_up: false });
    step.take(1.0, &Clip::default());
    assert_eq!((parameters, gradient), ([0.5; 3], [0.5; 3]));
}

fn sgd(momentum: f64, nesterov: bool) -> Spec {
    Spec::Sgd { learning_rate: 0.01, momentum, nesterov }
}

fn rmsprop(momentum: f64) -> Spec {
    Spec::Rmsprop { learning_rate: 0.01, rho: 0.9, momentum, epsilon: 1e-7 }
}

fn all_kinds() -> [Spec; 7] {
    [ADAM, ADAMW, sgd(0.0, false), sgd(0.9, false), sgd(0.9, true), rmsprop(0.0), rmsprop(0.5)]
}

fn assert_close(ours: &[f32], expected: &[f64], what: &str) {
    assert_eq!(ours.len(), expected.len());
    for (a, b) in ours.iter().zip(expected) {
        assert!((f64::from(*a) - b).abs() < 1e-6 * b.abs().max(0.1), "{what}: {ours:?}");
    }
}

/// The numbers are Keras 3.15's after the three steps.
#[test]
fn three_steps_agree_with_keras() {
    let velocity = [0.000_100_290_024, 0.000_199_920_06, 0.000_512_257_6, 0.002_250_245_3];
    let adam_slots = [[-0.016_900_001, 0.023_800_002, -0.013_2, 0.139_039_99], velocity];
    let momentum = [0.001_789_999_9, -0.000_380_000_1, -0.001_679_999_3, -0.013_904_5];
    let squares = [0.008_950_001, 0.019_240_001, 0.048_915_002, 0.202_702_49];
    let rms_momentum = [-0.006_113_165, 0.006_513_112, 0.004_776_038, 0.023_706_488];
    let adam = [0.496_646_67, -0.985, 0.230_677_69, 1.979_379_9];
    let adamw = [0.495_410_2, -0.982_520_34, 0.230_073_15, 1.974_402_7];
    let [plain, heavy, nesterov] = [
        [0.501_900_02, -1.0, 0.247_5, 1.984_500_5],
        [0.502_889_99, -0.996_58, 0.240_12, 1.970_145_6],
        [0.504_501, -0.996_922, 0.238_608, 1.957_631_5],
    ];
    let rms = [0.497_472_76, -0.982_796_3, 0.211_072_25, 1.936_777_7];
    let rms_heavy = [0.488_832_35, -0.959_079_5, 0.176_920_53, 1.897_261_86];
    let expected: [([f64; 4], &[[f64; 4]]); 7] = [
        (adam, &adam_slots),
        (adamw, &adam_slots),
        (plain, &[]),
        (heavy, &[momentum]),
        (nesterov, &[momentum]),
        (rms, &[squares]),
        (rms_heavy, &[squares, rms_momentum]),
    ];
    for (spec, (parameters, slots)) in all_kinds().iter().zip(expected) {
        let mut optimizer = Optimizer::new(spec, [(4, false)]);
        let mut ours = START;
        for (gradient, rate) in GRADIENTS.iter().zip(RATES) {
            step(&mut optimizer, rate, &Clip::default(), &mut ours, &[gradient]);
        }
        assert_close(&ours, &parameters, &format!("{spec:?}"));
        assert_eq!(optimizer.slots.len(), slots.len());
        for ((name, values), expected) in slot_names(spec).iter().zip(&optimizer.slots).zip(slots) {
            assert_close(values, expected, &format!("{name} of {spec:?}"));
        }
        assert_eq!(optimizer.steps, 3);
    }
}

/// The numbers are Keras 3.15's with `global_clipnorm=0.3` and `clipvalue=0.15`.
#[test]
fn clipping_agrees_with_keras() {
    let run = |clip: &Clip| {
        let mut optimizer = Optimizer::new(&sgd(0.0, false), [(3, false), (1, true)]);
        let mut ours = START;
        for (gradient, rate) in GRADIENTS.iter().zip(RATES) {
            step(&mut optimizer, rate, clip, &mut ours, &[gradient]);
        }
        ours
    };
    let norm = run(&Clip { norm: Some(0.3), value: None });
    assert_close(&norm, &[0.499_744_36, -0.999_242_3, 0.248_379_57, 1.996_699_7], "norm");
    let value = run(&Clip { norm: None, value: Some(0.15) });
    assert_close(&value, &[0.500_4, -0.999_25, 0.247_750_01, 1.998_000_5], "value");
}

#[test]
fn the_norm_is_bounded_before_the_values() {
    let mut optimizer = Optimizer::new(&sgd(0.0, false), [(2, false)]);
    let mut parameters = [0.0, 0.0];
    let clip = Clip { norm: Some(1.0), value: Some(0.7) };
    step(&mut optimizer, 1.0, &clip, &mut parameters, &[&[6.0, 8.0]]);
    assert_close(&parameters, &[-0.6, -0.7], "clipped");
    // A gradient within its bounds is unchanged, bit for bit.
    let mut parameters = [0.0, 0.0];
    step(&mut optimizer, 1.0, &clip, &mut parameters, &[&[0.123_456_7, 0.3]]);
    assert_eq!(parameters, [-0.123_456_7, -0.3]);
}

#[test]
fn nan_survives_clipping() {
    let clip = Clip { norm: Some(1.0), value: Some(0.5) };
    for bad in [f32::NAN, f32::INFINITY] {
        let mut optimizer = Optimizer::new(&sgd(0.0, false), [(2, false)]);
        let mut parameters = [0.0, 0.0];
        step(&mut optimizer, 1.0, &clip, &mut parameters, &[&[bad, 0.1]]);
        assert!(parameters[0].is_nan());
    }
}

#[test]
fn weight_decay_spares_biases() {
    let mut optimizer = Optimizer::new(&ADAMW, [(2, false), (1, true), (1, false)]);
    let mut parameters = [1.0; 4];
    step(&mut optimizer, 0.5, &Clip::default(), &mut parameters, &[&[0.0; 4]]);
    assert_close(&parameters, &[0.95, 0.95, 1.0, 0.95], "decayed");
}

/// An independent Adam in f64, as in the paper, with bias-corrected moments instead of a corrected rate;
/// epsilon has to be scaled for that.
#[test]
fn a_hundred_steps_of_adam_agree_with_the_paper() {
    let (beta1, beta2, epsilon, rate) = (0.9_f64, 0.999_f64, 1e-7_f64, 1e-3_f64);
    let mut optimizer = Optimizer::new(&ADAM, [(1, false)]);
    let mut ours = [0.3_f32];
    let (mut p, mut m, mut v) = (f64::from(0.3_f32), 0.0, 0.0);
    for t in 1..=100 {
        let g = (f64::from(t) * 0.7).sin() as f32;
        step(&mut optimizer, rate, &Clip::default(), &mut ours, &[&[g]]);
        let g = f64::from(g);
        m = beta1 * m + (1.0 - beta1) * g;
        v = beta2 * v + (1.0 - beta2) * g * g;
        let (c1, c2) = (1.0 - beta1.powi(t), 1.0 - beta2.powi(t));
        p -= rate * (m / c1) / ((v / c2).sqrt() + epsilon / c2.sqrt());
    }
    assert!((f64::from(ours[0]) - p).abs() < 1e-6, "{} {p}", ours[0]);
    assert!((p - 0.3).abs() > 1e-3);
}

#[test]
fn slots_and_step_count_continue_a_saved_run_to_the_bit() {
    for spec in all_kinds() {
        let tensors = [(3, false), (1, true)];
        let mut whole = Optimizer::new(&spec, tensors);
        let mut expected = START;
        let mut parameters = START;
        let mut saved = Optimizer::new(&spec, tensors);
        for (gradient, rate) in GRADIENTS.iter().zip(RATES) {
            step(&mut whole, rate, &Clip::default(), &mut expected, &[gradient]);
            let mut resumed = Optimizer::new(&spec, tensors);
            resumed.set_steps(saved.steps);
            for (index, values) in saved.slots.iter().enumerate() {
                resumed.set_slot(index, values);
            }
            step(&mut resumed, rate, &Clip::default(), &mut parameters, &[gradient]);
            saved = resumed;
        }
        assert_eq!(parameters.map(f32::to_bits), expected.map(f32::to_bits), "{spec:?}");
    }
}

#[test]
fn slots_without_gradients_decay_to_zero_and_are_never_subnormal() {
    for spec in all_kinds() {
        let mut optimizer = Optimizer::new(&spec, [(1, false)]);
        let mut parameters = [0.5];
        step(&mut optimizer, 0.01, &Clip::default(), &mut parameters, &[&[1e-18]]);
        for _ in 0..2000 {
            step(&mut optimizer, 0.01, &Clip::default(), &mut parameters, &[&[0.0]]);
            for (name, slot) in slot_names(&spec).iter().zip(&optimizer.slots) {
                assert!(!slot[0].is_subnormal(), "{spec:?}: {name} is {:e}", slot[0]);
            }
        }
        let momentum = slot_names(&spec).iter().position(|name| *name == "momentum");
        assert!(momentum.is_none_or(|index| optimizer.slot(index)[0] == 0.0), "{spec:?}");
    }
}

/// Numbers between -1 and 1 that differ for every `salt`.
fn numbers(len: usize, salt: u32) -> Vec<f32> {
    let hash = |i: u32| i.wrapping_mul(2_654_435_761).wrapping_add(salt.wrapping_mul(40_503)) >> 8;
    (0..len as u32).map(|i| hash(i) as f32 / 8_388_608.0 - 1.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn threads_and_blocks_do_not_change_a_bit(
        len in prop_oneof![1..40_usize, 8_000..40_000_usize],
        shards in 1..5_u32,
        kind in 0..7_usize,
        norm in proptest::option::of(0.1..2.0_f64),
    ) {
        let spec = &all_kinds()[kind];
        let shards: Vec<Vec<f32>> = (1..=shards).map(|shard| numbers(len, shard)).collect();
        let slices: Vec<&[f32]> = shards.iter().map(Vec::as_slice).collect();
        let clip = Clip { norm, value: None };
        let steps = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut optimizer = Optimizer::new(spec, [(len / 2, false), (len - len / 2, true)]);
            let mut parameters = numbers(len, 0);
            pool.install(|| {
                for _ in 0..2 {
                    step(&mut optimizer, 1e-3, &clip, &mut parameters, &slices);
                }
            });
            parameters
        };
        let expected = steps(1);
        prop_assert_eq!(&expected, &steps(3));

        // Compare with optimizers of a single parameter, which use neither blocks nor vectors. Not with
        // norm clipping, since the norm is taken over all parameters.
        if norm.is_none() {
            for i in (0..len).step_by(len / 20 + 1) {
                let mut one = Optimizer::new(spec, [(1, i >= len / 2)]);
                let mut parameter = [numbers(len, 0)[i]];
                let gradient: Vec<[f32; 1]> = shards.iter().map(|shard| [shard[i]]).collect();
                let slices: Vec<&[f32]> = gradient.iter().map(<[f32; 1]>::as_slice).collect();
                for _ in 0..2 {
                    step(&mut one, 1e-3, &clip, &mut parameter, &slices);
                }
                prop_assert_eq!(parameter[0].to_bits(), expected[i].to_bits());
            }
        }
    }

    #[test]
    fn the_norm_is_that_of_the_summed_shards(len in 1..30_000_usize) {
        let (a, b) = (numbers(len, 1), numbers(len, 2));
        let sum = a.iter().zip(&b).map(|(a, b)| f64::from(a + b).powi(2)).sum::<f64>();
        let mut optimizer = Optimizer::new(&sgd(0.0, false), [(len / 3, false), (len - len / 3, true)]);
        let (mut parameters, mut shards) = (vec![0.0; len], [a, b]);
        let norm = gradient_norm(&mut begun(&mut optimizer, &mut parameters, &mut shards).blocks);
        prop_assert!((norm - sum.sqrt()).abs() < 1e-9 * norm);
    }
}
