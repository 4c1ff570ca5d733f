//! Computes the codes of the test images, writes them as a table and draws them in the plane.

use super::{Result, Trained, shown::inputs};
use crate::{
    embed,
    figures::scatter::{Scatter, View},
    record::{CODES, atomic, csv_table, figure_names, table::cell},
    rng::{Purpose, stream},
    spec::{self, Experiment},
    statistics::range,
    train::Samples,
};
use std::io;

/// Maximum number of images encoded at a time, to limit memory.
const BLOCK: usize = 1024;
/// Maximum number of codes for t-SNE, whose time grows with their square.
const EMBEDDED: usize = 2000;
/// Perplexity of t-SNE, roughly the number of neighbours per code.
const PERPLEXITY: f64 = 30.0;
/// Iterations of t-SNE.
const ITERATIONS: usize = 500;

/// Whether any table, figure or result needs the codes, which have `dim` dimensions.
pub fn are_wanted(experiment: &Experiment, dim: usize) -> bool {
    let spec::Figures { codes, interpolations, traversal, .. } = &experiment.figures;
    let drawn = *codes != spec::Codes::None || *interpolations > 0 || *traversal;
    // With two dimensions, there is always a manifold.
    experiment.evaluate.codes || !experiment.evaluate.probe.is_empty() || drawn || dim == 2
}

/// The codes of some images.
pub(super) struct Codes {
    /// `count * dim` values, one code after another.
    pub values: Vec<f32>,
    pub count: usize,
    pub dim: usize,
}

impl Codes {
    /// Encodes the first `count` of `samples`, including their noise.
    pub fn of(trained: &Trained<'_>, samples: &Samples<'_>, count: usize) -> Result<Self> {
        let (count, dim) = (count.min(samples.len()), trained.arch.latent_dim);
        let mut values = Vec::with_capacity(count * dim);
        let block = samples.target_size().at_once(BLOCK);
        for start in (0..count).step_by(block) {
            let end = count.min(start + block);
            let (inputs, _) = samples.range(start..end);
            values.extend(trained.inference.encode(&inputs, end - start)?);
        }
        Ok(Self { values, count, dim })
    }

    /// Returns the ranges of z\[0\] and z\[1\] in figures of the plane: `wanted` for both if at least half of
    /// the codes lie within it, otherwise the range of each dimension's values.
    pub fn plane(&self, wanted: Option<[f64; 2]>) -> [(f32, f32); 2] {
        let fit = || [0, 1].map(|index| fitted(self.dimension(index)));
        self.usable(wanted).unwrap_or_else(fit)
    }

    /// Returns the same for a plot of points, which then has a margin around the outermost ones.
    fn view(&self, wanted: Option<[f64; 2]>) -> View {
        self.usable(wanted).map_or(View::Fit, View::Ranges)
    }

    /// Returns `wanted` for both dimensions if at least half of the codes lie within it.
    fn usable(&self, wanted: Option<[f64; 2]>) -> Option<[(f32, f32); 2]> {
        let wanted = wanted.map(|range| range.map(|bound| bound as f32));
        let shows_most = |[from, to]: &[f32; 2]| {
            let inside = |code: &&[f32]| code.iter().all(|value| (from..=to).contains(&value));
            2 * self.values.chunks_exact(self.dim.max(1)).filter(inside).count() >= self.count
        };
        wanted.filter(shows_most).map(|[from, to]| [(from, to); 2])
    }

    /// Returns the values of dimension `index` over all codes.
    pub fn dimension(&self, index: usize) -> impl Iterator<Item = f32> {
        self.values.iter().skip(index).step_by(self.dim.max(1)).copied()
    }
}

/// Returns the range of the finite values, widened if it would be empty.
fn fitted(values: impl Iterator<Item = f32>) -> (f32, f32) {
    match range(values.map(f64::from)).map(|(low, high)| (low as f32, high as f32)) {
        None => (-1.0, 1.0),
        Some((low, high)) if low < high => (low, high),
        Some((low, high)) => (low - 1.0, high + 1.0),
    }
}

/// Returns the plot that `figures.codes` asks for, if any, of codes of `dim` dimensions.
pub(super) const fn plot(wanted: spec::Codes, dim: usize) -> Option<&'static str> {
    match (wanted, dim) {
        (spec::Codes::None, _) => None,
        (spec::Codes::Tsne, _) => Some(figure_names::CODES_TSNE),
        (_, 1) | (spec::Codes::Auto, 2) => Some(figure_names::CODES),
        (spec::Codes::Auto | spec::Codes::Pca, _) => Some(figure_names::CODES_PCA),
    }
}

/// Returns how many of the codes of `count` test images are drawn.
pub fn drawn(wanted: spec::Codes, count: usize) -> usize {
    match wanted {
        spec::Codes::None => 0,
        spec::Codes::Tsne => count.min(EMBEDDED),
        spec::Codes::Auto | spec::Codes::Pca => count,
    }
}

/// Writes `codes.csv` if asked for, and draws the plot that `figures.codes` names.
pub(super) fn produce(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    if trained.experiment.evaluate.codes {
        atomic::write_with(&trained.folder.file(CODES), |out| table(trained, codes, out))?;
    }
    match plot(trained.experiment.figures.codes, codes.dim) {
        Some(figure_names::CODES_TSNE) => tsne(trained, codes),
        Some(figure_names::CODES_PCA) => pca(trained, codes),
        Some(_) if codes.dim == 1 => line(trained, codes),
        Some(_) => plane(trained, codes),
        None => Ok(()),
    }
}

