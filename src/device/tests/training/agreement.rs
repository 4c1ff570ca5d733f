//! A training on the device has the metrics and weights of one on the CPU.

use super::*;
use crate::spec::Metric;

by_every_trainer!(
    the_autoencoder_trains_as_on_the_cpu,
    the_latent_autoencoder_trains_as_on_the_cpu,
    the_denoising_autoencoder_trains_as_on_the_cpu,
    the_colorization_trains_as_on_the_cpu,
    noise_of_every_epoch_is_that_of_the_cpu,
    weights_follow_those_of_the_cpu_step_by_step,
);

/// Asserts that every metric of every epoch is within 0.2 %: Adam amplifies rounding errors, because its
/// steps for small gradients are as large as for large ones.
pub(super) fn trains_as_on_the_cpu(trainer: &impl Trainer, text: &str) {
    let case = Case::new(experiment(text));
    let (_, host) = case.on_cpu(None, Notes::default());
    let (outcome, ours) = case.on_device(trainer, None, Notes::default());
    assert_eq!(outcome, Outcome::Finished);
    assert_eq!(ours.epochs.len(), case.experiment.train.epochs);
    for (ours, host) in ours.epochs.iter().zip(&host.epochs) {
        assert_eq!((ours.epoch, ours.step), (host.epoch, host.step));
        assert_eq!(ours.learning_rate, host.learning_rate);
        for metric in Metric::ALL {
            let (a, b) = (ours.value(metric).unwrap(), host.value(metric).unwrap());
            assert!((a - b).abs() < 2e-3 * b.abs(), "{metric:?}: {a}, not {b}");
        }
    }
    let (first, last) = (&ours.epochs[0], &ours.epochs[ours.epochs.len() - 1]);
    let loss = |epoch: &EpochMetrics| epoch.value(Metric::Loss).unwrap();
    assert!(loss(last) < loss(first), "the loss falls");
}

fn the_autoencoder_trains_as_on_the_cpu(trainer: &impl Trainer) {
    trains_as_on_the_cpu(trainer, AUTOENCODER);
}

fn the_latent_autoencoder_trains_as_on_the_cpu(trainer: &impl Trainer) {
    trains_as_on_the_cpu(trainer, &AUTOENCODER.replace("latent_dim = 5", "latent_dim = 2"));
}

fn the_denoising_autoencoder_trains_as_on_the_cpu(trainer: &impl Trainer) {
    trains_as_on_the_cpu(trainer, DENOISING);
}

fn the_colorization_trains_as_on_the_cpu(trainer: &impl Trainer) {
    trains_as_on_the_cpu(trainer, COLORIZATION);
}

fn noise_of_every_epoch_is_that_of_the_cpu(trainer: &impl Trainer) {
    for sigma in ["0.5", "[0.25, 0.75]"] {
        let noise = format!("sigma = {sigma}, resample = \"epoch\"");
        let again = DENOISING.replace("sigma = 0.5, clip = [0.0, 1.0]", &noise);
        assert_ne!(again, DENOISING);
        trains_as_on_the_cpu(trainer, &again);
    }
}

/// Plain gradient descent does not amplify rounding errors.
fn weights_follow_those_of_the_cpu_step_by_step(trainer: &impl Trainer) {
    let mut experiment = experiment(AUTOENCODER);
    experiment.train.optimizer =
        crate::spec::Optimizer::Sgd { learning_rate: 0.1, momentum: 0.9, nesterov: true };
    let case = Case::new(experiment);
    let (_, host) = case.on_cpu(None, Notes::default());
    let (_, ours) = case.on_device(trainer, None, Notes::default());
    let (ours, host) = (ours.last.unwrap(), host.last.unwrap());
    assert_eq!(ours.state.step, host.state.step);
    assert_eq!(ours.tensors.len(), host.tensors.len());
    for (ours, host) in ours.tensors.iter().zip(&host.tensors) {
        assert_eq!((&ours.name, &ours.shape), (&host.name, &host.shape));
        assert_close(&ours.values, &doubles(&host.values), 2e-5, &ours.name);
    }
}
