//! The texts that values come from, and locations in them.

use std::{ops::Range, path::PathBuf, sync::Arc};

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An experiment file.
    File(PathBuf),
    /// An environment variable; the text is `NAME=value`.
    Variable(String),
    /// An argument of `--set`; the text is `a.b=value`.
    Argument,
}

/// A text and its origin.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub origin: Origin,
    pub text: String,
    /// Position among all texts of a load; diagnostics are reported in this order.
    pub order: usize,
}

impl Source {
    pub fn new(origin: Origin, text: String, order: usize) -> Arc<Self> {
        Arc::new(Self { origin, text, order })
    }

    /// Whether the text is a single `key=value` that came through a shell, which may have removed quotes.
    pub fn is_pair(&self) -> bool {
        !matches!(self.origin, Origin::File(_))
    }
}

/// A range of bytes in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub source: Arc<Source>,
    pub range: Range<usize>,
}

impl Span {
    pub fn new(source: &Arc<Source>, range: Range<usize>) -> Self {
        Self { source: Arc::clone(source), range }
    }

    /// Returns the text in this range.
    pub fn text(&self) -> &str {
        self.source.text.get(self.range.clone()).unwrap_or_default()
    }
}
