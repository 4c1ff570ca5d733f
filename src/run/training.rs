//! Trains one run, from its plan to its end.

use super::{
    Ended, Error, Identities, Monitor, Result, Trial, Verdict,
    continued::Start,
    recorder::Recorder,
    results,
    workplace::{DataCache, kernels, shapes},
};
use crate::{
    data::Dataset,
    device::{self, Target},
    nn::{self, Network},
    plan::Plan,
    record::{self, NewRun, Opened, RunFolder, RunInfo, Status, checkpoint},
    spec::Metric,
    train::{Divergence, Engine, HostEngine, Outcome, Samples, Session, TrainState},
    words::thousands,
};

/// How reproducible a training on the CPU is.
const ON_CPU: &str = "to the bit with the same kernels, whatever the number of threads and resumes";
/// How reproducible a training on a GPU is expected to be: the dfdx kernels in use add in a fixed order, and
/// cuBLAS documents the same. `make test-cuda` checks it.
const ON_GPU: &str = "expected to the bit with the same build of runner on the same model of GPU with the same \
                      driver and cuBLAS, whatever the number of resumes";

impl Trial<'_> {
    /// Trains or resumes the run, unless it is complete. A run that was stopped, or whose process was killed,
    /// is resumed from its checkpoint when this is called again.
    ///
    /// # Errors
    /// When the run cannot be trained. Errors that occur once it has a folder are also recorded in its
    /// `run.json`.
    pub fn run(&self, cache: &mut DataCache, monitor: &mut dyn Monitor) -> Result<Ended> {
        let experiment = &self.plan.point.experiment;
        let dataset = self.workplace.pool.install(|| cache.load(&experiment.data))?;
        let info = self.info(&dataset)?;
        if self.planned.is_some_and(|planned| planned != info.identity) {
            let changed = match experiment.model.init() {
                Some(_) => "the images or the initial weights",
                None => "the images",
            };
            return Err(Error::Changed { changed });
        }
        let files = [
            (record::EXPERIMENT, self.text),
            (record::RESOLVED, &experiment.to_toml()),
            (record::MODEL, &self.plan.arch.table()),
        ];
        let result_files = results::files(self.plan);
        let (runs_dir, files, result_files) = (self.runs_dir, &files, &result_files);
        let new = NewRun { runs_dir, info: info.clone(), files, result_files };
        let (mut start, mut folder) = match RunFolder::open_or_create(&new, self.force)? {
            Opened::Completed(folder, info) => return Ok(Ended { folder, info, skipped: true }),
            Opened::New(mut folder) => (self.beginning(&mut folder, &info)?, folder),
            Opened::Existing(mut folder) => (self.continued(&mut folder, &new)?, folder),
        };
        if self.target != Target::Cpu {
            start.warnings.extend(device::precision_warnings());
        }
        self.train(&mut folder, &start, &dataset, monitor)
            .map_err(|error| error.recorded_in(&mut folder))?;
        Ok(Ended { folder: folder.path().to_owned(), info: folder.info().clone(), skipped: false })
    }

    fn info(&self, dataset: &Dataset) -> Result<RunInfo> {
        let experiment = &self.plan.point.experiment;
        let identity = Identities::default().of(experiment, &dataset.digest)?;
        let mut info = RunInfo::new(self.plan.name(), identity);
        info.description.clone_from(&experiment.meta.description);
        info.device = self.target.to_string();
        info.shapes = shapes(self.plan);
        info.threads = self.workplace.pool.current_num_threads();
        info.kernels = kernels(experiment, self.target, self.workplace.family)?;
        let promise = if self.target == Target::Cpu { ON_CPU } else { ON_GPU };
        promise.clone_into(&mut info.reproducible);
        info.seed = experiment.meta.seed;
        experiment.data.dataset.name().clone_into(&mut info.dataset);
        info.data_digest.clone_from(&dataset.digest);
        info.parameters = self.plan.arch.parameter_count();
        Ok(info)
    }

    fn train(
        &self,
        folder: &mut RunFolder,
        start: &Start,
        dataset: &Dataset,
        monitor: &mut dyn Monitor,
    ) -> Result<()> {
        let Plan { arch, point } = self.plan;
        let (experiment, seed) = (&point.experiment, point.experiment.meta.seed);
        let training = Samples::for_training(&dataset.train, &experiment.task, seed);
        let validation = Samples::for_testing(dataset.validation(), &experiment.task, seed);
        results::diagram(folder, self.plan.name(), arch)?;
        let mut network = None;
        let engine = self.engine(&mut network, training)?;
        let mut session = Session::new(experiment, arch, engine, training, validation)?;
        match (&start.snapshot, experiment.model.init()) {
            (Some(snapshot), _) => session.resume(snapshot)?,
            (None, Some(path)) => {
                session.load_weights(&checkpoint::load_weights(path, &arch.parameters())?)?;
            }
            (None, None) => {}
        }
        let (outcome, verdict) = self.learn(folder, &mut session, dataset, start, monitor)?;
        if matches!(outcome, Outcome::Finished | Outcome::StoppedEarly) {
            let produce = || results::produce(folder, &mut session, self.plan, dataset);
            self.workplace.pool.install(produce)?;
        }
        let steps = experiment.train.steps_per_epoch(dataset.train.len());
        self.close(folder, &outcome, verdict, (session.state(), steps))
    }

    /// Creates the engine that takes the steps; on the CPU, its network is stored in `network`.
    fn engine<'e>(
        &'e self,
        network: &'e mut Option<Box<dyn Network>>,
        training: Samples<'e>,
    ) -> Result<Box<dyn Engine + 'e>> {
        let Plan { arch, point } = self.plan;
        if let Target::Gpu(ordinal) = self.target {
            let engine = || device::gpu_engine(ordinal, &point.experiment, arch, training);
            return Ok(self.workplace.pool.install(engine)?);
        }
        let network = network.insert(nn::build(arch, self.workplace.family)?);
        Ok(Box::new(HostEngine::new(&point.experiment, arch, &mut **network, training)?))
    }

    /// Trains to the end, or until asked to stop, and records the progress.
    fn learn(
        &self,
        folder: &mut RunFolder,
        session: &mut Session<'_>,
        dataset: &Dataset,
        start: &Start,
        monitor: &mut dyn Monitor,
    ) -> Result<(Outcome, Verdict)> {
        let state = session.state();
        let mut recorder = Recorder::new(folder, self, monitor, state)?;
        if let Err(error) = recorder.begin(state, dataset, start) {
            // The first error is the one to report.
            let _ = recorder.end(state);
            return Err(error);
        }
        if state.batch == 0 {
            // An earlier process may have ended after the epoch but before the verdict.
            recorder.ask(state);
        }
        let outcome = if *recorder.verdict() == Verdict::Go {
            // The whole loop runs inside the pool, as entering it at every step costs time.
            self.workplace.pool.install(|| session.run(&mut recorder))
        } else {
            Ok(Outcome::Interrupted)
        };
        let verdict = recorder.verdict().clone();
        let kept = recorder.end(session.state());
        // If both failed, the first error is the cause.
        let outcome = outcome?;
        kept?;
        Ok((outcome, verdict))
    }

    fn close(
        &self,
        folder: &mut RunFolder,
        outcome: &Outcome,
        verdict: Verdict,
        (state, steps): (&TrainState, usize),
    ) -> Result<()> {
        let epoch = state.epoch;
        let epochs = self.plan.point.experiment.train.epochs;
        let (status, reason) = match outcome {
            Outcome::Finished if epochs == 1 => (Status::Completed, "1 epoch done".to_owned()),
            Outcome::Finished => (Status::Completed, format!("all {epochs} epochs done")),
            Outcome::StoppedEarly => {
                (Status::Completed, format!("early stopping after epoch {epoch}"))
            }
            Outcome::Interrupted if let Verdict::Prune(reason) = verdict => {
                (Status::Pruned, reason)
            }
            Outcome::Interrupted => {
                let reason = (self.stop)().unwrap_or_else(|| "interrupted".to_owned());
                let after =
                    format!(", after step {} of {}", thousands(state.batch), thousands(steps));
                let after = if state.batch > 0 { &after } else { "" };
                (Status::Interrupted, format!("{reason} in epoch {}{after}", epoch + 1))
            }
            Outcome::Diverged(Divergence { metric, value, step, epoch }) => {
                // The loss of the first step does not depend on the learning rate.
                let advice = match (*metric, step) {
                    (Metric::Loss, 1) => {
                        "the network's inputs or outputs are too large: check task.noise, model.init and train.loss"
                    }
                    _ => "try a lower learning rate",
                };
                (
                    Status::Diverged,
                    format!(
                        "{} was {value} at step {step} (epoch {epoch}); {advice}",
                        metric.name()
                    ),
                )
            }
        };
        if let Ok(log) = folder.log().as_mut() {
            // The status in `run.json` matters more than the log.
            let _ = log.line(&reason);
        }
        Ok(folder.finish(status, reason)?)
    }
}
