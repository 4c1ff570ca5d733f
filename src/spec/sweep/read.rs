//! Reads a `[sweep]` table that has passed the check.

use super::{Block, Row, Setting, Sweep, Swept, names};
use crate::{
    spec::{
        diagnostics::{Diagnostic, MOST},
        form::{self, Form},
        node::{Key, Node, Table, Value, place},
        stack::Stack,
        swept::{MOST_POINTS, Spread, SweepSettings, spread},
    },
    words::shortest_end,
};
use serde::de::DeserializeOwned;

/// Examples of valid tables, for notes.
const SPREAD: &str = "{ kind = \"linspace\", from = 0.25, to = 1.0, count = 4 }";
const PRUNE: &str = "{ kind = \"median\", warmup = 2 }";
const SETTINGS: &str = "metric = \"val_mse\"";

impl Sweep {
    /// Reads a table that has passed the check; returns `None` if it is empty or makes too many runs.
    pub fn read(table: Table, stack: &mut Stack, problems: &mut Vec<Diagnostic>) -> Option<Self> {
        // A key with invalid swept values counts as invalid itself.
        let broken = stack.broken.iter().filter_map(|path| path.strip_prefix("sweep."));
        let broken: Vec<String> = broken.map(str::to_owned).collect();
        stack.broken.extend(broken.iter().cloned());
        if table.entries.is_empty() {
            return None;
        }
        let last = table.entries.iter().rev().find_map(|(key, _)| key.place.clone());
        let (keys, warnings, unreported) = (Vec::new(), Vec::new(), &mut stack.unreported);
        let mut reader = Reader { keys, broken, warnings, problems, unreported };
        let (first, rest) = reader.block(table, "");
        let repeats = first.repeats;
        let mut blocks = vec![first];
        let (mut settings, mut prune) = (Table::default(), None);
        for (key, node) in rest {
            match node.value {
                Value::List(items) if key.name == "blocks" => {
                    for (index, node) in items.into_iter().enumerate() {
                        let Some(table) = table_of(node) else { continue };
                        blocks.push(reader.block(table, &format!("blocks.{index}.")).0);
                    }
                    // Without keys next to `blocks`, the first block is not a combination of its own.
                    blocks[0].grid &= !blocks[0].axes.is_empty();
                }
                // Read separately, so that missing keys are reported at its location.
                _ if key.name == "prune" => prune = reader.typed("prune", &node, PRUNE),
                _ => settings.entries.push((key, node)),
            }
        }
        let whole = Node { value: Value::Table(settings), place: last.clone() };
        let settings: Option<SweepSettings> = reader.typed("sweep", &whole, SETTINGS);
        let settings = SweepSettings { prune, ..settings.unwrap_or_default() };
        let Reader { mut keys, warnings, .. } = reader;
        let paths: Vec<String> = keys.iter().map(|key| key.path.clone()).collect();
        for key in &mut keys {
            key.label = shortest_end(&key.path, &paths).to_owned();
        }
        let runs = |block: &Block| {
            let points = block.grid_len().saturating_add(block.include.len());
            points.saturating_mul(block.repeats.or(repeats).unwrap_or(1))
        };
        let count = blocks.iter().map(runs).fold(0, usize::saturating_add);
        if count > MOST_POINTS {
            let message = format!("the sweep makes {count} runs: expected at most {MOST_POINTS}");
            problems
                .push(Diagnostic::new(message, last.as_ref()).note("sweep fewer values at once"));
            return None;
        }
        names::tell_apart(&mut blocks);
        Some(Self { keys, blocks, repeats, warnings, settings })
    }
}

/// Reads blocks and collects their keys.
pub(super) struct Reader<'a> {
    pub(super) keys: Vec<Swept>,
    /// Paths within the sweep that the check has removed.
    broken: Vec<String>,
    /// Warnings about values that are valid but probably unintended.
    warnings: Vec<String>,
    pub(super) problems: &'a mut Vec<Diagnostic>,
    /// Number of mistakes that are counted only.
    unreported: &'a mut usize,
}

