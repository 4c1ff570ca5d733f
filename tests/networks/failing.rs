//! A failed step and rejected weights leave the network unchanged.

use crate::{chapter, training::images};
use runner::{
    nn::{self, Accumulator, LossFn, Network, NetworkError, Parameter},
    ops::Family,
    spec::Experiment,
    train::{Engine, HostEngine, Samples},
};
use std::sync::atomic::{AtomicBool, Ordering};

/// A network whose next pass fails if `fails` is set.
struct Failing {
    network: Box<dyn Network>,
    fails: AtomicBool,
}

impl Network for Failing {
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter)) {
        self.network.visit(f);
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter)) {
        self.network.visit_mut(f);
    }

    fn accumulate(
        &self,
        input: Vec<f32>,
        batch: usize,
        loss: &mut LossFn<'_>,
        accumulator: &mut Accumulator,
    ) -> Result<f64, NetworkError> {
        let loss = self.network.accumulate(input, batch, loss, accumulator);
        // Fails after the pass, whose gradients must not count.
        if self.fails.swap(false, Ordering::Relaxed) {
            Err(NetworkError::OutOfMemory)
        } else {
            loss
        }
    }

    fn encode(&self, input: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError> {
        self.network.encode(input, batch)
    }

    fn decode(&self, codes: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError> {
        self.network.decode(codes, batch)
    }
}

/// Returns the weights after three steps, each of which fails once before it succeeds if `fails` says so.
fn three_steps(fails: [bool; 3]) -> Vec<Vec<f32>> {
    let arch = chapter();
    let mut experiment = Experiment::default();
    experiment.train.batch_size = 8;
    let images = images(8);
    let samples = Samples::for_training(&images, &experiment.task, 1);
    let network = nn::build(&arch, Family::Portable).expect("builds");
    let mut network = Failing { network, fails: AtomicBool::new(false) };
    let weights: Vec<Vec<f32>> =
        arch.parameters().iter().map(|parameter| vec![0.01; parameter.len()]).collect();
    let weights: Vec<&[f32]> = weights.iter().map(Vec::as_slice).collect();
    network.set_weights(&weights).expect("weights of the right lengths");
    let batch: Vec<usize> = (0..8).collect();
    let mut taken = Vec::new();
    for (step, fails) in fails.into_iter().enumerate() {
        network.fails.store(fails, Ordering::Relaxed);
        let mut engine = HostEngine::new(&experiment, &arch, &mut network, samples).expect("fits");
        if fails {
            assert_eq!(engine.step(&batch, 0, 1e-3), Err(NetworkError::OutOfMemory));
        }
        engine.step(&batch, step, 1e-3).expect("a step");
        taken = engine.weights().expect("weights");
    }
    taken
}

#[test]
fn a_failed_step_can_be_repeated() {
    assert!(three_steps([true, false, true]) == three_steps([false; 3]));
}

#[test]
fn weights_of_another_network_are_refused_and_change_nothing() {
    let mut network = nn::build(&chapter(), Family::Portable).expect("builds");
    let own: Vec<Vec<f32>> =
        chapter().parameters().iter().map(|parameter| vec![0.5; parameter.len()]).collect();
    let own: Vec<&[f32]> = own.iter().map(Vec::as_slice).collect();
    network.set_weights(&own).expect("weights of the right lengths");
    let other = vec![0.25; own[0].len()];
    let (mut longer, mut fewer, mut more) = (own.clone(), own.clone(), own.clone());
    longer[1] = &other;
    fewer[0] = &other;
    fewer.pop();
    more[0] = &other;
    more.push(&other);
    for weights in [longer, fewer, more] {
        assert_eq!(network.set_weights(&weights), Err(NetworkError::OtherWeights));
    }
    network.visit(&mut |parameter| {
        assert!(parameter.values().iter().all(|value| value.to_bits() == 0.5_f32.to_bits()));
    });
}
