//! Compares whole trainings on the device's engine with the CPU's.

mod agreement;
mod composed;
mod continuity;
#[cfg(feature = "cuda")]
mod memory;

use super::{
    Opened, assert_close, doubles, on_every_device,
    trainer::{Trainer, by_every_trainer},
    values,
};
use crate::{
    data::Images,
    nn,
    ops::Family,
    rng::{Purpose, stream},
    spec::Experiment,
    train::{EpochMetrics, HostEngine, Observer, Outcome, Progress, Samples, Session, Snapshot},
};
use rand::RngExt;
use std::{io, time::Duration};

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
fn images(experiment: &Experiment, count: usize, seed: u64) -> Images {
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
    Images { size, pixels, labels: Vec::new() }
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
    train: Images,
    validation: Images,
}

impl Case {
    fn new(experiment: Experiment) -> Self {
        let train = images(&experiment, 70, 1);
        let validation = images(&experiment, 20, 2);
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
