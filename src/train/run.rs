//! The training loop.

use super::{
    epoch_metrics::EpochMetrics,
    observer::{Divergence, Observer, Outcome, Progress},
    order::order,
    session::{Session, TrainError},
};
use crate::spec::Metric;
use std::time::Instant;

/// Steps whose losses have not been accounted for yet.
#[derive(Default)]
struct Unsettled {
    /// The number of images of each step.
    images: Vec<usize>,
    /// A buffer for the losses read from the engine.
    losses: Vec<f64>,
}

/// What the validation of an epoch found.
enum Validation {
    /// The epoch's metrics.
    Done(EpochMetrics),
    /// A loss that is not finite, which ends the training with this outcome.
    Diverged(Outcome),
}

impl Session<'_> {
    /// Trains until all epochs are done, early stopping triggers, the observer asks to stop, or the training
    /// diverges.
    ///
    /// # Errors
    /// When the observer or the network fails.
    pub fn run(&mut self, observer: &mut dyn Observer) -> Result<Outcome, TrainError> {
        while self.state.goes_on(self.experiment.train.epochs) {
            if let Some(outcome) = self.epoch(observer)? {
                return Ok(outcome);
            }
        }
        Ok(if self.state.early.stopped { Outcome::StoppedEarly } else { Outcome::Finished })
    }

    /// Trains the rest of the current epoch; an outcome ends the training.
    fn epoch(&mut self, observer: &mut dyn Observer) -> Result<Option<Outcome>, TrainError> {
        let started = Instant::now();
        let spec = &self.experiment.train;
        let epoch = self.state.epoch;
        let seed = self.experiment.meta.seed;
        let order = order(self.train.len(), spec.shuffle, seed, epoch);
        let batches = spec.steps_per_epoch(order.len());
        let mut trained = 0;
        let mut unsettled = Unsettled::default();
        for batch in order.chunks(spec.batch_size).skip(self.state.batch) {
            let step = self.state.step + unsettled.images.len() as u64;
            let rate = self.schedule.rate(step, &self.state.schedule);
            self.engine.step(batch, epoch, rate)?;
            unsettled.images.push(batch.len());
            trained += batch.len();
            let last = self.state.batch + unsettled.images.len() == batches;
            if (last || self.engine.has_losses())
                && let Some(diverged) = self.settle(&mut unsettled, batches, observer)?
            {
                return Ok(Some(diverged));
            }
            // After the last batch, the end of the epoch saves anyway.
            if !last {
                let stop = observer.should_stop();
                if stop || observer.wants_checkpoint() {
                    if let Some(diverged) = self.settle(&mut unsettled, batches, observer)? {
                        return Ok(Some(diverged));
                    }
                    observer.on_checkpoint(self.snapshot()?, false, false)?;
                }
                if stop {
                    return Ok(Some(Outcome::Interrupted));
                }
            }
        }
        observer.on_validation();
        let metrics = match self.validate()? {
            Validation::Done(metrics) => metrics,
            Validation::Diverged(outcome) => return Ok(Some(outcome)),
        };
        let best = self.end_epoch(&metrics);
        observer.on_epoch(&metrics, started.elapsed(), trained)?;
        observer.on_checkpoint(self.snapshot()?, best, true)?;
        let more = self.state.goes_on(spec.epochs);
        Ok((more && observer.should_stop()).then_some(Outcome::Interrupted))
    }

    /// Reads the losses of unsettled steps and accounts for them. The first loss that is not finite ends the
    /// training, at its own step.
    fn settle(
        &mut self,
        Unsettled { images, losses }: &mut Unsettled,
        batches: usize,
        observer: &mut dyn Observer,
    ) -> Result<Option<Outcome>, TrainError> {
        self.engine.losses(losses)?;
        for (loss, images) in losses.drain(..).zip(images.drain(..)) {
            self.state.step += 1;
            if !loss.is_finite() {
                return Ok(Some(self.diverged(Metric::Loss, loss / images as f64)));
            }
            self.state.batch += 1;
            self.state.loss_sum += loss;
            self.state.loss_count += images as u64;
            observer.on_step(Progress {
                epoch: self.state.epoch,
                batch: self.state.batch,
                batches,
                images,
                loss: self.state.loss_sum / self.state.loss_count as f64,
            });
        }
        Ok(None)
    }

    /// Validates after the last batch of an epoch.
    fn validate(&self) -> Result<Validation, TrainError> {
        let result = self.inference().evaluate(&self.validation, &self.loss)?;
        let loss = self.state.loss_sum / self.state.loss_count as f64;
        let value = |metric| match metric {
            Metric::Loss => loss,
            Metric::ValLoss => result.loss,
            Metric::ValMse => result.quality.mse,
            Metric::ValMae => result.quality.mae,
            Metric::ValPsnr => result.quality.psnr,
            Metric::ValSsim => result.quality.ssim,
        };
        if !result.loss.is_finite() {
            return Ok(Validation::Diverged(self.diverged(Metric::ValLoss, result.loss)));
        }
        Ok(Validation::Done(EpochMetrics {
            epoch: self.state.epoch + 1,
            step: self.state.step,
            values: Metric::ALL
                .into_iter()
                .map(|metric| (metric, value(metric)))
                .filter(|(_, value)| value.is_finite())
                .collect(),
            learning_rate: Some(self.schedule.rate(self.state.step - 1, &self.state.schedule)),
        }))
    }

    /// Advances the state past the epoch; returns whether it is the best so far.
    fn end_epoch(&mut self, metrics: &EpochMetrics) -> bool {
        let spec = &self.experiment.train;
        let epoch = metrics.epoch;
        let value = |metric: Metric| metrics.value(metric).unwrap_or(f64::NAN);
        self.state.epoch = metrics.epoch;
        self.state.batch = 0;
        self.state.loss_sum = 0.0;
        self.state.loss_count = 0;
        if let Some(metric) = self.schedule.metric() {
            self.schedule.end_of_epoch(&mut self.state.schedule, epoch, value(metric));
        }
        if let Some(stopping) = &spec.early_stopping {
            self.state.early.end_of_epoch(stopping, epoch, value(stopping.metric));
        }
        let metric = spec.checkpoint.metric;
        self.state.best.offer(metric.mode(), 0.0, epoch, value(metric))
    }

    fn diverged(&self, metric: Metric, value: f64) -> Outcome {
        let (step, epoch) = (self.state.step, self.state.epoch + 1);
        Outcome::Diverged(Divergence { metric, value, step, epoch })
    }
}
