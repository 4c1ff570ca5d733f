//! A table as text, for the page, Markdown and LaTeX.

use super::{
    compare::{pairs::Paired, quantity::Quantity},
    group::{NONE, Stat},
};
use crate::{
    statistics::{CONFIDENCE, Summary, median},
    words::{figure, short, signed, with_deviation},
};

/// What is set in bold.
pub(super) const BOLD: &str = "the best mean of a column, if it measures the same in all rows, and those whose 95 % \
                               interval of the paired difference from it, over at least three pairs, contains 0; \
                               experiments that lost seeds are not compared";

/// A table of experiments, a row each.
pub(super) struct Table {
    /// Names of the columns.
    pub head: Vec<String>,
    /// The cells of each row.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell of a table.
pub(super) struct Cell {
    /// What it says.
    pub content: Content,
    /// How it compares with the others in its column.
    pub mark: Mark,
}

/// How a value compares with the others in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// It is the best mean.
    Best,
    /// Its paired interval with the best contains 0.
    Open,
    /// It is worse, or is not compared.
    Plain,
}

impl Mark {
    /// Returns the mark of an experiment, given the best one and those that are not told apart from it.
    pub fn of(place: usize, best: &[usize]) -> Self {
        match best.iter().position(|other| *other == place) {
            Some(0) => Self::Best,
            Some(_) => Self::Open,
            None => Self::Plain,
        }
    }

    /// Whether it is set in bold where the best is.
    pub fn is_bold(self) -> bool {
        self != Self::Plain
    }
}

/// What a cell says.
pub(super) enum Content {
    /// A name, or nothing.
    Text(String),
    /// A number that is no measurement, as text.
    Number(String),
    /// A mean with its deviation.
    Mean(Summary),
    /// A mean difference with its deviation.
    Difference(Summary),
    /// Ends of an interval of a difference.
    Interval(f64, f64),
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Content::Text(text.into()).into()
    }

    pub fn number(text: impl Into<String>) -> Self {
        Content::Number(text.into()).into()
    }

    /// A mean difference, and its interval; both are a dash if there are none.
    pub fn difference(paired: Option<&Paired>) -> [Self; 2] {
        let difference = paired.map(|paired| Content::Difference(paired.difference));
        let interval = paired.and_then(|paired| paired.difference.confidence_interval());
        let interval = interval.map(|(low, high)| Content::Interval(low, high));
        let none = || Content::Number(NONE.to_owned());
        [difference, interval].map(|content| content.unwrap_or_else(none).into())
    }

    /// Statistics over repeats; a dash if there are none.
    pub fn stat(stat: Option<Stat>, mark: Mark) -> Self {
        let none = || Content::Number(NONE.to_owned());
        Self { content: stat.map_or_else(none, |stat| Content::Mean(stat.summary)), mark }
    }
}

impl From<Content> for Cell {
    fn from(content: Content) -> Self {
        Self { content, mark: Mark::Plain }
    }
}

impl Table {
    /// Returns the contents of a column.
    pub fn column(&self, place: usize) -> impl Iterator<Item = &Content> + Clone {
        self.rows.iter().filter_map(move |cells| Some(&cells.get(place)?.content))
    }

    /// Whether a column is aligned like numbers.
    pub fn is_number(&self, place: usize) -> bool {
        self.column(place).all(Content::is_number)
    }
}

impl Content {
    /// Whether it is aligned like a number.
    pub const fn is_number(&self) -> bool {
        !matches!(self, Self::Text(_))
    }

    /// Formats it with as many digits as it takes by itself.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Mean(summary) => summary.to_string(),
            Self::Difference(Summary { mean, deviation, .. }) => {
                with_deviation(signed(*mean), deviation.map(short))
            }
            Self::Interval(low, high) => format!("{} to {}", signed(*low), signed(*high)),
        }
    }

    /// Formats it with this many decimals.
    pub fn rounded(&self, decimals: usize) -> String {
        let plain = |value: f64| format!("{value:.decimals$}");
        let with_sign = |value: f64| {
            let size = plain(value.abs());
            let is_zero = size.parse() == Ok(0.0);
            let sign = if is_zero {
                ""
            } else if value < 0.0 {
                "−"
            } else {
                "+"
            };
            format!("{sign}{size}")
        };
        match self {
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Mean(Summary { mean, deviation, .. }) => {
                with_deviation(plain(*mean), deviation.map(plain))
            }
            Self::Difference(Summary { mean, deviation, .. }) => {
                with_deviation(with_sign(*mean), deviation.map(plain))
            }
            Self::Interval(low, high) => format!("{} to {}", with_sign(*low), with_sign(*high)),
        }
    }
}

/// Returns the heads of the columns of a difference in a quantity, which is called `name`, and of its interval.
pub(super) fn differences(name: &str, like: Quantity) -> [String; 2] {
    let unit = like.difference().unit().trim();
    let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
    [format!("{name}{unit}"), format!("{} % interval", 100.0 * CONFIDENCE)]
}

/// Returns the number of decimals with which the median of the deviations in a column, or of the widths of its
/// intervals, has two significant digits; without any, those with which the largest value has as many as a figure.
pub(super) fn decimals<'c>(column: impl Iterator<Item = &'c Content> + Clone) -> usize {
    let scatter = column.clone().filter_map(|content| match content {
        Content::Mean(Summary { deviation, .. })
        | Content::Difference(Summary { deviation, .. }) => *deviation,
        Content::Interval(low, high) => Some((high - low) / 2.0),
        Content::Text(_) | Content::Number(_) => None,
    });
    let scatter = scatter.filter(|scatter| *scatter > 0.0 && scatter.is_finite());
    let values = column.filter_map(|content| match content {
        Content::Mean(summary) => Some(figure(summary.mean)),
        Content::Difference(summary) => Some(short(summary.mean)),
        Content::Interval(low, _) => Some(short(*low)),
        _ => None,
    });
    let of = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let plain = values.filter(|text| !text.contains('e'));
    median(scatter.collect())
        .map(|scatter| places(scatter, 2))
        .or_else(|| plain.map(|text| of(&text)).min())
        .unwrap_or_default()
}

/// Returns the number of decimals with which a value above 0 has this many significant digits.
fn places(value: f64, digits: i32) -> usize {
    let size = value.log10().floor() as i32;
    usize::try_from(digits - 1 - size).unwrap_or(0)
}
