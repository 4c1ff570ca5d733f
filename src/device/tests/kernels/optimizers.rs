//! Tests of optimizers.

use super::{assert_close, doubles, kernels, numbers, optimizer_kinds};
use crate::{
    arch::{Activation, Activations, Architecture, Parameter, Size},
    device::cuda::kernels::{Buffer, Kernels, Layers, Optimizer},
    spec::{Clip, Optimizer as Spec},
    train::optimizer::{Optimizer as HostOptimizer, Tensor},
};
use smallvec::smallvec;

/// The kernels and biases of a small dense network.
fn parameters() -> (Architecture, Vec<Parameter>) {
    let functions = Activations {
        hidden: Activation::Relu,
        latent: Activation::Linear,
        output: Activation::Linear,
    };
    let arch = Architecture::mlp(Size::new(3, 5, 1), 1, &[7], 3, functions);
    let parameters = arch.parameters();
    (arch, parameters)
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_optimizers_agree_with_the_host() {
    let kernels = kernels();
    let (arch, parameters) = parameters();
    let clips = [(None, None), (Some(0.7), None), (None, Some(0.4)), (Some(2.0), Some(0.5))];
    for spec in optimizer_kinds() {
        for (norm, value) in clips {
            let clip = Clip { norm, value };
            let sizes = parameters.iter().map(|p| (p.len(), p.is_bias()));
            let mut host = HostOptimizer::new(&spec, sizes);
            let layers = Layers::new(&kernels, &arch).unwrap();
            let mut ours = Optimizer::new(&kernels, &spec, &clip, &layers, &parameters).unwrap();
            let own: Vec<_> = (0..).zip(&parameters).map(|(i, p)| numbers(p.len(), i)).collect();
            let mut expected = own.clone();
            let write = |buffer: &_, values: &[Vec<f32>]| put(&kernels, &layers, buffer, values);
            write(&layers.parameters, &own);
            for step in 0..4 {
                let rate = 0.01 / (step + 1) as f64;
                let salts = 100 * (step + 1)..;
                let mut gradients: Vec<_> =
                    salts.zip(&parameters).map(|(salt, p)| numbers(p.len(), salt)).collect();
                write(&layers.gradients, &gradients);
                ours.step(&kernels, rate, &layers).unwrap();
                let mut step = host.begin();
                for (parameters, gradient) in expected.iter_mut().zip(&mut gradients) {
                    step.add(Tensor {
                        parameters,
                        shards: smallvec![&mut gradient[..]],
                        adds_up: true,
                    });
                }
                step.take(rate, &clip);
            }
            let values = kernels.read(layers.parameters.all()).unwrap();
            for (range, expected) in layers.ranges.iter().zip(&expected) {
                let what = format!("{spec:?} with {clip:?}");
                assert_close(&values[range.clone()], &doubles(expected), 1e-5, &what);
            }
        }
    }
}

/// Writes values of all parameters to their ranges.
fn put(kernels: &Kernels, layers: &Layers, buffer: &Buffer, values: &[Vec<f32>]) {
    for (range, values) in layers.ranges.iter().zip(values) {
        kernels.write(buffer.all().part(range.start, range.len()), values).unwrap();
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_nan_survives_clipping() {
    let kernels = kernels();
    let (arch, parameters) = parameters();
    let spec = Spec::Sgd { learning_rate: 0.1, momentum: 0.0, nesterov: false };
    let clip = Clip { norm: Some(1.0), value: Some(0.5) };
    let layers = Layers::new(&kernels, &arch).unwrap();
    let mut ours = Optimizer::new(&kernels, &spec, &clip, &layers, &parameters).unwrap();
    let mut gradients: Vec<_> = parameters.iter().map(|p| vec![0.1; p.len()]).collect();
    gradients[0][3] = f32::NAN;
    put(&kernels, &layers, &layers.gradients, &gradients);
    ours.step(&kernels, 0.1, &layers).unwrap();
    assert!(kernels.read(layers.parameters.all()).unwrap()[3].is_nan());
}
