//! The kernels in `cu` and their arguments, checked against their source at compile time.

use cudarc::driver::sys::CUdeviceptr;
use std::ffi::c_void;

/// Defines [`Kernel`] and the kernels' names in their source.
macro_rules! kernels {
    ($($kernel:ident = $name:literal,)*) => {
        /// A kernel.
        #[derive(Debug, Clone, Copy)]
        pub enum Kernel { $(#[doc = concat!("`", $name, "`")] $kernel,)* }
        /// The names of the kernels in their source.
        pub const NAMES: &[&str] = &[$($name,)*];
    };
}
kernels! {
    Gather = "gather",
    Unfold = "unfold",
    UnfoldVec4 = "unfold_vec4",
    Fold = "fold",
    FoldVec4 = "fold_vec4",
    AddBias = "add_bias",
    Activate = "activate",
    ActivationBackward = "activation_backward",
    Loss = "loss",
    Total = "total",
    Squares = "squares",
    Norm = "gradient_norm",
    Update = "update",
}

/// The source of the kernels: everything that cu/kernels.cu includes.
const SOURCE: &[u8] = concat!(
    include_str!("cu/common.cuh"),
    include_str!("cu/activation.cuh"),
    include_str!("cu/convolution.cuh"),
    include_str!("cu/gather.cuh"),
    include_str!("cu/loss.cuh"),
    include_str!("cu/optimizer.cuh"),
)
.as_bytes();

/// Returns the number of parameters of a kernel in the source.
pub const fn parameters(kernel: Kernel) -> usize {
    let (start, name) = (b"__global__ void ", NAMES[kernel as usize].as_bytes());
    let mut at = 0;
    while !(stands_at(at, start)
        && stands_at(at + start.len(), name)
        && stands_at(at + start.len() + name.len(), b"("))
    {
        assert!(at < SOURCE.len(), "the source has no such kernel");
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

/// Whether the source has `text` at `start`.
const fn stands_at(start: usize, text: &[u8]) -> bool {
    let mut len = 0;
    while len < text.len() && start + len < SOURCE.len() && SOURCE[start + len] == text[len] {
        len += 1;
    }
    len == text.len()
}

/// Whether the source contains a text.
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

/// An argument of a kernel.
///
/// # Safety
/// The type must have the same layout as its counterpart in the source of the kernels.
pub unsafe trait Argument {}

/// Implements [`Argument`] for a struct of 4-byte numbers: `layout!(Type is Name, bytes, field: offset,
/// ...)`. Fails to compile if a field has another offset, or if the static assertions on the struct `Name` in
/// the source of the kernels differ.
macro_rules! layout {
    ($type:ident is $name:ident, $bytes:literal, $($field:ident: $at:literal),+ $(,)?) => {
        const _: () = {
            use $crate::device::cuda::kernels::kernel::has;
            assert!(size_of::<$type>() == $bytes, "size");
            assert!(
                has(concat!("SIZE(", stringify!($name), ", ", $bytes, ");")),
                "size in the source of the kernels"
            );
        };
        $(const _: () = {
            use $crate::device::cuda::kernels::kernel::has;
            const PLACE: &str =
                concat!("PLACE(", stringify!($name), ", ", stringify!($field), ", ", $at, ");");
            assert!(std::mem::offset_of!($type, $field) == $at, "offset of a field");
            assert!(has(PLACE), "offset of a field in the source of the kernels");
        };)+
        // SAFETY: both compilers have checked the same size and the same offsets of the fields.
        unsafe impl $crate::device::cuda::kernels::kernel::Argument for $type {}
    };
}
pub(super) use layout;
// SAFETY: the counterparts are `unsigned`, `int` and `float`.
unsafe impl Argument for u32 {}
// SAFETY: see above.
unsafe impl Argument for i32 {}
// SAFETY: see above.
unsafe impl Argument for f32 {}
// SAFETY: the counterpart is a pointer.
unsafe impl Argument for CUdeviceptr {}

/// Returns the pointer to an argument that a launch takes.
pub fn argument<A: Argument>(argument: &A) -> *mut c_void {
    std::ptr::from_ref(argument).cast_mut().cast()
}

/// Launches a kernel: `launch!(kernels, Kernel, (blocks, rows), (x, y), arguments...)`. Fails to compile if
/// the number of arguments is wrong.
macro_rules! launch {
    ($kernels:expr, $kernel:ident, $grid:expr, $block:expr, $($argument:expr),+ $(,)?) => {{
        use $crate::device::cuda::kernels::kernel;
        const KERNEL: kernel::Kernel = kernel::Kernel::$kernel;
        const {
            let arguments = [$(stringify!($argument)),+].len();
            assert!(arguments == kernel::parameters(KERNEL), "wrong number of arguments");
        }
        // SAFETY: the kernel has as many parameters in the source, and every caller passes them in its order,
        // with pointers to as many values as it has asserted before.
        unsafe { $kernels.launch(KERNEL, $grid, $block, &mut [$(kernel::argument(&$argument)),+]) }
    }};
}
pub(super) use launch;
