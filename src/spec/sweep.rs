//! `[sweep]`: many runs from one file.

use super::{
    Experiment, Point,
    check::place,
    diagnostics::Diagnostic,
    load::resolve,
    node::{Key, Node, Table, Value},
    stack::Stack,
    suggest::any_of,
};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

/// More runs than this are surely a slip.
const MOST_POINTS: usize = 100_000;

/// What a `[sweep]` table says.
#[derive(Debug)]
pub(crate) struct Sweep {
    keys: Vec<Swept>,
    repeats: Option<usize>,
}

#[derive(Debug)]
struct Swept {
    /// `task.noise.sigma`.
    path: String,
    /// The same as keys, one by one.
    keys: Vec<Key>,
    /// As much of the end of the path as it takes to tell it from the other keys.
    label: String,
    values: Vec<(Node, String)>,
}

impl Sweep {
    /// Reads a table that the check has passed; none if it is empty.
    pub fn read(table: Table, stack: &mut Stack, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        // A swept key whose values are wrong is as good as a wrong key.
        let broken = stack.broken.iter().filter_map(|path| path.strip_prefix("sweep."));
        let broken: Vec<String> = broken.map(str::to_owned).collect();
        stack.broken.extend(broken);
        if table.entries.is_empty() {
            return None;
        }
        let paths: Vec<String> = table.entries.iter().map(|(key, _)| key.name.clone()).collect();
        let mut sweep = Self { keys: Vec::new(), repeats: None };
        let mut count = 1_usize;
        let mut last = None;
        for (key, node) in table.entries {
            last = key.place.clone().or(last);
            match node.value {
                Value::Integer(repeats) => {
                    sweep.repeats = usize::try_from(repeats).ok();
                    count = count.saturating_mul(sweep.repeats.unwrap_or(1));
                }
                Value::List(values) => {
                    problems.extend(overlap(&key, &paths));
                    problems.extend(doubles(&key, &values));
                    count = count.saturating_mul(values.len());
                    sweep.keys.push(Swept::new(&key, values, &paths));
                }
                _ => {}
            }
        }
        if count > MOST_POINTS {
            let message = format!("the sweep makes {count} runs: expected at most {MOST_POINTS}");
            problems
                .push(Diagnostic::new(message, last.as_ref()).note("sweep fewer values at once"));
            return None;
        }
        Some(sweep)
    }

    /// How many points there are, repeats apart.
    fn len(&self) -> usize {
        self.keys.iter().map(|key| key.values.len()).product()
    }

    /// Which value of each key point `index` takes; the last key varies fastest.
    fn choice(&self, mut index: usize) -> Vec<(&Swept, &(Node, String))> {
        let mut chosen = Vec::with_capacity(self.keys.len());
        for key in self.keys.iter().rev() {
            chosen.push((key, &key.values[index % key.values.len()]));
            index /= key.values.len();
        }
        chosen.reverse();
        chosen
    }
}

impl Swept {
    fn new(key: &Key, values: Vec<Node>, all: &[String]) -> Self {
        let part = |name: &str| Key { name: name.to_owned(), place: key.place.clone() };
        let labelled = |node: Node| {
            let label = label(&node);
            (node, label)
        };
        Self {
            keys: key.name.split('.').map(part).collect(),
            label: shortest(&key.name, all),
            path: key.name.clone(),
            values: values.into_iter().map(labelled).collect(),
        }
    }
}

/// Resolves every point: the experiment without the sweep, and the runs.
///
/// # Errors
/// The mistakes of all points; one that several share is told once and names the first.
pub(crate) fn expand(
    sweep: &Sweep,
    stack: &Stack,
    file: &Path,
) -> Result<(Experiment, Vec<Point>), Vec<Diagnostic>> {
    let mut points = Vec::new();
    let mut mistakes = Mistakes::default();
    let mut names = HashSet::new();
    for index in 0..sweep.len() {
        let choice = sweep.choice(index);
        let name = name(&choice, index, &mut names);
        let mut layer = Table { entries: Vec::new(), dotted: true };
        for (key, (node, _)) in &choice {
            layer.insert(&key.keys, node.clone());
        }
        let mut top = stack.clone();
        let (mut wrong, _) = top.push(layer);
        let experiment = match resolve(&top, file) {
            Ok(experiment) if wrong.is_empty() => experiment,
            Ok(_) => {
                mistakes.add(&name, wrong);
                continue;
            }
            Err(more) => {
                wrong.extend(more);
                mistakes.add(&name, wrong);
                continue;
            }
        };
        match repeated(sweep, &name, &choice, experiment) {
            Ok(repeats) => points.extend(repeats),
            Err(message) => {
                let place = top.nearest("experiment.seed");
                mistakes.add(&name, vec![Diagnostic::new(message, place.as_ref())]);
            }
        }
    }
    let problems = mistakes.finish(sweep.len());
    // Without the sweep the experiment need not be complete; then its first point stands for it.
    let base = resolve(stack, file).ok().or_else(|| points.first().map(|p| p.experiment.clone()));
    match base {
        Some(base) if problems.is_empty() => Ok((base, points)),
        _ => Err(problems),
    }
}

