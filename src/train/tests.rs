//! What a training draws, and in what order: recorded by an engine that computes nothing.

use super::*;
use crate::{data::Images, nn::NetworkError, spec::Experiment};
use std::sync::Mutex;

/// Two epochs of three steps of two images, and two kernels of four by four weights.
const EXPERIMENT: &str = r#"
    [model]
    kind = "mlp"
    hidden = [4]
    latent_dim = 4
    [train]
    epochs = 2
    batch_size = 2
    optimizer = { kind = "sgd", learning_rate = 0.6 }
    schedule = { kind = "polynomial", end = 0.0, power = 1.0 }
"#;

/// What an engine is told.
#[derive(Default)]
struct Told {
    weights: Vec<Vec<f32>>,
    /// The images, the epoch and the learning rate of every step.
    steps: Vec<(Vec<usize>, usize, f64)>,
}

struct Recorder<'a> {
    told: &'a Mutex<Told>,
    unread: usize,
}

impl Engine for Recorder<'_> {
    fn step(&mut self, batch: &[usize], epoch: usize, rate: f64) -> Result<(), NetworkError> {
        self.told.lock().unwrap().steps.push((batch.to_vec(), epoch, rate));
        self.unread += 1;
        Ok(())
    }

    /// As on a device: only the end of an epoch reads them.
    fn has_losses(&self) -> bool {
        false
    }

    fn losses(&mut self, losses: &mut Vec<f64>) -> Result<(), NetworkError> {
        losses.extend((0..std::mem::take(&mut self.unread)).map(|_| 1.0));
        Ok(())
    }

    fn inference(&self) -> Inference<'_> {
        Inference::on_device(self)
    }

    fn weights(&self) -> Result<Vec<Vec<f32>>, NetworkError> {
        Ok(self.told.lock().unwrap().weights.clone())
    }

    fn set_weights(&mut self, weights: &[&[f32]]) -> Result<(), NetworkError> {
        self.told.lock().unwrap().weights = weights.iter().map(|values| values.to_vec()).collect();
        Ok(())
    }

    fn slot(&self, _: usize) -> Result<Vec<f32>, NetworkError> {
        Ok(vec![0.0; self.weights()?.concat().len()])
    }

    fn set_slot(&mut self, _: usize, _: &[f32]) -> Result<(), NetworkError> {
        Ok(())
    }

    fn set_steps(&mut self, _: u64) {}
}

impl Passes for Recorder<'_> {
    fn run(&self, _: Pass, values: &[f32], _: usize) -> Result<Vec<f32>, NetworkError> {
        Ok(values.to_vec())
    }
}

/// Lets a training run to its end.
struct Patient;

impl Observer for Patient {}

/// Trains [`EXPERIMENT`], and returns what the engine was told.
fn trained() -> Told {
    let experiment: Experiment = toml::from_str(EXPERIMENT).unwrap();
    let size = experiment.output_size();
    let images = Images { size, pixels: vec![9; 6 * size.len()], labels: Vec::new() };
    let train = Samples::for_training(&images, &experiment.task, 7);
    let validation = Samples::for_testing(&images, &experiment.task, 7);
    let told = Mutex::default();
    let engine = Box::new(Recorder { told: &told, unread: 0 });
    let arch = experiment.architecture();
    let mut session = Session::new(&experiment, &arch, engine, train, validation).unwrap();
    assert_eq!(session.run(&mut Patient).unwrap(), Outcome::Finished);
    drop(session);
    told.into_inner().unwrap()
}

#[test]
fn every_step_has_the_rate_of_its_own_number() {
    let Told { steps, .. } = trained();
    let rates = [0.6, 0.5, 0.4, 0.3, 0.2, 0.1];
    assert_eq!(steps.len(), rates.len());
    for ((step, (_, epoch, rate)), expected) in steps.iter().enumerate().zip(rates) {
        assert_eq!(*epoch, step / 3);
        assert!((rate - expected).abs() < 1e-12, "step {step}: {rate}, not {expected}");
    }
}

#[test]
fn every_epoch_has_its_own_order() {
    let Told { steps, .. } = trained();
    let orders = [0, 1].map(|epoch| {
        let steps = steps[3 * epoch..][..3].iter();
        steps.flat_map(|(images, ..)| images.iter().copied()).collect::<Vec<_>>()
    });
    assert_ne!(orders[0], orders[1]);
    for mut order in orders {
        order.sort_unstable();
        assert_eq!(order, [0, 1, 2, 3, 4, 5]);
    }
}

#[test]
fn kernels_of_equal_shape_start_with_different_weights() {
    let Told { weights, .. } = trained();
    // Kernels and biases alternate; the first kernel reads the image, the last one writes it.
    let (latent, dense) = (&weights[2], &weights[4]);
    assert_eq!((latent.len(), dense.len()), (16, 16));
    assert_ne!(latent, dense);
}
