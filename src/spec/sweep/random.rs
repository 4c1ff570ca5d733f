//! Combinations that are drawn at random.

use super::{
    Row, Setting, canonical,
    read::{Reader, setting, takes_integers},
    spread::{self, Draw},
};
use crate::spec::{
    diagnostics::Diagnostic,
    node::{Key, Node, Table, Value},
};
use std::collections::HashSet;

/// How often a random sweep draws before it gives up finding another combination.
const PATIENCE: u64 = 1000;

impl Reader<'_> {
    /// So many combinations of values that are drawn, no two alike.
    pub(super) fn random(&mut self, at: &Key, table: Table, used: &mut Vec<Key>) -> Vec<Row> {
        let (mut count, mut seed) = (None, 0_u64);
        let mut columns: Vec<Column> = Vec::new();
        for (key, node) in table.entries {
            match (key.name.as_str(), &node.value) {
                ("count", Value::Integer(value)) => count = u64::try_from(*value).ok(),
                ("seed", Value::Integer(value)) => seed = value.unsigned_abs(),
                _ => columns.extend(self.column(key, node)),
            }
        }
        let Some(count) = count.filter(|_| !columns.is_empty()) else {
            if self.random_told {
                return Vec::new();
            }
            let problem = Diagnostic::new(
                "`random` needs `count` and a dotted key with what to draw from",
                at.place.as_ref(),
            );
            self.problems.push(problem.note(
                "as in `random = { count = 20, \"train.optimizer.learning_rate\" = { kind = \"log_uniform\", from = 1e-4, to = 1e-2 } }`",
            ));
            return Vec::new();
        };
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
        if (rows.len() as u64) < count {
            let message = format!(
                "`random` asks for {count} combinations, but there are only {}",
                rows.len()
            );
            self.problems.push(Diagnostic::new(message, at.place.as_ref()));
        }
        used.extend(columns.into_iter().map(|column| column.key));
        rows
    }

    /// A key of a random sweep; none if what it is drawn from is wrong.
    fn column(&mut self, key: Key, node: Node) -> Option<Column> {
        let (values, draw) = match &node.value {
            Value::List(values) => (values.clone(), None),
            _ => (Vec::new(), Some(self.typed::<Draw>(&key.name, &node)?)),
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

/// A key of a random sweep: what it is drawn from is a list or, where there is one, a rule.
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
    fn draw(&self, seed: u64, index: u64) -> Setting {
        let part = spread::part(seed, &self.key.name, index);
        let node = match &self.draw {
            Some(draw) => {
                let value = draw.value(part);
                let value = if self.whole { spread::whole(value) } else { value };
                Node { value, place: self.node.place.clone() }
            }
            None => self.values[(part * self.values.len() as f64) as usize].clone(),
        };
        setting(self.index, node)
    }
}
