//! Tests a denoising network at noise levels other than its own.

use super::{Result, Trained, shown::Shown};
use crate::{
    figures::{curves, sheet},
    record::{NOISE_LEVELS, TestedLevel, figure_names, noise_levels, samples::Level},
    spec::{LevelKind, Noise, Strength, Task},
    train::{Samples, loss::Loss, untouched},
};

/// Images per level on the sheet.
pub const SHOWN: usize = 9;

/// Returns the name of the curve over levels of this noise.
pub(super) const fn curve_of(noise: &Noise) -> &'static str {
    match noise.level_kind() {
        LevelKind::Sigma => figure_names::PSNR_OVER_SIGMA,
        LevelKind::Amount => figure_names::PSNR_OVER_AMOUNT,
    }
}

/// Tests the network at each of `evaluate.noise_sigmas` or `noise_amounts` and writes a table, a curve and a sheet.
/// Returns the inputs and outputs of the first test images at each level.
pub(super) fn produce(trained: &Trained<'_>) -> Result<Vec<Level>> {
    let levels = trained.experiment.tested_levels();
    let Some(own) = trained.experiment.noise() else { return Ok(Vec::new()) };
    if levels.is_empty() {
        return Ok(Vec::new());
    }
    let loss = Loss::new(&trained.experiment.train.loss, trained.test.target_size());
    let seed = trained.experiment.meta.seed;
    let mut rows = Vec::new();
    let (mut originals, mut shown) = (Vec::new(), Vec::new());
    let count = trained.room(SHOWN, 1 + 2 * levels.len());
    for &level in levels {
        let task = Task::Denoise { noise: own.at_level(level) };
        let samples = Samples::for_testing(&trained.dataset.test, &task, seed);
        let result = trained.inference.evaluate(&samples, &loss)?;
        rows.push(TestedLevel { level, result, input: untouched(&samples) });
        let Shown { inputs, targets, outputs } = Shown::first(trained, &samples, count)?;
        shown.push(Level { strength: Some(Strength::Level(level)), inputs, outputs });
        originals = targets;
    }
    let kind = own.level_kind();
    noise_levels::write(&trained.folder.file(NOISE_LEVELS), kind, &rows)?;
    let outputs = rows.iter().map(|row| (row.level, row.result.quality.psnr)).collect();
    let inputs = rows.iter().filter_map(|row| Some((row.level, row.input?.psnr))).collect();
    let title = trained.title("PSNR over noise level");
    let plot = curves::over_levels(&title, kind.name(), "PSNR in dB", outputs, inputs);
    trained.plot(curve_of(own), &plot)?;

    let levels = levels.iter().zip(&shown).map(|(level, Level { inputs, outputs, .. })| {
        (format!("{} {level}", kind.name()), &inputs[..], &outputs[..])
    });
    let title = trained.title("the same images at each noise level");
    let sheet = sheet::noise_levels(&title, &originals, levels);
    trained.sheet(figure_names::NOISE_LEVELS, sheet)?;
    Ok(shown)
}
