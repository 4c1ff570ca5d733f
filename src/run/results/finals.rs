//! Final metrics, measured once with the weights of the best epoch: metrics on the test images if these did
//! not choose the epoch, and how well codes predict classes; and what of the inputs they are to be compared with.

use super::{Result, Trained, codes::Codes};
use crate::{
    data::Dataset,
    probe::{self, Labelled},
    record::InputQuality,
    spec::{Experiment, FinalMetric, Metric, Probe},
    train::{EpochMetrics, Evaluation, Samples, loss::Loss, untouched},
    words::figure,
};
use std::collections::BTreeMap;

/// Maximum number of training codes that probes learn from: with ten classes, more do not help, and the time
/// of the nearest-neighbour search grows with their number.
pub const TAUGHT: usize = 20_000;

/// Measures the final metrics that the experiment asks for; `codes` are those of all test images.
/// Values that are not finite are left out.
pub(super) fn measure(
    trained: &Trained<'_>,
    codes: Option<&Codes>,
) -> Result<BTreeMap<FinalMetric, f64>> {
    let mut values = tested(trained)?;
    if let Some(codes) = codes {
        values.extend(probed(trained, codes)?);
    }
    values.retain(|(_, value)| value.is_finite());
    if !values.is_empty() {
        let listed = values.iter().map(|(m, value)| format!("{} {}", m.name(), figure(*value)));
        let listed = listed.collect::<Vec<_>>().join(", ");
        trained.folder.log()?.line(&format!("the best weights: {listed}"))?;
    }
    Ok(values.into_iter().collect())
}

/// Measures the inputs of a network that denoises or colorizes, beside its outputs, whose values are in `rows` or, on
/// images apart from those of validation, in `finals`; `None` if these lack them.
pub(super) fn inputs(
    trained: &Trained<'_>,
    rows: &[EpochMetrics],
    finals: &BTreeMap<FinalMetric, f64>,
) -> Result<Option<InputQuality>> {
    let output_mse = match trained.dataset.held_out {
        Some(_) => finals.get(&FinalMetric::TestMse).copied(),
        None => trained.folder.info().best_by(rows, Metric::ValMse).map(|(_, value)| value),
    };
    let Some((output_mse, input)) = output_mse.zip(untouched(&trained.test)) else {
        return Ok(None);
    };
    let quality = InputQuality { mse: input.mse, psnr: input.psnr, output_mse };
    if ![quality.mse, quality.psnr, quality.output_mse].into_iter().all(f64::is_finite) {
        return Ok(None);
    }
    if let Some(worse) = quality.warning() {
        trained.folder.log()?.line(&format!("warning: {worse}"))?;
    }
    Ok(Some(quality))
}

/// Measures metrics on the test images, unless these chose the best epoch.
fn tested(trained: &Trained<'_>) -> Result<Vec<(FinalMetric, f64)>> {
    use FinalMetric::{TestLoss, TestMae, TestMse, TestPsnr, TestSsim};
    if trained.dataset.held_out.is_none() {
        return Ok(Vec::new());
    }
    let loss = Loss::new(&trained.experiment.train.loss, trained.test.target_size());
    let Evaluation { loss, quality } = trained.inference.evaluate(&trained.test, &loss)?;
    Ok(vec![
        (TestLoss, loss),
        (TestMse, quality.mse),
        (TestMae, quality.mae),
        (TestPsnr, quality.psnr),
        (TestSsim, quality.ssim),
    ])
}

/// Measures the accuracies that `evaluate.probe` asks for; empty without classes.
fn probed(trained: &Trained<'_>, codes: &Codes) -> Result<Vec<(FinalMetric, f64)>> {
    let Trained { experiment, dataset, .. } = trained;
    let (wanted, neighbours) = (&experiment.evaluate.probe, experiment.evaluate.probe_neighbours);
    if wanted.is_empty() || dataset.classes.is_empty() {
        return Ok(Vec::new());
    }
    let seed = experiment.meta.seed;
    let samples = Samples::for_probing(&dataset.train, &experiment.task, seed);
    let taught = Codes::of(trained, &samples, TAUGHT)?;
    let train = Labelled { codes: &taught.values, labels: &dataset.train.labels };
    let test = Labelled { codes: &codes.values, labels: &dataset.test.labels };
    let Some(probe) = probe::Probe::new(codes.dim, train, test) else { return Ok(Vec::new()) };
    let knn = wanted.contains(&Probe::Knn).then(|| probe.knn_accuracy(neighbours));
    let linear = wanted.contains(&Probe::Linear).then(|| probe.linear_accuracy());
    let values = [(FinalMetric::KnnAccuracy, knn), (FinalMetric::LinearAccuracy, linear)];
    Ok(values.into_iter().filter_map(|(metric, value)| Some((metric, value?))).collect())
}

/// Returns a warning if `evaluate.probe` is set for data without classes.
pub fn without_classes(experiment: &Experiment, dataset: &Dataset) -> Option<String> {
    let missing = !experiment.evaluate.probe.is_empty() && dataset.classes.is_empty();
    missing.then(|| {
        "`evaluate.probe` gives no value: the images have no classes to be recognized".to_owned()
    })
}
