//! Plots of a training, epoch by epoch.

use super::{
    axis::Scale,
    drawing::Drawing,
    lines::{Form, Line, LinePlot, Mark},
    number::brief,
    style::SOFT,
};

/// Plots training and validation loss over epochs, starting at epoch 1. Missing values are NaN; non-finite
/// values leave a gap. The vertical axis is logarithmic if the losses are positive and span more than a
/// decade. `best` is an epoch, from 1, to mark.
pub fn learning_curves(
    title: &str,
    loss: &str,
    train: &[f64],
    validation: &[f64],
    best: Option<usize>,
) -> Drawing {
    let value = |epoch: usize| validation.get(epoch.checked_sub(1)?).copied();
    let mark = best.and_then(|epoch| Some((epoch, value(epoch).filter(|v| v.is_finite())?)));
    let mark = mark.map(|(epoch, value)| Mark {
        at: (epoch as f64, value),
        text: format!("best: {} at epoch {epoch}", brief(value)),
    });
    let lines =
        vec![Line::over_epochs("training", train), Line::over_epochs("validation", validation)];
    LinePlot { mark, ..over_epochs(title, loss, Scale::Auto, lines) }.draw()
}

/// Plots a metric over epochs, starting at epoch 1, NaN where missing. The vertical axis is linear, as PSNR
/// is a logarithm already and SSIM a share.
pub fn metric_curve(title: &str, y_label: &str, values: &[f64]) -> Drawing {
    over_epochs(title, y_label, Scale::Linear, vec![Line::over_epochs("", values)]).draw()
}

/// Plots the learning rate over completed epochs on an axis of this scale, as a step line: each `(epochs, rate)`
/// starts a step, and the last one ends the line.
pub fn learning_rate(title: &str, rates: &[(f64, f64)], scale: Scale) -> Drawing {
    let line = Line { form: Form::Step, ..Line::new("", rates.to_vec()) };
    let plot = over_epochs(title, "learning rate", scale, vec![line]);
    LinePlot { x_label: "epochs done".to_owned(), ..plot }.draw()
}

fn over_epochs(title: &str, y_label: &str, y: Scale, lines: Vec<Line>) -> LinePlot {
    LinePlot {
        title: title.to_owned(),
        x_label: "epoch".to_owned(),
        y_label: y_label.to_owned(),
        x: Scale::Whole,
        y,
        lines,
        ..LinePlot::default()
    }
}

/// Plots a metric, such as PSNR, of `outputs` over the noise levels used in testing a trained model, and of the noisy
/// `inputs` as a dashed line; `level` is the word for levels, such as `sigma`.
pub fn over_levels(
    title: &str,
    level: &str,
    metric: &str,
    outputs: Vec<(f64, f64)>,
    inputs: Vec<(f64, f64)>,
) -> Drawing {
    let colour = Some(SOFT);
    let inputs = Line { form: Form::Dashed, colour, ..Line::new("noisy input", inputs) };
    LinePlot {
        title: title.to_owned(),
        x_label: format!("noise {level} at test"),
        y_label: metric.to_owned(),
        x: Scale::Linear,
        y: Scale::Linear,
        lines: vec![Line { form: Form::Marked, ..Line::new("output", outputs) }, inputs],
        ..LinePlot::default()
    }
    .draw()
}
