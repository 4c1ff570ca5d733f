//! Finds the keys in which runs differ, and short names for them.

use super::run::Run;
use crate::{
    record::folder_name::hash8,
    spec::{Experiment, FinalMetric, Loss, Metric, ROOT, SEED, value},
    words::shortest_end,
};
use std::{
    borrow::Borrow,
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet, HashMap},
};
use toml::Value;

/// Pseudo key for the images themselves.
const DIGEST: &str = "data.digest";

/// A key in which runs differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// Dotted path, as in experiment files.
    pub path: String,
    /// The shortest suffix of the path that is unique among these keys and other columns, see [`label`].
    pub label: String,
    /// Its distinct values: numbers in order, then everything else by its text.
    pub values: Vec<Value>,
    /// Whether all its values are numbers.
    pub numeric: bool,
    /// The value of more than two thirds of the runs, which is left out of labels.
    pub usual: Option<Value>,
    /// Whether some runs do not have it.
    pub optional: bool,
}

impl Key {
    /// Spells out a run's value, as in `sigma=0.5`, unless it is the usual one. A missing value is spelled
    /// out if it could be mistaken for the usual one.
    pub fn spelled_unless_usual(&self, run: &Run) -> Option<String> {
        let value = run.values.get(&self.path);
        (value != self.usual.as_ref()).then(|| self.spelled(run))
    }

    /// Spells out a run's value, even if it is the usual one or missing.
    pub fn spelled(&self, run: &Run) -> String {
        match run.values.get(&self.path) {
            Some(value) => value::spelled(&self.label, value),
            None => format!("{} not given", self.label),
        }
    }
}

/// Returns the keys in which the runs differ: first those of `first`, in its order, then the others by name.
pub fn differing<'a>(
    runs: &'a [impl Borrow<Run>],
    first: impl Iterator<Item = &'a str>,
) -> Vec<Key> {
    let named: BTreeSet<&str> =
        runs.iter().flat_map(|run| run.borrow().values.keys().map(String::as_str)).collect();
    let first: Vec<&str> = first.collect();
    let mut seen = BTreeSet::new();
    let swept = |path: &&str| first.contains(path);
    let relevant = |path: &&str| swept(path) || !follows_from_kind(runs, path);
    // A key may occur in several sweeps.
    let all = first.iter().copied().chain(named.into_iter().filter(relevant));
    let mut paths: Vec<&str> = all.filter(|path| seen.insert(*path)).collect();
    // A data folder matters only if runs that differ in nothing else have different images.
    let by_folder = !images_follow_from(runs, makes_another);
    let matters = |path: &str| makes_another(path) || path == ROOT && by_folder;
    paths.retain(|path| matters(path) && differs(runs, path));
    if runs.iter().any(|run| run.borrow().values.keys().any(|key| Loss::is_weight(key))) {
        let is_one = swept(&Loss::KEY) || terms_differ(runs);
        paths.retain(|path| if is_one { !Loss::is_weight(path) } else { *path != Loss::KEY });
    }
    described(runs, &paths)
}

/// Whether the runs minimize sums of different terms, so that only whole losses can be compared, not weights.
fn terms_differ(runs: &[impl Borrow<Run>]) -> bool {
    let known = readable(runs);
    let mut terms = known.map(|run| run.values.keys().filter(|key| Loss::is_weight(key)));
    let first: Vec<&String> = terms.next().into_iter().flatten().collect();
    terms.any(|own| !own.eq(first.iter().copied()))
}

/// Returns the shortest end of a key, in whole parts, that no other key of `all` has and that is not the name of
/// another column, such as that of the metric `loss`.
pub fn label<'p>(path: &'p str, all: &[impl AsRef<str>]) -> &'p str {
    const FACTS: [&str; 4] = ["experiment", "run", "runs", "status"];
    let metrics = Metric::ALL.into_iter().flat_map(|metric| [metric.name(), metric.level_column()]);
    let columns = metrics.chain(FinalMetric::ALL.map(FinalMetric::name)).chain(FACTS);
    let all = all.iter().map(AsRef::as_ref).chain(columns);
    shortest_end(path, &all.collect::<Vec<&str>>())
}

