//! Training gives the same bits whether or not the network is compiled, and however often it is saved.

use crate::chapter;
use rand::RngExt;
use runner::{
    arch::{Architecture, Size},
    data::Images,
    nn::{self, Network},
    ops::Family,
    rng::{Purpose, stream},
    spec::Experiment,
    train::{HostEngine, Observer, Outcome, Progress, Samples, Session, Snapshot},
};
use std::io;

pub fn images(count: usize) -> Images {
    let size = Size::new(28, 28, 1);
    let mut rng = stream(1, Purpose::Synthetic, 0, 0);
    let pixels = (0..count * size.len()).map(|_| rng.random()).collect();
    Images { size, pixels, labels: Vec::new() }
}

/// Keeps the last snapshot.
#[derive(Default)]
struct Keeper(Option<Snapshot>);

impl Observer for Keeper {
    fn on_checkpoint(&mut self, snapshot: Snapshot, _: bool, _: bool) -> io::Result<()> {
        self.0 = Some(snapshot);
        Ok(())
    }
}

/// Requests one checkpoint, after the second batch of the second epoch, and keeps all that it receives.
#[derive(Default)]
struct Requester {
    /// Epochs and batches done so far.
    now: (usize, usize),
    received: Vec<(Snapshot, bool)>,
}

impl Observer for Requester {
    fn on_step(&mut self, progress: Progress) {
        self.now = (progress.epoch, progress.batch);
    }

    fn on_checkpoint(&mut self, snapshot: Snapshot, _: bool, epoch_done: bool) -> io::Result<()> {
        self.received.push((snapshot, epoch_done));
        Ok(())
    }

    fn wants_checkpoint(&self) -> bool {
        self.now == (1, 2)
    }
}

/// Trains for 20 steps of 9 images each, with a shorter last batch in each epoch.
fn train(
    network: &mut dyn Network,
    arch: &Architecture,
    from: Option<&Snapshot>,
    observer: &mut dyn Observer,
) {
    let mut experiment = Experiment::default();
    experiment.train.batch_size = 9;
    experiment.train.epochs = 4;
    let images = images(40);
    let training = Samples::for_training(&images, &experiment.task, 1);
    let validation = Samples::for_testing(&images, &experiment.task, 1);
    let engine = Box::new(HostEngine::new(&experiment, arch, network, training).unwrap());
    let mut session = Session::new(&experiment, arch, engine, training, validation).unwrap();
    if let Some(snapshot) = from {
        session.resume(snapshot).unwrap();
    }
    assert_eq!(session.run(observer).unwrap(), Outcome::Finished);
    assert_eq!(session.state().step, 20);
}

/// Returns the last snapshot of a training of 20 steps.
fn twenty_steps(
    network: &mut dyn Network,
    arch: &Architecture,
    from: Option<&Snapshot>,
) -> Snapshot {
    let mut keeper = Keeper::default();
    train(network, arch, from, &mut keeper);
    keeper.0.expect("a checkpoint")
}

fn assert_equal_to_the_bit(a: &Snapshot, b: &Snapshot) {
    let bits = |snapshot: &Snapshot| -> Vec<Vec<u32>> {
        let values = snapshot.tensors.iter().map(|tensor| &tensor.values);
        values.map(|values| values.iter().map(|value| value.to_bits()).collect()).collect()
    };
    assert!(bits(a) == bits(b), "a tensor differs");
    assert_eq!(a.state, b.state);
}

#[test]
fn the_compiled_and_the_run_time_form_are_equal_to_the_bit_after_20_steps() {
    let arch = chapter();
    assert!(nn::is_compiled(&arch), "the build script has generated a type for it");
    let mut compiled = nn::build(&arch, Family::detect()).unwrap();
    let mut any = nn::build_at_run_time(&arch, Family::detect()).unwrap();
    let compiled = twenty_steps(&mut *compiled, &arch, None);
    assert_equal_to_the_bit(&compiled, &twenty_steps(&mut *any, &arch, None));
}

#[test]
fn a_checkpoint_requested_within_an_epoch_changes_nothing_and_resumes_to_the_same_bits() {
    let arch = chapter();
    let mut network = nn::build(&arch, Family::detect()).unwrap();
    let whole = twenty_steps(&mut *network, &arch, None);
    let mut requester = Requester::default();
    train(&mut *network, &arch, None, &mut requester);
    let done: Vec<bool> = requester.received.iter().map(|(_, epoch_done)| *epoch_done).collect();
    assert_eq!(done, [true, false, true, true, true]);
    let (requested, (last, _)) = (&requester.received[1].0, &requester.received[4]);
    assert_equal_to_the_bit(last, &whole);
    let state = &requested.state;
    assert_eq!((state.epoch, state.batch, state.step, state.loss_count), (1, 2, 7, 18));
    assert_equal_to_the_bit(&twenty_steps(&mut *network, &arch, Some(requested)), &whole);
}
