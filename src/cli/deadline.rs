//! `--for` and `--until`: stopping at a deadline.

use super::exit::{Failure, Result};
use clap::Args;
use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use std::{
    fmt,
    time::{Duration, Instant},
};

/// Arguments that set a deadline.
#[derive(Debug, Args)]
pub struct LimitArgs {
    /// Stop after a time such as 8h, 30m or 1h30m: save a checkpoint and exit with status 124; the same
    /// command continues
    #[arg(long = "for", value_name = "TIME", value_parser = parse_length, conflicts_with = "until")]
    length: Option<Length>,
    /// Stop in the same way at a local time: the next 07:00, or a given one as in '2030-01-31 07:00'
    #[arg(long, value_name = "HH:MM", value_parser = parse_clock)]
    until: Option<Clock>,
}

/// A duration, with the text it was parsed from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Length {
    text: String,
    time: Duration,
}

/// A local time, on any day or on a given one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Clock {
    text: String,
    date: Option<Date>,
    time: Time,
}

/// The moment at which everything stops, with the text that set it.
#[derive(Debug, Clone)]
pub struct Deadline {
    text: String,
    end: End,
}

#[derive(Debug, Clone, Copy)]
enum End {
    /// On the monotonic clock.
    After(Instant),
    /// On the system clock, which may be changed meanwhile.
    At(Timestamp),
}

impl LimitArgs {
    /// Returns the deadline, if there is one; `--for` counts from now.
    ///
    /// # Errors
    /// When it lies in the past or is too far ahead to be represented.
    pub fn deadline(&self) -> Result<Option<Deadline>> {
        if let Some(Length { text, time }) = &self.length {
            let end = Instant::now().checked_add(*time);
            let end = end.ok_or_else(|| Failure::usage(format!("--for {text}: too long")))?;
            return Ok(Some(Deadline { text: text.clone(), end: End::After(end) }));
        }
        let Some(clock) = &self.until else { return Ok(None) };
        let text = clock.text.clone();
        let moment = clock
            .next(Timestamp::now(), &TimeZone::system())
            .map_err(|why| Failure::usage(format!("--until {text}: {why}")))?;
        Ok(Some(Deadline { text, end: End::At(moment) }))
    }
}

impl Clock {
    /// Returns the first moment after `now` at which the clock shows this time. A time skipped by a change to
    /// daylight saving time counts as one hour later.
    fn next(&self, now: Timestamp, zone: &TimeZone) -> std::result::Result<Timestamp, String> {
        let on = |date: Date| zone.to_timestamp(date.to_datetime(self.time));
        let is_future = |moment: &Timestamp| *moment > now;
        let today = zone.to_datetime(now).date();
        let moment = match self.date {
            Some(date) => Some(on(date)).transpose(),
            None => today.tomorrow().and_then(|tomorrow| {
                let days = [on(today)?, on(tomorrow)?];
                Ok(days.into_iter().find(is_future))
            }),
        };
        let moment = moment.map_err(|error| error.to_string())?;
        moment.filter(is_future).ok_or_else(|| "this time has passed".to_owned())
    }
}

impl Deadline {
    /// Returns how much time is left.
    pub fn remaining(&self) -> Duration {
        match self.end {
            End::After(end) => end.saturating_duration_since(Instant::now()),
            End::At(end) => end.duration_since(Timestamp::now()).try_into().unwrap_or_default(),
        }
    }

    /// Whether it has passed.
    pub fn has_passed(&self) -> bool {
        self.remaining().is_zero()
    }

    /// Returns a run's reason for stopping, without the epoch: `stopped at 07:00 by --until`.
    pub fn reason(&self) -> String {
        match self.end {
            End::After(_) => format!("stopped after {} by --for", self.text),
            End::At(_) => format!("stopped at {} by --until", self.text),
        }
    }
}

/// Writes the deadline as it was typed: `--for 8h`.
impl fmt::Display for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let option = match self.end {
            End::After(_) => "--for",
            End::At(_) => "--until",
        };
        write!(f, "{option} {}", self.text)
    }
}

