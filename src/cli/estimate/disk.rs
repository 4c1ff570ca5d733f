//! Estimates the size of a run's folder at the end of the run.

use super::{slots, values};
use crate::{
    arch::Architecture,
    data::Counts,
    figures,
    plan::Plan,
    run::results::{COLORIZED, DENOISED, GRID, RECONSTRUCTED, codes, decoder, levels, samples},
    spec::{Experiment, Task},
};

/// Bytes of the files that describe a run, and of figures without images: curves, codes, the network.
const FIXED: u64 = 650_000;
/// Bytes of the plots as SVG files, without their points.
const PLOTS: u64 = 80_000;
/// Bytes of a point of a scatter plot in an SVG file.
const POINT: u64 = 56;
/// Bytes that an epoch adds to learning curves in SVG files.
const CURVES: u64 = 100;
/// Bytes that an epoch adds to tables and log.
const EPOCH: u64 = 450;
/// Bytes that an epoch adds to TensorBoard events.
const EVENTS: u64 = 400;
/// Bytes of an image's row in `codes.csv` without the code's numbers: index and class.
const CODE: u64 = 24;
/// Bytes of one number of a code, in decimal digits.
const NUMBER: u64 = 11;

/// Returns the size in bytes; without `counts`, codes are left out.
pub(super) fn needed(plan: &Plan, counts: Option<Counts>) -> u64 {
    let Plan { arch, point } = plan;
    let Experiment { train, evaluate, figures, log, .. } = &point.experiment;
    let kept = match (train.checkpoint.every, train.checkpoint.keep) {
        (0, _) => 0,
        (every, 0) => train.epochs / every,
        (every, keep) => keep.min(train.epochs / every),
    };
    let checkpoint = values(arch.parameter_count()) * (1 + slots(plan));
    let epochs = train.epochs as u64;
    let sheets = sheets(&point.experiment, arch);
    let mut bytes = checkpoint * (2 + kept as u64) + epochs * EPOCH + sheets + FIXED;
    if evaluate.codes {
        let test = counts.map_or(0, |counts| counts.test as u64);
        bytes += test * (CODE + NUMBER * arch.latent_dim as u64);
    }
    if figures.svg {
        bytes += PLOTS + epochs * CURVES;
        let codes = codes::drawn(figures.codes, counts.map_or(0, |counts| counts.test));
        bytes += codes as u64 * POINT;
    }
    if log.tensorboard {
        bytes += epochs * EVENTS + sheets;
    }
    bytes
}

/// Returns the bytes of the sheets of images that `run::results` draws.
fn sheets(experiment: &Experiment, arch: &Architecture) -> u64 {
    let Experiment { task, figures: wanted, .. } = experiment;
    // Number of images on a sheet, limited by the room in a figure.
    let sheet =
        |columns: usize, rows: usize| rows * columns.min(figures::columns(arch.output, rows));
    let (of_task, tested) = match task {
        Task::Reconstruct => (sheet(RECONSTRUCTED, 2), 0),
        Task::Denoise { .. } => {
            (sheet(DENOISED.0 * DENOISED.1, 3), experiment.tested_levels().len())
        }
        Task::Colorize => (sheet(GRID, 3) + sheet(COLORIZED.0 * COLORIZED.1, 3), 0),
    };
    let samples = sheet(samples::COLUMNS, 3 + 2 * tested);
    let of_levels = if tested > 0 { sheet(levels::SHOWN, 1 + 2 * tested) } else { 0 };
    let interpolations = sheet(wanted.interpolations, decoder::INTERPOLATED);
    let dimensions = arch.latent_dim.min(decoder::TRAVERSED);
    let traversal = if wanted.traversal { sheet(dimensions, decoder::STOPS.len()) } else { 0 };
    let side = wanted.manifold.min(figures::columns(arch.output, 1).isqrt());
    let manifold = if arch.latent_dim == 2 { side * side } else { 0 };
    let images = of_task + samples + of_levels + interpolations + traversal;
    // The rows of a magnified pixel are the same, so they compress well; manifolds are smooth.
    let pixels = (arch.output.height * arch.output.width) as u64;
    let per_image = 1000 + 9 * pixels / 5;
    images as u64 * per_image + manifold as u64 * per_image / 2
}

#[cfg(test)]
mod tests {
    use super::super::tests::plan;
    use super::*;
    use crate::data;

    #[test]
    fn figures_of_large_images_show_fewer_of_them() {
        let colorize = |side: usize| {
            let plan = plan(&format!(
                "data = {{ dataset = \"image_folder\", image_size = [{side}, {side}], channels = 3 }}\n\
                 task.kind = \"colorize\"\nmodel = {{ kind = \"mlp\", hidden = [8], latent_dim = 4 }}"
            ));
            sheets(&plan.point.experiment, &plan.arch) as f64 / (side * side) as f64
        };
        // 100 and 40 images in three forms, and eight samples; of large ones 15 and 15, and eight.
        let (small, large) = (colorize(128), colorize(1024));
        let expected = (2.0 * 45.0 + 24.0) / 444.0;
        assert!((large / small / expected - 1.0).abs() < 0.1, "{large} {small}");
    }

    #[test]
    fn codes_of_many_numbers_are_counted() {
        let model = "data.dataset = \"mnist\"\nmodel = { kind = \"mlp\", hidden = [8], latent_dim = 512 }\n";
        let without = plan(model);
        let with = plan(&format!("{model}evaluate.codes = true"));
        let counts = data::counts(&without.point.experiment.data);
        let codes = needed(&with, counts) - needed(&without, counts);
        assert!((55_000_000..58_000_000).contains(&codes), "{codes}");
    }
}
