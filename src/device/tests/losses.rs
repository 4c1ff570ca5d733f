//! Tests of losses against those of the CPU.

use super::{
    Opened, SATURATED, assert_close, cases, doubles, kit, numbers, on_every_device, predictions,
    values,
};
use crate::{
    arch::Size,
    device::{loss::Loss, tensor::SendDevice},
    spec::{self, LossTerms},
    train::loss::Loss as HostLoss,
};
use proptest::prelude::*;
use std::cell::RefCell;

on_every_device!(
    losses_agree_with_the_host,
    no_loss_loses_nan,
    saturated_pixels_have_the_gradient_of_the_host,
);

const TERMS: [LossTerms; 4] = [LossTerms::Mse, LossTerms::Mae, LossTerms::Bce, LossTerms::Ssim];

fn losses_agree_with_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let kit = RefCell::new(kit(open()));
    let mut losses: Vec<Vec<(LossTerms, f64)>> = TERMS.map(|term| vec![(term, 1.0)]).to_vec();
    losses.push(vec![(LossTerms::Mse, 0.8), (LossTerms::Ssim, 0.2)]);
    losses.push(TERMS.map(|term| (term, 0.5)).to_vec());
    let agree = |size: Size, batch: usize| {
        let kit = &mut *kit.borrow_mut();
        let target: Vec<f32> =
            numbers(batch * size.len(), 5).iter().map(|v| 0.5 + 0.5 * v).collect();
        for terms in &losses {
            let prediction = predictions(&target, terms);
            let spec = spec::Loss { weights: terms.iter().copied().collect() };
            let loss = Loss::new(kit, &spec, size).unwrap();
            let p = kit.matrix(prediction.clone(), batch, size.len()).unwrap();
            let t = kit.matrix(target.clone(), batch, size.len()).unwrap();
            let (sum, slopes) = loss.gradient(kit, &p, &t).unwrap();

            let host = HostLoss::new(&spec, size);
            let mut expected = vec![0.0; target.len()];
            let mut total = 0.0;
            for n in 0..batch {
                let image = n * size.len()..(n + 1) * size.len();
                total += host.gradient(
                    &prediction[image.clone()],
                    &target[image.clone()],
                    1.0 / batch as f32,
                    &mut expected[image],
                );
            }
            assert_close(&values(&sum), &[total], 1e-4, "loss");
            // Relative to the largest, or to a tenth of a value's weight in the mean: SSIM's moments suffer
            // from cancellation in f32.
            let least = 0.1 / expected.len() as f64;
            let largest = expected.iter().fold(least, |most, &v| most.max(f64::from(v.abs())));
            let scaled = |v: &f32| f64::from(*v) / largest;
            let ours: Vec<f32> = values(&slopes).iter().map(|v| scaled(v) as f32).collect();
            let expected: Vec<f64> = expected.iter().map(scaled).collect();
            let tolerance = if spec.weights.contains_key(&LossTerms::Ssim) { 2e-3 } else { 1e-5 };
            assert_close(&ours, &expected, tolerance, &format!("gradient of {terms:?}"));
        }
    };
    // A single window of a single pixel.
    agree(Size::new(1, 1, 1), 1);
    proptest!(cases(16), |(
        height in 1..20_usize, width in 1..20_usize, channels in 1..4_usize, batch in 1..4_usize,
    )| agree(Size::new(height, width, channels), batch));
}

fn no_loss_loses_nan<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let mut kit = kit(open());
    let size = Size::new(4, 5, 1);
    for term in TERMS {
        let spec = spec::Loss { weights: [(term, 1.0)].into() };
        let loss = Loss::new(&kit, &spec, size).unwrap();
        let mut prediction = vec![0.5; 2 * size.len()];
        prediction[7] = f32::NAN;
        let p = kit.matrix(prediction, 2, size.len()).unwrap();
        let t = kit.matrix(vec![0.4; 2 * size.len()], 2, size.len()).unwrap();
        let (sum, _) = loss.gradient(&mut kit, &p, &t).unwrap();
        assert!(values(&sum)[0].is_nan(), "{term:?}");
    }
}

fn saturated_pixels_have_the_gradient_of_the_host<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let mut kit = kit(open());
    let spec = spec::Loss { weights: [(LossTerms::Bce, 1.0)].into() };
    // One value at a time.
    for (p, t) in SATURATED {
        let size = Size::new(1, 1, 1);
        let loss = Loss::new(&kit, &spec, size).unwrap();
        let [prediction, target] = [p, t].map(|value| kit.matrix(vec![value], 1, 1).unwrap());
        let (sum, slopes) = loss.gradient(&mut kit, &prediction, &target).unwrap();
        let mut expected = [0.0];
        let total = HostLoss::new(&spec, size).gradient(&[p], &[t], 1.0, &mut expected);
        assert_close(&values(&sum), &[total], 1e-5, "loss");
        assert_close(&values(&slopes), &doubles(&expected), 1e-5, "slope");
    }
}
