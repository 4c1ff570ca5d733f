//! Tests a denoising network at noise levels other than its own.

use super::{Result, Trained, shown::Shown};
use crate::{
    figures::{curves, sheet},
    record::{NOISE_LEVELS, TestedLevel, figure_names, noise_levels, samples::Level},
    spec::{Strength, Task},
    train::{Samples, loss::Loss},
};

/// Images per level on the sheet.
pub const SHOWN: usize = 9;

/// Tests the network at each of `evaluate.noise_sigmas` and writes a table, a curve and a sheet. Returns the
/// inputs and outputs of the first test images at each level.
pub(super) fn produce(trained: &Trained<'_>) -> Result<Vec<Level>> {
    let levels = &trained.experiment.evaluate.noise_sigmas;
    let Task::Denoise { noise: own } = &trained.experiment.task else { return Ok(Vec::new()) };
    if levels.is_empty() {
        return Ok(Vec::new());
    }
    let loss = Loss::new(&trained.experiment.train.loss, trained.test.target_size());
    let seed = trained.experiment.meta.seed;
    let mut rows = Vec::new();
    let (mut originals, mut shown) = (Vec::new(), Vec::new());
    let count = trained.room(SHOWN, 1 + 2 * levels.len());
    for &sigma in levels {
        let task = Task::Denoise { noise: own.at_level(sigma) };
        let samples = Samples::for_testing(&trained.dataset.test, &task, seed);
        let result = trained.inference.evaluate(&samples, &loss)?;
        rows.push(TestedLevel { level: sigma, result });
        let Shown { inputs, targets, outputs } = Shown::first(trained, &samples, count)?;
        shown.push(Level { strength: Some(Strength::Level(sigma)), inputs, outputs });
        originals = targets;
    }
    noise_levels::write(&trained.folder.file(NOISE_LEVELS), &rows)?;
    let points: Vec<(f64, f64)> =
        rows.iter().map(|row| (row.level, row.result.quality.psnr)).collect();
    let plot = curves::over_sigma(&trained.title("PSNR over noise level"), "PSNR in dB", points);
    trained.plot(figure_names::PSNR_OVER_SIGMA, &plot)?;

    let levels = levels.iter().zip(&shown).map(|(sigma, Level { inputs, outputs, .. })| {
        (format!("sigma {sigma}"), &inputs[..], &outputs[..])
    });
    let title = trained.title("the same images at each noise level");
    let sheet = sheet::noise_levels(&title, &originals, levels);
    trained.sheet(figure_names::NOISE_LEVELS, sheet)?;
    Ok(shown)
}
