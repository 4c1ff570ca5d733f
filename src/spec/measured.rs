//! What the metrics of a run are measured on, and when those of two runs are comparable.

use super::{
    Experiment, Metric, dotted,
    strength::{AMOUNT, SIGMA},
};
use std::collections::{BTreeSet, HashMap};
use toml::Value;

const TASK: &str = "task.kind";
const NOISE_KIND: &str = "task.noise.kind";
/// When noise is drawn; validation images keep theirs in any case.
const RESAMPLE: &str = "task.noise.resample";
/// The folder of the data set.
pub const ROOT: &str = "data.root";
/// If above 0, the validation images are held out of the training images, else they are the test images.
pub const SPLIT: &str = "data.validation_split";
/// The maximum number of training images.
const TRAIN_LIMIT: &str = "data.train_limit";
/// The maximum number of test images.
const TEST_LIMIT: &str = "data.test_limit";

const NOISE: &[&str] =
    &[NOISE_KIND, "task.noise.mean", SIGMA, AMOUNT, "task.noise.salt", "task.noise.clip", RESAMPLE];
const LIMITS: &[&str] = &[TRAIN_LIMIT, TEST_LIMIT];

/// The keys that determine the task, the noise and the images, in this order.
const KEYS: [&str; 16] = [
    TASK,
    NOISE[0],
    NOISE[1],
    NOISE[2],
    NOISE[3],
    NOISE[4],
    NOISE[5],
    NOISE[6],
    "data.dataset",
    ROOT,
    SPLIT,
    TRAIN_LIMIT,
    TEST_LIMIT,
    "data.image_size",
    "data.channels",
    "data.fit",
];

/// Pseudo-key reported when all keys of the images are equal but the images are not.
pub const OTHER_IMAGES: &str = "data (other images)";

/// The images that a metric is measured over, and their noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// The training images.
    Training,
    /// The validation images, with the noise of training.
    Validation,
    /// The test images, with the same kind of noise at a common level.
    Levels,
}

impl From<Metric> for Over {
    fn from(metric: Metric) -> Self {
        if metric == Metric::Loss { Self::Training } else { Self::Validation }
    }
}

/// What the metrics of a run are measured on: its task, noise and images. If these differ between two runs,
/// so does the quantity that a metric measures, and neither run is better.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The values of [`KEYS`].
    values: [Option<Value>; KEYS.len()],
    /// Whether some of the training images are held out for validation.
    is_split: bool,
    digest: String,
}

