//! The `runner` command; everything happens in the library.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Tensors are allocated and freed with every few images. The system's allocator returns such blocks to the
/// kernel and requests them again; this one keeps them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    runner::cli::main().into()
}
