//! Displays the progress of a sweep: in a terminal, a bar for each active run and one for the whole;
//! otherwise, a line for each event.

use super::{prepare::Sweep, state::Run, table::Parallelism};
use crate::{
    cli::{estimate, output, text::losses},
    spec::words::{counted, decimals, duration, shortened},
};
use indicatif::ProgressBar;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Width of a run's name, so that name, bar, epoch and loss fit into 80 columns.
const NAME: usize = 28;

/// Displays a sweep in progress.
pub struct Display {
    mode: Mode,
    names: Vec<String>,
    epochs: Vec<usize>,
    /// Estimated time of each run, in seconds on one thread.
    work: Vec<f64>,
    /// Fraction of each run that is done, 0 to 1.
    parts: Vec<f64>,
    over: Vec<bool>,
    /// Work that was done before this process started.
    before: f64,
    started: Instant,
    drawn: Instant,
    threads: f64,
}

enum Mode {
    Quiet,
    Lines,
    Bars { whole: ProgressBar, runs: BTreeMap<usize, ProgressBar> },
}

impl Display {
    /// Creates a display for a sweep before any run has started.
    pub fn new(sweep: &Sweep<'_>, parallelism: Parallelism, quiet: bool) -> Self {
        let plans = &sweep.file.plans;
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let mode = match (quiet, terminal) {
            (true, _) => Mode::Quiet,
            (false, false) => Mode::Lines,
            (false, true) => {
                let whole = output::show(bar(plans.len() as u64));
                Mode::Bars { whole, runs: BTreeMap::new() }
            }
        };
        let epochs: Vec<usize> =
            plans.iter().map(|plan| plan.point.experiment.train.epochs).collect();
        let part =
            |(run, epochs): (&Run, &usize)| run.done(*epochs) as f64 / (*epochs).max(1) as f64;
        let parts: Vec<f64> = sweep.runs.iter().zip(&epochs).map(part).collect();
        let runs = plans.iter().zip(&sweep.runs);
        let work: Vec<f64> = runs.map(|(plan, run)| estimate::seconds(plan, run.counts)).collect();
        let before = parts.iter().zip(&work).map(|(part, work)| part * work).sum();
        Self {
            mode,
            names: plans.iter().map(|plan| plan.name().to_owned()).collect(),
            over: vec![false; plans.len()],
            epochs,
            work,
            parts,
            before,
            started: Instant::now(),
            drawn: Instant::now(),
            threads: parallelism.threads as f64,
        }
    }

    /// Shows that a run's process has started.
    pub fn begin(&mut self, index: usize, threads: usize) {
        let count = self.names.len();
        let threads = counted(threads, "thread");
        match &mut self.mode {
            Mode::Quiet => {}
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
        let before = self.parts[index];
        self.progress(index, epochs as f64, None);
        self.before += (self.parts[index] - before).max(0.0) * self.work[index];
    }

    /// Shows the progress of a run, in epochs.
    pub fn progress(&mut self, index: usize, epochs: f64, loss: Option<f64>) {
        let all = self.epochs[index];
        self.parts[index] = (epochs / all.max(1) as f64).min(1.0);
        let Mode::Bars { runs, .. } = &self.mode else { return };
        if let Some(one) = runs.get(&index) {
            one.set_position((1000.0 * self.parts[index]) as u64);
            let epoch = epoch_of(epochs, loss.is_some()).min(all);
            let loss = loss.map_or(String::new(), |loss| format!("  loss {}", decimals(loss, 4)));
            one.set_message(format!("epoch {epoch:>2}/{all}{loss}"));
        }
    }

    /// Shows that a run has completed an epoch.
    pub fn epoch(&mut self, index: usize, epoch: usize, loss: Option<f64>, val_loss: Option<f64>) {
        self.progress(index, epoch as f64, loss);
        if matches!(self.mode, Mode::Lines) {
            let losses = losses(loss, val_loss);
            self.line(index, &format!("epoch {epoch}/{}{losses}", self.epochs[index]));
        }
    }

    /// Removes the bar of a run whose process has ended.
    pub fn end(&mut self, index: usize) {
        if let Mode::Bars { runs, .. } = &mut self.mode
            && let Some(one) = runs.remove(&index)
        {
            output::remove(&one);
        }
    }

    /// Marks a run as over, successful or not.
    pub fn done(&mut self, index: usize) {
        if !self.over[index] && self.parts[index] < 1.0 {
            // Work of other processes must not count for the speed of this one.
            let jump = self.work[index] * (1.0 - self.parts[index]);
            if self.parts[index] == 0.0 {
                self.before += jump;
            }
            self.parts[index] = 1.0;
        }
        self.over[index] = true;
    }

    /// Updates the bar for the whole.
    pub fn tick(&mut self, queued: usize, elsewhere: usize) {
        if self.drawn.elapsed() < Duration::from_millis(250) {
            return;
        }
        self.drawn = Instant::now();
        let Mode::Bars { whole, .. } = &self.mode else { return };
        let over = self.over.iter().filter(|over| **over).count();
        whole.set_position(over as u64);
        whole.set_prefix(format!("{over} of {} runs", self.names.len()));
        let elsewhere = match elsewhere {
            0 => String::new(),
            count => format!(", {count} trained by another process"),
        };
        let left = duration(self.remaining());
        whole.set_message(format!("{queued} to start{elsewhere}, {left} left"));
    }

    /// Prints a line about a run.
    pub fn line(&self, index: usize, text: &str) {
        self.note(&format!("{}: {text}", self.names[index]));
    }

    /// Prints a line about the sweep.
    pub fn note(&self, line: &str) {
        match &self.mode {
            Mode::Quiet => {}
            Mode::Lines | Mode::Bars { .. } => output::note(line),
        }
    }

    /// Removes all bars.
    pub fn finish(&self) {
        if let Mode::Bars { whole, runs } = &self.mode {
            runs.values().chain([whole]).for_each(output::remove);
        }
    }

    /// Estimates the remaining seconds from the speed so far.
    fn remaining(&self) -> f64 {
        let done: f64 = self.parts.iter().zip(&self.work).map(|(part, work)| part * work).sum();
        let all: f64 = self.work.iter().sum();
        let elapsed = self.started.elapsed().as_secs_f64();
        let fresh = done - self.before;
        // In the first seconds, there is only the estimate.
        let speed = if elapsed > 3.0 && fresh > 0.0 { fresh / elapsed } else { self.threads };
        ((all - done) / speed).max(0.0)
    }
}

/// Returns the epoch to show after `epochs` epochs: the current one or, beside a loss, the one that the loss
/// is from, which may just have ended.
fn epoch_of(epochs: f64, with_loss: bool) -> usize {
    if with_loss { (epochs.ceil() as usize).max(1) } else { epochs as usize + 1 }
}

fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    let template = format!("{{prefix:<{NAME}}} {{bar:16.cyan/blue}} {{percent:>3}}%  {{wide_msg}}");
    let style = output::style(&template);
    bar.set_style(style.progress_chars("━╸─"));
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_shown_with_its_own_epoch() {
        assert_eq!([0.0, 4.0].map(|epochs| epoch_of(epochs, false)), [1, 5]);
        assert_eq!([0.0, 0.25, 1.0, 1.25].map(|epochs| epoch_of(epochs, true)), [1, 1, 1, 2]);
    }
}
