//! Rules on losses, optimizers and schedules.

use super::Finding;
use crate::{
    arch::Activation,
    spec::{Experiment, LossTerms, Optimizer, Schedule},
    words::number,
};

pub(super) fn check(experiment: &Experiment, findings: &mut Vec<Finding>) {
    let output = experiment.model.activations().output;
    let bce = experiment.train.loss.weights.contains_key(&LossTerms::Bce);
    if bce && output != Activation::Sigmoid {
        let keys = ["train.loss", "model.output_activation"];
        let message = "loss `bce` needs outputs between 0 and 1, which only `sigmoid` ensures";
        findings
            .push(Finding::new(keys, message).note("set `model.output_activation = \"sigmoid\"`"));
    }
    if let Optimizer::Sgd { momentum, nesterov: true, .. } = experiment.train.optimizer
        && momentum <= 0.0
    {
        let keys = ["train.optimizer.nesterov", "train.optimizer.momentum"];
        let message = "`nesterov` is a form of momentum, and `momentum` is 0";
        findings
            .push(Finding::new(keys, message).note("set `momentum = 0.9`, or remove `nesterov`"));
    }
    schedule(experiment, findings);
}

fn schedule(experiment: &Experiment, findings: &mut Vec<Finding>) {
    let base = experiment.train.optimizer.learning_rate();
    let mut below_base = |key: &str, value: f64| {
        if value >= base {
            let path = format!("train.schedule.{key}");
            let (value, base) = (number(value), number(base));
            let message =
                format!("`{path}` is {value}: expected less than the learning rate, {base}");
            let keys = [path.as_str(), "train.optimizer.learning_rate"];
            findings.push(Finding::new(keys, message));
        }
    };
    match &experiment.train.schedule {
        Schedule::Plateau { min, .. } => below_base("min", *min),
        Schedule::Cosine { min, .. } if *min > 0.0 => below_base("min", *min),
        Schedule::Polynomial { end, .. } if *end > 0.0 => below_base("end", *end),
        Schedule::MultiStep { epochs, .. } => {
            for (index, pair) in epochs.windows(2).enumerate() {
                if pair[0] >= pair[1] {
                    let path = format!("train.schedule.epochs.{}", index + 1);
                    let message = format!(
                        "`train.schedule.epochs` has {} after {}: expected ascending epochs",
                        pair[1], pair[0]
                    );
                    findings.push(Finding::new([path.as_str()], message));
                }
            }
        }
        _ => {}
    }
}
