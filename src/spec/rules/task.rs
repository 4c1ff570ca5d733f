//! Noise, and what a network is tested at.

use super::Finding;
use crate::spec::{Experiment, Noise, Task};

pub(super) fn check(experiment: &Experiment, findings: &mut Vec<Finding>) {
    let noise = match &experiment.task {
        Task::Denoise { noise } => Some(noise),
        _ => None,
    };
    if let Some(Noise::Gaussian { clip, .. } | Noise::Speckle { clip, .. }) = noise {
        let [low, high] = clip;
        if low >= high {
            let message = format!(
                "`task.noise.clip` cuts to {low} to {high}: expected the second number to be larger"
            );
            findings.push(Finding::new(["task.noise.clip"], message));
        }
    }
    let levels = matches!(noise, Some(Noise::Gaussian { .. } | Noise::Speckle { .. }));
    if !levels && !experiment.evaluate.noise_sigmas.is_empty() {
        let message = match noise {
            None => "`evaluate.noise_sigmas` needs a network that is trained to denoise",
            Some(_) => "`evaluate.noise_sigmas` needs noise that has a sigma",
        };
        let keys = ["evaluate.noise_sigmas", "task.kind", "task.noise.kind"];
        findings.push(Finding::new(keys, message).note(
            "remove it, or set `task.kind = \"denoise\"` with `gaussian` or `speckle` noise",
        ));
    }
}
