//! The files that the results of a run consist of.

use super::{codes, decoder, levels};
use crate::{
    plan::Plan,
    record::{CODES, FIGURES, MODEL, NOISE_LEVELS, samples::SAMPLES},
    spec::Task,
};

/// Figures of every run.
const ALWAYS: [&str; 5] =
    ["model.svg", "model.png", "loss.png", "quality.png", "learning_rate.png"];

/// Returns the files that a complete run of this plan has, by their paths in its folder, but not those that
/// its training wrote. If one is missing, the results are rebuilt; so a file that versions before this one
/// did not write must not be expected of their runs.
pub fn files(plan: &Plan) -> Vec<String> {
    let Plan { arch, point } = plan;
    let (evaluate, drawn) = (&point.experiment.evaluate, &point.experiment.figures);
    let mut files = vec![MODEL.to_owned(), SAMPLES.to_owned()];
    let mut figures = ALWAYS.to_vec();
    figures.extend(match &point.experiment.task {
        Task::Reconstruct => &["reconstruction.png"][..],
        Task::Denoise { .. } => &["denoising.png"],
        Task::Colorize => &["true_colour.png", "gray.png", "predicted.png", "colorization.png"],
    });
    figures.extend(codes::plot(drawn.codes, arch.latent_dim));
    figures.extend((arch.latent_dim == 2).then_some(decoder::MANIFOLD));
    figures.extend((drawn.interpolations > 0).then_some(decoder::INTERPOLATION));
    figures.extend(drawn.traversal.then_some(decoder::TRAVERSAL));
    if matches!(point.experiment.task, Task::Denoise { .. }) && !evaluate.noise_sigmas.is_empty() {
        files.push(NOISE_LEVELS.to_owned());
        figures.extend([levels::SHEET, levels::PSNR]);
    }
    files.extend(evaluate.codes.then(|| CODES.to_owned()));
    files.extend(figures.iter().map(|name| format!("{FIGURES}/{name}")));
    files
}
