//! How a training looks in a terminal, and how it reads in a file.

use super::{output, sweep::Voice, text::losses};
use crate::{
    spec::{
        Metric,
        words::{decimals, duration},
    },
    sweep::protocol::Event,
    train::{EpochMetrics, Progress},
};
use indicatif::ProgressBar;
use std::time::{Duration, Instant};

/// Shows a training as it goes: a bar in a terminal, a line an epoch without one.
#[derive(Debug)]
pub struct Display {
    mode: Mode,
    epochs: usize,
    started: Instant,
    /// Images since `started`: of this process only, a resumed run has done more before.
    pictures: u64,
    /// Images of the whole training that were still to come at `started`.
    to_come: u64,
}

/// Where to show a training.
#[derive(Debug, Clone)]
pub enum Show {
    /// Nowhere.
    Quiet,
    /// On the screen.
    Screen,
    /// In the process of the sweep that it belongs to.
    Sweep(Voice),
}

#[derive(Debug)]
enum Mode {
    Quiet,
    Lines,
    Bar(ProgressBar),
    Sweep(Voice),
}

impl Display {
    /// A display for a training of `epochs` epochs over `pictures` images, `done` images of
    /// which are already trained on, over all epochs.
    pub fn new(show: &Show, epochs: usize, pictures: usize, done: u64) -> Self {
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        let mode = match (show, terminal) {
            (Show::Quiet, _) => Mode::Quiet,
            (Show::Screen, false) => Mode::Lines,
            (Show::Screen, true) => Mode::Bar(bar(pictures as u64, done, epochs)),
            (Show::Sweep(voice), _) => Mode::Sweep(voice.clone()),
        };
        let to_come = (epochs as u64 * pictures as u64).saturating_sub(done);
        Self { mode, epochs, started: Instant::now(), pictures: 0, to_come }
    }

    /// A step is done.
    pub fn step(&mut self, progress: Progress) {
        self.pictures += progress.pictures as u64;
        if let Mode::Sweep(voice) = &self.mode {
            let part = progress.batch as f64 / progress.batches.max(1) as f64;
            voice.progress(progress.epoch as f64 + part, progress.loss);
        }
        let Mode::Bar(bar) = &self.mode else { return };
        let last = progress.batch == progress.batches;
        let position = if last {
            bar.length().unwrap_or_default()
        } else {
            // All batches but the last are of one size.
            (progress.batch * progress.pictures) as u64
        };
        bar.set_position(position);
        bar.set_prefix(format!("epoch {:>2}/{}", progress.epoch + 1, self.epochs));
        bar.set_message(format!(
            "loss {}  {:.0} img/s  {} left",
            decimals(progress.loss, 4),
            self.rate(),
            duration(self.remaining())
        ));
    }

    /// Validation has begun.
    pub fn validating(&self) {
        if let Mode::Bar(bar) = &self.mode {
            bar.set_message("validating");
        }
    }

    /// An epoch is done, over so many images.
    pub fn epoch(&self, metrics: &EpochMetrics, took: Duration, trained: usize) {
        let [loss, val_loss] = [Metric::Loss, Metric::ValLoss].map(|metric| metrics.value(metric));
        if let Mode::Sweep(voice) = &self.mode {
            voice.say(&Event::Epoch { epoch: metrics.epoch, loss, val_loss });
        }
        self.line(&format!(
            "epoch {:>w$}/{}{}  {:.1} s  {:.0} img/s",
            metrics.epoch,
            self.epochs,
            losses(loss, val_loss),
            took.as_secs_f64(),
            trained as f64 / took.as_secs_f64().max(1e-6),
            w = self.epochs.to_string().len()
        ));
    }

    /// Training begins, or goes on after so many epochs, in this folder.
    pub fn started(&self, folder: &str, epoch: usize) {
        if let Mode::Sweep(voice) = &self.mode {
            voice.say(&Event::Started { folder: folder.to_owned(), epoch });
        }
    }

    /// Something is not as it should be, but training goes on.
    pub fn warn(&self, text: &str) {
        match &self.mode {
            Mode::Sweep(voice) => voice.say(&Event::Warning { text: text.to_owned() }),
            _ => self.line(&format!("warning: {text}")),
        }
    }

    /// Prints a line that stays, also where a sweep shows the training.
    pub fn remark(&self, text: &str) {
        match &self.mode {
            Mode::Sweep(voice) => voice.say(&Event::Remark { text: text.to_owned() }),
            _ => self.line(text),
        }
    }

    /// Prints a line that stays.
    pub fn line(&self, text: &str) {
        match &self.mode {
            Mode::Quiet | Mode::Sweep(_) => {}
            Mode::Lines | Mode::Bar(_) => output::note(text),
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Mode::Bar(bar) = &self.mode {
            output::remove(bar);
        }
    }

    /// Images a second since the start.
    fn rate(&self) -> f64 {
        self.pictures as f64 / self.started.elapsed().as_secs_f64().max(1e-6)
    }

    /// In seconds.
    fn remaining(&self) -> f64 {
        let left = self.to_come.saturating_sub(self.pictures) as f64;
        left / self.rate().max(1e-6)
    }
}

fn bar(pictures: u64, done: u64, epochs: usize) -> ProgressBar {
    let bar = output::show(ProgressBar::new(pictures));
    bar.set_prefix(format!(
        "epoch {:>2}/{epochs}",
        (done / pictures.max(1) + 1).min(epochs as u64)
    ));
    let style = output::style("{prefix} {bar:20.cyan/blue} {percent:>3}%  {wide_msg}");
    bar.set_style(style.progress_chars("━╸─"));
    bar
}
