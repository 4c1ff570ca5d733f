//! Compares whole trainings on the device's engine with the CPU's.

use super::{
    Opened, assert_close, doubles, on_every_device,
    trainer::{Trainer, by_every_trainer},
};
use crate::{
    data::Pictures,
    device::tensor::SendDevice,
    nn,
    ops::Family,
    rng::{Purpose, stream},
    spec::{Experiment, Metric},
    train::{
        Divergence, Engine, EpochMetrics, HostEngine, Observer, Outcome, Progress, Samples,
        Session, Snapshot,
    },
};
use rand::RngExt;
use std::{io, time::Duration};

by_every_trainer!(
    the_autoencoder_trains_as_on_the_cpu,
    the_latent_autoencoder_trains_as_on_the_cpu,
    the_denoising_autoencoder_trains_as_on_the_cpu,
    the_colorization_trains_as_on_the_cpu,
    noise_of_every_epoch_is_that_of_the_cpu,
    weights_follow_those_of_the_cpu_step_by_step,
    an_interrupted_training_resumes_bit_for_bit,
    two_trainings_of_one_experiment_are_bit_identical,
    checkpoints_move_between_the_cpu_and_the_device,
    a_divergence_is_reported_at_its_own_step,
    losses_are_returned_only_once,
);

/// Tests of what our kernels leave to dfdx's operations, or share with them.
mod composed {
    use super::{
        data_that_do_not_fit_are_copied_batch_by_batch, on_every_device,
        structural_similarity_trains_as_on_the_cpu,
    };

    on_every_device!(
        data_that_do_not_fit_are_copied_batch_by_batch,
        structural_similarity_trains_as_on_the_cpu,
    );
}

#[cfg(feature = "cuda")]
mod memory;

const AUTOENCODER: &str = r#"
    [model]
    kind = "conv"
    filters = [4, 8]
    latent_dim = 5
    [train]
    epochs = 3
    batch_size = 16
"#;

const DENOISING: &str = r#"
    [task]
    kind = "denoise"
    noise = { kind = "gaussian", mean = 0.5, sigma = 0.5, clip = [0.0, 1.0] }
    [model]
    kind = "conv"
    filters = [4, 8]
    latent_dim = 5
    [train]
    epochs = 2
    batch_size = 16
    loss = { bce = 0.5, mae = 0.5 }
    clip = { norm = 0.5 }
"#;

const COLORIZATION: &str = r#"
    [data]
    dataset = "synthetic_scenes"
    [task]
    kind = "colorize"
    [model]
    kind = "conv"
    filters = [4, 6, 8]
    latent_dim = 7
    [train]
    epochs = 2
    batch_size = 12
    optimizer = { kind = "adamw" }
    schedule = { kind = "plateau", factor = 0.316, patience = 1 }
"#;

fn experiment(text: &str) -> Experiment {
    toml::from_str(text).unwrap()
}

/// Smooth patterns of the experiment's image size, so that there is something to learn.
fn pictures(experiment: &Experiment, count: usize, seed: u64) -> Pictures {
    let size = experiment.output_size();
    let mut rng = stream(seed, Purpose::Synthetic, 0, 0);
    let mut pixels = Vec::new();
    for _ in 0..count {
        let waves: [f32; 3] = [(); 3].map(|()| rng.random_range(0.1..0.9));
        for i in 0..size.len() {
            let (pixel, channel) = (i / size.channels, i % size.channels);
            let (y, x) = ((pixel / size.width) as f32, (pixel % size.width) as f32);
            let value = (y * waves[0]).sin() + (x * waves[1] + channel as f32 * waves[2]).cos();
            pixels.push((127.5 + 63.0 * value) as u8);
        }
    }
    Pictures { size, pixels, labels: Vec::new() }
}

/// Records everything that it observes; may stop after some steps.
#[derive(Default)]
struct Notes {
    epochs: Vec<EpochMetrics>,
    last: Option<Snapshot>,
    steps: usize,
    stop_after: Option<usize>,
}

