//! A table as text, for the page, Markdown and LaTeX.

/// A table of experiments, a row each.
pub(super) struct Table {
    /// Names of the columns.
    pub head: Vec<String>,
    /// Number of columns of text; they come first.
    pub left: usize,
    /// The cells of each row, and whether each is the best in its column.
    pub rows: Vec<Vec<(String, bool)>>,
}
