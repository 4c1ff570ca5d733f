//! Tests of data in GPU memory.

use super::kernels::kernels;
use crate::{arch::Size, data::Images, device::data::Data, spec::Experiment, train::Samples};

/// More samples than are copied at a time, with new noise in every epoch.
#[test]
#[ignore = "needs an NVIDIA GPU: make test-cuda"]
fn on_cuda_gathered_batches_match_the_samples() {
    let text = r#"
        [task]
        kind = "denoise"
        noise = { kind = "gaussian", mean = 0.5, sigma = [0.25, 1.0], resample = "epoch" }
        [model]
        kind = "mlp"
        hidden = [8]
        latent_dim = 4
    "#;
    let experiment: Experiment = toml::from_str(text).unwrap();
    let size = Size::new(3, 2, 1);
    let pixels = (0..2500 * size.len()).map(|i| (i * 7) as u8).collect();
    let images = Images { size, pixels, labels: Vec::new() };
    let samples = Samples::for_training(&images, &experiment.task, 3);
    let kernels = kernels();
    let mut data = Data::new(&kernels, samples, u64::MAX).unwrap();
    assert!(data.are_kept());
    let batch = [0, 2499, 1023, 1024, 2047, 2048, 5];
    for epoch in 0..2 {
        let (mut inputs, mut targets) = (Vec::new(), Vec::new());
        for index in batch {
            samples.append(index, epoch, &mut inputs, &mut targets);
        }
        let (x, t) = data.batch(&kernels, &batch, epoch).unwrap();
        assert_eq!(kernels.read(x.all()).unwrap(), inputs, "inputs of epoch {epoch}");
        assert_eq!(kernels.read(t.unwrap().all()).unwrap(), targets, "targets");
    }
}