impl Observer for Notes {
    fn on_step(&mut self, _: Progress) {
        self.steps += 1;
    }

    fn on_epoch(&mut self, metrics: &EpochMetrics, _: Duration, _: usize) -> io::Result<()> {
        self.epochs.push(metrics.clone());
        Ok(())
    }

    fn on_checkpoint(&mut self, snapshot: Snapshot, _: bool, _: bool) -> io::Result<()> {
        self.last = Some(snapshot);
        Ok(())
    }

    // Asked after every batch, whether its loss is known yet or not.
    fn should_stop(&self) -> bool {
        self.stop_after.is_some_and(|steps| self.steps >= steps)
    }
}

/// An experiment with its images.
struct Case {
    experiment: Experiment,
    train: Pictures,
    validation: Pictures,
}

impl Case {
    fn new(experiment: Experiment) -> Self {
        let train = pictures(&experiment, 70, 1);
        let validation = pictures(&experiment, 20, 2);
        Self { experiment, train, validation }
    }

    fn samples(&self) -> (Samples<'_>, Samples<'_>) {
        let task = &self.experiment.task;
        (
            Samples::for_training(&self.train, task, 3),
            Samples::for_testing(&self.validation, task, 3),
        )
    }

    /// Trains on the CPU, from `start` or from fresh weights.
    fn on_cpu(&self, start: Option<&Snapshot>, mut notes: Notes) -> (Outcome, Notes) {
        let arch = self.experiment.architecture();
        let mut network = nn::build_at_run_time(&arch, Family::detect()).unwrap();
        let (train, validation) = self.samples();
        let engine = HostEngine::new(&self.experiment, &arch, &mut *network, train).unwrap();
        let mut session =
            Session::new(&self.experiment, &arch, Box::new(engine), train, validation).unwrap();
        let outcome = run(&mut session, start, &mut notes);
        (outcome, notes)
    }

    /// Trains on the device.
    fn on_device(
        &self,
        trainer: &impl Trainer,
        start: Option<&Snapshot>,
        mut notes: Notes,
    ) -> (Outcome, Notes) {
        let arch = self.experiment.architecture();
        let (train, validation) = self.samples();
        let engine = Box::new(trainer.engine(&self.experiment, &arch, train));
        let mut session = Session::new(&self.experiment, &arch, engine, train, validation).unwrap();
        let outcome = run(&mut session, start, &mut notes);
        (outcome, notes)
    }
}

fn run(session: &mut Session<'_>, start: Option<&Snapshot>, notes: &mut Notes) -> Outcome {
    if let Some(start) = start {
        session.resume(start).unwrap();
    }
    session.run(notes).unwrap()
}

