//! Words and tables that several commands print.

use crate::record::RunInfo;
use std::{path::Path, time::Duration};

/// A run's result in one line.
pub fn one_line(folder: &Path, info: &RunInfo) -> String {
    let best = info.best.as_ref().map_or(String::new(), |best| {
        format!("  best {} {:.5} in epoch {}", best.metric.name(), best.value, best.epoch)
    });
    let reason = info.stop_reason.as_deref().map_or(String::new(), |reason| format!("  {reason}"));
    format!("{}  {}{best}{reason}", folder.display(), info.status)
}

/// A duration as people say it, `1h 20m`, `3m 05s` or `12s`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m {s:02}s"),
        (h, m, _) => format!("{h}h {m:02}m"),
    }
}

/// An estimate of so many seconds, likewise.
pub fn time(seconds: f64) -> String {
    // A network and a number of epochs may be so large that no clock counts that far.
    Duration::try_from_secs_f64(seconds).map_or("?".to_owned(), duration)
}

/// Losses at the end of a line about an epoch; nothing of one that is not there.
pub fn losses(loss: Option<f64>, val_loss: Option<f64>) -> String {
    let value = |name: &str, value: Option<f64>| {
        value.map_or(String::new(), |value| format!("  {name} {value:.5}"))
    };
    value("loss", loss) + &value("val_loss", val_loss)
}

/// Columns padded to their widest cell.
pub fn table<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([titles[column].len()]).max().unwrap_or(0)
    };
    let line = |cells: [&str; N]| {
        let padded: Vec<String> =
            cells.iter().enumerate().map(|(i, cell)| format!("{cell:<w$}", w = width(i))).collect();
        padded.join("  ").trim_end().to_owned()
    };
    let body = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    [line(titles)].into_iter().chain(body).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_people_say_them() {
        let text = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!([text(7), text(185), text(4800)], ["7s", "3m 05s", "1h 20m"]);
    }
}
