//! A training on the device can be repeated and resumed bit for bit, and says when it diverges.

use super::*;
use crate::{
    spec::Metric,
    train::{Divergence, Engine},
};

by_every_trainer!(
    an_interrupted_training_resumes_bit_for_bit,
    two_trainings_of_one_experiment_are_bit_identical,
    checkpoints_move_between_the_cpu_and_the_device,
    a_divergence_is_reported_at_its_own_step,
    losses_are_returned_only_once,
);

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
    let Outcome::Diverged(Divergence { metric, step, epoch, .. }) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!((metric, step, epoch), (Metric::Loss, 3, 1));
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
