//! The kernels of kernels.cu, and what they are handed.

use cudarc::driver::sys::CUdeviceptr;
use std::ffi::c_void;

/// Defines [`Kernel`] and the names in kernels.cu.
macro_rules! kernels {
    ($($kernel:ident = $name:literal,)*) => {
        /// A kernel of kernels.cu.
        #[derive(Debug, Clone, Copy)]
        pub enum Kernel { $(#[doc = concat!("`", $name, "`")] $kernel,)* }
        /// Their names there.
        pub const NAMES: &[&str] = &[$($name,)*];
    };
}
kernels! {
    Gather = "gather",
    Unfold = "unfold",
    UnfoldFours = "unfold_fours",
    Fold = "fold",
    FoldFours = "fold_fours",
    AddBias = "add_bias",
    Activate = "activate",
    ActivationBackward = "activation_backward",
    Loss = "loss",
    Total = "total",
    Squares = "squares",
    Norm = "gradient_norm",
    Update = "update",
}

/// The source of the kernels.
const SOURCE: &[u8] = include_bytes!("kernels.cu");

/// How many parameters a kernel has there.
pub const fn parameters(kernel: Kernel) -> usize {
    let (start, name) = (b"__global__ void ", NAMES[kernel as usize].as_bytes());
    let mut at = 0;
    while !(stands_at(at, start)
        && stands_at(at + start.len(), name)
        && stands_at(at + start.len() + name.len(), b"("))
    {
        assert!(at < SOURCE.len(), "a kernel that is not there");
        at += 1;
    }
    let mut parameters = 1;
    while SOURCE[at] != b')' {
        if SOURCE[at] == b',' {
            parameters += 1;
        }
        at += 1;
    }
    parameters
}

/// Whether `text` is what the source goes on with from there.
const fn stands_at(start: usize, text: &[u8]) -> bool {
    let mut len = 0;
    while len < text.len() && start + len < SOURCE.len() && SOURCE[start + len] == text[len] {
        len += 1;
    }
    len == text.len()
}

/// Whether a text stands in kernels.cu.
pub const fn has(text: &str) -> bool {
    let mut at = 0;
    while at < SOURCE.len() {
        if stands_at(at, text.as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

/// What a kernel is handed.
///
/// # Safety
/// The same bytes as the type in kernels.cu.
pub unsafe trait Argument {}

/// Makes a struct of numbers of 4 bytes an [`Argument`]: `layout!(Type is Name, bytes, field: at, ...)`. Does not
/// compile where a field lies elsewhere, or where kernels.cu, which is compiled with such lines of its own, does
/// not say the same of the struct `Name`.
macro_rules! layout {
    ($type:ident is $name:ident, $bytes:literal, $($field:ident: $at:literal),+ $(,)?) => {
        const _: () = {
            use $crate::device::cuda::kernels::kernel::has;
            assert!(size_of::<$type>() == $bytes, "its size");
            assert!(has(concat!("SIZE(", stringify!($name), ", ", $bytes, ");")), "its size there");
        };
        $(const _: () = {
            use $crate::device::cuda::kernels::kernel::has;
            const PLACE: &str =
                concat!("PLACE(", stringify!($name), ", ", stringify!($field), ", ", $at, ");");
            assert!(std::mem::offset_of!($type, $field) == $at, "a field's place");
            assert!(has(PLACE), "a field's place there");
        };)+
        // SAFETY: both compilers have found the same fields at the same places, in as many bytes.
        unsafe impl $crate::device::cuda::kernels::kernel::Argument for $type {}
    };
}
pub(super) use layout;
// SAFETY: `unsigned`, `int`, `float`.
unsafe impl Argument for u32 {}
// SAFETY: see above.
unsafe impl Argument for i32 {}
// SAFETY: see above.
unsafe impl Argument for f32 {}
// SAFETY: a pointer.
unsafe impl Argument for CUdeviceptr {}

/// The way to a kernel's argument.
pub fn argument<A: Argument>(argument: &A) -> *mut c_void {
    std::ptr::from_ref(argument).cast_mut().cast()
}

/// Launches a kernel: `launch!(kernels, Kernel, (blocks, rows), (x, y), arguments...)`. Does not compile
/// with more arguments than it has parameters, or fewer.
macro_rules! launch {
    ($kernels:expr, $kernel:ident, $grid:expr, $block:expr, $($argument:expr),+ $(,)?) => {{
        use $crate::device::cuda::kernels::kernel;
        const KERNEL: kernel::Kernel = kernel::Kernel::$kernel;
        const {
            let arguments = [$(stringify!($argument)),+].len();
            assert!(arguments == kernel::parameters(KERNEL), "a kernel has other parameters");
        }
        // SAFETY: kernels.cu has these parameters, and its kernel writes where this function may.
        unsafe { $kernels.launch(KERNEL, $grid, $block, &mut [$(kernel::argument(&$argument)),+]) }
    }};
}
pub(super) use launch;
