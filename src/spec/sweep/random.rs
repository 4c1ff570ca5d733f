//! Combinations drawn at random.

use super::{
    Row, Setting, canonical,
    read::{Reader, setting, takes_integers},
};
use crate::spec::{
    diagnostics::Diagnostic,
    node::{Key, Node, Table, Value},
    swept::draw::{self, Draw},
};
use std::collections::HashSet;

/// Number of draws per wanted combination after which a random sweep gives up.
const PATIENCE: u64 = 1000;

/// An example of what a key is drawn from.
const DRAW: &str = "{ kind = \"uniform\", from = 0.25, to = 1.0 }";

impl Reader<'_> {
    /// Draws distinct combinations of values. With `reported`, the check has already reported a mistake in
    /// the table, so nothing is reported as missing.
    pub(super) fn random(
        &mut self,
        at: &Key,
        table: Table,
        used: &mut Vec<Key>,
        reported: bool,
    ) -> Vec<Row> {
        let (mut count, mut seed, mut named) = (None, 0_u64, 0);
        let mut columns: Vec<Column> = Vec::new();
        for (key, node) in table.entries {
            match (key.name.as_str(), &node.value) {
                ("count", Value::Integer(value)) => count = u64::try_from(*value).ok(),
                ("seed", Value::Integer(value)) => seed = value.unsigned_abs(),
                _ => {
                    named += 1;
                    columns.extend(self.column(key, node));
                }
            }
        }
        used.extend(columns.iter().map(|column| column.key.clone()));
        if (count.is_none() || named == 0) && !reported {
            let problem = Diagnostic::new(
                "`random` needs `count` and at least one dotted key with values or a rule",
                at.place.as_ref(),
            );
            self.problems.push(problem.note(
                "as in `random = { count = 20, \"train.optimizer.learning_rate\" = { kind = \"log_uniform\", from = 1e-4, to = 1e-2 } }`",
            ));
        }
        // Without the keys whose rules are invalid, there could be too few combinations.
        let Some(count) = count.filter(|_| named > 0 && columns.len() == named) else {
            return Vec::new();
        };
        // If there are too few combinations, searching for more would take minutes.
        let too_few = combinations(&columns).filter(|existing| *existing < count);
        let rows = match too_few {
            Some(_) => Vec::new(),
            None => draw(&columns, count, seed),
        };
        let found = too_few.unwrap_or(rows.len() as u64);
        if found < count && !reported {
            let message =
                format!("`random` asks for {count} combinations, but there are only {found}");
            self.problems.push(Diagnostic::new(message, at.place.as_ref()));
        }
        rows
    }

    /// Reads a key of a random sweep; returns `None` if its rule is invalid.
    fn column(&mut self, key: Key, node: Node) -> Option<Column> {
        let (values, draw) = match &node.value {
            Value::List(values) => (values.clone(), None),
            _ => (Vec::new(), Some(self.typed::<Draw>(&key.name, &node, DRAW)?)),
        };
        if let Some(reason) = draw.as_ref().and_then(Draw::mistake) {
            self.refuse(&key, &node, &reason);
            return None;
        }
        let index = self.key(&key);
        let whole = takes_integers(&key.name);
        Some(Column { key, index, values, draw, whole, node })
    }
}

/// Draws `count` distinct rows, or fewer if the attempts run out.
fn draw(columns: &[Column], count: u64, seed: u64) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut seen = HashSet::new();
    let mut index = 0;
    while (rows.len() as u64) < count && index < count.saturating_mul(PATIENCE) {
        let row: Row = columns.iter().map(|column| column.draw(seed, index)).collect();
        if seen.insert(row.iter().map(|one| canonical(&one.node)).collect::<Vec<_>>()) {
            rows.push(row);
        }
        index += 1;
    }
    rows
}

/// Returns an upper bound on the number of distinct rows, or `None` if it cannot be counted.
fn combinations(columns: &[Column]) -> Option<u64> {
    let mut values = columns.iter().map(Column::distinct);
    values.try_fold(1, |product: u64, values| Some(product.saturating_mul(values?)))
}

/// A key of a random sweep, drawn by a rule if there is one, else from a list of values.
struct Column {
    key: Key,
    index: usize,
    values: Vec<Node>,
    draw: Option<Draw>,
    /// Whether the key takes integers and no other numbers.
    whole: bool,
    node: Node,
}

impl Column {
    /// Returns an upper bound on the number of distinct values, or `None` if it cannot be counted.
    fn distinct(&self) -> Option<u64> {
        let listed = || self.values.iter().map(canonical).collect::<HashSet<_>>().len() as u64;
        self.draw.as_ref().map_or_else(|| Some(listed()), |draw| draw.distinct(self.whole))
    }

    fn draw(&self, seed: u64, index: u64) -> Setting {
        let part = draw::part(seed, &self.key.name, index);
        let node = match &self.draw {
            Some(draw) => {
                Node { value: draw.value(part, self.whole), place: self.node.place.clone() }
            }
            None => self.values[(part * self.values.len() as f64) as usize].clone(),
        };
        setting(self.index, node)
    }
}
