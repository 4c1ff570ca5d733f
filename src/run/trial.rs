//! One run, from its plan to its end.

use super::{
    continued::Start,
    recorder::Recorder,
    results,
    workplace::{DataCache, Workplace, kernels},
};
use crate::{
    cli::{
        exit::{Exit, Failure, Result},
        load::{Identities, shapes},
        progress::{Display, Show},
        signals::{STOP, Signals},
        sweep::Gate,
    },
    data::Dataset,
    device::{self, Target},
    nn::{self, Network},
    plan::Plan,
    record::{self, NewRun, Opened, RunFolder, RunInfo, Status, checkpoint},
    summary,
    train::{Divergence, Engine, HostEngine, Outcome, Samples, Session},
};
use std::path::{Path, PathBuf};

/// What a training on the CPU promises.
const ON_CPU: &str = "to the bit with the same kernels, whatever the number of threads and resumes";
/// What is to be expected of a training on a GPU: dfdx's kernels that are used add in a fixed order, and
/// cuBLAS says so of its own. `make test-cuda` looks whether it is so.
const ON_GPU: &str = "expected to the bit on the same model of GPU with the same driver and cuBLAS, whatever \
                      the number of resumes";

/// A run that is to be trained if it is not yet.
pub struct Trial<'a> {
    /// The experiment file as given.
    pub text: &'a str,
    /// What is to be trained.
    pub plan: &'a Plan,
    /// Where its folder goes.
    pub runs_dir: &'a Path,
    /// The folder of runs around that, where it is a sweep's.
    pub around: Option<&'a Path>,
    /// For how many epochs the runs there may have been planned; without it their own files tell.
    pub lengths: Option<&'a [usize]>,
    /// What it computes with.
    pub workplace: &'a Workplace,
    /// Where it computes.
    pub target: Target,
    /// Who may stop it.
    pub signals: &'a Signals,
    /// Train anew beside what is there.
    pub force: bool,
    /// Where it is shown while it runs.
    pub show: Show,
    /// Who may say at the end of an epoch that it is hopeless.
    pub gate: Option<&'a Gate>,
}

/// How a trial ended.
#[derive(Debug)]
pub struct Ended {
    /// The run's folder.
    pub folder: PathBuf,
    /// What its `run.json` says.
    pub info: RunInfo,
    /// Whether it was complete before and nothing was done.
    pub skipped: bool,
}

impl Ended {
    /// The status to exit with if this is the only run.
    pub fn exit(&self) -> Exit {
        match self.info.status {
            Status::Diverged => Exit::Diverged,
            Status::Failed => Exit::Failed,
            // A pruned run has done what its sweep wanted of it.
            _ => Exit::Done,
        }
    }
}

