//! Functions compiled twice: for the baseline CPU and for AVX2.

/// Defines functions whose bodies are also compiled for AVX2, which is chosen if the CPU has it.
///
/// Only the vector width differs. FMA stays disabled, so both versions round every operation identically and
/// give the same bits.
macro_rules! wide {
    ($(
        $(#[$attribute:meta])*
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block
    )+) => {$(
        $(#[$attribute])*
        fn $name($($argument: $type),*) $(-> $result)? {
            #[allow(clippy::inline_always)] // must be inlined to be compiled with AVX2
            #[inline(always)]
            fn body($($argument: $type),*) $(-> $result)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2")]
                fn with_avx2($($argument: $type),*) $(-> $result)? {
                    body($($argument),*)
                }
                if std::arch::is_x86_feature_detected!("avx2") {
                    // SAFETY: AVX2, the only feature that `with_avx2` asks for, was just detected.
                    return unsafe { with_avx2($($argument),*) };
                }
            }
            body($($argument),*)
        }
    )+};
}

pub(crate) use wide;

#[cfg(test)]
mod tests {
    /// Sums, products, a quotient and a root, in forms that a compiler might fuse.
    #[allow(clippy::inline_always)] // to be compiled with its caller's target features
    #[inline(always)]
    fn mix(a: &[f32], b: &[f32], out: &mut [f32]) {
        for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
            *out += (a * b + 0.1) * 0.3 - a / (b.abs().sqrt() + 1e-7);
        }
    }

    wide! {
        fn mix_wide(a: &[f32], b: &[f32], out: &mut [f32]) {
            mix(a, b, out);
        }
    }

    #[inline(never)]
    fn mix_narrow(a: &[f32], b: &[f32], out: &mut [f32]) {
        mix(a, b, out);
    }

    #[test]
    fn both_versions_give_the_same_bits() {
        let numbers = |factor: u32| {
            let number = move |i: u32| i.wrapping_mul(factor) as f32 / 1e9 - 2.0;
            (1..10_004_u32).map(number).collect::<Vec<f32>>()
        };
        let (a, b, c) = (numbers(2_654_435_761), numbers(40_503), numbers(2_246_822_519));
        let (mut wide, mut narrow) = (c.clone(), c);
        mix_wide(&a, &b, &mut wide);
        mix_narrow(&a, &b, &mut narrow);
        let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&wide), bits(&narrow));
    }
}
