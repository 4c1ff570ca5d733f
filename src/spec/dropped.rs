//! Warnings about values that no longer apply because another kind of the table around them was chosen.

use super::{
    Location, Point,
    dotted::join,
    node::{Key, Node, Table},
    source::{Origin, Span},
    stack::Stack,
    suggest::any_of,
    sweep::Sweep,
};
use std::collections::HashSet;

/// A value that does not apply, although its key goes with the new kind.
struct Dropped {
    /// The path of the table.
    table: String,
    key: Key,
    node: Node,
    /// The kinds that replace it, in the order of the points.
    kinds: Vec<String>,
    /// Where the first of them is chosen.
    place: Option<Span>,
    /// Whether the sweep chooses it.
    swept: bool,
}

/// Returns a warning for each key that points leave at the default of a new kind, although a text below sets it to
/// something else.
pub(crate) fn warnings(stack: &Stack, points: &[Point], sweep: Option<&Sweep>) -> Vec<String> {
    let mut dropped: Vec<Dropped> = Vec::new();
    let mut seen = HashSet::new();
    for point in points.iter().filter(|point| seen.insert(shape(point))) {
        let mut top = stack.clone();
        let layer = layer(point, sweep);
        top.push(layer.clone());
        let mut known = HashSet::new();
        // The highest text that sets a key comes last.
        for (table, key, node) in top.dropped.iter().rev() {
            if !known.insert((table, &key.name)) || !is_missed(&top, table, key, node) {
                continue;
            }
            let kind = top.kind(table).unwrap_or_default().to_owned();
            let same = |one: &&mut Dropped| one.table == *table && one.key.name == key.name;
            if let Some(one) = dropped.iter_mut().find(same) {
                if !one.kinds.contains(&kind) {
                    one.kinds.push(kind);
                }
                continue;
            }
            let path = join(table, "kind");
            let place = top.find(&path).and_then(|(key, _)| key.place.clone());
            dropped.push(Dropped {
                table: table.clone(),
                key: key.clone(),
                node: node.clone(),
                kinds: vec![kind],
                place: place.or_else(|| top.nearest(&path)),
                swept: layer.decides(&path),
            });
        }
    }
    dropped.iter().rev().map(Dropped::warning).collect()
}

/// Returns what decides which values a point drops: the keys that it sets, with the values that may hold a kind.
fn shape(point: &Point) -> Vec<(&str, Option<String>)> {
    let is_kind = |key: &str| key.rsplit('.').next() == Some("kind");
    let mut shape = Vec::new();
    for (key, value) in &point.overrides {
        let holds_kind = is_kind(key) || value.is_table();
        shape.push((key.as_str(), holds_kind.then(|| value.to_string())));
    }
    shape
}

/// Returns what a point sets on top of the file.
fn layer(point: &Point, sweep: Option<&Sweep>) -> Table {
    let mut layer = Table { entries: Vec::new(), dotted: true };
    for (path, value) in &point.overrides {
        layer.insert(sweep.map_or(&[], |sweep| sweep.parts(path)), value.into());
    }
    layer
}

/// Whether a dropped value could apply, no text sets its key again, and it differs from the value in use.
fn is_missed(top: &Stack, table: &str, key: &Key, node: &Node) -> bool {
    if top.place(&join(table, &key.name)).is_some() || top.is_on_top(&join(table, &key.name)) {
        return false;
    }
    let mut layer = Table { entries: Vec::new(), dotted: true };
    let part = |name: &str| Key { name: name.to_owned(), place: None };
    let path: Vec<Key> = table.split('.').map(part).chain([key.clone()]).collect();
    layer.insert(&path, node.clone());
    let mut kept = top.clone();
    let (problems, _) = kept.push(layer);
    problems.is_empty() && kept.extract().ok() != top.extract().ok()
}

impl Dropped {
    fn warning(&self) -> String {
        let Self { table, key, node, kinds, place, swept } = self;
        let of = |place: &Option<Span>| {
            place.as_ref().map(|place| format!(" of {}", Location::new(place))).unwrap_or_default()
        };
        let name = &key.name;
        let by_argument =
            place.as_ref().is_some_and(|place| place.source.origin == Origin::Argument);
        let advice = if *swept {
            let kind = &kinds[0];
            format!(
                "sweep whole tables, `\"{table}\" = [{{ kind = \"{kind}\", {name} = {node} }}, ...]`"
            )
        } else if by_argument {
            format!("add `--set '{table}.{name}={node}'`")
        } else {
            format!("set `{table}.{name} = {node}` there, too")
        };
        format!(
            "`{table}.kind` = {}{} replaces the table: `{name}` = {node}{} does not apply to it; to keep it, {advice}",
            any_of(kinds.iter().map(String::as_str)),
            of(place),
            of(&key.place),
        )
    }
}
