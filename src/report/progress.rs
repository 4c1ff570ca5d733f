//! Progress of a run that is training now, as read from its files.

use super::run::Run;
use crate::{
    record::{LOG, METRICS, RUN_JSON, checkpoint},
    spec::Metric,
    words::duration,
};
use jiff::{Timestamp, Unit, tz::TimeZone};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// Number of latest epochs that the remaining time is estimated from.
const LATEST: usize = 5;
/// Seconds without output after which a training run counts as silent: it saves every half minute, so it may
/// hang, be stopped, or run on an unreachable machine.
const SILENT: f64 = 120.0;

/// Progress of a training run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Completed epochs.
    pub done: usize,
    /// Planned epochs.
    pub planned: usize,
    /// Seconds per epoch; `None` until one is completed.
    pub each: Option<f64>,
    /// Seconds since the last epoch ended or its process started.
    pub since: f64,
    /// Time of its last output.
    pub heard: Timestamp,
    /// The current time.
    pub now: Timestamp,
}

impl Progress {
    /// Reads the progress of a run; `None` if it is not training or its number of epochs is unknown.
    pub fn of(run: &Run) -> Option<Self> {
        if !run.is_training() {
            return None;
        }
        let written =
            |path: &Path| Timestamp::try_from(fs::metadata(path).ok()?.modified().ok()?).ok();
        let epoch = [RUN_JSON, METRICS].map(|name| written(&run.path.join(name)));
        let epoch = epoch.into_iter().flatten().max().unwrap_or(run.info.started);
        let others = [run.path.join(LOG), checkpoint::last_path(&run.path)];
        let others = others.iter().filter_map(|path| written(path));
        let latest = &run.timings[run.timings.len().saturating_sub(LATEST)..];
        let seconds: f64 = latest.iter().map(|timing| timing.seconds).sum();
        let now = Timestamp::now();
        Some(Self {
            done: run.epochs(),
            planned: run.planned_epochs()?,
            each: (!latest.is_empty()).then(|| seconds / latest.len() as f64),
            since: now.duration_since(epoch).as_secs_f64().max(0.0),
            heard: others.fold(epoch, Timestamp::max),
            now,
        })
    }

    /// Returns the completed share of its training, 0 to 1.
    pub fn share(&self) -> f64 {
        let each = self.each.filter(|each| *each > 0.0);
        let within = each.map_or(0.0, |each| (self.since / each).min(1.0));
        ((self.done as f64 + within) / self.planned.max(1) as f64).min(1.0)
    }

    /// Estimates the seconds of the whole training from its latest epochs; `None` until one is completed.
    pub fn whole(&self) -> Option<f64> {
        self.each.map(|each| each * self.planned as f64)
    }

    /// Estimates the remaining seconds of training without early stopping; `None` until an epoch is
    /// completed, and for a silent run.
    pub fn seconds_left(&self) -> Option<f64> {
        self.whole().filter(|_| !self.is_silent()).map(|whole| whole * (1.0 - self.share()))
    }

    /// Returns the completed and planned epochs, as in `3/10`. Metrics from its files are those of the last
    /// completed epoch.
    pub fn epochs(&self) -> String {
        format!("{}/{}", self.done, self.planned)
    }

    /// Returns the time of its last output in words if the run is silent: `last heard of at 03:12`.
    pub fn silence(&self) -> Option<String> {
        self.is_silent().then(|| format!("last heard of at {}", clock(self.heard, self.now)))
    }

    /// Whether it has written nothing for a long time.
    pub fn is_silent(&self) -> bool {
        // While computing results, it writes nothing until they are done.
        self.done < self.planned && self.now.duration_since(self.heard).as_secs_f64() > SILENT
    }

    /// Returns the remaining time in words, or what it does after its last epoch.
    pub fn left(&self) -> String {
        match self.seconds_left() {
            _ if self.done >= self.planned => "computing results".into(),
            Some(left) => duration(left),
            None => String::new(),
        }
    }

    /// Returns the progress as JSON: `epoch` is the current one, the losses are those of the last completed
    /// one.
    pub fn json(&self, run: &Run) -> Value {
        let heard = self.heard.round(Unit::Second).map(|at| at.to_string()).ok();
        json!({
            "epoch": (self.done + 1).min(self.planned), "epochs_done": self.done,
            "planned_epochs": self.planned, "loss": last(run, Metric::Loss), "val_loss": last(run, Metric::ValLoss),
            "seconds_left": self.seconds_left(), "heard": heard,
        })
    }
}

/// Returns a metric of the last completed epoch.
pub fn last(run: &Run, metric: Metric) -> Option<f64> {
    run.rows.last().and_then(|row| row.value(metric))
}

/// Formats a past time in the local time zone, with the date unless it is today.
fn clock(at: Timestamp, now: Timestamp) -> String {
    let [at, now] = [at, now].map(|time| time.to_zoned_datetime(TimeZone::system()));
    let form = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    /// `done` of ten epochs of 20 s each, the last of which ended 5 s ago.
    fn progress(done: usize) -> Progress {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let each = (done > 0).then_some(20.0);
        Progress { done, planned: 10, each, since: 5.0, heard: now, now }
    }

    #[test]
    fn the_remaining_time_follows_from_the_completed_epochs() {
        let left = progress(3).seconds_left().unwrap();
        assert!((left - 135.0).abs() < 1e-9, "{left}");
        assert_eq!((progress(3).epochs(), progress(3).left()), ("3/10".into(), "2m 15s".into()));
        assert_eq!((progress(0).epochs(), progress(0).left()), ("0/10".into(), String::new()));
        assert_eq!(progress(0).seconds_left(), None);
        let late = Progress { since: 1e6, ..progress(3) };
        assert!((late.share() - 0.4).abs() < 1e-9, "an overlong epoch still counts as one");
        let results = progress(10);
        assert_eq!((results.epochs(), results.share()), ("10/10".into(), 1.0));
        assert_eq!(results.left(), "computing results");
        let instant = Progress { each: Some(0.0), since: 0.0, ..progress(3) };
        assert!((instant.share() - 0.3).abs() < 1e-9);
    }

    #[test]
    fn a_silent_run_is_shown_with_the_time_of_its_last_output() {
        assert_eq!(progress(1).silence(), None);
        let fresh = progress(1);
        let ago = |seconds: i64| Progress { heard: fresh.now - seconds.seconds(), ..fresh };
        assert_eq!(ago(100).silence(), None);
        assert!(ago(100).seconds_left().is_some() && ago(150).seconds_left().is_none());
        let text = ago(150).silence().unwrap();
        assert!(text.starts_with("last heard of at ") && text.contains(':'), "{text}");
        let text = ago(3 * 86_400).silence().unwrap();
        assert!(text.contains("2026-11-27 "), "{text}");
    }
}