/// Describes keys of the runs.
pub fn described(runs: &[impl Borrow<Run>], paths: &[impl AsRef<str>]) -> Vec<Key> {
    let keys = paths.iter().map(AsRef::as_ref).map(|path| {
        let label = label(path, paths).to_owned();
        let values = values(runs, path);
        let numeric = values.iter().all(|(value, _)| value::number(value).is_some());
        let usual = values.iter().find(|(_, count)| 3 * count > 2 * runs.len());
        let usual = usual.map(|(value, _)| (*value).clone());
        let optional = runs.iter().any(|run| !run.borrow().values.contains_key(path));
        let values = values.into_iter().map(|(value, _)| value.clone()).collect();
        Key { path: path.to_owned(), label, usual, values, numeric, optional }
    });
    keys.collect()
}

/// Returns the runs whose experiments can be read. Nothing is known of the others.
fn readable(runs: &[impl Borrow<Run>]) -> impl Iterator<Item = &Run> {
    runs.iter().map(Borrow::borrow).filter(|run: &&Run| !run.values.is_empty())
}

/// Whether a key says nothing beyond the kind of its table: all runs of a kind have the same value, or none,
/// and no two kinds have different values.
fn follows_from_kind(runs: &[impl Borrow<Run>], path: &str) -> bool {
    let Some((table, key)) = path.rsplit_once('.') else { return false };
    let kind = format!("{table}.kind");
    let mut known: BTreeMap<String, Option<&Value>> = BTreeMap::new();
    let same = readable(runs).all(|run| {
        let value = run.values.get(path);
        let kind = run.values.get(&kind).map(value::shown);
        kind.is_some_and(|kind| *known.entry(kind).or_insert(value) == value)
    });
    key != "kind" && same && values(runs, path).len() == 1
}

/// Whether runs that differ in a key are not repeats of each other. Repeats may differ in their seed, and in
/// keys that do not affect the trained network. Of initial weights only the path is known here, so another
/// path counts as other weights.
fn makes_another(path: &str) -> bool {
    let identifies = Experiment::is_identified_by(path) && path != SEED;
    identifies || path == "model.init"
}

/// Returns what the repeats of a run with these values and images have in common, as text to compare: keys, and
/// the images, wherever they are stored.
pub fn repeated<'v>(
    values: &'v BTreeMap<String, Value>,
    data_digest: &str,
) -> BTreeMap<&'v str, String> {
    let own = values.iter().filter(|(key, _)| makes_another(key));
    let own = own.map(|(key, value)| (key.as_str(), value.to_string()));
    own.chain([(DIGEST, data_digest.to_owned())]).collect()
}

/// Whether runs that agree in those keys for which `matters` holds have the same images.
fn images_follow_from(runs: &[impl Borrow<Run>], matters: impl Fn(&str) -> bool) -> bool {
    let mut known = HashMap::new();
    readable(runs).all(|run| {
        let own = run.values.iter().filter(|(key, _)| matters(key));
        let own = own.map(|(key, value)| (key, value.to_string()));
        let digest = &run.info.data_digest;
        *known.entry(own.collect::<BTreeMap<_, _>>()).or_insert(digest) == digest
    })
}

/// Gives runs a key for their images if no other key distinguishes them, because a folder's images were
/// changed.
pub fn tell_images(runs: &mut [Run]) {
    if images_follow_from(runs, |path| makes_another(path) || path == ROOT) {
        return;
    }
    for run in runs.iter_mut().filter(|run| !run.values.is_empty()) {
        let short = hash8(&run.info.data_digest).to_owned();
        run.values.insert(DIGEST.to_owned(), short.into());
    }
}

/// Whether a key has more than one value among the runs; a missing value counts as one.
fn differs(runs: &[impl Borrow<Run>], path: &str) -> bool {
    let known = readable(runs);
    let mut values = known.map(|run| run.values.get(path));
    values.next().is_some_and(|first| values.any(|value| value != first))
}

/// Returns the distinct values of a key in order, each with its number of runs. A random key has as many
/// values as runs.
fn values<'a>(runs: &'a [impl Borrow<Run>], path: &str) -> Vec<(&'a Value, usize)> {
    let mut counts: BTreeMap<String, (&Value, usize)> = BTreeMap::new();
    for value in runs.iter().filter_map(|run| run.borrow().values.get(path)) {
        counts.entry(value.to_string()).or_insert((value, 0)).1 += 1;
    }
    let mut values: Vec<_> = counts.into_values().collect();
    values.sort_by(|(a, _), (b, _)| order(a, b));
    values
}

