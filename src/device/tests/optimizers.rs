//! Tests of optimizers against those of the CPU.

use super::{
    Opened, assert_close, doubles, kit, numbers, on_every_device, optimizer_kinds, values,
};
use crate::{
    device::{
        optimizer::Optimizer,
        tensor::{Kit, SendDevice},
    },
    spec::{Clip, Optimizer as Spec},
    train::optimizer::{Optimizer as HostOptimizer, Tensor, slot_names},
};
use smallvec::smallvec;

on_every_device!(optimizers_agree_with_the_host, nan_survives_clipping);

fn optimizers_agree_with_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let mut kit = kit(open());
    let clips = [(None, None), (Some(0.7), None), (None, Some(0.4)), (Some(2.0), Some(0.5))];
    // A kernel, and a bias, which is exempt from weight decay.
    let (shapes, lengths) = ([(3, 5), (1, 5)], [15, 5]);
    for spec in optimizer_kinds() {
        for (norm, value) in clips {
            let clip = Clip { norm, value };
            let start = numbers(20, 1);
            let mut host = HostOptimizer::new(&spec, [(15, false), (5, true)]);
            let mut expected = start.clone();
            let matrices = |kit: &Kit<D>, values: &[f32]| -> Vec<_> {
                let (kernel, bias) = values.split_at(lengths[0]);
                [kernel, bias]
                    .into_iter()
                    .zip(shapes)
                    .map(|(values, (r, c))| kit.matrix(values.to_vec(), r, c).unwrap())
                    .collect()
            };
            let mut parameters = matrices(&kit, &start);
            let mut ours = Optimizer::new(&kit, &spec, &clip, &parameters, [false, true]).unwrap();
            for step in 0..4 {
                let mut gradient = numbers(20, 10 + step);
                let rate = 0.01 / (step + 1) as f64;
                let gradients = matrices(&kit, &gradient);
                ours.step(&mut kit, rate, &mut parameters, gradients).unwrap();
                let (kernel, bias) = expected.split_at_mut(lengths[0]);
                let (gk, gb) = gradient.split_at_mut(lengths[0]);
                let mut step = host.begin();
                step.add(Tensor { parameters: kernel, shards: smallvec![gk], adds_up: true });
                step.add(Tensor { parameters: bias, shards: smallvec![gb], adds_up: true });
                step.take(rate, &clip);
            }
            let flat =
                |matrices: &[_]| -> Vec<f32> { matrices.iter().flat_map(values::<D>).collect() };
            let what = format!("{spec:?} {clip:?}");
            assert_close(&flat(&parameters), &doubles(&expected), 2e-6, &what);
            for (index, name) in slot_names(&spec).iter().enumerate() {
                let (slot, expected) = (flat(&ours.slots[index]), doubles(host.slot(index)));
                assert_close(&slot, &expected, 2e-6, &format!("{name} of {what}"));
            }
            assert_eq!(ours.steps, 4);
        }
    }
}

fn nan_survives_clipping<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let mut kit = kit(open());
    let spec = Spec::Sgd { learning_rate: 0.01, momentum: 0.0, nesterov: false };
    for clip in [Clip { norm: Some(1.0), value: None }, Clip { norm: None, value: Some(0.5) }] {
        let mut parameters = vec![kit.matrix(vec![0.0; 2], 1, 2).unwrap()];
        let mut optimizer = Optimizer::new(&kit, &spec, &clip, &parameters, [false]).unwrap();
        let gradients = vec![kit.matrix(vec![f32::NAN, 0.1], 1, 2).unwrap()];
        optimizer.step(&mut kit, 1.0, &mut parameters, gradients).unwrap();
        assert!(values(&parameters[0])[0].is_nan(), "{clip:?}");
    }
}
