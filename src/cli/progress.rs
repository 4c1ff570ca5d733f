//! Displays the training of a run, in a terminal or as lines of text.

use super::{output, text::losses};
use crate::{
    run::{Extent, Level, Monitor},
    spec::Metric,
    sweep::protocol::Event,
    train::{EpochMetrics, Progress},
    words::{decimals, duration},
};
use indicatif::ProgressBar;
use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

/// Minimum time between two reports of progress to the sweep's process.
const BETWEEN_PROGRESS: Duration = Duration::from_millis(200);

/// Displays a training: a bar in a terminal, a line per epoch otherwise.
#[derive(Debug)]
pub struct TrainingProgress {
    sink: Sink,
    epochs: usize,
    started: Instant,
    /// Images trained on since `started`, by this process only.
    images: u64,
    /// Images of the whole training that remained at `started`.
    to_come: u64,
}

/// Where a training is displayed.
#[derive(Debug)]
enum Sink {
    Lines,
    Bar(ProgressBar),
    /// In the process of the sweep, which progress was last reported to at this moment.
    Sweep(Option<Instant>),
}

impl TrainingProgress {
    /// Creates a display on the screen.
    pub fn on_screen() -> Self {
        Self::new(if output::has_bars() { Sink::Bar(ProgressBar::hidden()) } else { Sink::Lines })
    }

    /// Creates a display in the process of the sweep that the run belongs to.
    pub fn in_sweep() -> Self {
        Self::new(Sink::Sweep(None))
    }

    /// Creates a display of a training that has not begun.
    fn new(sink: Sink) -> Self {
        Self { sink, epochs: 0, started: Instant::now(), images: 0, to_come: 0 }
    }

    /// Returns the images per second since the start.
    fn rate(&self) -> f64 {
        self.images as f64 / self.started.elapsed().as_secs_f64().max(1e-6)
    }

    /// Returns the estimated remaining seconds.
    fn remaining(&self) -> f64 {
        let left = self.to_come.saturating_sub(self.images) as f64;
        left / self.rate().max(1e-6)
    }
}

impl Monitor for TrainingProgress {
    fn on_start(&mut self, folder: &str, extent: &Extent<'_>) {
        let Extent { epochs, images, state } = *extent;
        let (done, all) = (extent.images_done(), epochs as u64 * images as u64);
        self.epochs = epochs;
        self.to_come = all.saturating_sub(done);
        self.started = Instant::now();
        match &mut self.sink {
            Sink::Lines => {}
            Sink::Bar(shown) => *shown = bar(images as u64, done, epochs),
            Sink::Sweep(_) => {
                report(&Event::Started { folder: folder.to_owned(), epoch: state.epoch });
            }
        }
    }

    fn on_step(&mut self, progress: Progress) {
        self.images += progress.images as u64;
        if let Sink::Sweep(last) = &mut self.sink
            && last.is_none_or(|last| last.elapsed() >= BETWEEN_PROGRESS)
        {
            *last = Some(Instant::now());
            let part = progress.batch as f64 / progress.batches.max(1) as f64;
            let epochs = progress.epoch as f64 + part;
            report(&Event::Progress { epochs, loss: progress.loss });
        }
        let Sink::Bar(bar) = &self.sink else { return };
        let last = progress.batch == progress.batches;
        let position = if last {
            bar.length().unwrap_or_default()
        } else {
            // All batches but the last have the same size.
            (progress.batch * progress.images) as u64
        };
        bar.set_position(position);
        bar.set_prefix(format!("epoch {:>2}/{}", progress.epoch + 1, self.epochs));
        bar.set_message(format!(
            "loss {}  {:.0} img/s  {} left",
            decimals(progress.loss),
            self.rate(),
            duration(self.remaining())
        ));
    }

    fn on_validation(&mut self) {
        if let Sink::Bar(bar) = &self.sink {
            bar.set_message("validating");
        }
    }

    fn on_epoch(&mut self, metrics: &EpochMetrics, took: Duration, trained: usize) {
        let [loss, val_loss] = [Metric::Loss, Metric::ValLoss].map(|metric| metrics.value(metric));
        if let Sink::Sweep(_) = &self.sink {
            report(&Event::Epoch { epoch: metrics.epoch, loss });
            return;
        }
        output::note(format!(
            "epoch {:>w$}/{}{}  {:.1} s  {:.0} img/s",
            metrics.epoch,
            self.epochs,
            losses(loss, val_loss),
            took.as_secs_f64(),
            trained as f64 / took.as_secs_f64().max(1e-6),
            w = self.epochs.to_string().len()
        ));
    }

    fn on_message(&mut self, level: Level, text: &str) {
        let owned = || text.to_owned();
        match (&self.sink, level) {
            (Sink::Sweep(_), Level::Info) => {}
            (Sink::Sweep(_), Level::Note) => report(&Event::Remark { text: owned() }),
            (Sink::Sweep(_), Level::Warning) => report(&Event::Warning { text: owned() }),
            (_, Level::Info | Level::Note) => output::note(text),
            (_, Level::Warning) => output::warn(text),
        }
    }

    fn on_end(&mut self) {
        if let Sink::Bar(bar) = &self.sink {
            output::remove(bar);
        }
    }
}

/// Reports an event to the process of the sweep that the run belongs to.
pub fn report(event: &Event) {
    let Ok(line) = serde_json::to_string(event) else { return };
    let mut out = io::stdout().lock();
    // If the sweep's process is gone, the end of its orders stops the training.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

fn bar(images: u64, done: u64, epochs: usize) -> ProgressBar {
    let bar = output::show(ProgressBar::new(images));
    bar.set_prefix(format!("epoch {:>2}/{epochs}", (done / images.max(1) + 1).min(epochs as u64)));
    bar.set_style(output::style("{prefix} {bar:20.cyan/blue} {percent:>3}%  {wide_msg}"));
    bar
}
