//! What a training leaves behind, epoch by epoch.

use super::axis::Scale;
use super::lines::{Form, Line, LinePlot, Mark};
use super::number::brief;
use image::RgbImage;

/// Training and validation loss over epochs, the first value being epoch 1's. A value that is
/// missing or infinite is NaN or infinite here and leaves a gap. The vertical axis is logarithmic
/// when the losses are positive and span more than a decade. `best` is an epoch, from 1, to mark.
pub fn learning_curves(
    title: &str,
    loss: &str,
    train: &[f64],
    validation: &[f64],
    best: Option<usize>,
) -> RgbImage {
    let value = |epoch: usize| validation.get(epoch.checked_sub(1)?).copied();
    let mark = best.and_then(|epoch| Some((epoch, value(epoch).filter(|v| v.is_finite())?)));
    let mark = mark.map(|(epoch, value)| Mark {
        at: (epoch as f64, value),
        text: format!("best: {} at epoch {epoch}", brief(value)),
    });
    LinePlot {
        title: title.to_owned(),
        x_label: "epoch".to_owned(),
        y_label: loss.to_owned(),
        x: Scale::Whole,
        y: Scale::Auto,
        lines: vec![
            Line::over_epochs("training", train),
            Line::over_epochs("validation", validation),
        ],
        mark,
        ..LinePlot::default()
    }
    .render()
}

/// A metric over epochs, the first value being epoch 1's; NaN where missing. The axis is even: PSNR is
/// a logarithm already, and SSIM a share.
pub fn metric_curve(title: &str, y_label: &str, values: &[f64]) -> RgbImage {
    LinePlot {
        title: title.to_owned(),
        x_label: "epoch".to_owned(),
        y_label: y_label.to_owned(),
        x: Scale::Whole,
        y: Scale::Linear,
        lines: vec![Line::over_epochs("", values)],
        ..LinePlot::default()
    }
    .render()
}

/// The learning rate over the epochs done, as a step line: at `(epochs, rate)` that rate begins, at
/// the last of these it ends.
pub fn learning_rate(title: &str, rates: &[(f64, f64)]) -> RgbImage {
    let line = Line { form: Form::Step, ..Line::new("", rates.to_vec()) };
    LinePlot {
        title: title.to_owned(),
        x_label: "epochs done".to_owned(),
        y_label: "learning rate".to_owned(),
        x: Scale::Whole,
        y: Scale::Auto,
        lines: vec![line],
        ..LinePlot::default()
    }
    .render()
}

/// A metric, PSNR for one, over the noise's sigma at which a trained model was tested.
pub fn over_sigma(title: &str, metric: &str, points: Vec<(f64, f64)>) -> RgbImage {
    LinePlot {
        title: title.to_owned(),
        x_label: "noise sigma at test".to_owned(),
        y_label: metric.to_owned(),
        x: Scale::Linear,
        y: Scale::Linear,
        lines: vec![Line { form: Form::Marked, ..Line::new("", points) }],
        ..LinePlot::default()
    }
    .render()
}
