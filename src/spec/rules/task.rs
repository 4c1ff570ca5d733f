//! Rules on noise and on the levels that a network is tested at.

use super::Finding;
use crate::spec::{Experiment, Noise, SIGMA, Strength, Task, measured::AMOUNT};

pub(super) fn check(experiment: &Experiment, findings: &mut Vec<Finding>) {
    let noise = match &experiment.task {
        Task::Denoise { noise } => Some(noise),
        _ => None,
    };
    if let Some(Noise::Gaussian { clip, .. } | Noise::Speckle { clip, .. }) = noise {
        let [low, high] = clip;
        if low >= high {
            let message = format!(
                "`task.noise.clip` goes from {low} to {high}: expected the second number to be larger"
            );
            findings.push(Finding::new(["task.noise.clip"], message));
        }
    }
    let has_sigma = matches!(noise, Some(Noise::Gaussian { .. } | Noise::Speckle { .. }));
    if let Some(Strength::Range([from, to])) = noise.map(Noise::strength)
        && from >= to
    {
        let key = if has_sigma { SIGMA } else { AMOUNT };
        let message =
            format!("`{key}` goes from {from} to {to}: expected the second number to be larger");
        let note = "each image's level is drawn from this range; to train at each of several levels, use `[sweep]`";
        findings.push(Finding::new([key], message).note(note));
    }
    if !has_sigma && !experiment.evaluate.noise_sigmas.is_empty() {
        let message = match noise {
            None => "`evaluate.noise_sigmas` needs a network that is trained to denoise",
            Some(_) => "`evaluate.noise_sigmas` needs noise with a sigma",
        };
        let keys = ["evaluate.noise_sigmas", "task.kind", "task.noise.kind"];
        findings.push(Finding::new(keys, message).note(
            "remove it, or set `task.kind = \"denoise\"` with `gaussian` or `speckle` noise",
        ));
    }
}
