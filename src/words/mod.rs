//! Formats numbers and names for use in sentences.

mod numbers;

pub use numbers::{decimals, duration, figure, number, percent, short, signed, with_deviation};

use std::borrow::Borrow;

/// Formats a count with commas: `178,001`.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a count with its noun in singular or plural: `1 run`, `1,200 runs`.
pub fn counted(count: usize, one: &str) -> String {
    format!("{} {one}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// Formats a part of a whole: `2 of 3`, or `3` if it is all of them.
pub fn part_of(part: usize, whole: usize) -> String {
    let all = thousands(whole);
    if part == whole { all } else { format!("{} of {all}", thousands(part)) }
}

/// Formats a number of bytes with a decimal unit: `1.4 MB`.
pub fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["bytes", "kB", "MB", "GB"] {
        // What would be shown as 1000 is 1.0 of the next unit.
        if value < 999.5 {
            let digits = usize::from(value < 9.95 && unit != "bytes");
            return format!("{value:.digits$} {unit}");
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

/// Joins names for a sentence: `a`, `a and b`, `a, b and c`.
pub fn listed(names: &[impl Borrow<str>]) -> String {
    joined(names, "and")
}

/// Joins names of which one is meant: `a`, `a or b`, `a, b or c`.
pub fn either(names: &[impl Borrow<str>]) -> String {
    joined(names, "or")
}

fn joined(names: &[impl Borrow<str>], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.borrow().to_owned(),
        [all @ .., last] => format!("{} {word} {}", all.join(", "), last.borrow()),
    }
}

/// Returns the first `most` names and, in place of the others, how many they are: `a`, `b`, `7 more`.
pub fn shortlist(names: impl ExactSizeIterator<Item = String>, most: usize) -> Vec<String> {
    let others = names.len().saturating_sub(most);
    let more = (others > 0).then(|| format!("{others} more"));
    names.take(most).chain(more).collect()
}

/// Returns the shortest suffix of a dotted key, in whole parts, that no other key of `all` ends with.
pub fn shortest_end<'a>(path: &'a str, all: &[impl AsRef<str>]) -> &'a str {
    let mut ends = path.rmatch_indices('.').map(|(dot, _)| &path[dot + 1..]);
    let unique = |end: &&str| {
        let tail = format!(".{end}");
        let has = |other: &str| other == *end || other.ends_with(&tail);
        all.iter().filter(|other| has(other.as_ref())).count() == 1
    };
    ends.find(unique).unwrap_or(path)
}

/// Shortens a text to at most `most` characters by replacing its middle with an ellipsis, since similar names
/// tend to differ at their ends.
pub fn shortened(text: &str, most: usize) -> String {
    let all: Vec<char> = text.chars().collect();
    if all.len() <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(1);
    let (head, tail) = (&all[..kept.div_ceil(2)], &all[all.len() - kept / 2..]);
    head.iter().chain(&['…']).chain(tail).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_keep_both_ends() {
        assert_eq!(shortened("sigma=0.5;seed=1", 16), "sigma=0.5;seed=1");
        assert_eq!(shortened("größe=0.25;seed=12", 9), "größ…d=12");
        assert_eq!([0, 1, 2].map(|most| shortened("long", most)), ["…", "…", "l…"]);
    }

    #[test]
    fn keys_are_shortened_to_unique_suffixes() {
        let all = ["task.noise.kind", "model.kind", "train.epochs"];
        assert_eq!(
            all.map(|path| shortest_end(path, &all)),
            ["noise.kind", "model.kind", "epochs"]
        );
    }

    #[test]
    fn the_last_of_several_names_follows_a_word() {
        let names = ["a", "b", "c"].map(str::to_owned);
        assert_eq!([listed(&names), either(&names[..2])], ["a, b and c", "a or b"]);
    }

    #[test]
    fn numbers_of_bytes_have_a_unit() {
        assert_eq!([12, 1400, 55_000_000].map(bytes), ["12 bytes", "1.4 kB", "55 MB"]);
        assert_eq!(bytes(3_000_000_000_000), "3.0 TB");
        assert_eq!([999_700, 9_960_000].map(bytes), ["1.0 MB", "10 MB"], "rounded up");
    }

    #[test]
    fn thousands_are_separated_by_commas_and_a_single_item_has_no_s() {
        let texts = [0, 999, 1000, 178_001, 1_234_567].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "178,001", "1,234,567"]);
        assert_eq!([0, 1, 1200].map(|n| counted(n, "run")), ["0 runs", "1 run", "1,200 runs"]);
        assert_eq!([0, 2, 3].map(|n| part_of(n, 3)), ["0 of 3", "2 of 3", "3"]);
    }
}
