//! Measures every kernel at the shapes of the MNIST and CIFAR-10 autoencoders, on one thread, for every
//! available family, next to the limits of the machine: a large matrix product, a loop of fused
//! multiply-adds, and loops that only load and store as many bytes.
//!
//! `cargo bench --bench ops [-- PART-OF-A-NAME ...]` measures the layers and families whose names contain one
//! of the parts. Rates are medians over rounds through all of them, so that a short disturbance spoils one
//! round but no result.

mod limits;
mod networks;
mod passes;
mod timing;

use limits::{Memory, Product};
use networks::{BATCH, Case};
use passes::Pass;
use runner::arch::Activation;
use runner::ops::{Family, activation};

/// The program's own allocator, since the alignment of arrays affects their speed.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rounds through all layers of a family.
const ROUNDS: usize = 3;

/// Below this fraction of the matrix product's rate, a pass is also compared with memory.
const SLOW: f64 = 0.7;

fn main() {
    let filters: Vec<_> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|f| name.contains(f));
    let mut memory = Memory::default();
    for family in Family::ALL.into_iter().filter(|family| family.is_available()) {
        let cases: Vec<_> = networks::cases()
            .into_iter()
            .filter(|case| wanted(&format!("{} {family}", case.name())))
            .collect();
        if !cases.is_empty() {
            kernels(family, &cases, &mut memory);
        }
        if wanted(&format!("activation {family}")) {
            activations(family);
        }
    }
}

/// Prints the tables of a family: all passes next to the matrix product, and the slow ones next to memory.
fn kernels(family: Family, cases: &[Case], memory: &mut Memory) {
    let rounds: Vec<_> = (0..ROUNDS).map(|_| round(family, cases)).collect();
    let products = rounds.iter().map(|(product, _)| product);
    let product = products.max_by(|a, b| a.rate.total_cmp(&b.rate)).expect("there are rounds");
    println!("\n## {family} kernels, one thread\n");
    println!(
        "Matrix product: {:.0} GFLOP/s ({}, {side} x {side} by {side} x {side}, the fastest of several \
         sizes).",
        product.rate,
        product.name,
        side = product.side
    );
    if let Some(rate) = limits::multiply_adds(family) {
        println!("Fused multiply-adds in registers: {rate:.0} GFLOP/s.");
    }
    println!("Each cell: GFLOP/s, and per cent of the matrix product.\n");
    println!("| operation | images | forward | input gradient | kernel gradient |");
    println!("| --- | --- | --- | --- | --- |");
    let mut slow = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        let passes = median(rounds.iter().map(|(_, passes)| &passes[i]));
        let cell = |name| {
            passes.iter().find(|pass| pass.name == name).map_or("not needed".to_owned(), |pass| {
                format!("{:.0} ({:.0} %)", pass.rate(), 100.0 * pass.rate() / product.rate)
            })
        };
        let [forward, input, gradient] = ["forward", "input gradient", "kernel gradient"].map(cell);
        println!("| {} | {} | {forward} | {input} | {gradient} |", case.name(), case.chunk);
        let is_slow = |pass: &Pass| pass.rate() < SLOW * product.rate;
        slow.extend(passes.into_iter().filter(is_slow).map(|pass| (case.name(), pass)));
    }
    println!("\nDense kernel gradients are of all {BATCH} images of a batch.");
    beside_memory(&slow, memory);
}

/// Measures a matrix product and the passes of all layers.
fn round(family: Family, cases: &[Case]) -> (Product, Vec<Vec<Pass>>) {
    let passes = cases.iter().map(|case| passes::measure(family, case)).collect();
    (Product::of(family), passes)
}

/// Returns the median of each of a layer's passes over the rounds.
fn median<'a>(rounds: impl Iterator<Item = &'a Vec<Pass>>) -> Vec<Pass> {
    let rounds: Vec<_> = rounds.collect();
    let of = |i: usize| {
        let mut passes: Vec<_> = rounds.iter().map(|passes| passes[i]).collect();
        passes.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
        passes[passes.len() / 2]
    };
    (0..rounds[0].len()).map(of).collect()
}

/// Compares passes with the time that only reading and writing their bytes takes.
fn beside_memory(slow: &[(String, Pass)], memory: &mut Memory) {
    if slow.is_empty() {
        return;
    }
    println!(
        "\nBelow {:.0} % of the matrix product, beside the time that loading and storing as many bytes \
         takes by itself:\n",
        100.0 * SLOW
    );
    println!("| operation | pass | read, KiB | written, KiB | us | memory, us | of the time |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for (name, pass) in slow {
        let least = memory.seconds(pass.read, pass.written, pass.arrays);
        println!(
            "| {name} | {} | {:.0} | {:.0} | {:.2} | {:.2} | {:.0} % |",
            pass.name,
            pass.read as f64 / 1024.0,
            pass.written as f64 / 1024.0,
            pass.seconds * 1e6,
            least * 1e6,
            100.0 * least / pass.seconds
        );
    }
}

/// Measures the activation functions in nanoseconds per value.
fn activations(family: Family) {
    println!("\n| activation, {family} | ns a value |\n| --- | --- |");
    let x = values(4 * 784);
    for act in
        [Activation::Relu, Activation::Elu, Activation::Gelu, Activation::Tanh, Activation::Sigmoid]
    {
        let mut z = x.clone();
        let seconds = timing::median(|| {
            z.copy_from_slice(&x);
            activation::forward(family, act, &mut z);
        });
        println!("| {} | {:.2} |", act.name(), seconds * 1e9 / x.len() as f64);
    }
}

/// Returns pseudo-random values in -0.5..0.5.
fn values(len: usize) -> Vec<f32> {
    (0..len as u32).map(|i| i.wrapping_mul(2_654_435_769) as f32 / u32::MAX as f32 - 0.5).collect()
}