/// Orders values: numbers first, then everything else by its text.
pub fn order(a: &Value, b: &Value) -> Ordering {
    match (value::number(a), value::number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (x, y) => x.is_none().cmp(&y.is_none()).then_with(|| value::shown(a).cmp(&value::shown(b))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        report::{group::groups, tests::complete},
        spec::dotted,
    };
    use std::iter;

    /// So many that formatting two values for each pair of them would take over a minute.
    const MANY: usize = 10_000;

    #[test]
    fn numbers_among_texts_have_one_order() {
        // By its text, `1.5` would sort after 1 and before every word; `-` is a word between numbers.
        let mixed = ["2", "11", "-", "1.5", "a", "\"0\""].map(|text| {
            let value = text.parse::<Value>().unwrap_or_else(|_| text.into());
            Run { values: [("train.x".to_owned(), value)].into(), ..complete("a", &[], 0.1) }
        });
        let [key] = &differing(&mixed, iter::empty())[..] else { panic!("one key") };
        let texts: Vec<String> = key.values.iter().map(value::shown).collect();
        assert_eq!(texts, ["1.5", "2", "11", "-", "0", "a"]);
        assert!(!key.numeric);
    }

    #[test]
    fn losses_of_different_terms_are_values_of_one_key_which_is_not_called_like_the_metric() {
        let run = |loss: &str| {
            let table: toml::Table = format!("train.loss = {loss}").parse().unwrap();
            let table = Value::Table(table);
            let mut values = dotted::leaves(&table);
            values.insert(Loss::KEY.into(), dotted::value(&table, Loss::KEY).unwrap().clone());
            Run { values, ..complete("a", &[], 0.1) }
        };
        let keys = |losses: &[&str], first: &[&'static str]| -> Vec<String> {
            let runs: Vec<Run> = losses.iter().map(|loss| run(loss)).collect();
            let told = |key: &Key| {
                let values: Vec<String> = key.values.iter().map(value::shown).collect();
                format!("{}: {}", key.label, values.join("; "))
            };
            differing(&runs, first.iter().copied()).iter().map(told).collect()
        };
        let (low, high) = ("{ mse = 1.0, ssim = 0.1 }", "{ mse = 1.0, ssim = 0.2 }");
        assert_eq!(keys(&["'mse'", "'mae'"], &[]), ["train.loss: mae; mse"]);
        assert_eq!(keys(&["'mse'", low], &[]), ["train.loss: mse; mse=1, ssim=0.1"]);
        assert_eq!(keys(&[low, high], &["train.loss.ssim"]), ["loss.ssim: 0.1; 0.2"]);
        let whole = ["train.loss: mse=1, ssim=0.1; mse=1, ssim=0.2"];
        assert_eq!(keys(&[low, high], &["train.loss"]), whole);
        let mixed = run(low);
        let key = &described(&[&mixed], &[Loss::KEY])[0];
        assert_eq!(key.spelled(&mixed), "train.loss=(mse=1, ssim=0.1)");
    }

    #[test]
    fn a_random_key_of_many_runs_has_each_value_once_and_in_order() {
        let one = complete("a", &[], 0.1);
        let rate = |index: usize| (index * 7919 % MANY) as f64;
        let runs: Vec<Run> = (0..MANY)
            .map(|index| {
                let usual = ["seldom", "often", "often", "often"][index % 4];
                let rate = ("train.rate".to_owned(), rate(index).into());
                let values = BTreeMap::from([rate, ("train.when".to_owned(), usual.into())]);
                Run { values, ..one.clone() }
            })
            .collect();
        let keys = differing(&runs, iter::empty());
        let [random, when] = &keys[..] else { panic!("{} keys", keys.len()) };
        let sorted: Vec<Value> = (0..MANY).map(|rate| Value::from(rate as f64)).collect();
        assert!(random.values == sorted && random.usual.is_none());
        assert_eq!(when.values, ["often", "seldom"].map(Value::from));
        assert_eq!(when.usual, Some("often".into()));
        let rates = groups(&runs, &keys, false).into_iter().map(|group| rate(group.runs[0]));
        assert!(rates.eq((0..MANY).map(|rate| rate as f64)));
    }
}
