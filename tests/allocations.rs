//! A warm training step does not allocate, and saving a checkpoint allocates little.

use runner::{
    arch::{Activation, Activations, Architecture, ConvBlock, Size},
    data::Images,
    nn,
    ops::Family,
    record::Checkpoint,
    spec::Experiment,
    train::{
        HostEngine, NamedTensor, Observer, Outcome, Progress, Samples, Session, Snapshot,
        TrainState,
    },
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

/// An allocator that counts.
struct Counting;

static ALL: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);
/// Bytes currently allocated, and their peak.
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALL.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        let held = HELD.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(held, Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Records the counts after each step.
struct Steps(Vec<[usize; 2]>);

impl Observer for Steps {
    fn on_step(&mut self, _: Progress) {
        self.0.push([&ALL, &BYTES].map(|count| count.load(Ordering::Relaxed)));
    }
}

/// Trains an experiment on images of `size` and returns the number and bytes of allocations in each step
/// after the first few.
fn allocations(experiment: &str, size: Size) -> Vec<[usize; 2]> {
    let mut experiment: Experiment = toml::from_str(experiment).unwrap();
    experiment.train.epochs = 1;
    let block = |filters| ConvBlock { filters, kernel: 3, stride: 2 };
    let functions = Activations {
        hidden: Activation::Relu,
        latent: Activation::Linear,
        output: Activation::Sigmoid,
    };
    let images = Images { size, pixels: vec![100; 12 * 32 * size.len()], labels: Vec::new() };
    let training = Samples::for_training(&images, &experiment.task, 1);
    let (input, output) = (training.input_size(), size.channels);
    let arch = Architecture::conv(input, output, &[block(32), block(64)], 16, functions);
    let mut network = nn::build(&arch, Family::detect()).unwrap();
    let engine = HostEngine::new(&experiment, &arch, &mut *network, training).unwrap();
    let mut session =
        Session::new(&experiment, &arch, Box::new(engine), training, training).unwrap();
    let mut steps = Steps(Vec::with_capacity(12));
    // With several threads, it would be random which of them has warmed up on which layers.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| session.run(&mut steps)).unwrap(), Outcome::Finished);
    let warm = steps.0[3..].windows(2);
    warm.map(|pair| [0, 1].map(|i| pair[1][i] - pair[0][i])).collect()
}

/// Returns the peak of the bytes allocated while a checkpoint of `values` values is saved, without the
/// checkpoint itself.
fn held_to_save(values: usize) -> usize {
    let tensor = NamedTensor { name: "w".into(), shape: vec![values], values: vec![0.5; values] };
    let snapshot = Snapshot { tensors: vec![tensor], state: TrainState::default() };
    let checkpoint = Checkpoint { identity: "i".into(), snapshot };
    let folder = tempfile::tempdir().unwrap();
    let before = HELD.load(Ordering::Relaxed);
    MOST.store(before, Ordering::Relaxed);
    checkpoint.save(&folder.path().join("w.safetensors")).unwrap();
    MOST.load(Ordering::Relaxed) - before
}

#[test]
fn a_warm_step_allocates_nothing_and_saving_a_checkpoint_little() {
    // One test, because allocations are counted for the whole process.
    let held = held_to_save(1 << 22);
    assert!(held < 1 << 20, "{held} bytes to save {}", 4 << 22);
    for experiment in [
        "",
        r#"
            task = { kind = "denoise" }
            [train]
            loss = { mse = 1, mae = 0.1, bce = 0.1, ssim = 0.2 }
            optimizer = { kind = "rmsprop", momentum = 0.9 }
            clip = { norm = 1, value = 0.5 }
        "#,
        r#"task = { kind = "colorize" }"#,
    ] {
        for size in [Size::new(28, 28, 1), Size::new(19, 22, 3)] {
            if size.channels == 3 || !experiment.contains("colorize") {
                let steps = allocations(experiment, size);
                assert_eq!(steps, [[0, 0]; 8], "{size:?} {experiment}");
            }
        }
    }
}
