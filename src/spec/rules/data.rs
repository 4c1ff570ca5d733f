//! Rules on data sets and what they can be used for.

use super::Finding;
use crate::spec::{DatasetName, Experiment, Task, resolved::FOLDER_KEYS, stack::Stack};

pub(super) fn check(experiment: &Experiment, stack: &Stack, findings: &mut Vec<Finding>) {
    let dataset = experiment.data.dataset;
    if dataset != DatasetName::ImageFolder {
        // Folder keys set below the layer that chooses another data set are ignored, not errors.
        let chosen = stack.level("data.dataset").unwrap_or(0);
        let keys = FOLDER_KEYS.iter().map(|key| (key, format!("data.{key}")));
        for (key, path) in keys.filter(|(_, path)| stack.level(path).unwrap_or(0) >= chosen.max(1))
        {
            let message =
                format!("`{key}` only applies to `image_folder`, not to `{}`", dataset.name());
            let finding = Finding::new([path.as_str(), "data.dataset"], message);
            findings.push(finding.note("remove it, or set `dataset = \"image_folder\"`"));
        }
    }
    let channels = experiment.data.size().channels;
    if experiment.task == Task::Colorize && channels != 3 {
        let (keys, but) = match dataset {
            DatasetName::ImageFolder => (
                ["data.channels", "task.kind", "data.dataset"],
                format!("`channels` is {channels}"),
            ),
            _ => (
                ["data.dataset", "task.kind", "data.channels"],
                format!("those of `{}` are gray", dataset.name()),
            ),
        };
        let finding = Finding::new(keys, format!("colorizing needs colour images, but {but}"));
        let note = "expected `synthetic_scenes`, `cifar10`, or `image_folder` with `channels = 3`";
        findings.push(finding.note(note));
    }
}
