//! Time and rate of every kernel at the sizes of the MNIST and CIFAR-10 autoencoders, one thread,
//! for every family of this machine, beside two measures of what is possible: a loop of nothing but
//! fused multiply-adds, and the matrix product of the same size by the `gemm` crate.
//!
//! `cargo bench --bench ops [-- PART-OF-A-NAME]`. Medians and minima over samples; another program on
//! the machine shows as a large distance between the two.

use runner::arch::{Activation, ConvShape, Size};
use runner::ops::{Family, Kernel, Packed, activation, bias_gradient, conv, conv_transpose, dense};
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Pictures a call, as in training.
const BATCH: usize = 4;
const SAMPLES: usize = 25;

fn main() {
    let filter = std::env::args().skip(1).find(|arg| !arg.starts_with("--")).unwrap_or_default();
    let bench = Bench { filter };
    println!(
        "{:<46} {:>8} {:>10} {:>10} {:>9}",
        "per picture", "family", "median us", "least us", "GFLOP/s"
    );
    bench.peaks();
    let picture = |n, c| Size::new(n, n, c);
    for (large, small, kernel, stride) in [
        (picture(28, 1), 32, 3, 2),
        (picture(14, 32), 64, 3, 2),
        (picture(32, 1), 64, 3, 2),
        (picture(16, 64), 128, 3, 2),
        (picture(8, 128), 256, 3, 2),
    ] {
        bench.conv(ConvShape::same(large, small, kernel, stride));
    }
    for (large, small, kernel, stride) in [
        (picture(14, 64), 64, 3, 2),
        (picture(28, 32), 64, 3, 2),
        (picture(28, 1), 32, 3, 1),
        (picture(8, 256), 256, 3, 2),
        (picture(16, 128), 256, 3, 2),
        (picture(32, 64), 128, 3, 2),
        (picture(32, 3), 64, 3, 1),
    ] {
        bench.conv_transpose(ConvShape::same(large, small, kernel, stride));
    }
    for (inputs, outputs) in [(3136, 16), (16, 3136), (4096, 256)] {
        bench.dense(inputs, outputs);
    }
    bench.activations();
}

struct Bench {
    filter: String,
}

impl Bench {
    /// Times `work` on a batch and prints a line; `flops` and times are per picture.
    fn line(&self, name: &str, family: &str, flops: f64, mut work: impl FnMut()) {
        if !format!("{name} {family}").contains(&self.filter) {
            return;
        }
        let (median, least) = time(&mut work);
        let (median, least) = (median / BATCH as f64, least / BATCH as f64);
        let rate = flops / median / 1e3;
        println!("{name:<46} {family:>8} {median:>10.2} {least:>10.2} {rate:>9.1}");
    }

    fn peaks(&self) {
        for family in families() {
            let flops = peak::FLOPS / BATCH as f64;
            if let Some(work) = peak::of(family) {
                self.line("peak: fused multiply-adds in registers", family.name(), flops, work);
            }
        }
    }

    /// The matrix product (m, k) by (k, n), per picture.
    fn product(&self, name: &str, m: usize, n: usize, k: usize) {
        let m = BATCH * m;
        let (a, b, mut c) = (values(m * k), values(k * n), vec![0.0; m * n]);
        let flops = 2.0 * (m * n * k) as f64 / BATCH as f64;
        self.line(&format!("{name} as a product"), "gemm", flops, || {
            // SAFETY: row-major matrices of exactly these sizes.
            unsafe {
                gemm::gemm(
                    m,
                    n,
                    k,
                    c.as_mut_ptr(),
                    1,
                    n.cast_signed(),
                    false,
                    a.as_ptr(),
                    1,
                    k.cast_signed(),
                    b.as_ptr(),
                    1,
                    n.cast_signed(),
                    0.0_f32,
                    1.0_f32,
                    false,
                    false,
                    false,
                    gemm::Parallelism::None,
                );
            }
        });
    }

