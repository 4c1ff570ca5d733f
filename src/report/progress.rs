//! How a run gets on that trains at this moment, from what its files tell.

use super::run::Run;
use crate::{
    record::{LOG, METRICS, RUN_JSON, checkpoint},
    spec::{Metric, words::duration},
};
use jiff::{Timestamp, Unit, tz::TimeZone};
use serde_json::{Value, json};
use std::{fs, path::Path};

/// So many epochs of those that are done tell how long the next ones will take.
const LATEST: usize = 5;
/// A run that trains saves every half minute. One that has written nothing for so many seconds may hang, be
/// stopped, or train on a machine that is out of reach.
const SILENT: f64 = 120.0;

/// How a run gets on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Epochs that are done.
    pub done: usize,
    /// Epochs that it is to train for.
    pub planned: usize,
    /// Seconds that an epoch takes; none until one is done.
    pub each: Option<f64>,
    /// Seconds since the last epoch ended, or this process began.
    pub since: f64,
    /// When it wrote last.
    pub heard: Timestamp,
    /// This moment.
    pub now: Timestamp,
}

impl Progress {
    /// How a run gets on; none of one that does not train, or of which it is not known how long it is to.
    pub fn of(run: &Run) -> Option<Self> {
        if !run.is_training() {
            return None;
        }
        let written =
            |path: &Path| Timestamp::try_from(fs::metadata(path).ok()?.modified().ok()?).ok();
        let epoch = [RUN_JSON, METRICS].map(|name| written(&run.path.join(name)));
        let epoch = epoch.into_iter().flatten().max().unwrap_or(run.info.started);
        let others = [run.path.join(LOG), checkpoint::last(&run.path)];
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

    /// The part of its training that is done, 0 to 1.
    pub fn share(&self) -> f64 {
        let each = self.each.filter(|each| *each > 0.0);
        let within = each.map_or(0.0, |each| (self.since / each).min(1.0));
        ((self.done as f64 + within) / self.planned.max(1) as f64).min(1.0)
    }

    /// Seconds of the whole training at the pace of its latest epochs; none until one is done.
    pub fn whole(&self) -> Option<f64> {
        self.each.map(|each| each * self.planned as f64)
    }

    /// Seconds of training that are left, if it does not stop early; none until an epoch is done, and where
    /// nothing has been heard for long.
    pub fn seconds_left(&self) -> Option<f64> {
        self.whole().filter(|_| !self.is_silent()).map(|whole| whole * (1.0 - self.share()))
    }

    /// How many epochs are done of those planned, as `3/10`: what its files tell is that of the last of these.
    pub fn epochs(&self) -> String {
        format!("{}/{}", self.done, self.planned)
    }

    /// When it wrote last, in words, where that is long ago: `last heard of at 03:12`.
    pub fn silence(&self) -> Option<String> {
        self.is_silent().then(|| format!("last heard of at {}", moment(self.heard, self.now)))
    }

    /// Whether it has written nothing for long.
    pub fn is_silent(&self) -> bool {
        // One that makes its results writes them when they are made.
        self.done < self.planned && self.now.duration_since(self.heard).as_secs_f64() > SILENT
    }

    /// What is left of it, in words; what it does where no epoch is.
    pub fn left(&self) -> String {
        match self.seconds_left() {
            _ if self.done >= self.planned => "results are being made".into(),
            Some(left) => duration(left),
            None => String::new(),
        }
    }

    /// The same for programs: `epoch` is the one that it is in, the losses are those of the last that is done.
    pub fn json(&self, run: &Run) -> Value {
        let heard = self.heard.round(Unit::Second).map(|at| at.to_string()).ok();
        json!({
            "epoch": (self.done + 1).min(self.planned), "epochs_done": self.done,
            "planned_epochs": self.planned, "loss": last(run, Metric::Loss), "val_loss": last(run, Metric::ValLoss),
            "seconds_left": self.seconds_left(), "heard": heard,
        })
    }
}

/// A metric of the last epoch that a run has completed.
pub fn last(run: &Run, metric: Metric) -> Option<f64> {
    run.rows.last().and_then(|row| row.value(metric))
}

/// A moment of the past on this machine's clock, with its day where that is not today.
fn moment(at: Timestamp, now: Timestamp) -> String {
    let [at, now] = [at, now].map(|moment| moment.to_zoned_datetime(TimeZone::system()));
    let form = if at.date() == now.date() { "%H:%M" } else { "%Y-%m-%d %H:%M" };
    at.strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    /// So many of ten epochs of 20 s are done, the last of them 5 s ago.
    fn progress(done: usize) -> Progress {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let each = (done > 0).then_some(20.0);
        Progress { done, planned: 10, each, since: 5.0, heard: now, now }
    }

    #[test]
    fn what_is_left_follows_from_the_epochs_that_are_done() {
        let left = progress(3).seconds_left().unwrap();
        assert!((left - 135.0).abs() < 1e-9, "{left}");
        assert_eq!((progress(3).epochs(), progress(3).left()), ("3/10".into(), "2m 15s".into()));
        assert_eq!((progress(0).epochs(), progress(0).left()), ("0/10".into(), String::new()));
        assert_eq!(progress(0).seconds_left(), None);
        let late = Progress { since: 1e6, ..progress(3) };
        assert!(
            (late.share() - 0.4).abs() < 1e-9,
            "an epoch that takes longer is not yet the next"
        );
        let results = progress(10);
        assert_eq!((results.epochs(), results.share()), ("10/10".into(), 1.0));
        assert_eq!(results.left(), "results are being made");
        let instant = Progress { each: Some(0.0), since: 0.0, ..progress(3) };
        assert!((instant.share() - 0.3).abs() < 1e-9);
    }

    #[test]
    fn what_was_heard_long_ago_is_told_with_its_moment() {
        assert_eq!(progress(1).silence(), None);
        let fresh = progress(1);
        let ago = |seconds: i64| Progress { heard: fresh.now - seconds.seconds(), ..fresh };
        assert_eq!(ago(100).silence(), None);
        assert!(ago(100).seconds_left().is_some() && ago(150).seconds_left().is_none());
        let told = ago(150).silence().unwrap();
        assert!(told.starts_with("last heard of at ") && told.contains(':'), "{told}");
        let told = ago(3 * 86_400).silence().unwrap();
        assert!(told.contains("2026-11-27 "), "{told}");
    }
}