fn table(trained: &Trained<'_>, codes: &Codes, out: &mut dyn io::Write) -> io::Result<()> {
    let mut header = vec!["index".to_owned(), "class".to_owned()];
    header.extend((0..codes.dim).map(|i| format!("z{i}")));
    let files = &trained.dataset.test_files;
    header.extend((!files.is_empty()).then(|| "file".to_owned()));
    let row = |(index, code): (usize, &[f32])| {
        let mut row = vec![index.to_string(), trained.class(index).unwrap_or_default().to_owned()];
        row.extend(code.iter().map(|value| cell(Some(value))));
        row.extend(files.get(index).cloned());
        row
    };
    let rows = codes.values.chunks_exact(codes.dim.max(1)).enumerate().map(row);
    csv_table::write_to(out, header, rows)
}

/// Plots two dimensions directly.
fn plane(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    let view = codes.view(trained.experiment.figures.code_range);
    let labels = ["z[0]".to_owned(), "z[1]".to_owned()];
    scatter(trained, figure_names::CODES, "codes", &codes.values, labels, view)
}

/// Plots one dimension: a band for each class, with the points spread across it.
fn line(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    let across = |index: usize| {
        let class = trained.dataset.test.labels.get(index).map_or(0.0, |&class| f32::from(class));
        // Multiples of the golden ratio cover the band evenly.
        class + 0.7 * ((index as f64 * 0.618_033_988_749_895).fract() as f32 - 0.5)
    };
    let points: Vec<f32> =
        codes.values.iter().enumerate().flat_map(|(i, &z)| [z, across(i)]).collect();
    let across = if trained.dataset.test.labels.is_empty() { "" } else { "class" };
    let labels = ["z[0]".to_owned(), across.to_owned()];
    scatter(trained, figure_names::CODES, "codes", &points, labels, View::Fit)
}

/// Plots the first two principal components.
fn pca(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    let found = embed::pca(&codes.values, codes.count, codes.dim, 2);
    let label = |name: &str, index: usize| {
        let share = found.explained.get(index).copied().unwrap_or_default();
        format!("{name} principal component, {:.1} % of the variance", 100.0 * share)
    };
    let labels = [label("first", 0), label("second", 1)];
    let what = "principal components of the codes";
    scatter(trained, figure_names::CODES_PCA, what, &found.projections, labels, View::Even)
}

fn tsne(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    let count = drawn(spec::Codes::Tsne, codes.count);
    let mut rng = stream(trained.experiment.meta.seed, Purpose::Embedding, 0, 0);
    let used = &codes.values[..count * codes.dim];
    let placed = embed::tsne(used, count, codes.dim, PERPLEXITY, ITERATIONS, &mut rng);
    let what = if count < codes.count {
        format!("t-SNE of the first {count} codes")
    } else {
        "t-SNE of the codes".to_owned()
    };
    let labels = ["t-SNE 1".to_owned(), "t-SNE 2".to_owned()];
    scatter(trained, figure_names::CODES_TSNE, &what, &placed, labels, View::Even)
}

fn scatter(
    trained: &Trained<'_>,
    name: &str,
    what: &str,
    points: &[f32],
    [x_label, y_label]: [String; 2],
    view: View,
) -> Result<()> {
    let scatter = Scatter {
        title: trained.title(&format!("{what} of the {}", inputs(&trained.experiment.task))),
        x_label,
        y_label,
        codes: points,
        labels: &trained.dataset.test.labels,
        classes: &trained.dataset.classes,
        view,
    };
    trained.plot(name, &scatter.draw())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_axis_of_the_plane_is_fitted_to_its_own_values() {
        let codes = Codes { values: vec![-1.5, 7.0, 3.0, 9.0, f32::NAN, 8.0], count: 3, dim: 2 };
        let fitted = [(-1.5, 3.0), (7.0, 9.0)];
        assert_eq!(codes.plane(None), fitted);
        assert_eq!(codes.plane(Some([-4.0, 4.0])), fitted, "no code would be on it");
        assert_eq!(codes.plane(Some([-2.0, 9.0])), [(-2.0, 9.0); 2]);
        assert_eq!(codes.view(None), View::Fit, "the outermost points would lie on the frame");
        assert_eq!(codes.view(Some([-2.0, 9.0])), View::Ranges([(-2.0, 9.0); 2]));
    }

    #[test]
    fn a_fitted_range_covers_the_finite_codes_and_is_never_empty() {
        assert_eq!(fitted([3.0, f32::NAN, -1.5, f32::INFINITY].into_iter()), (-1.5, 3.0));
        assert_eq!(fitted([2.0, 2.0].into_iter()), (1.0, 3.0));
        assert_eq!(fitted([f32::NAN].into_iter()), (-1.0, 1.0));
    }

    #[test]
    fn codes_are_computed_only_if_something_shows_them() {
        let mut experiment = Experiment::default();
        assert!(are_wanted(&experiment, 16));
        experiment.figures.codes = spec::Codes::None;
        assert!(!are_wanted(&experiment, 16) && are_wanted(&experiment, 2));
        for change in [
            (|of| of.evaluate.codes = true) as fn(&mut Experiment),
            |of| of.evaluate.probe = vec![spec::Probe::Knn],
            |of| of.figures.interpolations = 1,
            |of| of.figures.traversal = true,
        ] {
            let mut changed = experiment.clone();
            change(&mut changed);
            assert!(are_wanted(&changed, 16));
        }
    }
}
