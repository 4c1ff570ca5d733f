//! Tests of losses and their gradients.

use super::{SATURATED, assert_close, cases, doubles, kernels, numbers, predictions};
use crate::{
    arch::Size,
    device::cuda::kernels::{Kernels, Loss},
    spec::{self, LossTerms},
    train::loss::Loss as HostLoss,
};
use proptest::prelude::*;

const TERMS: [LossTerms; 3] = [LossTerms::Mse, LossTerms::Mae, LossTerms::Bce];

fn loss_gradient(
    kernels: &Kernels,
    spec: &spec::Loss,
    batch: usize,
    prediction: &[f32],
    target: &[f32],
) -> (f32, Vec<f32>) {
    let [p, t] = [prediction, target].map(|values| kernels.upload(values).unwrap());
    let sums = kernels.zeros(2).unwrap();
    let loss = Loss::new(spec, prediction.len() / batch);
    let slopes = loss.gradient(kernels, &p, &t, batch, sums.all().part(1, 1)).unwrap();
    let sums = kernels.read(sums.all()).unwrap();
    assert_eq!(sums[0].to_bits(), 0, "another step's loss");
    (sums[1], kernels.read(slopes.all()).unwrap())
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_losses_agree_with_the_host() {
    let kernels = kernels();
    let mut losses: Vec<Vec<(LossTerms, f64)>> = TERMS.map(|term| vec![(term, 1.0)]).to_vec();
    losses.push(TERMS.map(|term| (term, 0.5)).to_vec());
    proptest!(cases(16), |(side in 1..40_usize, channels in 1..4_usize, batch in 1..40_usize)| {
        let size = Size::new(side, side, channels);
        let target: Vec<f32> =
            numbers(batch * size.len(), 5).iter().map(|v| 0.5 + 0.5 * v).collect();
        for terms in &losses {
            let prediction = predictions(&target, terms);
            let spec = spec::Loss { weights: terms.iter().copied().collect() };
            let (sum, slopes) = loss_gradient(&kernels, &spec, batch, &prediction, &target);
            let host = HostLoss::new(&spec, size);
            let mut expected = vec![0.0; target.len()];
            let images = prediction.chunks(size.len()).zip(target.chunks(size.len()));
            let total = images.zip(expected.chunks_mut(size.len())).map(|((p, t), slopes)| {
                host.gradient(p, t, 1.0 / batch as f32, slopes)
            });
            assert_close(&[sum], &[total.sum()], 1e-4, "loss");
            let largest = expected.iter().fold(1e-6_f32, |most, v| most.max(v.abs()));
            let scaled = |values: &[f32]| values.iter().map(|v| v / largest).collect::<Vec<_>>();
            let what = format!("gradient of {terms:?}");
            assert_close(&scaled(&slopes), &doubles(&scaled(&expected)), 1e-5, &what);
        }
    });
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_no_loss_loses_nan() {
    let kernels = kernels();
    for term in TERMS {
        let spec = spec::Loss { weights: [(term, 1.0)].into() };
        let mut prediction = vec![0.5; 40];
        prediction[7] = f32::NAN;
        let (sum, slopes) = loss_gradient(&kernels, &spec, 2, &prediction, &[0.4; 40]);
        assert!(sum.is_nan(), "{term:?}");
        assert!(slopes.iter().enumerate().all(|(i, slope)| i == 7 || slope.is_finite()));
    }
}

#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_saturated_pixels_have_the_gradient_of_the_host() {
    let kernels = kernels();
    let spec = spec::Loss { weights: [(LossTerms::Bce, 1.0)].into() };
    for (p, t) in SATURATED {
        let (sum, slopes) = loss_gradient(&kernels, &spec, 1, &[p], &[t]);
        let mut expected = [0.0];
        let total =
            HostLoss::new(&spec, Size::new(1, 1, 1)).gradient(&[p], &[t], 1.0, &mut expected);
        assert_close(&[sum], &[total], 1e-5, "loss");
        assert_close(&slopes, &doubles(&expected), 1e-5, "slope");
    }
}
