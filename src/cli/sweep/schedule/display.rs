//! Displays the progress of a sweep: in a terminal, a bar for each active run and one for the whole;
//! otherwise, a line for each event.

use super::runs::Runs;
use crate::{
    cli::{
        estimate, output,
        sweep::{prepare::Sweep, state::PlannedRun},
    },
    plan::Plan,
    sweep::left::{Part, seconds_left},
    words::{counted, decimals, duration, shortened},
};
use indicatif::ProgressBar;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::{Duration, Instant},
};

/// Width of a run's name, so that name, bar, epoch and loss fit into 80 columns.
const NAME: usize = 28;

/// How long a run must train before its pace is known.
const ENOUGH: Duration = Duration::from_secs(3);

/// Displays a sweep in progress.
pub struct Display {
    mode: Mode,
    names: Vec<String>,
    epochs: Vec<usize>,
    /// Progress of each run; its work is the estimated time in seconds on one thread.
    parts: Vec<Part>,
    /// When the training of each run started in this process, and after how many epochs.
    begun: BTreeMap<usize, (Instant, f64)>,
    over: Vec<bool>,
    drawn: Instant,
    /// Threads of the run that started last.
    threads: usize,
    /// Warnings already printed.
    warned: BTreeSet<String>,
}

enum Mode {
    Lines,
    Bars { whole: ProgressBar, runs: BTreeMap<usize, ProgressBar> },
}

impl Display {
    /// Creates a display for a sweep before any run has started.
    pub fn new(sweep: &Sweep<'_>) -> Self {
        let plans = &sweep.file.plans;
        let mode = if output::has_bars() {
            let whole = output::show(bar(plans.len() as u64));
            Mode::Bars { whole, runs: BTreeMap::new() }
        } else {
            Mode::Lines
        };
        let epochs: Vec<usize> =
            plans.iter().map(|plan| plan.point.experiment.train.epochs).collect();
        let part = |(plan, run): (&Plan, &PlannedRun)| Part {
            work: estimate::seconds(plan, run.counts),
            done: run.standing.share(plan),
            whole: None,
            trains: false,
        };
        let parts = plans.iter().zip(&sweep.runs).map(part).collect();
        Self {
            mode,
            names: plans.iter().map(|plan| plan.name().to_owned()).collect(),
            over: vec![false; plans.len()],
            epochs,
            parts,
            begun: BTreeMap::new(),
            drawn: Instant::now(),
            threads: 1,
            warned: BTreeSet::new(),
        }
    }

    /// Shows that a run's process has started.
    pub fn begin(&mut self, index: usize, threads: usize) {
        self.threads = threads;
        self.parts[index].trains = true;
        let count = self.names.len();
        let threads = counted(threads, "thread");
        match &mut self.mode {
            Mode::Lines => {
                output::note(format!(
                    "run {} of {count}: {}, {threads}",
                    index + 1,
                    self.names[index]
                ));
            }
            Mode::Bars { whole, runs } => {
                let one = output::show_above(whole, bar(1000));
                one.set_prefix(shortened(&self.names[index], NAME));
                one.set_message("starting");
                runs.insert(index, one);
            }
        }
    }

    /// Shows that a run continues after `epochs` epochs, which were trained before.
    pub fn resume(&mut self, index: usize, epochs: usize) {
        self.begun.insert(index, (Instant::now(), epochs as f64));
        self.progress(index, epochs as f64, None);
    }

    /// Shows the progress of a run, in epochs.
    pub fn progress(&mut self, index: usize, epochs: f64, loss: Option<f64>) {
        let all = self.epochs[index];
        let part = &mut self.parts[index];
        part.done = (epochs / all.max(1) as f64).min(1.0);
        if let Some((since, before)) = self.begun.get(&index)
            && since.elapsed() > ENOUGH
        {
            part.whole = whole(epochs - before, since.elapsed(), all).or(part.whole);
        }
        let Mode::Bars { runs, .. } = &self.mode else { return };
        if let Some(one) = runs.get(&index) {
            one.set_position((1000.0 * self.parts[index].done) as u64);
            let epoch = epoch_of(epochs, loss.is_some()).min(all);
            let loss = loss.map_or(String::new(), |loss| format!("  loss {}", decimals(loss)));
            one.set_message(format!("epoch {epoch:>2}/{all}{loss}"));
        }
    }

    /// Removes the bar of a run whose process has ended.
    pub fn end(&mut self, index: usize) {
        let part = &mut self.parts[index];
        part.trains = false;
        // However short its training was, it tells the pace of the others.
        if let Some((since, before)) = self.begun.remove(&index) {
            let all = self.epochs[index];
            part.whole =
                whole(part.done * all as f64 - before, since.elapsed(), all).or(part.whole);
        }
        if let Mode::Bars { runs, .. } = &mut self.mode
            && let Some(one) = runs.remove(&index)
        {
            output::remove(&one);
        }
    }

