//! Loops compiled twice: once for any machine, once for 8-wide vectors.

/// Defines a function whose body is also compiled for AVX2 and chosen when the machine has it.
///
/// Only the width of the vectors differs. Fused multiply-add stays off, so both versions round
/// every operation alike and give the same bits.
macro_rules! wide {
    (
        $(#[$attribute:meta])*
        fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)? $body:block
    ) => {
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
    };
}

pub(crate) use wide;
