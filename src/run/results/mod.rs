//! The results of a trained run: figures, tables, and final metrics.

pub mod codes;
pub mod decoder;
mod files;
pub mod finals;
pub mod levels;
pub mod samples;
mod shown;

pub use files::files;

use super::{Error, Result};
use crate::{
    arch::Architecture,
    data::Dataset,
    figures::{self, Drawing, Scale, curves, sheet},
    plan::Plan,
    png,
    record::{
        self, CODES, Checkpoint, FIGURES, METRICS, NOISE_LEVELS, RunFolder, atomic, figure_names,
        metrics, tensorboard,
    },
    spec::{Experiment, Metric, Schedule, Task},
    train::{EpochMetrics, Inference, NamedTensor, Samples, Session, TrainState},
};
use image::RgbImage;
use shown::Shown;
use std::path::Path;

/// Images on each grid of a colorizing network.
pub const GRID: usize = 100;
/// Rows, and images per row, on the sheet of a colorizing network.
pub const COLORIZED: (usize, usize) = (10, 4);
/// Groups, and images per group, on the sheet of a denoising network.
pub const DENOISED: (usize, usize) = (3, 9);
/// Images on the sheet of any other network.
pub const RECONSTRUCTED: usize = 8;

/// Advice for a missing, damaged or foreign file from which results are to be made.
pub const PUT_BACK: &str =
    "put the run's own file back, or use --force to train again in a new folder";

/// Maximum width of a sheet's images together, in pixels.
const WIDEST: usize = 8192;

/// Everything that the results are made from.
pub(super) struct Trained<'a> {
    pub folder: &'a RunFolder,
    /// Name of the run, for titles.
    pub name: &'a str,
    pub experiment: &'a Experiment,
    pub arch: &'a Architecture,
    pub dataset: &'a Dataset,
    pub inference: Inference<'a>,
    /// The test images, with the same noise as in validation if those are the same images.
    pub test: Samples<'a>,
}

/// Writes a figure as a PNG file.
///
/// # Errors
/// When it cannot be drawn or written.
pub fn write_figure(path: &Path, image: &RgbImage) -> Result<()> {
    Ok(atomic::write(path, png::encode(image)?)?)
}

/// Writes a plot as a PNG file and, if it is a `vector` too, as an SVG file.
///
/// # Errors
/// When it cannot be drawn or written.
pub fn write_plot(path: &Path, plot: &Drawing, vector: bool) -> Result<()> {
    if vector {
        atomic::write(&path.with_extension("svg"), plot.svg())?;
    }
    write_figure(path, &plot.render())
}

/// Draws the network as `model.svg` and `model.png`. Needs no training.
pub(super) fn diagram(folder: &RunFolder, name: &str, arch: &Architecture) -> Result<()> {
    write_plot(&folder.figure(figure_names::MODEL), &figures::diagram(arch, name), true)
}

/// Draws the figures and writes the tables, from the best weights if there are any.
pub(super) fn produce(
    folder: &mut RunFolder,
    session: &mut Session<'_>,
    plan: &Plan,
    dataset: &Dataset,
) -> Result<()> {
    let Plan { arch, point } = plan;
    let experiment = &point.experiment;
    if let Some(tensors) = best_weights(folder, session.state())? {
        session.load_weights(&tensors)?;
    }
    remove_others(folder, plan)?;
    let rows = metrics::read(&folder.file(METRICS))?;
    let seed = experiment.meta.seed;
    let trained = Trained {
        folder,
        name: plan.name(),
        experiment,
        arch,
        dataset,
        inference: session.inference(),
        test: Samples::for_testing(&dataset.test, &experiment.task, seed),
    };
    trained.curves(&rows, &session.schedule().used(&rows))?;
    trained.sheets()?;
    let wanted = codes::are_wanted(experiment, arch.latent_dim);
    let codes =
        wanted.then(|| codes::Codes::of(&trained, &trained.test, usize::MAX)).transpose()?;
    if let Some(codes) = &codes {
        codes::produce(&trained, codes)?;
        decoder::produce(&trained, codes)?;
    }
    let tested = levels::produce(&trained)?;
    let samples = samples::produce(&trained, tested)?;
    let finals = finals::measure(&trained, codes.as_ref())?;
    let input = finals::inputs(&trained, &rows, &finals)?;
    folder
        .update(|info| (info.samples, info.finals, info.input) = (Some(samples), finals, input))?;
    if experiment.log.tensorboard {
        let (path, info) = (folder.path(), folder.info());
        tensorboard::EventFile::open(path, info)?.append_sheets(path, info.epochs)?;
    }
    if let Some(last) = rows.last() {
        folder.update(|info| info.metrics.clone_from(&last.values))?;
    }
    Ok(())
}

/// Removes figures and tables that other settings have left, which would look as if they belonged to these.
fn remove_others(folder: &RunFolder, plan: &Plan) -> Result<()> {
    let own = files(plan);
    let figures = figure_names::files().map(|name| format!("{FIGURES}/{name}"));
    let known = figures.chain([CODES, NOISE_LEVELS].map(str::to_owned));
    let mut others = known.filter(|name| !own.contains(name));
    Ok(others.try_for_each(|name| folder.remove(&name))?)
}

