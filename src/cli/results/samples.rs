//! `samples.png`, which reports and sweeps arrange anew.

use super::{Result, Trained, levels::Shown};
use crate::{
    figures::Picture,
    record::samples::{Layout, Level, SAMPLES, Samples},
    spec::Task,
};
use image::RgbImage;

/// Test pictures in it.
pub(super) const COLUMNS: usize = 8;

/// Writes the file: at the level that the run was trained at, and at the `tested` ones.
pub(super) fn produce(trained: &Trained<'_>, tested: &[Shown]) -> Result<Layout> {
    let (inputs, targets, outputs) = trained.first(COLUMNS)?;
    let own = match &trained.experiment.task {
        Task::Denoise { noise } => Some(noise.level()),
        Task::Reconstruct | Task::Colorize => None,
    };
    let input = trained.test.input_size();
    let target = trained.test.target_size();
    let level = |level, inputs: &[f32], outputs: &[f32]| Level {
        level,
        inputs: images(&Picture::split(inputs, input)),
        outputs: images(&Picture::split(outputs, target)),
    };
    let mut levels = vec![level(own, &inputs, &outputs)];
    levels
        .extend(tested.iter().map(|shown| level(Some(shown.level), &shown.inputs, &shown.outputs)));
    let samples = Samples { targets: images(&Picture::split(&targets, target)), levels };
    Ok(samples.write(&trained.folder.file(SAMPLES))?)
}

fn images(pictures: &[Picture<'_>]) -> Vec<RgbImage> {
    pictures.iter().take(COLUMNS).map(Picture::to_image).collect()
}
