//! What an experiment chooses that is not the default.

use super::Experiment;
use std::{collections::BTreeMap, fmt::Write};
use toml::Value;

impl Experiment {
    /// Of an experiment's values, each by its dotted key, those that are not the defaults of its kinds of task,
    /// noise, network, optimiser and schedule; a kind that is not the default is one of them. Of what changes
    /// nothing in a trained network, of data set and seed nothing is told.
    pub fn unusual(values: &BTreeMap<String, Value>) -> Vec<(&str, &Value)> {
        let plain = leaves(&Self::default());
        let is_kind = |key: &str| key.rsplit('.').next() == Some("kind");
        // The defaults beside these kinds; all are plain where one has keys without a default.
        let beside = |left_out: Option<&str>| {
            let mut text = String::new();
            for (key, value) in values.iter().filter(|(key, _)| is_kind(key)) {
                if Some(key.as_str()) != left_out {
                    let _ = writeln!(text, "{key} = {value}");
                }
            }
            toml::from_str::<Self>(&text).map_or_else(|_| plain.clone(), |it| leaves(&it))
        };
        let of_kinds = beside(None);
        let tells = |key: &str| {
            Self::is_identified_by(key) && !["experiment.seed", "data.dataset"].contains(&key)
        };
        let usual = |key: &str| {
            if is_kind(key) { beside(Some(key)).remove(key) } else { of_kinds.get(key).cloned() }
        };
        let differ =
            values.iter().filter(|(key, value)| tells(key) && usual(key).as_ref() != Some(value));
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
    fn what_is_the_default_of_its_kind_is_not_told() {
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
