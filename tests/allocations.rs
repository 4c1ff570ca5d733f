//! What a training step asks the allocator for.

use runner::{
    arch::{Activation, Activations, Architecture, ConvBlock, Size},
    data::Pictures,
    nn,
    ops::Family,
    spec::Experiment,
    train::{EpochMetrics, Observer, Outcome, Progress, Samples, Session, Snapshot},
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    io,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

/// Larger than the boxes and lists in which tape and thread pool keep their books, smaller than a
/// chunk of pictures.
const SMALL: usize = 8192;

/// Counts what is allocated.
struct Counting;

static ALL: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);
static LARGE: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALL.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        LARGE.fetch_add(usize::from(layout.size() > SMALL), Ordering::Relaxed);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Notes the counts after each step.
#[derive(Default)]
struct Steps(Vec<[usize; 3]>);

impl Observer for Steps {
    fn on_step(&mut self, _: Progress) {
        self.0.push([&ALL, &BYTES, &LARGE].map(|count| count.load(Ordering::Relaxed)));
    }

    fn on_epoch(&mut self, _: &EpochMetrics, _: Duration, _: usize) -> io::Result<()> {
        Ok(())
    }

    fn on_checkpoint(&mut self, _: Snapshot, _: bool, _: bool) -> io::Result<()> {
        Ok(())
    }

    fn should_stop(&self) -> bool {
        false
    }
}

#[test]
fn a_warm_step_allocates_no_tensor() {
    let (size, block) =
        (Size::new(28, 28, 1), |filters| ConvBlock { filters, kernel: 3, stride: 2 });
    let functions = Activations {
        hidden: Activation::Relu,
        latent: Activation::Linear,
        output: Activation::Sigmoid,
    };
    let arch = Architecture::conv(size, 1, &[block(32), block(64)], 16, functions);
    let mut network = nn::build(&arch, Family::detect()).unwrap();
    let pictures = Pictures { size, pixels: vec![100; 12 * 32 * size.len()], labels: Vec::new() };
    let mut experiment = Experiment::default();
    experiment.train.epochs = 1;
    let training = Samples::for_training(&pictures, &experiment.task, 1);
    let mut session = Session::new(&experiment, &arch, &mut *network, training, training).unwrap();
    let mut steps = Steps::default();
    // With several threads, which of them has worked on which layers yet would be a matter of luck.
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| session.run(&mut steps)).unwrap(), Outcome::Finished);
    let warm = steps.0[3..].windows(2).map(|pair| [0, 1, 2].map(|i| pair[1][i] - pair[0][i]));
    for [all, bytes, large] in warm {
        println!("{all} allocations, {bytes} bytes");
        assert_eq!(large, 0, "of more than {SMALL} bytes");
    }
}
