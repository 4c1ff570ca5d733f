//! Texts that values come from, and places in them.

use std::{ops::Range, path::PathBuf, sync::Arc};

/// What kind of text it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An experiment file.
    File(PathBuf),
    /// An environment variable; the text is `NAME=value`.
    Variable(String),
    /// An argument of `--set`; the text is `a.b=value`.
    Argument,
}

/// One text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub origin: Origin,
    pub text: String,
    /// Position among all texts of a load, in which mistakes are reported.
    pub order: usize,
}

impl Source {
    pub fn new(origin: Origin, text: String, order: usize) -> Arc<Self> {
        Arc::new(Self { origin, text, order })
    }

    /// Whether the text is a single `key=value` that a shell passed on, where quotes are easily lost.
    pub fn is_pair(&self) -> bool {
        !matches!(self.origin, Origin::File(_))
    }
}

/// A range of bytes in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub source: Arc<Source>,
    pub span: Range<usize>,
}

impl Place {
    pub fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        Self { source: Arc::clone(source), span }
    }

    /// The bytes themselves.
    pub fn text(&self) -> &str {
        self.source.text.get(self.span.clone()).unwrap_or_default()
    }
}
