//! The keys that a sweep varies, and their values in each run.

use crate::{
    plan::Plan,
    spec::{Point, dotted},
};

/// Returns every key that any run sets, in order of first appearance.
pub fn keys(plans: &[Plan]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for (key, _) in plans.iter().flat_map(|plan| &plan.point.overrides) {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

/// Returns the value of each key in a run, taken from its experiment: equal settings are equal values,
/// however they are written, and whether the run's combination sets them or not.
pub fn values(plan: &Plan, keys: &[String]) -> Vec<Option<toml::Value>> {
    let Point { overrides, repeat, experiment, .. } = &plan.point;
    let mut experiment = experiment.clone();
    // Repeats of one combination have the same values.
    experiment.meta.seed -= repeat.unwrap_or(1) as u64 - 1;
    let whole = toml::Value::try_from(&experiment).ok();
    let resolved = |key: &str| dotted::value(whole.as_ref()?, key).cloned();
    // A loss with a single term is resolved to its name, so the key of its weight is not found.
    let set = |key: &str| {
        let set = overrides.iter().find(|(known, _)| known == key);
        set.map(|(_, value)| value.clone())
    };
    keys.iter().map(|key| resolved(key).or_else(|| set(key))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{self, Overrides};
    use std::fs;

    /// Returns the values of `keys` in each run of a sweep.
    fn rows(sweep: &str, keys: &[&str]) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        fs::write(&path, format!("task.kind = \"denoise\"\n{sweep}")).unwrap();
        let loaded = spec::load(&path, &Overrides::default()).unwrap();
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        let text = |value: Option<toml::Value>| value.map_or(String::new(), |v| v.to_string());
        let row = |point| values(&Plan::new(point), &keys).into_iter().map(text).collect();
        loaded.points.into_iter().map(row).collect()
    }

    #[test]
    fn equal_settings_are_equal_values_whether_swept_or_default() {
        let optimizers =
            "\"train.optimizer\" = [{ kind = \"sgd\" }, { kind = \"adam\", learning_rate = 1e-3 }]";
        let sigmas = "\"task.noise.sigma\" = [1, 0.5]";
        let usual = "[[sweep.blocks]]\n\"model.latent_dim\" = [2]\n";
        let found = rows(
            &format!("[task.noise]\nsigma = 1.0\n[sweep]\n{optimizers}\n{sigmas}\n{usual}"),
            &["train.optimizer", "task.noise.sigma", "model.latent_dim"],
        );
        assert_eq!(found.len(), 5);
        assert_eq!(found[4][..2], found[2][..2], "the usual optimizer and sigma");
        assert_eq!(found[4][2], "2");
        assert_eq!(found[0][1], "1.0");
    }

    #[test]
    fn repeats_have_the_same_values_and_a_loss_of_one_term_has_its_weight() {
        let text = "[sweep]\nrepeats = 2\n\"experiment.seed\" = [5, 9]\n";
        assert_eq!(rows(text, &["experiment.seed"]).concat(), ["5", "5", "9", "9"]);
        let text = "[train]\nloss = { mse = 3.0 }\n[sweep]\nmetric = \"val_mse\"\n\"train.loss.mse\" = [1, 2]\n";
        assert_eq!(rows(text, &["train.loss.mse"]).concat(), ["1", "2.0"]);
    }
}
