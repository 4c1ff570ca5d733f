//! What the metrics of a run are measured on.

use super::{Experiment, dotted};
use toml::Value;

/// The folder of the data set.
const ROOT: &str = "data.root";
/// Validation pictures are those kept of the training pictures if it is above 0, else the test pictures.
const SPLIT: &str = "data.validation_split";
/// The limit of the training pictures.
const TRAIN_LIMIT: &str = "data.train_limit";
/// The limit of the test pictures.
const TEST_LIMIT: &str = "data.test_limit";

/// The keys that name the task and the pictures to validate on; a limit only where it is that of these.
const KEYS: [&str; 9] = [
    "task.kind",
    "data.dataset",
    ROOT,
    SPLIT,
    TRAIN_LIMIT,
    TEST_LIMIT,
    "data.image_size",
    "data.channels",
    "data.fit",
];

/// What the metrics of a run are measured on, its validation pictures and its task: where that is something
/// else, every metric is another quantity, and neither run is better. Noise makes no other task.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Those of [`KEYS`].
    values: [Option<Value>; KEYS.len()],
    digest: String,
}

impl Measured {
    /// That of a run by the values of its dotted keys and the digest of its data.
    pub fn of<'v>(value: impl Fn(&str) -> Option<&'v Value>, digest: &str) -> Self {
        let is_split = value(SPLIT).and_then(Value::as_float).is_some_and(|share| share > 0.0);
        let other = if is_split { TEST_LIMIT } else { TRAIN_LIMIT };
        let values = KEYS.map(|key| value(key).filter(|_| key != other).cloned());
        Self { values, digest: digest.to_owned() }
    }

    /// The keys that make it something else than another.
    pub fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'static str> + 'a {
        let pairs = self.values.iter().zip(&other.values).zip(KEYS);
        let differ = pairs.filter(|((own, other), _)| own != other).map(|(_, key)| key);
        // A folder may be called by several paths, and its pictures may lie in several.
        differ.filter(move |key| *key != ROOT || self.digest != other.digest)
    }

    /// Whether it is the same as another.
    pub fn is_like(&self, other: &Self) -> bool {
        self.differences(other).next().is_none()
    }
}

impl Experiment {
    /// What the metrics of its run are measured on, with data of this digest.
    pub fn measured(&self, digest: &str) -> Measured {
        // The other tables do not matter, and there may be thousands of runs.
        let tables = [("data", Value::try_from(&self.data)), ("task", Value::try_from(&self.task))];
        Measured::of(
            |key| {
                let (first, rest) = key.split_once('.')?;
                let (_, table) = tables.iter().find(|(name, _)| *name == first)?;
                dotted::value(table.as_ref().ok()?, rest)
            },
            digest,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Experiment {
        toml::from_str(text).unwrap()
    }

    /// The keys in which experiments differ whose data have these digests.
    fn differences(texts: [&str; 2], digests: [&str; 2]) -> Vec<&'static str> {
        let [a, b] = [0, 1].map(|place| with(texts[place]).measured(digests[place]));
        a.differences(&b).collect()
    }

    #[test]
    fn metrics_on_other_pictures_or_of_another_task_are_other_quantities() {
        for (key, value) in [
            ("task.kind", "\"denoise\""),
            ("data.dataset", "\"mnist\""),
            ("data.root", "\"pictures\""),
            ("data.validation_split", "0.25"),
            ("data.test_limit", "2"),
            ("data.image_size", "[8, 8]"),
            ("data.channels", "1"),
            ("data.fit", "\"stretch\""),
        ] {
            let text = format!("{key} = {value}\n");
            assert_eq!(differences(["", &text], ["a", "b"]), [key]);
            assert!(with(&text).measured("a").is_like(&with(&text).measured("a")), "{key}");
        }
        for same in [
            "experiment.name = \"other\"",
            "data.train_limit = 9",
            "data.verify = false",
            "train.epochs = 2",
        ] {
            assert_eq!(differences(["", same], ["a", "b"]), [""; 0], "{same}");
        }
        let noise = |sigma| {
            format!(
                "[task]\nkind = \"denoise\"\nnoise.kind = \"gaussian\"\nnoise.sigma = {sigma}\n"
            )
        };
        assert_eq!(differences([&noise("0.5"), &noise("1.0")], ["a", "a"]), [""; 0]);
    }

    #[test]
    fn a_limit_counts_where_it_is_that_of_the_validation_pictures() {
        let split = "data.validation_split = 0.2\n";
        let limited = |key: &str| format!("{split}data.{key}_limit = 9\n");
        assert_eq!(differences([split, &limited("train")], ["a", "b"]), ["data.train_limit"]);
        assert_eq!(differences([split, &limited("test")], ["a", "b"]), [""; 0]);
    }

    #[test]
    fn a_folder_of_the_same_pictures_is_the_same_whatever_its_path() {
        let texts = ["data.root = \"a\"", "data.root = \"link\""];
        assert_eq!(differences(texts, ["same", "same"]), [""; 0]);
        assert_eq!(differences(texts, ["one", "other"]), ["data.root"]);
    }
}