impl Measured {
    /// Creates it from the values of a run's dotted keys and the digest of its data.
    pub fn of<'v>(value: impl Fn(&str) -> Option<&'v Value>, digest: &str) -> Self {
        let is_split = value(SPLIT).and_then(Value::as_float).is_some_and(|share| share > 0.0);
        let values = KEYS.map(|key| value(key).cloned());
        Self { values, is_split, digest: digest.to_owned() }
    }

    /// Returns the keys due to which a metric over these images measures something else than in `other`.
    pub fn differences(&self, other: &Self, over: Over) -> Vec<&'static str> {
        let pairs = self.relevant(over).zip(other.relevant(over));
        let mut keys: Vec<&str> =
            pairs.filter(|((_, own), (_, other))| own != other).map(|((key, _), _)| key).collect();
        // One folder can have several paths, and the same images can lie in several folders.
        if self.digest == other.digest {
            keys.retain(|key| *key != ROOT);
        } else if self.images() == other.images() {
            keys.push(OTHER_IMAGES);
        }
        // The first difference implies the others: different tasks and kinds of noise have different keys,
        // and different splits have different limits.
        for (key, implied) in [(TASK, NOISE), (NOISE_KIND, NOISE), (SPLIT, LIMITS)] {
            if keys.contains(&key) {
                keys.retain(|other| *other == key || !implied.contains(other));
            }
        }
        keys
    }

    /// Whether a metric over these images measures the same as in `other`.
    pub fn is_like(&self, other: &Self, over: Over) -> bool {
        self.differences(other, over).is_empty()
    }

    /// Returns the keys due to which a metric over these images does not measure the same in all runs.
    pub fn apart<'a>(
        all: impl IntoIterator<Item = &'a Self>,
        over: Over,
    ) -> BTreeSet<&'static str> {
        let mut all = all.into_iter();
        let Some(first) = all.next() else { return BTreeSet::new() };
        let mut digests = HashMap::from([(first.images(), &first.digest)]);
        let mut found = BTreeSet::new();
        for one in all {
            found.extend(first.differences(one, over));
            if *digests.entry(one.images()).or_insert(&one.digest) != &one.digest {
                found.insert(OTHER_IMAGES);
            }
        }
        found
    }

    /// Returns a text that is equal for runs in which a metric over these images measures the same, given the
    /// keys that set all the runs [apart](Self::apart).
    pub fn class(&self, over: Over, apart: &BTreeSet<&str>) -> String {
        let counts = |key: &str| key != ROOT || apart.contains(ROOT);
        let values = self.relevant(over).filter(|(key, _)| counts(key)).map(|(_, value)| value);
        let digest = apart.contains(OTHER_IMAGES).then_some(&self.digest);
        format!("{:?} {digest:?}", values.collect::<Vec<_>>())
    }

    /// Returns all keys, with the values of those that are relevant for a metric over these images.
    fn relevant(&self, over: Over) -> impl Iterator<Item = (&'static str, Option<&Value>)> {
        let is_relevant = move |key: &str| match key {
            SPLIT | SIGMA | AMOUNT => over != Over::Levels,
            // A limit is relevant only if it applies to these images.
            TRAIN_LIMIT => match over {
                Over::Training => true,
                Over::Validation => self.is_split,
                Over::Levels => false,
            },
            TEST_LIMIT => match over {
                Over::Training => false,
                Over::Validation => !self.is_split,
                Over::Levels => true,
            },
            RESAMPLE => over == Over::Training,
            _ => true,
        };
        KEYS.into_iter()
            .zip(&self.values)
            .map(move |(key, value)| (key, value.as_ref().filter(|_| is_relevant(key))))
    }

    /// Returns the values of the image keys as text, for comparison.
    fn images(&self) -> String {
        format!("{:?}", &self.values[NOISE.len() + 1..])
    }
}

/// Whether `key` is one of `task.noise`.
pub fn is_of_noise(key: &str) -> bool {
    NOISE.contains(&key)
}

impl Experiment {
    /// Returns what the metrics of its run are measured on, given the digest of the data.
    pub fn measured(&self, digest: &str) -> Measured {
        // Serializing only the two relevant tables saves time with thousands of runs.
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
    use Over::{Levels, Training, Validation};

    fn with(text: &str) -> Experiment {
        toml::from_str(text).unwrap()
    }

    /// Returns the differences between two experiments whose data have these digests.
    fn differences(texts: [&str; 2], digests: [&str; 2], over: Over) -> Vec<&'static str> {
        let [a, b] = [0, 1].map(|place| with(texts[place]).measured(digests[place]));
        a.differences(&b, over)
    }

    fn noise(text: &str) -> String {
        format!("[task]\nkind = \"denoise\"\nnoise = {{ {text} }}\n")
    }

    #[test]
    fn metrics_on_other_images_or_of_another_task_are_not_comparable() {
        for (key, value) in [
            ("task.kind", "\"denoise\""),
            ("data.dataset", "\"mnist\""),
            ("data.root", "\"images\""),
            ("data.validation_split", "0.25"),
            ("data.test_limit", "2"),
            ("data.image_size", "[8, 8]"),
            ("data.channels", "1"),
            ("data.fit", "\"stretch\""),
        ] {
            let text = format!("{key} = {value}\n");
            let digests = if key.starts_with("data.") { ["a", "b"] } else { ["a", "a"] };
            assert_eq!(differences(["", &text], digests, Validation), [key]);
            let [one, same] = [(); 2].map(|()| with(&text).measured("a"));
            assert!(one.is_like(&same, Validation), "{key}");
            let at_levels = differences(["", &text], digests, Levels);
            assert_eq!(at_levels.is_empty(), key == "data.validation_split", "{key}");
        }
        for same in ["data.train_limit = 9", "data.verify = false", "train.epochs = 2"] {
            let digests = if same.contains("limit") { ["a", "b"] } else { ["a", "a"] };
            assert_eq!(differences(["", same], digests, Validation), [""; 0], "{same}");
        }
    }

