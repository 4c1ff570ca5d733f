//! Connects a training to its run's folder and its monitor.

use super::{
    Extent, Level, Monitor, Result, Trial, Verdict,
    continued::Start,
    results,
    saving::{Pending, Saving},
};
use crate::{
    data::Dataset,
    record::{
        self, Checkpoint, Log, METRICS, MetricsFile, RunFolder, Status, TIMINGS, Timing,
        TimingsFile, tensorboard::EventFile,
    },
    spec::{Experiment, Metric},
    train::{EpochMetrics, Observer, Progress, Snapshot, TrainState},
    words::{counted, figure, thousands},
};
use std::{
    io, mem,
    time::{Duration, Instant},
};

/// Time between checkpoints within an epoch: the most training that a power cut can cost.
const BETWEEN_CHECKPOINTS: Duration = Duration::from_secs(30);

/// Records a training in its folder and reports it to the monitor.
pub struct Recorder<'a> {
    folder: &'a mut RunFolder,
    experiment: &'a Experiment,
    trial: &'a Trial<'a>,
    monitor: &'a mut dyn Monitor,
    /// The last verdict of the trial's pruner.
    verdict: Verdict,
    metrics: MetricsFile,
    timings: TimingsFile,
    events: Option<EventFile>,
    log: Log,
    /// The time up to which training is counted in `run.json`.
    counted_until: Instant,
    /// When the current epoch was started or resumed.
    epoch_began: Instant,
    /// Seconds that earlier processes spent on that epoch.
    epoch_before: f64,
    saved: Instant,
    pending: Option<Pending>,
    /// Why a checkpoint was not written, until it can be returned to the training.
    failed: Option<record::Error>,
}

impl<'a> Recorder<'a> {
    /// Opens the run's files to continue a training at `state`.
    pub fn new(
        folder: &'a mut RunFolder,
        trial: &'a Trial<'_>,
        monitor: &'a mut dyn Monitor,
        state: &TrainState,
    ) -> Result<Self> {
        let experiment = &trial.plan.point.experiment;
        let now = Instant::now();
        let metrics = MetricsFile::open(&folder.file(METRICS), state.epoch)?;
        let timings = TimingsFile::open(&folder.file(TIMINGS), state.epoch)?;
        // Opened after the tables have been cut to the epochs of the checkpoint.
        let open = || EventFile::open(folder.path(), folder.info());
        let events = experiment.log.tensorboard.then(open).transpose()?;
        let before = folder.info().epoch_seconds.filter(|_| state.batch > 0);
        Ok(Self {
            metrics,
            timings,
            events,
            log: folder.log()?,
            folder,
            experiment,
            trial,
            monitor,
            verdict: Verdict::Go,
            counted_until: now,
            epoch_began: now,
            epoch_before: before.unwrap_or(0.0),
            saved: now,
            pending: None,
            failed: None,
        })
    }

    /// Reports to the monitor and the log where the training starts and why, with all warnings.
    pub fn begin(&mut self, state: &TrainState, dataset: &Dataset, start: &Start) -> Result<()> {
        let info = self.folder.info();
        let verb = match (state.epoch, state.batch) {
            (0, 0) => "training".to_owned(),
            (epoch, _) if !state.goes_on(self.experiment.train.epochs) => {
                // A run that takes over another's training has had none.
                let making = if info.status == Status::Running { "making" } else { "rebuilding" };
                format!("already trained for {}; {making} its results", counted(epoch, "epoch"))
            }
            (epoch, 0) => format!("continuing after epoch {epoch}"),
            (epoch, batch) => format!("continuing in epoch {}, after batch {batch}", epoch + 1),
        };
        let line = format!(
            "{verb}: {} in {}; {} + {} images, {} parameters, {} shapes, {}, {} kernels",
            info.name,
            self.folder.path().display(),
            thousands(dataset.train.len()),
            thousands(dataset.validation().len()),
            thousands(info.parameters),
            info.shapes,
            counted(info.threads, "thread"),
            info.kernels,
        );
        let folder = record::read::name_of(self.folder.path());
        let (epochs, images) = (self.experiment.train.epochs, dataset.train.len());
        self.monitor.on_start(&folder, &Extent { epochs, images, state });
        for note in &start.notes {
            self.report(Level::Note, note)?;
        }
        self.report(Level::Info, &line)?;
        let warmup = self.experiment.train.endless_warmup(dataset.train.len());
        let timings = self.timings.warning();
        let probe = results::finals::without_classes(self.experiment, dataset);
        let others = dataset.warnings.iter().chain(&warmup).chain(&timings).chain(&probe);
        for warning in start.warnings.iter().chain(others) {
            self.report(Level::Warning, warning)?;
        }
        Ok(())
    }

    fn report(&mut self, level: Level, text: &str) -> record::Result<()> {
        self.monitor.on_message(level, text);
        let warning = if level == Level::Warning { "warning: " } else { "" };
        self.log.line(&format!("{warning}{text}"))
    }

