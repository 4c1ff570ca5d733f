//! Networks as the training sees them: compiled or built at run time, and their gradients.

use proptest::prelude::*;
use rand::RngExt;
use runner::{
    arch::{Activation, Activations, Architecture, ConvBlock, Shapes, Size},
    data::Pictures,
    nn::{self, Network, Parameter},
    ops::Family,
    rng::{Purpose, stream},
    spec::Experiment,
    train::{EpochMetrics, HostEngine, Observer, Outcome, Progress, Samples, Session, Snapshot},
};
use std::{io, time::Duration};

const FUNCTIONS: Activations = Activations {
    hidden: Activation::Relu,
    latent: Activation::Linear,
    output: Activation::Sigmoid,
};

fn block(filters: usize, kernel: usize, stride: usize) -> ConvBlock {
    ConvBlock { filters, kernel, stride }
}

fn chapter() -> Architecture {
    let blocks = [block(32, 3, 2), block(64, 3, 2)];
    Architecture::conv(Size::new(28, 28, 1), 1, &blocks, 16, FUNCTIONS)
}

fn pictures(count: usize) -> Pictures {
    let size = Size::new(28, 28, 1);
    let mut rng = stream(1, Purpose::Synthetic, 0, 0);
    let pixels = (0..count * size.len()).map(|_| rng.random()).collect();
    Pictures { size, pixels, labels: Vec::new() }
}

/// Keeps the last snapshot.
#[derive(Default)]
struct Keeper(Option<Snapshot>);

impl Observer for Keeper {
    fn on_step(&mut self, _: Progress) {}

    fn on_epoch(&mut self, _: &EpochMetrics, _: Duration, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn on_checkpoint(&mut self, snapshot: Snapshot, _: bool, _: bool) -> io::Result<()> {
        self.0 = Some(snapshot);
        Ok(())
    }

    fn should_stop(&self) -> bool {
        false
    }
}

/// Wants one checkpoint, after the second batch of the second epoch, and keeps all that it is given.
#[derive(Default)]
struct Asker {
    /// Epochs and batches that are done.
    now: (usize, usize),
    given: Vec<(Snapshot, bool)>,
}

impl Observer for Asker {
    fn on_step(&mut self, progress: Progress) {
        self.now = (progress.epoch, progress.batch);
    }

