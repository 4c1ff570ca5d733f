//! Mistakes in experiment files, and their display.

use super::source::{Origin, Span};
use crate::words::counted;
use std::{fmt, ops::Range};
use unicode_width::UnicodeWidthChar;

/// Maximum number of mistakes that are described; the others are counted.
pub(super) const MOST: usize = 100;

/// All mistakes in an experiment file and its overrides; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostics {
    items: Vec<Diagnostic>,
    /// Number of further mistakes.
    more: usize,
}

/// A single mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong, in a sentence.
    pub message: String,
    /// Where it is, if known.
    pub location: Option<Box<Location>>,
    /// How to fix it, and other hints.
    pub notes: Vec<String>,
}

/// A range of characters in a file, an environment variable or an argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file's path, the variable's name or `--set`.
    pub origin: String,
    /// Line, counted from 1; `None` in a variable or an argument.
    pub line: Option<usize>,
    /// Column of the first character, counted from 1 in characters.
    pub column: usize,
    /// The whole line.
    pub text: String,
    /// The characters of `text` at fault, counted from 0.
    pub culprit: Range<usize>,
    order: usize,
}

impl Diagnostic {
    pub(crate) fn new(message: impl Into<String>, place: Option<&Span>) -> Self {
        let message = message.into().chars().map(on_one_line).collect();
        Self {
            message,
            location: place.map(|place| Box::new(Location::new(place))),
            notes: Vec::new(),
        }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into().chars().map(on_one_line).collect());
        self
    }

    fn lines(&self, paint: &Paint) -> Vec<String> {
        let Paint { red, bold, blue, off } = paint;
        let mut lines = vec![format!("{red}error{off}{bold}: {}{off}", self.message)];
        let mut margin = String::from(" ");
        if let Some(location) = &self.location {
            let number = location.line.map(|line| line.to_string()).unwrap_or_default();
            margin = " ".repeat(number.len() + 1);
            let (before, middle, after) = location.excerpt();
            let blank = indent(&before);
            let carets = "^".repeat(width(&middle).max(1));
            lines.push(format!("{}{blue}-->{off} {location}", &margin[1..]));
            lines.push(format!("{margin}{blue}|{off}"));
            lines.push(format!("{blue}{number} |{off} {before}{middle}{after}"));
            lines.push(format!("{margin}{blue}|{off} {blank}{red}{carets}{off}"));
        }
        lines.extend(self.notes.iter().map(|note| format!("{margin}{blue}={off} {note}")));
        lines
    }
}

impl Location {
    pub(crate) fn new(place: &Span) -> Self {
        let text = &place.source.text;
        let start = text.floor_char_boundary(place.range.start);
        let end = text.floor_char_boundary(place.range.end);
        // A byte order mark does not count as a column.
        let mark = text.len() - text.trim_start_matches('\u{feff}').len();
        let first = text[..start].rfind('\n').map_or(mark, |newline| newline + 1);
        let start = start.max(first);
        let length = text[first..].find('\n').unwrap_or(text.len() - first);
        let line = text[first..first + length].trim_end_matches('\r');
        let from = text[first..start].chars().count();
        let in_line = end.min(first + line.len()).max(start);
        let to = from + text[start..in_line].chars().count();
        let (origin, number) = match &place.source.origin {
            Origin::File(path) => {
                let number = text[..first].matches('\n').count() + 1;
                (path.display().to_string(), Some(number))
            }
            Origin::Variable(name) => (format!("environment variable {name}"), None),
            Origin::Argument => ("argument --set".to_owned(), None),
        };
        Self {
            origin,
            line: number,
            column: from + 1,
            text: line.to_owned(),
            culprit: from..to,
            order: place.source.order,
        }
    }

    /// Splits the line into the parts before, at and after the culprit, cut so that it fits into a terminal.
    fn excerpt(&self) -> (String, String, String) {
        const AROUND: usize = 60;
        let chars: Vec<char> = self.text.chars().map(printable).collect();
        let text = |range: Range<usize>| chars[range].iter().collect::<String>();
        let Range { start, end } = self.culprit;
        let (start, end) = (start.min(chars.len()), end.min(chars.len()));
        let cut = start.saturating_sub(AROUND);
        let shown = end.min(start + 2 * AROUND);
        let stop = (shown + AROUND).min(chars.len());
        let before = if cut > 2 && chars.len() > 2 * AROUND {
            format!("...{}", text(cut..start))
        } else {
            text(0..start)
        };
        let after = if stop < chars.len() && chars.len() > 2 * AROUND {
            format!("{}...", text(shown..stop))
        } else {
            text(shown..chars.len())
        };
        (before, text(start..shown), after)
    }
}

/// Writes `file:line:column`, or the origin alone if it is not a file.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}:{}", self.origin, self.column),
            None => f.write_str(&self.origin),
        }
    }
}

impl Diagnostics {
    /// Sorts mistakes by their location and drops duplicates. Keeps the first 100, and counts the rest and
    /// `more` others.
    pub(crate) fn new(mut items: Vec<Diagnostic>, more: usize) -> Self {
        items.sort_by_key(|item| item.location.as_ref().map(|at| (at.order, at.line, at.column)));
        let mut kept: Vec<Diagnostic> = Vec::new();
        let mut dropped = 0;
        for item in items {
            if kept.len() == MOST {
                dropped += 1;
            } else if !kept.contains(&item) {
                kept.push(item);
            }
        }
        Self { items: kept, more: more + dropped }
    }

    /// Returns the first 100 mistakes, sorted by their location.
    pub fn items(&self) -> &[Diagnostic] {
        &self.items
    }

    /// Renders all mistakes as text for a terminal, with ANSI colours if `color`, without a final line feed.
    pub fn render(&self, color: bool) -> String {
        let paint = if color { Paint::COLOR } else { Paint::PLAIN };
        let shown = self.items.iter().map(|item| item.lines(&paint).join("\n"));
        let more = (self.more > 0).then(|| format!("and {}", counted(self.more, "more mistake")));
        shown.chain(more).collect::<Vec<_>>().join("\n\n")
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(item: Diagnostic) -> Self {
        Self { items: vec![item], more: 0 }
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Diagnostics {}

struct Paint {
    red: &'static str,
    bold: &'static str,
    blue: &'static str,
    off: &'static str,
}

impl Paint {
    const PLAIN: Self = Self { red: "", bold: "", blue: "", off: "" };
    const COLOR: Self = {
        let [red, bold, blue, off] = STYLES;
        Self { red, bold, blue, off }
    };
}

/// The ANSI escape sequences in rendered mistakes.
pub const STYLES: [&str; 4] = ["\x1b[1;31m", "\x1b[1m", "\x1b[1;34m", "\x1b[0m"];

/// Replaces control characters, which could move the cursor or recolour the terminal.
fn printable(c: char) -> char {
    if c.is_control() && c != '\t' { '\u{fffd}' } else { c }
}

fn on_one_line(c: char) -> char {
    if c.is_control() { '\u{fffd}' } else { c }
}

/// Returns blanks as wide as `text`; tabs stay tabs, however wide the terminal shows them.
fn indent(text: &str) -> String {
    text.chars().map(|c| if c == '\t' { "\t" } else { ["", " ", "  "][columns(c)] }).collect()
}

fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Returns the number of terminal columns that a character takes.
fn columns(c: char) -> usize {
    c.width().unwrap_or(1)
}