/// Parses hours, minutes and seconds, in this order, each at most once.
fn parse_length(text: &str) -> std::result::Result<Length, String> {
    let form = "expected a time such as 8h, 30m, 90s or 1h30m";
    let text = text.trim();
    let time = text.parse::<SignedDuration>().map_err(|_| form.to_owned())?;
    if !time.is_positive() {
        return Err(format!("the time must be above zero; {form}"));
    }
    let time = time.try_into().map_err(|_| form.to_owned())?;
    Ok(Length { text: text.to_owned(), time })
}

/// Parses `07:00`, `7:00:30`, or a date followed by such a time.
fn parse_clock(text: &str) -> std::result::Result<Clock, String> {
    let form =
        || "expected a time of the day such as 07:00 or 23:30, or '2030-01-31 07:00'".to_owned();
    let text = text.trim();
    let (date, time) = match text.split_once([' ', 'T']) {
        Some((date, time)) => (Some(date.parse().map_err(|_| form())?), time.trim_start()),
        None => (None, text),
    };
    let parsed = ["%H:%M", "%H:%M:%S"].into_iter().find_map(|form| Time::strptime(form, time).ok());
    let time = parsed.ok_or_else(form)?;
    Ok(Clock { text: text.to_owned(), date, time })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_hours_minutes_and_seconds_in_this_order() {
        let seconds = |text| parse_length(text).map(|length| length.time.as_secs()).ok();
        for (text, expected) in [
            ("8h", 28_800),
            ("30m", 1800),
            ("90s", 90),
            ("1h30m", 5400),
            (" 1h 20m 5s", 4805),
            ("1.5 hours", 5400),
        ] {
            assert_eq!(seconds(text), Some(expected), "{text}");
        }
        for wrong in
            ["", "8", "h", "8x", "30m1h", "1h1h", "-1h", "1h ago", "0s", "1h30", "1d", "1mo"]
        {
            let message = parse_length(wrong).expect_err(wrong);
            assert!(message.contains("8h, 30m, 90s or 1h30m"), "{wrong}: {message}");
        }
        assert!(parse_length("99999999999999999999h").is_err());
    }

    #[test]
    fn a_time_of_the_day_is_the_next_one() {
        let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").expect("a zone");
        let now: Timestamp = "2030-03-30T22:00:00+01:00".parse().expect("a moment");
        let next = |text: &str| {
            let moment = parse_clock(text).expect("a time").next(now, &zone)?;
            Ok::<_, String>(zone.to_datetime(moment).to_string())
        };
        assert_eq!(next("23:30"), Ok("2030-03-30T23:30:00".to_owned()));
        assert_eq!(next("22:00"), Ok("2030-03-31T22:00:00".to_owned()));
        assert_eq!(next("7:00:05"), Ok("2030-03-31T07:00:05".to_owned()));
        assert_eq!(next("02:30"), Ok("2030-03-31T03:30:00".to_owned()), "in the skipped hour");
        assert_eq!(next("2030-04-02T07:00"), Ok("2030-04-02T07:00:00".to_owned()));
        assert_eq!(next("2030-03-30 21:59"), Err("this time has passed".to_owned()));
    }

    #[test]
    fn an_invalid_time_of_the_day_names_the_expected_form() {
        for wrong in
            ["", "7", "24:00", "07:60", "7:0:0:0", "-1:00", "007:00", "7 am", "2030-02-30 07:00"]
        {
            let message = parse_clock(wrong).expect_err(wrong);
            assert!(message.contains("07:00"), "{wrong}: {message}");
        }
    }

    #[test]
    fn a_deadline_passes_when_its_time_is_over() {
        let deadline = |args: LimitArgs| args.deadline().expect("a time").expect("one is given");
        let short = Length { text: "0.01s".into(), time: Duration::from_millis(10) };
        let short = deadline(LimitArgs { length: Some(short), until: None });
        std::thread::sleep(Duration::from_millis(11));
        assert!(short.has_passed());
        assert_eq!(short.reason(), "stopped after 0.01s by --for");
        let late = deadline(LimitArgs { length: None, until: parse_clock("07:00").ok() });
        assert!(!late.has_passed() && late.remaining() <= Duration::from_hours(25));
        assert_eq!(
            (late.reason(), late.to_string()),
            ("stopped at 07:00 by --until".into(), "--until 07:00".into())
        );
    }
}
