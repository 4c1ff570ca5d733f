//! `samples.png`, whose images reports and sweeps rearrange.

use super::{Result, Trained, shown::Shown};
use crate::{
    record::samples::{Layout, Level, SAMPLES, Samples},
    spec::Task,
};

/// Number of test images.
pub const COLUMNS: usize = 8;

/// Writes the file, with images at the noise that the run was trained with and at the `tested` levels, which
/// must have at least as many images.
pub(super) fn produce(trained: &Trained<'_>, mut tested: Vec<Level>) -> Result<Layout> {
    let count = trained.room(COLUMNS, 3 + 2 * tested.len());
    let Shown { inputs, targets, outputs } = Shown::first(trained, &trained.test, count)?;
    let strength = match &trained.experiment.task {
        Task::Denoise { noise } => Some(noise.strength()),
        Task::Reconstruct | Task::Colorize => None,
    };
    for level in &mut tested {
        level.inputs.truncate(count);
        level.outputs.truncate(count);
    }
    tested.insert(0, Level { strength, inputs, outputs });
    Ok(Samples { targets, levels: tested }.write(&trained.folder.file(SAMPLES))?)
}