impl Trial<'_> {
    /// Trains the run, or continues it, or finds it complete.
    pub fn run(&self, cache: &mut DataCache) -> Result<Ended> {
        let experiment = &self.plan.point.experiment;
        let dataset = self.workplace.pool.install(|| cache.load(&experiment.data))?;
        let info = self.info(&dataset)?;
        let files = [
            (record::EXPERIMENT, self.text),
            (record::RESOLVED, &experiment.to_toml()),
            (record::MODEL, &summary::table(&self.plan.arch)),
        ];
        let new = NewRun { runs_dir: self.runs_dir, info: info.clone(), files: &files };
        let opened = RunFolder::open_or_create(&new, self.force)
            .map_err(|error| Failure::opening(&error))?;
        let (mut folder, start) = match opened {
            Opened::Completed(folder, info) => return Ok(Ended { folder, info, skipped: true }),
            Opened::New(folder) => (folder, None),
            Opened::Existing(folder) => self.continued(folder, &info, &files)?,
        };
        let start = start.map_or_else(|| self.beginning(&mut folder, &info), Ok);
        let trained = start.and_then(|start| self.train(&mut folder, &start, &dataset));
        trained.map_err(|failure| {
            // The error itself is what the user must see, even if it cannot be kept.
            let _ = folder.fail("an error", failure.message());
            failure.of_run(folder.path())
        })?;
        Ok(Ended { folder: folder.path().to_owned(), info: folder.info().clone(), skipped: false })
    }

    fn info(&self, dataset: &Dataset) -> Result<RunInfo> {
        let experiment = &self.plan.point.experiment;
        let identity = Identities::default().of(experiment, &dataset.digest)?;
        let mut info = RunInfo::new(self.plan.name(), identity);
        info.description.clone_from(&experiment.experiment.description);
        info.device = self.target.to_string();
        info.shapes = shapes(self.plan);
        info.threads = self.workplace.pool.current_num_threads();
        info.kernels = kernels(experiment, self.target, self.workplace.family)?;
        let promise = if self.target == Target::Cpu { ON_CPU } else { ON_GPU };
        promise.clone_into(&mut info.reproducible);
        info.seed = experiment.experiment.seed;
        experiment.data.dataset.name().clone_into(&mut info.dataset);
        info.data_digest.clone_from(&dataset.digest);
        info.parameters = self.plan.arch.parameter_count();
        Ok(info)
    }

    fn train(&self, folder: &mut RunFolder, start: &Start, dataset: &Dataset) -> Result<()> {
        let Plan { arch, point } = self.plan;
        let (experiment, seed) = (&point.experiment, point.experiment.experiment.seed);
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
        let outcome = self.learn(folder, &mut session, dataset, start)?;
        if matches!(outcome, Outcome::Finished | Outcome::StoppedEarly) {
            let produce = || results::produce(folder, &mut session, self.plan, dataset);
            self.workplace.pool.install(produce)?;
        }
        self.close(folder, &outcome, session.state().epoch)
    }

    /// What takes the steps; on the CPU with a network that stays in `network`.
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

    /// Trains to the end, or until somebody wants it to stop, and keeps how far that is.
    fn learn(
        &self,
        folder: &mut RunFolder,
        session: &mut Session<'_>,
        dataset: &Dataset,
        start: &Start,
    ) -> Result<Outcome> {
        let experiment = &self.plan.point.experiment;
        let (epochs, pictures) = (experiment.train.epochs, dataset.train.len());
        let state = session.state();
        let done = (state.epoch * pictures) as u64 + state.loss_count;
        let display = Display::new(&self.show, epochs, pictures, done);
        let mut recorder =
            Recorder::new(folder, experiment, display, self.signals, self.gate, state)?;
        recorder.begin(state, dataset, start)?;
        if let Some(gate) = self.gate
            && state.batch == 0
        {
            // The process before this one may have ended between the epoch and the answer.
            gate.epoch_done(state.epoch);
        }
        let hopeless = state.goes_on(epochs) && self.gate.is_some_and(Gate::is_closed);
        let outcome = if hopeless {
            Ok(Outcome::Interrupted)
        } else {
            // The loop runs inside the pool: entering it from outside at every step costs time.
            self.workplace.pool.install(|| session.run(&mut recorder))
        };
        let ended = recorder.end();
        let state = session.state();
        let kept = ended.and_then(|seconds| {
            folder.update(|info| {
                info.seconds += seconds;
                // Also where the process before this one ended between its checkpoint and `run.json`.
                if state.batch == 0 {
                    info.stands_at(state, experiment.train.checkpoint.metric);
                }
            })
        });
        // Where both went wrong, the first says why.
        let outcome = outcome?;
        kept?;
        Ok(outcome)
    }

    fn close(&self, folder: &mut RunFolder, outcome: &Outcome, epoch: usize) -> Result<()> {
        let epochs = self.plan.point.experiment.train.epochs;
        let (status, reason) = match outcome {
            Outcome::Finished if epochs == 1 => (Status::Completed, "1 epoch done".to_owned()),
            Outcome::Finished => (Status::Completed, format!("all {epochs} epochs done")),
            Outcome::StoppedEarly => {
                (Status::Completed, format!("early stopping after epoch {epoch}"))
            }
            Outcome::Interrupted if let Some(reason) = self.gate.and_then(Gate::reason) => {
                (Status::Pruned, reason)
            }
            Outcome::Interrupted => {
                let stop = self.signals.stop().unwrap_or(STOP);
                (Status::Interrupted, format!("{} in epoch {}", stop.reason(), epoch + 1))
            }
            Outcome::Diverged(Divergence { what, value, step, epoch }) => {
                // Before the first step no rate has changed anything; a validation comes after it.
                let advice = match (*what, step) {
                    ("loss", 1) => {
                        "what comes into the network or out of it is too large: look at task.noise, model.init and train.loss"
                    }
                    _ => "try a lower learning rate",
                };
                (
                    Status::Diverged,
                    format!("{what} was {value} at step {step} (epoch {epoch}); {advice}"),
                )
            }
        };
        if let Ok(log) = folder.log().as_mut() {
            // What `run.json` says next does not depend on the log.
            let _ = log.line(&reason);
        }
        Ok(folder.finish(status, reason)?)
    }
}
