//! What the sweep's process and those of its runs tell one another, a JSON object a line.
//!
//! The run's process reads a [`Job`], then [`Order`]s, from its standard input and writes [`Event`]s
//! to its standard output. When its input ends, the sweep's process is gone and it stops by itself.

use crate::{record::Status, spec::Device};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What is to be trained. The folder of runs is an argument: paths need not be text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Name of the run.
    pub name: String,
    /// The experiment file as given.
    pub text: String,
    /// The experiment, every value resolved, as TOML.
    pub resolved: String,
    /// Threads to train with.
    pub threads: u16,
    /// The device to train on, if it is not the experiment's.
    #[serde(default)]
    pub device: Option<Device>,
    /// Train anew beside what is there.
    pub force: bool,
    /// For how many epochs runs may have been planned that differ in nothing else, and are continued.
    pub lengths: BTreeSet<usize>,
    /// Ask at the end of each epoch whether to go on.
    pub asks: bool,
}

/// Why a run is to stop before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// A signal has come.
    Signal(u8),
    /// Its time is up; what the run says of that: `stopped at 07:00 by --until`.
    Deadline(String),
}

/// What a run's process is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Save and stop.
    Stop(Stop),
    /// Go on with the next epoch.
    Go,
    /// Stop for good, for this reason.
    Prune(String),
}

/// What a run's process tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// Training begins or goes on.
    Started {
        /// Name of the run's folder.
        folder: String,
        /// Epochs that are done.
        epoch: usize,
    },
    /// Some way into an epoch.
    Progress {
        /// Epochs that are done, with the part of the current one.
        epochs: f64,
        /// Mean loss of the epoch so far.
        loss: f64,
    },
    /// An epoch is done.
    Epoch {
        /// Counted from 1.
        epoch: usize,
        /// Over the training images.
        loss: Option<f64>,
        /// Over the validation images.
        val_loss: Option<f64>,
    },
    /// Waits to hear whether to go on after so many epochs.
    Asks {
        /// Epochs that are done.
        epoch: usize,
    },
    /// A line about how a training begins.
    Remark {
        /// The line.
        text: String,
    },
    /// A line worth reading.
    Warning {
        /// The line.
        text: String,
    },
    /// Another process trains this run.
    Busy,
    /// The process ends in order.
    Ended {
        /// How the run stands.
        status: Status,
        /// Whether it was complete before.
        skipped: bool,
        /// Name of the run's folder; empty if there is none.
        folder: String,
        /// The error of a run that failed.
        error: Option<String>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_one_line_and_reads_back() {
        let events = [
            Event::Started { folder: "a".into(), epoch: 2 },
            Event::Progress { epochs: 1.5, loss: 0.25 },
            Event::Epoch { epoch: 1, loss: Some(0.5), val_loss: None },
            Event::Asks { epoch: 1 },
            Event::Remark { text: "a".into() },
            Event::Warning { text: "two\nlines".into() },
            Event::Busy,
            Event::Ended {
                status: Status::Failed,
                skipped: false,
                folder: String::new(),
                error: Some("\"quoted\" ж".into()),
            },
        ];
        for event in events {
            let line = serde_json::to_string(&event).unwrap();
            assert!(!line.contains('\n'));
            assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
        }
        let stops = [Stop::Signal(2), Stop::Deadline("stopped at 07:00 by --until".into())];
        let orders = [Order::Go, Order::Prune("worse".into())];
        for order in stops.map(Order::Stop).into_iter().chain(orders) {
            let line = serde_json::to_string(&order).unwrap();
            assert_eq!(serde_json::from_str::<Order>(&line).unwrap(), order);
        }
    }
}
