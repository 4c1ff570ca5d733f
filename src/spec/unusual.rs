//! The values of an experiment that are not defaults.

use super::{Experiment, SEED};
use std::{collections::BTreeMap, fmt::Write};
use toml::Value;

impl Experiment {
    /// Returns those of an experiment's `values` (by dotted key) that differ from the defaults of its kinds
    /// of task, noise, network, optimizer and schedule, and the kinds that are not the default themselves.
    /// The data set, the seed and keys that do not affect the trained network are left out.
    pub fn unusual(values: &BTreeMap<String, Value>) -> Vec<(&str, &Value)> {
        let plain = leaves(&Self::default());
        let is_kind = |key: &str| key.rsplit('.').next() == Some("kind");
        // The defaults given the experiment's kinds but `except`; the plain defaults if a kind has keys
        // without one.
        let defaults = |except: Option<&str>| {
            let mut text = String::new();
            for (key, value) in values.iter().filter(|(key, _)| is_kind(key)) {
                if Some(key.as_str()) != except {
                    let _ = writeln!(text, "{key} = {value}");
                }
            }
            toml::from_str::<Self>(&text).map_or_else(|_| plain.clone(), |it| leaves(&it))
        };
        let of_kinds = defaults(None);
        let is_shown =
            |key: &str| Self::is_identified_by(key) && ![SEED, "data.dataset"].contains(&key);
        let default = |key: &str| {
            if is_kind(key) { defaults(Some(key)).remove(key) } else { of_kinds.get(key).cloned() }
        };
        let differ = values
            .iter()
            .filter(|(key, value)| is_shown(key) && default(key).as_ref() != Some(value));
        differ.map(|(key, value)| (key.as_str(), value)).collect()
    }
}

fn leaves(experiment: &Experiment) -> BTreeMap<String, Value> {
    Value::try_from(experiment)
        .map_or_else(|_| BTreeMap::new(), |value| super::dotted::leaves(&value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unusual(text: &str) -> Vec<String> {
        let experiment: Experiment = toml::from_str(text).unwrap();
        let values = leaves(&experiment);
        let told = Experiment::unusual(&values);
        told.into_iter().map(|(key, value)| format!("{key} = {value}")).collect()
    }

    #[test]
    fn defaults_of_a_kind_are_not_listed() {
        assert_eq!(unusual("experiment.seed = 2\n[figures]\nscale = 9\n"), [""; 0]);
        assert_eq!(unusual("task.kind = \"denoise\"\n"), ["task.kind = \"denoise\""]);
        let text = "task.kind = \"denoise\"\ntask.noise = { kind = \"masking\" }\n[train]\nepochs = 3\noptimizer = { kind = \"sgd\", momentum = 0.5 }\n";
        assert_eq!(
            unusual(text),
            [
                "task.kind = \"denoise\"",
                "task.noise.kind = \"masking\"",
                "train.epochs = 3",
                "train.optimizer.kind = \"sgd\"",
                "train.optimizer.momentum = 0.5",
            ]
        );
    }
}