/// Asserts that every metric of every epoch is within 0.2 %: Adam amplifies rounding errors, because its
/// steps for small gradients are as large as for large ones.
fn trains_as_on_the_cpu(trainer: &impl Trainer, text: &str) {
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

fn bits(snapshot: &Snapshot) -> Vec<u32> {
    snapshot.tensors.iter().flat_map(|tensor| &tensor.values).map(|v| v.to_bits()).collect()
}

fn an_interrupted_training_resumes_bit_for_bit(trainer: &impl Trainer) {
    // More steps per epoch than unread losses, so that the interruption is between two readings.
    let mut experiment = experiment(AUTOENCODER);
    experiment.train.batch_size = 1;
    experiment.train.epochs = 2;
    let case = Case::new(experiment);
    let (_, whole) = case.on_device(trainer, None, Notes::default());
    let stopping = Notes { stop_after: Some(1), ..Notes::default() };
    let (outcome, part) = case.on_device(trainer, None, stopping);
    assert_eq!(outcome, Outcome::Interrupted);
    let cut = part.last.unwrap();
    assert!(cut.state.batch > 1 && cut.state.batch < 70, "in the middle of an epoch");
    assert_eq!(cut.state.loss_count, cut.state.batch as u64);
    let (outcome, rest) = case.on_device(trainer, Some(&cut), Notes::default());
    assert_eq!(outcome, Outcome::Finished);
    assert_eq!(rest.epochs, whole.epochs);
    let (rest, whole) = (rest.last.unwrap(), whole.last.unwrap());
    assert_eq!(rest.state, whole.state);
    assert!(bits(&rest) == bits(&whole), "some weight differs");
}

fn two_trainings_of_one_experiment_are_bit_identical(trainer: &impl Trainer) {
    let case = Case::new(experiment(DENOISING));
    let (_, a) = case.on_device(trainer, None, Notes::default());
    let (_, b) = case.on_device(trainer, None, Notes::default());
    assert_eq!(a.epochs, b.epochs);
    assert!(bits(&a.last.unwrap()) == bits(&b.last.unwrap()), "some weight differs");
}

fn checkpoints_move_between_the_cpu_and_the_device(trainer: &impl Trainer) {
    let case = Case::new(experiment(AUTOENCODER));
    let (_, host) = case.on_cpu(None, Notes::default());
    // Half on one, half on the other, in both directions.
    let stopping = || Notes { stop_after: Some(5), ..Notes::default() };
    let (_, begun) = case.on_cpu(None, stopping());
    let (_, on_device) = case.on_device(trainer, begun.last.as_ref(), Notes::default());
    let (_, begun) = case.on_device(trainer, None, stopping());
    let (_, on_cpu) = case.on_cpu(begun.last.as_ref(), Notes::default());
    for ended in [on_device, on_cpu] {
        let state = ended.last.unwrap().state;
        assert_eq!(state.step, host.last.as_ref().unwrap().state.step);
        let (last, expected) = (ended.epochs.last().unwrap(), host.epochs.last().unwrap());
        let (a, b) =
            (last.value(Metric::ValLoss).unwrap(), expected.value(Metric::ValLoss).unwrap());
        assert!((a - b).abs() < 2e-3 * b, "{a}, not {b}");
    }
}

fn a_divergence_is_reported_at_its_own_step(trainer: &impl Trainer) {
    let case = Case::new(experiment(AUTOENCODER));
    let (_, notes) = case.on_cpu(None, Notes { stop_after: Some(2), ..Notes::default() });
    let mut start = notes.last.unwrap();
    let kernel = start.tensors.iter_mut().find(|tensor| tensor.name == "decoder.deconv0.kernel");
    kernel.unwrap().values[0] = f32::NAN;
    let (outcome, notes) = case.on_device(trainer, Some(&start), Notes::default());
    let Outcome::Diverged(Divergence { what, step, epoch, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((what, step, epoch), ("loss", 3, 1));
    assert_eq!(notes.steps, 0, "no step is reported after it");
}

fn losses_are_returned_only_once(trainer: &impl Trainer) {
    let case = Case::new(experiment(AUTOENCODER));
    let (train, _) = case.samples();
    let mut engine = trainer.engine(&case.experiment, &case.experiment.architecture(), train);
    let mut losses = Vec::new();
    engine.losses(&mut losses).unwrap();
    assert!(losses.is_empty());
    engine.step(&[0, 1], 0, 0.1).unwrap();
    engine.losses(&mut losses).unwrap();
    engine.losses(&mut losses).unwrap();
    assert_eq!(losses.len(), 1);
}

fn structural_similarity_trains_as_on_the_cpu<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    let similar = DENOISING.replace("mae", "ssim");
    assert_ne!(similar, DENOISING);
    trains_as_on_the_cpu(&open, &similar);
}

fn data_that_do_not_fit_are_copied_batch_by_batch<D: SendDevice>(open: impl Fn() -> Opened<D>) {
    use crate::device::{data::Data, tensor::Kit};
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
    assert_eq!(super::values(&a.0), super::values(&b.0));
    let [a, b] = [a.1, b.1].map(|targets| super::values(&targets.expect("noise has targets")));
    assert_eq!(a, b);
}