    fn on_epoch(&mut self, _: &EpochMetrics, _: Duration, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn on_checkpoint(&mut self, snapshot: Snapshot, _: bool, epoch_done: bool) -> io::Result<()> {
        self.given.push((snapshot, epoch_done));
        Ok(())
    }

    fn wants_checkpoint(&self) -> bool {
        self.now == (1, 2)
    }

    fn should_stop(&self) -> bool {
        false
    }
}

/// Trains with 9 pictures a step, the last batch of each epoch shorter, until 20 steps are done.
fn train(
    network: &mut dyn Network,
    arch: &Architecture,
    from: Option<&Snapshot>,
    observer: &mut dyn Observer,
) {
    let mut experiment = Experiment::default();
    experiment.train.batch_size = 9;
    experiment.train.epochs = 4;
    let pictures = pictures(40);
    let training = Samples::for_training(&pictures, &experiment.task, 1);
    let validation = Samples::for_testing(&pictures, &experiment.task, 1);
    let engine = Box::new(HostEngine::new(&experiment, arch, network, training).unwrap());
    let mut session = Session::new(&experiment, arch, engine, training, validation).unwrap();
    if let Some(snapshot) = from {
        session.resume(snapshot).unwrap();
    }
    assert_eq!(session.run(observer).unwrap(), Outcome::Finished);
    assert_eq!(session.state().step, 20);
}

/// What is left after 20 steps.
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
    assert!(bits(a) == bits(b), "some tensor differs");
    assert_eq!(a.state, b.state);
}

#[test]
fn the_compiled_and_the_run_time_form_are_equal_to_the_bit_after_20_steps() {
    let arch = chapter();
    let mut compiled = nn::build(&arch, Family::detect()).unwrap();
    let mut any = nn::build_at_run_time(&arch, Family::detect()).unwrap();
    assert_eq!((compiled.shapes(), any.shapes()), (Shapes::CompileTime, Shapes::RunTime));
    let compiled = twenty_steps(&mut *compiled, &arch, None);
    assert_equal_to_the_bit(&compiled, &twenty_steps(&mut *any, &arch, None));
}

#[test]
fn a_checkpoint_asked_for_within_an_epoch_changes_nothing_and_continues_to_the_same_bits() {
    let arch = chapter();
    let mut network = nn::build(&arch, Family::detect()).unwrap();
    let whole = twenty_steps(&mut *network, &arch, None);
    let mut asker = Asker::default();
    train(&mut *network, &arch, None, &mut asker);
    let done: Vec<bool> = asker.given.iter().map(|(_, epoch_done)| *epoch_done).collect();
    assert_eq!(done, [true, false, true, true, true]);
    let (asked, (last, _)) = (&asker.given[1].0, &asker.given[4]);
    assert_equal_to_the_bit(last, &whole);
    let state = &asked.state;
    assert_eq!((state.epoch, state.batch, state.step, state.loss_count), (1, 2, 7, 18));
    assert_equal_to_the_bit(&twenty_steps(&mut *network, &arch, Some(asked)), &whole);
}

#[test]
fn the_chapters_weights_have_the_names_shapes_and_fans_of_keras() {
    let kernel = |name: &str, shape: &[usize], fans| runner::arch::Parameter {
        name: format!("{name}.kernel"),
        shape: shape.to_vec(),
        fans: Some(fans),
    };
    let bias = |name: &str, len| runner::arch::Parameter {
        name: format!("{name}.bias"),
        shape: vec![len],
        fans: None,
    };
    let expected = [
        kernel("encoder.conv0", &[3, 3, 1, 32], (9, 288)),
        bias("encoder.conv0", 32),
        kernel("encoder.conv1", &[3, 3, 32, 64], (288, 576)),
        bias("encoder.conv1", 64),
        kernel("encoder.latent", &[3136, 16], (3136, 16)),
        bias("encoder.latent", 16),
        kernel("decoder.dense", &[16, 3136], (16, 3136)),
        bias("decoder.dense", 3136),
        kernel("decoder.deconv0", &[3, 3, 64, 64], (576, 576)),
        bias("decoder.deconv0", 64),
        kernel("decoder.deconv1", &[3, 3, 32, 64], (288, 576)),
        bias("decoder.deconv1", 32),
        kernel("decoder.output", &[3, 3, 1, 32], (9, 288)),
        bias("decoder.output", 1),
    ];
    assert_eq!(chapter().parameters(), expected);
}

#[test]
fn parameters_come_in_checkpoint_order_with_the_sizes_of_the_architecture() {
    let arch = chapter();
    let network = nn::build(&arch, Family::detect()).unwrap();
    let mut lengths = Vec::new();
    network.visit(&mut |parameter| lengths.push(parameter.values().len()));
    let expected: Vec<usize> = arch.parameters().iter().map(runner::arch::Parameter::len).collect();
    assert_eq!(lengths, expected);
    assert_eq!(lengths.iter().sum::<usize>(), 178_001);
}

/// Weights between -0.5 and 0.5 for every parameter; returns them flat.
fn fill(network: &mut dyn Network, seed: u64) -> Vec<f32> {
    let mut rng = stream(seed, Purpose::Weights, 0, 0);
    let mut all = Vec::new();
    network.visit_mut(&mut |parameter| {
        let values: Vec<f32> =
            parameter.values().iter().map(|_| rng.random_range(-0.5..0.5)).collect();
        parameter.values_mut().copy_from_slice(&values);
        all.extend(values);
    });
    all
}

fn load(network: &mut dyn Network, weights: &[f32]) {
    let mut rest = weights;
    network.visit_mut(&mut |parameter| {
        let (values, after) = rest.split_at(parameter.values().len());
        parameter.values_mut().copy_from_slice(values);
        rest = after;
    });
}

/// Half the sum of squares of the outputs, weighted so that no two outputs count the same.
fn loss(outputs: &[f32], gradient: &mut [f32]) -> f64 {
    let weight = |index: usize| 1.0 + 0.1 * (index % 7) as f32;
    let mut sum = 0.0;
    for (index, (value, slope)) in outputs.iter().zip(gradient).enumerate() {
        *slope = weight(index) * value;
        sum += f64::from(0.5 * weight(index) * value * value);
    }
    sum
}

/// The gradients of all parameters, for lanes of chunks of pictures.
fn gradients(network: &dyn Network, picture: usize, chunks: &[&[&[f32]]]) -> Vec<f32> {
    let mut parameters = Vec::new();
    network.visit(&mut |parameter| parameters.push(parameter));
    let mut lanes = network.lanes(chunks.len()).unwrap();
    for (lane, chunks) in lanes.iter_mut().zip(chunks) {
        for chunk in *chunks {
            network.accumulate(chunk.to_vec(), chunk.len() / picture, &mut loss, lane).unwrap();
        }
    }
    nn::settle(network, &mut lanes).unwrap();
    let sum = |parameter: &&dyn Parameter| {
        let mut sum = vec![0.0; parameter.values().len()];
        for lane in &mut lanes {
            for (sum, value) in sum.iter_mut().zip(&*lane.of(*parameter).unwrap()) {
                *sum += value;
            }
        }
        sum
    };
    parameters.iter().flat_map(sum).collect()
}

/// Gradients on the tape against central differences, for a few parameters of each tensor.
fn assert_gradients(arch: &Architecture, batch: usize, seed: u64) {
    let mut network = nn::build_at_run_time(arch, Family::detect()).unwrap();
    let weights = fill(&mut *network, seed);
    let mut rng = stream(seed, Purpose::TrainNoise, 0, 0);
    let input: Vec<f32> = (0..batch * arch.input.len()).map(|_| rng.random()).collect();
    let gradients = gradients(&*network, arch.input.len(), &[&[&input]]);
    assert_eq!(gradients.len(), weights.len());

    let mut at = |weights: &[f32]| {
        load(&mut *network, weights);
        let outputs = network.reconstruct(input.clone(), batch).unwrap();
        loss(&outputs, &mut vec![0.0; outputs.len()])
    };
    let mut start = 0;
    for parameter in arch.parameters() {
        for _ in 0..4 {
            let index = start + rng.random_range(0..parameter.len());
            let step = 4e-3_f32;
            let mut moved = weights.clone();
            moved[index] = weights[index] + step;
            let up = at(&moved);
            moved[index] = weights[index] - step;
            let down = at(&moved);
            let expected = (up - down) / f64::from(2.0 * step);
            let found = f64::from(gradients[index]);
            let scale = 1e-2 + expected.abs().max(found.abs());
            let name = &parameter.name;
            assert!((found - expected).abs() < 0.05 * scale, "{name}: {found}, not {expected}");
        }
        start += parameter.len();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    // Smooth activations: at a ReLU's kink a difference says nothing.
    #[test]
    fn gradients_of_random_networks_agree_with_finite_differences(
        height in 1_usize..9, width in 1_usize..9, channels in 1_usize..3,
        blocks in prop::collection::vec((1_usize..5, 1_usize..5, 1_usize..4), 1..4),
        latent in 1_usize..5, batch in 1_usize..4, seed in any::<u64>(),
        hidden in prop::sample::select(vec![Activation::Tanh, Activation::Silu, Activation::Gelu]),
    ) {
        let blocks: Vec<ConvBlock> =
            blocks.into_iter().map(|(filters, kernel, stride)| block(filters, kernel, stride)).collect();
        let functions = Activations { hidden, latent: Activation::Tanh, output: Activation::Sigmoid };
        let size = Size::new(height, width, channels);
        assert_gradients(&Architecture::conv(size, 1, &blocks, latent, functions), batch, seed);
    }

    #[test]
    fn gradients_of_random_mlps_agree_with_finite_differences(
        hidden in prop::collection::vec(1_usize..9, 0..4), latent in 1_usize..5,
        batch in 1_usize..4, seed in any::<u64>(),
    ) {
        let functions = Activations {
            hidden: Activation::Elu, latent: Activation::Linear, output: Activation::Linear,
        };
        assert_gradients(&Architecture::mlp(Size::new(3, 4, 1), 1, &hidden, latent, functions), batch, seed);
    }
}

#[test]
fn gradients_of_chunks_add_up_in_a_lane_and_over_lanes() {
    let arch = chapter();
    let mut network = nn::build(&arch, Family::detect()).unwrap();
    fill(&mut *network, 3);
    let mut rng = stream(2, Purpose::TrainNoise, 0, 0);
    let picture = arch.input.len();
    let input: Vec<f32> = (0..3 * picture).map(|_| rng.random()).collect();
    let (first, rest) = input.split_at(picture);
    let (second, third) = rest.split_at(picture);
    let together = gradients(&*network, picture, &[&[&input]]);
    for chunks in [&[&[first, second, third][..]][..], &[&[first, second], &[third]]] {
        for (together, apart) in together.iter().zip(&gradients(&*network, picture, chunks)) {
            // 784 is a multiple of 7, so a picture's loss does not depend on its place in the batch.
            assert!(
                (together - apart).abs() <= 1e-4 * together.abs().max(1.0),
                "{together} {apart}"
            );
        }
    }
}
