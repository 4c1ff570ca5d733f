//! Builds the network of an architecture: the type compiled for it, or the run-time form.

use super::{AnyAutoencoder, BuildError, Network};
use crate::{arch::Architecture, ops::Family};

/// One type alias for each architecture under `experiments/`, and the match that finds it.
mod compiled {
    use super::super::{Autoencoder, Conv, ConvTranspose, Dense, Flatten, Reshape};
    use super::{Architecture, BuildError, Family, Network};
    use dfdx::shapes::Const;

    include!(concat!(env!("OUT_DIR"), "/networks.rs"));
}

/// Builds the network of `arch` with all weights 0, with compile-time shapes if `build.rs` generated a type
/// for it.
///
/// # Errors
/// When memory is exhausted.
pub fn build(arch: &Architecture, family: Family) -> Result<Box<dyn Network>, BuildError> {
    match compiled::build(&arch.shape_key(), arch, family) {
        Some(network) => network,
        None => build_at_run_time(arch, family),
    }
}

/// Whether rustc has checked the shapes of `arch`.
pub fn is_compiled(arch: &Architecture) -> bool {
    compiled::KEYS.contains(&arch.shape_key().as_str())
}

/// Builds the network of `arch` in its run-time form.
///
/// # Errors
/// When memory is exhausted.
pub fn build_at_run_time(
    arch: &Architecture,
    family: Family,
) -> Result<Box<dyn Network>, BuildError> {
    Ok(Box::new(AnyAutoencoder::build(arch, family)?))
}