impl Reader<'_> {
    /// Reads one block, whose paths begin with `at`. Also returns the entries that do not belong to a block.
    fn block(&mut self, table: Table, at: &str) -> (Block, Vec<(Key, Node)>) {
        let mut block = Block::default();
        let mut rest = Vec::new();
        let mut used: Vec<Key> = Vec::new();
        let mut drawn = Vec::new();
        for (key, node) in table.entries {
            match (key.name.as_str(), node.value) {
                ("repeats", Value::Integer(repeats)) => {
                    block.repeats = usize::try_from(repeats).ok();
                }
                ("zip", Value::Table(table)) => block.axes.push(self.zip(table, &mut used)),
                ("zip", Value::List(items)) => {
                    for table in items.into_iter().filter_map(table_of) {
                        block.axes.push(self.zip(table, &mut used));
                    }
                }
                ("random", Value::Table(table)) => {
                    let inside = format!("{at}random.");
                    let reported = self.broken.iter().any(|path| path.starts_with(&inside));
                    let rows = self.random(&key, table, &mut used, reported);
                    drawn.extend(rows.iter().flatten().map(|one| one.key));
                    block.axes.push(rows);
                }
                ("include", Value::List(items)) => block.include = self.rows(items),
                ("exclude", Value::List(items)) => {
                    self.empty(&items);
                    block.exclude = self.rows(items);
                    block.exclude.retain(|row| !row.is_empty());
                }
                ("blocks" | "metric" | "retries" | "prune", value) => {
                    rest.push((key, Node { value, place: node.place }));
                }
                (_, value) => {
                    let values = self.values(&key, &Node { value, place: node.place }, true);
                    let index = self.key(&key);
                    let row = |node| vec![setting(index, node)];
                    block.axes.push(values.into_iter().map(row).collect());
                    used.push(key);
                }
            }
        }
        // An axis without rows results from a mistake that has been reported.
        block.axes.retain(|axis| !axis.is_empty());
        block.grid = !block.axes.is_empty() || block.include.is_empty();
        self.clashes(&used);
        self.not_swept(&block, &used);
        self.unmatched(&block, &drawn);
        (block, rest)
    }

    pub(super) fn key(&mut self, key: &Key) -> usize {
        if let Some(known) = self.keys.iter().position(|known| known.path == key.name) {
            return known;
        }
        let part = |name: &str| Key { name: name.to_owned(), place: key.place.clone() };
        self.keys.push(Swept {
            keys: key.name.split('.').map(part).collect(),
            path: key.name.clone(),
            label: String::new(),
        });
        self.keys.len() - 1
    }

    /// Reads the values of a list or a rule.
    fn values(&mut self, key: &Key, node: &Node, distinct: bool) -> Vec<Node> {
        if let Value::List(values) = &node.value {
            if let Err(reason) = spread::check_count(values.len()) {
                self.refuse(key, node, &reason);
                return Vec::new();
            }
            if distinct {
                self.duplicates(key, values);
            }
            return values.clone();
        }
        let rule: Option<Spread> = self.typed(&key.name, node, SPREAD);
        let Some(rule) = rule else { return Vec::new() };
        let warning = rule.warning().map(|warning| format!("`{}`: {warning}", key.name));
        self.warnings.extend(warning);
        let is_whole = takes_integers(&key.name);
        match rule.values(is_whole) {
            Ok(values) => spread::nodes(&values, node, is_whole),
            Err(reason) => {
                self.refuse(key, node, &reason);
                Vec::new()
            }
        }
    }

    /// Reads keys whose first, second, ... values are set together.
    fn zip(&mut self, table: Table, used: &mut Vec<Key>) -> Vec<Row> {
        let mut columns: Vec<(Key, Vec<Node>)> = Vec::new();
        for (key, node) in table.entries {
            let values = self.values(&key, &node, false);
            columns.push((key, values));
        }
        if let [(first, values), others @ ..] = columns.as_slice()
            && let Some((other, short)) = others.iter().find(|(_, v)| v.len() != values.len())
        {
            let message = format!(
                "`{}` has {} values and `{}` has {}: keys of `zip` vary together",
                first.name,
                values.len(),
                other.name,
                short.len()
            );
            let problem = Diagnostic::new(message, other.place.as_ref());
            self.problems.push(problem.note("give each as many values, in the same order"));
            return Vec::new();
        }
        let length = columns.first().map_or(0, |(_, values)| values.len());
        let indices: Vec<usize> = columns.iter().map(|(key, _)| self.key(key)).collect();
        let row = |at: usize| {
            let cells = indices.iter().zip(&columns);
            cells.map(|(index, (_, values))| setting(*index, values[at].clone())).collect()
        };
        let rows = (0..length).map(row).collect();
        used.extend(columns.into_iter().map(|(key, _)| key));
        rows
    }

    /// Reads single combinations.
    fn rows(&mut self, items: Vec<Node>) -> Vec<Row> {
        let tables = items.into_iter().filter_map(table_of);
        tables
            .map(|table| {
                self.overlaps(&table);
                let entries = table.entries.into_iter();
                entries.map(|(key, node)| setting(self.key(&key), node)).collect()
            })
            .collect()
    }

    /// Deserializes a table, and reports what is missing with a complete `example`.
    pub(super) fn typed<T: DeserializeOwned>(
        &mut self,
        key: &str,
        node: &Node,
        example: &str,
    ) -> Option<T> {
        match node.to_toml().try_into() {
            Ok(value) => Some(value),
            Err(error) => {
                let reason = error.to_string();
                // The second line only repeats the location.
                let reason = reason.lines().next().unwrap_or_default().trim();
                let missing =
                    reason.strip_prefix("missing field ").map(|field| field.trim_matches('`'));
                // The example may be of another kind and not have the missing key.
                let note = match missing {
                    Some(field) if field != "kind" => format!("add `{field} = ...`"),
                    _ => format!("as in `{example}`"),
                };
                let message = missing.map_or_else(
                    || format!("`{key}`: {reason}"),
                    |field| format!("the rule for `{key}` needs `{field}`"),
                );
                self.problems.push(Diagnostic::new(message, node.place.as_ref()).note(note));
                None
            }
        }
    }

    /// Adds a mistake of which a table may have very many. Beyond the maximum, it is only counted.
    pub(super) fn report(&mut self, mistake: impl FnOnce() -> Diagnostic) {
        if self.problems.len() < MOST {
            self.problems.push(mistake());
        } else {
            *self.unreported += 1;
        }
    }

    pub(super) fn refuse(&mut self, key: &Key, node: &Node, reason: &str) {
        let message = format!("`{}`: {reason}", key.name);
        self.problems.push(Diagnostic::new(message, place((key, node)).as_ref()));
    }
}

pub(super) fn setting(key: usize, node: Node) -> Setting {
    Setting { key, label: names::label(&node), node }
}

fn table_of(node: Node) -> Option<Table> {
    match node.value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// Whether a key takes integers and no other numbers.
pub(super) fn takes_integers(path: &str) -> bool {
    fn whole(form: &Form) -> bool {
        match form {
            Form::Integer { .. } => true,
            Form::Either(forms) => {
                forms.iter().any(whole) && !forms.iter().any(|f| matches!(f, Form::Number(_)))
            }
            _ => false,
        }
    }
    let Some(Form::Table(sweep)) = form::file().get("sweep") else { return false };
    match sweep.get(path) {
        Some(Form::Either(forms)) => {
            forms.iter().any(|form| matches!(form, Form::List { item, .. } if whole(item)))
        }
        _ => false,
    }
}
