//! Timestamps, stored in files as RFC 3339 in UTC.

use jiff::Timestamp;

/// Returns the current time, to the second.
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
