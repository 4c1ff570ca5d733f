//! The `runner` command; everything happens in the library.

use mimalloc::MiMalloc;
use std::process::ExitCode;

/// Tensors come and go with every few images. The system's allocator hands such blocks back to
/// the kernel and fetches them anew; this one keeps them.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    runner::cli::main().into()
}
