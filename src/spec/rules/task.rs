//! Rules on noise and on the levels that a network is tested at.

use super::Finding;
use crate::spec::{Experiment, LevelKind, Noise, Strength};

pub(super) fn check(experiment: &Experiment, findings: &mut Vec<Finding>) {
    let noise = experiment.noise();
    if let Some(Noise::Gaussian { clip, .. } | Noise::Speckle { clip, .. }) = noise {
        let [low, high] = clip;
        if low >= high {
            let message = format!(
                "`task.noise.clip` goes from {low} to {high}: expected the second number to be larger"
            );
            findings.push(Finding::new(["task.noise.clip"], message));
        }
    }
    if let Some((key, Strength::Range([from, to]))) =
        noise.map(|noise| (noise.level_kind().key(), noise.strength()))
        && from >= to
    {
        let message =
            format!("`{key}` goes from {from} to {to}: expected the second number to be larger");
        let note = "each image's level is drawn from this range; to train at each of several levels, use `[sweep]`";
        findings.push(Finding::new([key], message).note(note));
    }
    let given = |kind: &LevelKind| !experiment.evaluate.levels(*kind).is_empty();
    findings.extend(
        LevelKind::ALL.into_iter().filter(given).filter_map(|kind| unfit_levels(kind, noise)),
    );
}

/// Refuses levels of a kind that the noise does not have.
fn unfit_levels(kind: LevelKind, noise: Option<&Noise>) -> Option<Finding> {
    let (key, noises) = (kind.tested_key(), kind.noises());
    let (needs, note) = match noise {
        None => (
            "a network that is trained to denoise".to_owned(),
            format!("remove it, or set `task.kind = \"denoise\"` with {noises} noise"),
        ),
        Some(noise) if noise.level_kind() == kind => return None,
        Some(noise) => {
            let (name, other) = (noise.name(), noise.level_kind());
            let (with, fitting) = (kind.with_article(), other.tested_key());
            (
                format!("noise with {with}"),
                format!(
                    "`{name}` noise has {}: remove the key or leave its list empty, and give `{fitting}` instead",
                    other.with_article()
                ),
            )
        }
    };
    let keys = [key, "task.kind", "task.noise.kind"];
    Some(Finding::new(keys, format!("`{key}` needs {needs}")).note(note))
}
