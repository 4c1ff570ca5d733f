//! The stack of layers that make up an experiment.

use super::{
    Experiment,
    check::{Below, Checked, check},
    diagnostics::Diagnostic,
    dotted::{is_within, join},
    form,
    node::{Key, Node, Table, Value, place},
    source::Span,
};
use figment::{Figment, providers::Serialized};
use std::{collections::BTreeSet, sync::Arc};

/// Layers, lowest first. The lowest one holds the built-in defaults, which have no source location.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    layers: Vec<Arc<Table>>,
    /// All of them merged.
    figment: Figment,
    /// Paths whose values were invalid and have been removed.
    pub broken: Vec<String>,
    /// Number of mistakes that are counted only.
    pub unreported: usize,
    /// Values set by texts whose tables were replaced by another kind, lowest first, each with its table's path.
    pub dropped: Vec<(String, Key, Node)>,
}

impl Stack {
    /// Creates a stack of the built-in defaults alone.
    pub fn defaults() -> Self {
        let table = toml::Table::try_from(Experiment::default()).unwrap_or_default();
        Self {
            layers: vec![Arc::new(Table::from(&table))],
            figment: Figment::from(Serialized::defaults(table)),
            broken: Vec::new(),
            unreported: 0,
            dropped: Vec::new(),
        }
    }

    /// Checks a layer and puts it on top. Returns its problems and its `[sweep]`, which is not merged.
    ///
    /// A table whose kind (or form) the layer changes is replaced as a whole, so that no key of the
    /// previous kind remains. All other tables merge key by key.
    pub fn push(&mut self, mut layer: Table) -> (Vec<Diagnostic>, Option<Table>) {
        let Checked { problems, unreported, broken, replaced } =
            check(&mut layer, form::file(), &|path| self.below(path));
        self.unreported += unreported;
        self.broken.extend(broken);
        layer.take("extends");
        let sweep = layer.take("sweep").and_then(|(_, node)| match node.value {
            Value::Table(table) => Some(table),
            _ => None,
        });
        for path in &replaced {
            if layer.find(&join(path, "kind")).is_some() {
                self.dropped.extend(self.entries(path));
            }
            for lower in self.layers.iter_mut().filter(|lower| lower.find(path).is_some()) {
                Arc::make_mut(lower).remove(path);
            }
        }
        if replaced.is_empty() {
            self.figment =
                std::mem::take(&mut self.figment).merge(Serialized::defaults(layer.to_toml()));
            self.layers.push(Arc::new(layer));
        } else {
            self.layers.push(Arc::new(layer));
            self.figment = self.layers.iter().fold(Figment::new(), |merged, layer| {
                merged.merge(Serialized::defaults(layer.to_toml()))
            });
        }
        (problems, sweep)
    }

    /// Returns the experiment that results from all layers.
    ///
    /// # Errors
    /// Keys that a kind requires and no layer sets, and anything else that the types reject.
    pub fn extract(&self) -> Result<Experiment, Vec<Diagnostic>> {
        let missing: Vec<Diagnostic> = form::required()
            .iter()
            .filter(|(path, kind, key)| {
                self.kind(path).is_some_and(|found| found == kind)
                    && self.find(&join(path, key)).is_none()
                    && !self.is_broken(&join(path, key))
            })
            .map(|(path, kind, key)| {
                let message = format!("`{path}` of kind `{kind}` needs `{key}`");
                let place = self.place(&join(path, "kind")).or_else(|| self.place(path));
                Diagnostic::new(message, place.as_ref())
                    .note(format!("add `{key} = ...` to the table"))
            })
            .collect();
        // A required value that was invalid is missing too, but has already been reported.
        let removed = |(path, _, key): &(String, String, String)| {
            self.find(&join(path, key)).is_none() && self.is_broken(&join(path, key))
        };
        if !missing.is_empty() || form::required().iter().any(removed) {
            return Err(missing);
        }
        self.figment.extract().map_err(|error| {
            // Not expected: the check has already rejected everything known to fail here.
            let one = |error: figment::Error| {
                let path = error.path.join(".");
                Diagnostic::new(format!("`{path}`: {}", error.kind), self.nearest(&path).as_ref())
            };
            error.into_iter().map(one).collect()
        })
    }

    /// Returns the highest layer that sets `path`, counted from 1; the defaults (0) do not count.
    pub fn level(&self, path: &str) -> Option<usize> {
        (1..self.layers.len()).rev().find(|level| self.layers[*level].find(path).is_some())
    }

    /// Returns the paths of all values that come from an environment variable or an argument.
    pub fn given(&self) -> Vec<String> {
        let paths: BTreeSet<String> = self.layers.iter().flat_map(|layer| layer.leaves()).collect();
        paths.into_iter().filter(|path| self.is_given(path)).collect()
    }

    /// Whether the value of `path` comes from an environment variable or an argument.
    pub fn is_given(&self, path: &str) -> bool {
        self.place(path).is_some_and(|place| place.source.is_pair())
    }

    /// Whether the top layer decides the value of `path`.
    pub fn is_on_top(&self, path: &str) -> bool {
        self.layers.last().is_some_and(|layer| layer.decides(path))
    }

    /// Returns where `path` is set, if a text sets it.
    pub fn place(&self, path: &str) -> Option<Span> {
        self.find(path).and_then(place)
    }

    /// Returns where `path`, or else the closest table around it, is set.
    pub fn nearest(&self, path: &str) -> Option<Span> {
        let mut path = path;
        loop {
            if let Some(place) = self.place(path) {
                return Some(place);
            }
            path = path.rsplit_once('.')?.0;
        }
    }

    /// Whether `path`, a table around it or a value in it was invalid.
    pub fn is_broken(&self, path: &str) -> bool {
        self.broken.iter().any(|broken| is_within(path, broken) || is_within(broken, path))
    }

    pub fn find(&self, path: &str) -> Option<(&Key, &Node)> {
        self.layers.iter().rev().find_map(|layer| layer.find(path))
    }

    /// Returns what texts set in the table at `path`, except for its kind.
    fn entries(&self, path: &str) -> Vec<(String, Key, Node)> {
        let mut found = Vec::new();
        for (_, node) in self.layers.iter().filter_map(|layer| layer.find(path)) {
            let Value::Table(table) = &node.value else { continue };
            let given = table.entries.iter().filter(|(key, _)| key.place.is_some());
            let given = given.filter(|(key, _)| key.name != "kind").cloned();
            found.extend(given.map(|(key, node)| (path.to_owned(), key, node)));
        }
        found
    }

    /// Returns the kind of the table at `path`.
    pub fn kind(&self, path: &str) -> Option<&str> {
        match &self.find(&join(path, "kind"))?.1.value {
            Value::Text(kind) => Some(kind),
            _ => None,
        }
    }

    fn below(&self, path: &str) -> Below {
        // Which layers a swept value will be merged with is known only when its point is resolved. A table
        // with an invalid value still has a known kind, unless the kind itself is invalid.
        if self.is_broken(&join(path, "kind")) || path.starts_with("sweep.") {
            return Below::Unknown;
        }
        match (self.kind(path), self.find(path)) {
            (Some(kind), _) => Below::Kind(kind.to_owned()),
            (None, Some((_, node))) if !matches!(node.value, Value::Table(_)) => {
                Below::Scalar(node.to_string())
            }
            (None, Some(_)) => Below::Unknown,
            (None, None) => Below::Nothing,
        }
    }
}
