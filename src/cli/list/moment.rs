//! Points in time as users write them, to compare with the start of a run.

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use std::cmp::Ordering;

/// The span of time that a text denotes, such as a whole day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    from: Timestamp,
    /// Exclusive end.
    to: Timestamp,
}

impl Span {
    /// Parses a date or a local time, or a time with a time zone. The error says what is expected.
    pub fn read(text: &str) -> Result<Self, String> {
        let text = text.trim_matches(['"', '\'']);
        let wrong = || {
            format!(
                "{text:?} is not a date or time: expected a day such as 2026-11-30 or a local time such as \
                 2026-11-30T22:15, or 2026-11-30T22:15:00Z"
            )
        };
        Self::known(text, &TimeZone::system()).ok_or_else(wrong)
    }

    fn known(text: &str, zone: &TimeZone) -> Option<Self> {
        if let Ok(from) = text.parse::<Timestamp>() {
            return Some(Self { from, to: from.checked_add(1.second()).ok()? });
        }
        let at = |moment: DateTime| zone.to_timestamp(moment).ok();
        if let Ok(day) = text.parse::<Date>()
            && !text.contains(':')
        {
            let next = day.checked_add(1.day()).ok()?;
            return Some(Self { from: at(day.at(0, 0, 0, 0))?, to: at(next.at(0, 0, 0, 0))? });
        }
        let from: DateTime = text.parse().ok()?;
        let width = if text.matches(':').count() > 1 { 1.second() } else { 1.minute() };
        Some(Self { from: at(from)?, to: at(from.checked_add(width).ok()?)? })
    }

    /// Compares a moment with the span: equal if it lies within.
    pub fn order(&self, at: Timestamp) -> Ordering {
        match at {
            _ if at < self.from => Ordering::Less,
            _ if at >= self.to => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_all_of_it_and_a_minute_too() {
        let zone = TimeZone::fixed(jiff::tz::offset(2));
        let order =
            |text: &str, at: &str| Span::known(text, &zone).unwrap().order(at.parse().unwrap());
        let day = ["2026-11-29T21:59:59Z", "2026-11-29T22:00:00Z", "2026-11-30T22:00:00Z"];
        let orders = [Ordering::Less, Ordering::Equal, Ordering::Greater];
        assert_eq!(day.map(|at| order("2026-11-30", at)), orders);
        let minute = ["2026-11-30T01:14:59Z", "2026-11-30T01:15:59Z", "2026-11-30T01:16:00Z"];
        assert_eq!(minute.map(|at| order("2026-11-30T03:15", at)), orders);
        assert_eq!(order("2026-11-30 03:15:00", "2026-11-30T01:15:00Z"), Ordering::Equal);
        assert_eq!(order("2026-11-30T01:15:00Z", "2026-11-30T01:15:00Z"), Ordering::Equal);
    }

    #[test]
    fn an_invalid_moment_says_what_is_expected() {
        for text in ["yesterday", "2026-13-01", "12"] {
            assert!(Span::read(text).unwrap_err().contains("expected a day"), "{text}");
        }
    }
}