    #[test]
    fn validation_images_with_other_noise_are_not_comparable() {
        let usual = noise("kind = 'gaussian'");
        for (other, key, at_levels) in [
            ("kind = 'gaussian', sigma = 1.0", "task.noise.sigma", false),
            ("kind = 'gaussian', mean = 0.0", "task.noise.mean", true),
            ("kind = 'gaussian', clip = [0.0, 2.0]", "task.noise.clip", true),
            ("kind = 'masking'", "task.noise.kind", true),
        ] {
            let texts = [usual.as_str(), &noise(other)];
            assert_eq!(differences(texts, ["a", "a"], Validation), [key]);
            assert_eq!(differences(texts, ["a", "a"], Levels).len(), usize::from(at_levels));
        }
        let salted = ["amount = 0.1", "amount = 0.2, salt = 0.1"]
            .map(|text| noise(&format!("kind = 'salt_and_pepper', {text}")));
        let keys = differences([&salted[0], &salted[1]], ["a", "a"], Validation);
        assert_eq!(keys, ["task.noise.amount", "task.noise.salt"]);
        let anew = noise("kind = 'gaussian', resample = 'epoch'");
        assert_eq!(differences([&usual, &anew], ["a", "a"], Validation), [""; 0]);
        assert_eq!(differences([&usual, &anew], ["a", "a"], Training), ["task.noise.resample"]);
        assert_eq!(differences([&usual, ""], ["a", "a"], Validation), ["task.kind"]);
    }

    #[test]
    fn a_limit_counts_where_it_is_that_of_the_images() {
        let split = "data.validation_split = 0.2\n";
        let limited = |key: &str| format!("{split}data.{key}_limit = 9\n");
        let of = |key, over| differences([split, &limited(key)], ["a", "b"], over);
        assert_eq!(of("train", Validation), ["data.train_limit"]);
        assert_eq!(of("test", Validation), [""; 0]);
        assert_eq!(of("train", Levels), [""; 0]);
        assert_eq!(of("test", Levels), ["data.test_limit"]);
        let trained =
            differences(["", "data.train_limit = 9"], ["a", "b"], Over::from(Metric::Loss));
        assert_eq!(trained, ["data.train_limit"]);
        assert_eq!(differences(["", "data.test_limit = 9"], ["a", "b"], Training), [""; 0]);
        let kept = differences(["", &limited("train")], ["a", "b"], Validation);
        assert_eq!(kept, ["data.validation_split"]);
    }

    #[test]
    fn a_folder_of_the_same_images_is_the_same_whatever_its_path() {
        let texts = ["data.root = \"a\"", "data.root = \"link\""];
        assert_eq!(differences(texts, ["same", "same"], Validation), [""; 0]);
        assert_eq!(differences(texts, ["one", "other"], Validation), ["data.root"]);
    }

    #[test]
    fn a_folder_whose_images_were_changed_holds_others() {
        let texts = ["data.root = \"a\""; 2];
        assert_eq!(differences(texts, ["one", "other"], Validation), [OTHER_IMAGES]);
        // Compared with the first run alone, neither of the others would show the difference.
        let limited = "data.root = \"a\"\ndata.train_limit = 9\n";
        let all = [("data.root = \"a\"", "x"), (limited, "y"), (limited, "z")];
        let all = all.map(|(text, digest)| with(text).measured(digest));
        assert!(Measured::apart(&all, Validation).contains(OTHER_IMAGES));
        assert!(Measured::apart(&all[..2], Validation).is_empty());
    }
}