    /// Marks a run as over, successful or not.
    pub fn done(&mut self, index: usize) {
        self.parts[index].done = 1.0;
        self.over[index] = true;
    }

    /// Updates the bar for the whole.
    pub fn tick(&mut self, runs: &Runs<'_>) {
        if self.drawn.elapsed() < Duration::from_millis(250) {
            return;
        }
        self.drawn = Instant::now();
        let Mode::Bars { whole, .. } = &self.mode else { return };
        let (queued, elsewhere) = (runs.queued().count(), runs.elsewhere().collect::<Vec<_>>());
        let over = self.over.iter().filter(|over| **over).count();
        whole.set_position(over as u64);
        whole.set_prefix(format!("{over} of {} runs", self.names.len()));
        let left = left(&self.parts, &elsewhere, self.threads);
        let elsewhere = match elsewhere.len() {
            0 => String::new(),
            count => format!(", {count} trained by another process"),
        };
        whole.set_message(format!("{queued} to start{elsewhere}{left}"));
    }

    /// Prints a line about a run.
    pub fn line(&self, index: usize, text: &str) {
        output::note(format!("{}: {text}", self.names[index]));
    }

    /// Prints a warning about a run.
    pub fn warn_of(&self, index: usize, text: &impl fmt::Display) {
        output::warn(format!("{}: {text}", self.names[index]));
    }

    /// Prints a warning about the sweep, once for each text.
    pub fn warn(&mut self, warning: String) {
        if !self.warned.contains(&warning) {
            output::warn(&warning);
            self.warned.insert(warning);
        }
    }

    /// Removes all bars.
    pub fn finish(&self) {
        if let Mode::Bars { whole, runs } = &self.mode {
            runs.values().chain([whole]).for_each(output::remove);
        }
    }
}

/// Returns the seconds of a whole training of `all` epochs at the pace of those that took `time`, if any.
fn whole(epochs: f64, time: Duration, all: usize) -> Option<f64> {
    // Less is a rounding error.
    (epochs > 1e-6).then(|| time.as_secs_f64() / epochs * all as f64)
}

/// Describes the time left for a sweep; empty while nothing trains. Without measurements, the estimate of a
/// run on `threads` threads counts.
fn left(parts: &[Part], elsewhere: &[usize], threads: usize) -> String {
    let mut parts = parts.to_vec();
    for index in elsewhere {
        parts[*index].trains = true;
    }
    let seconds = seconds_left(&parts, Some(1.0 / threads.max(1) as f64));
    seconds.map_or_else(String::new, |seconds| format!(", {} left", duration(seconds)))
}

/// Returns the epoch to show after `epochs` epochs: the current one or, beside a loss, the one that the loss
/// is from, which may just have ended.
fn epoch_of(epochs: f64, with_loss: bool) -> usize {
    if with_loss { (epochs.ceil() as usize).max(1) } else { epochs as usize + 1 }
}

fn bar(length: u64) -> ProgressBar {
    let template = format!("{{prefix:<{NAME}}} {{bar:16.cyan/blue}} {{percent:>3}}%  {{wide_msg}}");
    ProgressBar::new(length).with_style(output::style(&template))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_shown_with_its_own_epoch() {
        assert_eq!([0.0, 4.0].map(|epochs| epoch_of(epochs, false)), [1, 5]);
        assert_eq!([0.0, 0.25, 1.0, 1.25].map(|epochs| epoch_of(epochs, true)), [1, 1, 1, 2]);
    }

    #[test]
    fn the_time_left_is_that_of_the_training_runs_wherever_they_train() {
        let new = Part { work: 60.0, done: 0.0, whole: None, trains: false };
        let half = Part { done: 0.5, whole: Some(120.0), trains: true, ..new };
        let over = Part { done: 1.0, ..new };
        assert_eq!(left(&[over, half, new, new], &[], 1), ", 5m 00s left");
        assert_eq!(left(&[over, half, new, new], &[2], 1), ", 2m 30s left");
        let first = Part { trains: true, ..new };
        assert_eq!(left(&[first, new], &[], 2), ", 1m 00s left", "by the estimate");
        assert_eq!(left(&[over, new], &[], 1), "", "nothing trains");
        assert_eq!(whole(2.0, Duration::from_secs(10), 10), Some(50.0));
        assert_eq!(whole(0.0, Duration::from_secs(10), 10), None);
    }
}