/// The runs of one point: itself, or one for each repeat with a seed of its own.
fn repeated(
    sweep: &Sweep,
    name: &str,
    choice: &[(&Swept, &(Node, String))],
    experiment: Experiment,
) -> Result<Vec<Point>, String> {
    let pairs = choice.iter().map(|(key, (node, _))| (key.path.clone(), node.to_toml()));
    let overrides: Vec<(String, toml::Value)> = pairs.collect();
    let Some(repeats) = sweep.repeats else {
        let name = name.to_owned();
        return Ok(vec![Point { name, overrides, repeat: None, experiment }]);
    };
    let first = experiment.experiment.seed;
    let limit = i64::MAX.unsigned_abs();
    if first.checked_add(repeats as u64 - 1).is_none_or(|last| last > limit) {
        return Err(format!("{repeats} repeats count the seed up from {first}, beyond {limit}"));
    }
    let point = |repeat: usize| {
        let mut experiment = experiment.clone();
        experiment.experiment.seed = first + repeat as u64 - 1;
        let comma = if name.is_empty() { "" } else { "," };
        let name = format!("{name}{comma}r{repeat}");
        Point { name, overrides: overrides.clone(), repeat: Some(repeat), experiment }
    };
    Ok((1..=repeats).map(point).collect())
}

/// Mistakes of points, each told once however many points make it.
#[derive(Default)]
struct Mistakes {
    found: Vec<(Diagnostic, String, usize)>,
    known: HashMap<String, usize>,
}

impl Mistakes {
    fn add(&mut self, point: &str, wrong: Vec<Diagnostic>) {
        for problem in wrong {
            let place = problem.location.as_ref().map(ToString::to_string);
            let same = format!("{place:?} {}", problem.message);
            if let Some(index) = self.known.get(&same) {
                self.found[*index].2 += 1;
            } else {
                self.known.insert(same, self.found.len());
                self.found.push((problem, point.to_owned(), 1));
            }
        }
    }

    fn finish(self, points: usize) -> Vec<Diagnostic> {
        let named = |(problem, point, count): (Diagnostic, String, usize)| match count {
            _ if point.is_empty() => problem,
            1 => problem.note(format!("in point `{point}` of the sweep")),
            _ => problem.note(format!(
                "in {count} of the sweep's {points} points, `{point}` the first of them"
            )),
        };
        self.found.into_iter().map(named).collect()
    }
}

/// A key within another of the sweep would undo it.
fn overlap(key: &Key, all: &[String]) -> Option<Diagnostic> {
    let within = |outer: &&String| {
        key.name.strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('.'))
    };
    let outer = all.iter().find(within)?;
    let message = format!("`{}` is a part of `{outer}`, which is swept too", key.name);
    let note =
        format!("sweep either, or give {} in each value of `{outer}`", any_of([key.name.as_str()]));
    Some(Diagnostic::new(message, key.place.as_ref()).note(note))
}

/// Two equal values would be the same run twice.
fn doubles(key: &Key, values: &[Node]) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    let again = values.iter().filter(|node| {
        let text = match node.value {
            Value::Integer(value) => format!("{:?}", value as f64),
            Value::Float(value) => format!("{value:?}"),
            _ => node.to_string(),
        };
        !seen.insert(text)
    });
    again
        .map(|node| {
            let message = format!("`{}` takes the value {node} twice", key.name);
            Diagnostic::new(message, place((key, node)).as_ref())
                .note("to train with several seeds, set `repeats`")
        })
        .collect()
}

/// The shortest end of a dotted key that no other key has.
fn shortest(path: &str, all: &[String]) -> String {
    let starts = path.rmatch_indices('.').map(|(dot, _)| &path[dot + 1..]);
    let unique = |end: &&str| {
        let tail = format!(".{end}");
        all.iter().filter(|other| *other == end || other.ends_with(&tail)).count() == 1
    };
    let mut ends = starts.filter(unique);
    ends.next().unwrap_or(path).to_owned()
}

/// A value as a part of a folder's name.
fn label(node: &Node) -> String {
    const MOST: usize = 40;
    let text = match &node.value {
        Value::Text(text) => text.clone(),
        Value::Float(value) => format!("{value:?}").trim_end_matches(".0").to_owned(),
        Value::List(items) => items.iter().map(label).collect::<Vec<_>>().join("-"),
        Value::Table(table) => {
            table.entries.iter().map(|(_, node)| label(node)).collect::<Vec<_>>().join("-")
        }
        _ => node.to_string(),
    };
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
    text.chars().map(|c| if safe(c) { c } else { '_' }).take(MOST).collect()
}

/// `sigma=0.25,latent_dim=2`; the point's number is added where that is too long or not unique.
fn name(choice: &[(&Swept, &(Node, String))], index: usize, taken: &mut HashSet<String>) -> String {
    const MOST: usize = 120;
    let parts = choice.iter().map(|(key, (_, value))| format!("{}={value}", key.label));
    let mut name = parts.collect::<Vec<_>>().join(",");
    if name.len() > MOST || taken.contains(&name) {
        name.truncate(MOST);
        name = format!("{name},p{}", index + 1);
    }
    taken.insert(name.clone());
    name
}