    fn conv(&self, shape: ConvShape) {
        let name = format!("conv {} to {}", shape.large(), shape.small());
        let (x, gz, kernel) = sides(&shape);
        let (mut y, mut gx, mut gkernel) = (gz.clone(), x.clone(), kernel.clone());
        let (bias, mut gbias) = (values(shape.small_channels), values(shape.small_channels));
        for family in families() {
            // As in training, where a kernel is packed once a step and serves all its chunks.
            let (mut forward, mut backward) = (Packed::default(), Packed::default());
            conv::pack_forward(family, &shape, &kernel, &mut forward);
            conv::pack_backward(family, &shape, &kernel, &mut backward);
            let [forward, backward] =
                [&forward, &backward].map(|p| Kernel { values: &kernel, packed: Some(p) });
            let flops = flops(&shape);
            self.line(&format!("{name} forward"), family.name(), flops, || {
                let relu = Activation::Relu;
                conv::forward(family, &shape, BATCH, &x, forward, &bias, relu, &mut y);
            });
            self.line(&format!("{name} input gradient"), family.name(), flops, || {
                conv::input_gradient(family, &shape, BATCH, &gz, backward, &mut gx);
            });
            self.line(&format!("{name} weight gradient"), family.name(), flops, || {
                conv::kernel_gradient(family, &shape, BATCH, &x, &gz, &mut gkernel);
                bias_gradient(family, &gz, &mut gbias);
            });
        }
        let pixels = shape.small().height * shape.small().width;
        self.product(
            &name,
            pixels,
            shape.small_channels,
            shape.kernel_len() / shape.small_channels,
        );
    }

    fn conv_transpose(&self, shape: ConvShape) {
        let name = format!("transposed {} to {}", shape.small(), shape.large());
        let (gz, x, kernel) = sides(&shape);
        let (mut y, mut gx, mut gkernel) = (gz.clone(), x.clone(), kernel.clone());
        let (bias, mut gbias) = (values(shape.large_channels), values(shape.large_channels));
        let act = if shape.large_channels <= 3 { Activation::Sigmoid } else { Activation::Relu };
        for family in families() {
            // As in training, where a kernel is packed once a step and serves all its chunks.
            let (mut forward, mut backward) = (Packed::default(), Packed::default());
            conv_transpose::pack_forward(family, &shape, &kernel, &mut forward);
            conv_transpose::pack_backward(family, &shape, &kernel, &mut backward);
            let [forward, backward] =
                [&forward, &backward].map(|p| Kernel { values: &kernel, packed: Some(p) });
            let flops = flops(&shape);
            self.line(&format!("{name} forward"), family.name(), flops, || {
                conv_transpose::forward(family, &shape, BATCH, &x, forward, &bias, act, &mut y);
            });
            self.line(&format!("{name} input gradient"), family.name(), flops, || {
                conv_transpose::input_gradient(family, &shape, BATCH, &gz, backward, &mut gx);
            });
            self.line(&format!("{name} weight gradient"), family.name(), flops, || {
                conv_transpose::kernel_gradient(family, &shape, BATCH, &x, &gz, &mut gkernel);
                bias_gradient(family, &gz, &mut gbias);
            });
        }
        let pixels = shape.small().height * shape.small().width;
        self.product(
            &name,
            pixels,
            shape.kernel_len() / shape.small_channels,
            shape.small_channels,
        );
    }

    fn dense(&self, inputs: usize, outputs: usize) {
        let name = format!("dense {inputs} to {outputs}");
        let (x, gz) = (values(BATCH * inputs), values(BATCH * outputs));
        let (kernel, bias) = (values(inputs * outputs), values(outputs));
        let (mut y, mut gx, mut gkernel, mut gbias) =
            (gz.clone(), x.clone(), kernel.clone(), bias.clone());
        let flops = 2.0 * (inputs * outputs) as f64;
        for family in families() {
            // As in training, where a kernel is packed once a step and serves all its chunks.
            let (mut forward, mut backward) = (Packed::default(), Packed::default());
            dense::pack_forward(family, inputs, outputs, &kernel, &mut forward);
            dense::pack_backward(family, inputs, outputs, &kernel, &mut backward);
            let [forward, backward] =
                [&forward, &backward].map(|p| Kernel { values: &kernel, packed: Some(p) });
            self.line(&format!("{name} forward"), family.name(), flops, || {
                let linear = Activation::Linear;
                dense::forward(family, inputs, outputs, BATCH, &x, forward, &bias, linear, &mut y);
            });
            self.line(&format!("{name} input gradient"), family.name(), flops, || {
                dense::input_gradient(family, inputs, outputs, BATCH, &gz, backward, &mut gx);
            });
            self.line(&format!("{name} weight gradient"), family.name(), flops, || {
                dense::kernel_gradient(family, inputs, outputs, BATCH, &x, &gz, 0, &mut gkernel);
                bias_gradient(family, &gz, &mut gbias);
            });
        }
        self.product(&name, 1, outputs, inputs);
    }