    /// Asks the pruner whether to continue, if an epoch has just ended at `state` and more are to come.
    pub fn ask(&mut self, state: &TrainState) {
        if let Some(pruner) = self.trial.pruner
            && state.epoch > 0
            && state.goes_on(self.experiment.train.epochs)
        {
            self.verdict = pruner(state.epoch);
        }
    }

    /// Returns the last verdict of the run's pruner.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Waits until everything is written, and updates `run.json` for a training that ends at `state`.
    pub fn end(mut self, state: &TrainState) -> record::Result<()> {
        let settled = self.settle();
        self.monitor.on_end();
        settled?;
        let seconds = self.counted_until.elapsed().as_secs_f64();
        let of_epoch = self.epoch_before + self.epoch_began.elapsed().as_secs_f64();
        self.folder.update(|info| {
            info.seconds += seconds;
            if state.batch > 0 {
                info.epoch_seconds = Some(of_epoch);
                info.step = state.step;
            } else {
                // Also needed if an earlier process ended after its checkpoint but before `run.json`.
                info.stands_at(state, self.experiment.train.checkpoint.metric);
            }
        })
    }

    fn keep(
        &mut self,
        metrics: &EpochMetrics,
        took: Duration,
        trained: usize,
    ) -> record::Result<()> {
        let took = took.as_secs_f64();
        let seconds = mem::take(&mut self.epoch_before) + took;
        self.epoch_began = Instant::now();
        self.metrics.append(metrics)?;
        self.timings.append(&Timing {
            epoch: metrics.epoch,
            seconds,
            images_per_second: trained as f64 / took,
            peak_memory_mib: record::timings::peak_memory_mib(),
        })?;
        if let Some(events) = &mut self.events {
            events.append(metrics, seconds)?;
        }
        let values: Vec<String> = Metric::ALL
            .into_iter()
            .filter_map(|metric| Some((metric.name(), metrics.value(metric)?)))
            .map(|(name, value)| format!("{name} {}", figure(value)))
            .collect();
        self.log.line(&format!("epoch {} done: {}", metrics.epoch, values.join(", ")))
    }

    fn save(&mut self, snapshot: Snapshot, best: bool, epoch_done: bool) -> record::Result<()> {
        self.settle()?;
        let saving = Saving {
            run: self.folder.path().to_owned(),
            checkpoint: Checkpoint { identity: self.folder.info().identity.clone(), snapshot },
            best,
            epoch_done,
            spec: self.experiment.train.checkpoint.clone(),
        };
        self.pending = Some(saving.begin()?);
        self.saved = Instant::now();
        // The verdict about the next epoch needs the checkpoint to be saved.
        if self.trial.pruner.is_some() { self.settle() } else { Ok(()) }
    }

    /// Waits until the last checkpoint is written, and updates `run.json` if it ends an epoch.
    fn settle(&mut self) -> record::Result<()> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        let Saving { checkpoint, epoch_done, spec, .. } = pending.wait()?;
        if !epoch_done {
            return Ok(());
        }
        let state = checkpoint.snapshot.state;
        let seconds = self.counted_until.elapsed().as_secs_f64();
        self.counted_until = Instant::now();
        self.folder.update(|info| {
            info.seconds += seconds;
            info.stands_at(&state, spec.metric);
        })?;
        // If the run stops anyway, the pruner is asked when it is resumed.
        if (self.trial.stop)().is_none() {
            self.ask(&state);
        }
        Ok(())
    }
}

impl Observer for Recorder<'_> {
    fn on_step(&mut self, progress: Progress) {
        self.monitor.on_step(progress);
        if self.pending.as_ref().is_some_and(Pending::is_done) {
            self.failed = self.settle().err();
        }
    }

    fn on_validation(&mut self) {
        self.monitor.on_validation();
    }

    fn on_epoch(
        &mut self,
        metrics: &EpochMetrics,
        took: Duration,
        trained: usize,
    ) -> io::Result<()> {
        self.keep(metrics, took, trained).map_err(io::Error::other)?;
        self.monitor.on_epoch(metrics, took, trained);
        Ok(())
    }

    fn on_checkpoint(
        &mut self,
        snapshot: Snapshot,
        best: bool,
        epoch_done: bool,
    ) -> io::Result<()> {
        let failed = self.failed.take().map_or(Ok(()), Err);
        failed.and_then(|()| self.save(snapshot, best, epoch_done)).map_err(io::Error::other)
    }

    fn wants_checkpoint(&self) -> bool {
        self.failed.is_some()
            || (self.pending.is_none() && self.saved.elapsed() > BETWEEN_CHECKPOINTS)
    }

    fn should_stop(&self) -> bool {
        self.verdict != Verdict::Go || (self.trial.stop)().is_some()
    }
}