/// Loads the weights of the best epoch of a training at `state`; `None` if the current weights are the best
/// or there is no best epoch.
pub(super) fn best_weights(
    folder: &RunFolder,
    state: &TrainState,
) -> Result<Option<Vec<NamedTensor>>> {
    let Some(epoch) = state.best.epoch.filter(|epoch| *epoch != state.epoch) else {
        return Ok(None);
    };
    let loaded = Checkpoint::load_best(folder.path(), &folder.info().identity, epoch);
    Ok(Some(loaded.map_err(unusable)?.snapshot.tensors))
}

/// Creates an error about a file from which results are to be made.
pub(super) fn unusable(problem: record::Error) -> Error {
    Error::unusable(problem, PUT_BACK)
}

impl Trained<'_> {
    /// Writes one figure.
    pub fn figure(&self, name: &str, image: &RgbImage) -> Result<()> {
        write_figure(&self.folder.figure(name), image)
    }

    /// Writes one figure that is a plot.
    pub fn plot(&self, name: &str, plot: &Drawing) -> Result<()> {
        write_plot(&self.folder.figure(name), plot, self.experiment.figures.svg)
    }

    /// Returns a title that begins with the run's name, which distinguishes it in its sweep.
    pub fn title(&self, what: &str) -> String {
        format!("{}: {what}", self.name)
    }

    /// Returns the name of a test image's class, if it has one.
    pub fn class(&self, index: usize) -> Option<&str> {
        let label = *self.dataset.test.labels.get(index)?;
        self.dataset.classes.get(usize::from(label)).map(String::as_str)
    }

    fn curves(&self, rows: &[EpochMetrics], rates: &[(f64, f64)]) -> Result<()> {
        let series = |metric| metrics::column(rows, metric);
        let best = self.folder.info().best.as_ref();
        let best = best.filter(|best| best.metric == Metric::ValLoss).map(|best| best.epoch);
        let (loss, validation) = (series(Metric::Loss), series(Metric::ValLoss));
        let plot = curves::learning_curves(&self.title("loss"), "loss", &loss, &validation, best);
        self.plot(figure_names::LOSS, &plot)?;
        let psnr = curves::metric_curve(
            &self.title("PSNR on validation images"),
            "PSNR in dB",
            &series(Metric::ValPsnr),
        );
        let ssim = curves::metric_curve(
            &self.title("SSIM on validation images"),
            "SSIM",
            &series(Metric::ValSsim),
        );
        self.plot(figure_names::QUALITY, &Drawing::stacked([psnr, ssim]))?;
        let scale = match self.experiment.train.schedule {
            // A logarithm would hide their shapes, which are known by the linear ones.
            Schedule::Cosine { .. } | Schedule::OneCycle { .. } | Schedule::Polynomial { .. } => {
                Scale::Linear
            }
            _ => Scale::Auto,
        };
        let rates = curves::learning_rate(&self.title("learning rate"), rates, scale);
        self.plot(figure_names::LEARNING_RATE, &rates)
    }

    fn sheets(&self) -> Result<()> {
        match &self.experiment.task {
            Task::Reconstruct => self.reconstruction(),
            Task::Denoise { .. } => self.denoising(),
            Task::Colorize => self.colorization(),
        }
    }

    fn reconstruction(&self) -> Result<()> {
        let Shown { targets, outputs, .. } = self.first(RECONSTRUCTED, 2)?;
        let title = self.title("test images and their reconstructions");
        let sheet = sheet::reconstruction(&title, &targets, &outputs);
        self.sheet(figure_names::RECONSTRUCTION, sheet)
    }

    fn denoising(&self) -> Result<()> {
        let Shown { inputs, targets, outputs } = self.first(DENOISED.0 * DENOISED.1, 3)?;
        let title = self.title("original, corrupted, denoised");
        let sheet = sheet::denoising(&title, &targets, &inputs, &outputs, DENOISED);
        self.sheet(figure_names::DENOISING, sheet)
    }

    fn colorization(&self) -> Result<()> {
        let Shown { inputs, targets, outputs } = self.first(GRID, 3)?;
        for (name, what, images) in [
            (figure_names::TRUE_COLOUR, "true colour", &targets),
            (figure_names::GRAY, "gray, the input", &inputs),
            (figure_names::PREDICTED, "predicted colour", &outputs),
        ] {
            self.sheet(name, sheet::grid(&self.title(what), images, 10))?;
        }
        let title = self.title("true colour, gray, predicted");
        let sheet = sheet::colorization(&title, &targets, &inputs, &outputs, COLORIZED);
        self.sheet(figure_names::COLORIZATION, sheet)
    }

    /// Returns how many test images a figure has room for, up to `wanted`, if it shows each in `forms` forms.
    pub fn room(&self, wanted: usize, forms: usize) -> usize {
        wanted.min(figures::columns(self.test.target_size(), forms))
    }

    /// Returns the first test images, as many of those `wanted` as a figure with `forms` forms has room for.
    fn first(&self, wanted: usize, forms: usize) -> Result<Shown> {
        Shown::first(self, &self.test, self.room(wanted, forms))
    }

    /// Renders and writes a sheet at the experiment's scale, or at a smaller one if it would become too
    /// large.
    pub fn sheet(&self, name: &str, mut sheet: sheet::Sheet<'_>) -> Result<()> {
        let rows = sheet.groups.iter().flat_map(|group| &group.rows);
        let columns = rows.map(|row| row.images.len()).max().unwrap_or(0);
        let pixels = columns * self.test.target_size().width;
        let largest = (WIDEST / pixels.max(1)).max(1) as u32;
        sheet.scale = Some(self.experiment.figures.scale.min(largest));
        self.figure(name, &sheet.render())
    }
}
