//! The files that the results of a run consist of.

use super::{codes, levels};
use crate::{
    plan::Plan,
    record::{CODES, FIGURES, MODEL, NOISE_LEVELS, figure_names, samples::SAMPLES},
    spec::Task,
};

/// Figures of every run.
const ALWAYS: [&str; 4] =
    [figure_names::MODEL, figure_names::LOSS, figure_names::QUALITY, figure_names::LEARNING_RATE];

/// Returns the files that a complete run of this plan has, by their paths in its folder, but not those that
/// its training wrote. If one is missing, the results are rebuilt; so a file that versions before this one
/// did not write must not be expected of their runs.
pub fn files(plan: &Plan) -> Vec<String> {
    let Plan { arch, point } = plan;
    let (evaluate, settings) = (&point.experiment.evaluate, &point.experiment.figures);
    let mut files = vec![MODEL.to_owned(), SAMPLES.to_owned()];
    let mut figures = ALWAYS.to_vec();
    figures.extend(match &point.experiment.task {
        Task::Reconstruct => &[figure_names::RECONSTRUCTION][..],
        Task::Denoise { .. } => &[figure_names::DENOISING],
        Task::Colorize => &[
            figure_names::TRUE_COLOUR,
            figure_names::GRAY,
            figure_names::PREDICTED,
            figure_names::COLORIZATION,
        ],
    });
    figures.extend(codes::plot(settings.codes, arch.latent_dim));
    figures.extend((arch.latent_dim == 2).then_some(figure_names::MANIFOLD));
    figures.extend((settings.interpolations > 0).then_some(figure_names::INTERPOLATION));
    figures.extend(settings.traversal.then_some(figure_names::TRAVERSAL));
    if let Some(noise) = point.experiment.noise()
        && !point.experiment.tested_levels().is_empty()
    {
        files.push(NOISE_LEVELS.to_owned());
        figures.extend([figure_names::NOISE_LEVELS, levels::curve_of(noise)]);
    }
    files.extend(evaluate.codes.then(|| CODES.to_owned()));
    for name in figures {
        files.push(format!("{FIGURES}/{name}"));
        let is_vector = name == figure_names::MODEL || settings.svg;
        if is_vector && figure_names::PLOTS.contains(&name) {
            files.push(format!("{FIGURES}/{}", figure_names::vector(name)));
        }
    }
    files
}
