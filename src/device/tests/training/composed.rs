//! What our kernels leave to dfdx's operations, or share with them.

use super::{agreement::trains_as_on_the_cpu, *};
use crate::device::{
    data::Data,
    tensor::{Kit, SendDevice},
};

on_every_device!(
    data_that_do_not_fit_are_copied_batch_by_batch,
    structural_similarity_trains_as_on_the_cpu,
);

fn structural_similarity_trains_as_on_the_cpu<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let similar = DENOISING.replace("mae", "ssim");
    assert_ne!(similar, DENOISING);
    trains_as_on_the_cpu(&open, &similar);
}

fn data_that_do_not_fit_are_copied_batch_by_batch<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let case = Case::new(experiment(DENOISING));
    let (device, access) = open();
    access.enter().unwrap();
    let kit = Kit::new(device);
    let (samples, _) = case.samples();
    let mut kept = Data::new(&kit, samples, u64::MAX).unwrap();
    let mut copied = Data::new(&kit, samples, 1000).unwrap();
    assert!(kept.are_kept() && !copied.are_kept());
    let batch = [3, 69, 0, 3];
    let (a, b) = (kept.batch(&kit, &batch, 1).unwrap(), copied.batch(&kit, &batch, 1).unwrap());
    assert_eq!(values(&a.0), values(&b.0));
    let [a, b] = [a.1, b.1].map(|targets| values(&targets.expect("noise has targets")));
    assert_eq!(a, b);
}