    /// One operation counts for each value, so the rate is in thousands of millions of values.
    fn activations(&self) {
        let x = values(BATCH * 784);
        for act in [
            Activation::Relu,
            Activation::Elu,
            Activation::Gelu,
            Activation::Tanh,
            Activation::Sigmoid,
        ] {
            for family in families() {
                let mut z = x.clone();
                self.line(&format!("{act:?} of 784 values"), family.name(), 784.0, || {
                    z.copy_from_slice(&x);
                    activation::forward(family, act, &mut z);
                });
            }
        }
    }
}

fn families() -> impl Iterator<Item = Family> {
    Family::ALL.into_iter().filter(|family| family.is_available())
}

fn flops(shape: &ConvShape) -> f64 {
    2.0 * (shape.small().height * shape.small().width * shape.kernel_len()) as f64
}

/// Values of the large side, of the small side, and a kernel.
fn sides(shape: &ConvShape) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
    (
        values(BATCH * shape.large().len()),
        values(BATCH * shape.small().len()),
        values(shape.kernel_len()),
    )
}

/// Values in -0.5..0.5 without a pattern.
fn values(len: usize) -> Vec<f32> {
    (0..len as u32).map(|i| i.wrapping_mul(2_654_435_769) as f32 / u32::MAX as f32 - 0.5).collect()
}

/// Median and least microseconds a call, over samples of about a millisecond.
fn time(work: &mut impl FnMut()) -> (f64, f64) {
    let mut calls = 1_u32;
    let calls = loop {
        let elapsed = clock(work, calls);
        if elapsed > Duration::from_micros(500) {
            break calls;
        }
        calls *= 2;
    };
    let mut samples: Vec<f64> =
        (0..SAMPLES).map(|_| clock(work, calls).as_secs_f64() * 1e6 / f64::from(calls)).collect();
    samples.sort_by(f64::total_cmp);
    (samples[SAMPLES / 2], samples[0])
}

/// Time that this thread had on a processor, which other programs do not stretch as much as the time
/// on the wall.
fn clock(work: &mut impl FnMut(), calls: u32) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
    };
    let start = now();
    for _ in 0..calls {
        work();
    }
    now().saturating_sub(start)
}

/// What the arithmetic units can do when nothing else stands in the way.
mod peak {
    use runner::ops::Family;

    const ROUNDS: usize = 4000;
    const CHAINS: usize = 12;
    /// Operations of one call; both loops do the same number.
    pub const FLOPS: f64 = (2 * 16 * CHAINS * ROUNDS) as f64;

    /// The loop for a family that the machine has; none where there is no fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    pub fn of(family: Family) -> Option<fn()> {
        assert!(family.is_available());
        match family {
            // SAFETY: the family is available.
            Family::Avx512 => Some(|| unsafe { avx512() }),
            // SAFETY: the family is available.
            Family::Avx2 => Some(|| unsafe { avx2() }),
            Family::Portable => None,
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    pub fn of(_: Family) -> Option<fn()> {
        None
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,fma")]
    fn avx512() {
        use std::arch::x86_64::{_mm512_fmadd_ps, _mm512_set1_ps};
        let (a, b) = (_mm512_set1_ps(std::hint::black_box(0.5)), _mm512_set1_ps(1.0));
        let mut sums = [b; CHAINS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = _mm512_fmadd_ps(*sum, a, b);
            }
        }
        std::hint::black_box(sums);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    fn avx2() {
        use std::arch::x86_64::{_mm256_fmadd_ps, _mm256_set1_ps};
        let (a, b) = (_mm256_set1_ps(std::hint::black_box(0.5)), _mm256_set1_ps(1.0));
        let mut sums = [b; CHAINS];
        for _ in 0..2 * ROUNDS {
            for sum in &mut sums {
                *sum = _mm256_fmadd_ps(*sum, a, b);
            }
        }
        std::hint::black_box(sums);
    }
}
