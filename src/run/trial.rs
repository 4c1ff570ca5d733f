//! One run, from its plan to its end.

use super::{
    Error, Identities, Monitor, Result, Verdict,
    continued::Start,
    recorder::Recorder,
    results,
    workplace::{DataCache, Workplace, kernels, shapes, target_of},
};
use crate::{
    data::Dataset,
    device::{self, Target},
    nn::{self, Network},
    plan::Plan,
    record::{self, NewRun, Opened, RunFolder, RunInfo, Status, checkpoint},
    summary,
    train::{Divergence, Engine, HostEngine, Outcome, Samples, Session},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

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
    pub lengths: Option<&'a BTreeSet<usize>>,
    /// What it computes with.
    pub workplace: &'a Workplace,
    /// Where it computes.
    pub target: Target,
    /// Train anew beside what is there.
    pub force: bool,
    /// Why to stop after the current batch, if anything asks for it: `interrupted by SIGINT`. It is asked again
    /// and again, from any thread, and does not change its mind.
    pub stop: &'a (dyn Fn() -> Option<String> + Sync),
    /// Whether the run is worth another epoch after so many, which are saved; it may take its time.
    pub pruner: Option<&'a (dyn Fn(usize) -> Verdict + Sync)>,
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

impl<'a> Trial<'a> {
    /// A run by itself, on the device that it names, which nobody stops: `text` is its experiment file.
    ///
    /// # Errors
    /// [`Error::Device`].
    pub fn new(
        text: &'a str,
        plan: &'a Plan,
        runs_dir: &'a Path,
        workplace: &'a Workplace,
    ) -> Result<Self> {
        Ok(Self {
            text,
            plan,
            runs_dir,
            around: None,
            lengths: None,
            workplace,
            target: target_of(plan.device())?,
            force: false,
            stop: &|| None,
            pruner: None,
        })
    }

    /// Trains the run, or continues it, or finds it complete. One that is stopped, or whose process is killed,
    /// goes on from its checkpoint when this is called again.
    ///
    /// # Errors
    /// Whatever keeps it from being trained. What went wrong once it had a folder stands in its `run.json`
    /// as well.
    pub fn run(&self, cache: &mut DataCache, monitor: &mut dyn Monitor) -> Result<Ended> {
        let experiment = &self.plan.point.experiment;
        let dataset = self.workplace.pool.install(|| cache.load(&experiment.data))?;
        let info = self.info(&dataset)?;
        let files = [
            (record::EXPERIMENT, self.text),
            (record::RESOLVED, &experiment.to_toml()),
            (record::MODEL, &summary::table(&self.plan.arch)),
        ];
        let new = NewRun { runs_dir: self.runs_dir, info: info.clone(), files: &files };
        let (mut folder, start) = match RunFolder::open_or_create(&new, self.force)? {
            Opened::Completed(folder, info) => return Ok(Ended { folder, info, skipped: true }),
            Opened::New(folder) => (folder, None),
            Opened::Existing(folder) => self.continued(folder, &info, &files)?,
        };
        let start = start.map_or_else(|| self.beginning(&mut folder, &info), Ok);
        let trained = start.and_then(|start| self.train(&mut folder, &start, &dataset, monitor));
        trained.map_err(|error: Error| {
            // The error itself is what the user must see, even if it cannot be kept.
            let _ = folder.fail("an error", &error.to_string());
            error.in_run(folder.path())
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

    fn train(
        &self,
        folder: &mut RunFolder,
        start: &Start,
        dataset: &Dataset,
        monitor: &mut dyn Monitor,
    ) -> Result<()> {
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
        let (outcome, verdict) = self.learn(folder, &mut session, dataset, start, monitor)?;
        if matches!(outcome, Outcome::Finished | Outcome::StoppedEarly) {
            let produce = || results::produce(folder, &mut session, self.plan, dataset);
            self.workplace.pool.install(produce)?;
        }
        self.close(folder, &outcome, verdict, session.state().epoch)
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
        monitor: &mut dyn Monitor,
    ) -> Result<(Outcome, Verdict)> {
        let experiment = &self.plan.point.experiment;
        let state = session.state();
        let mut recorder = Recorder::new(folder, self, monitor, state)?;
        if let Err(error) = recorder.begin(state, dataset, start) {
            // The first error is the one to report.
            let _ = recorder.end();
            return Err(error);
        }
        if state.batch == 0 {
            // The process before this one may have ended between the epoch and the answer.
            recorder.ask(state);
        }
        let outcome = if *recorder.verdict() == Verdict::Go {
            // The loop runs inside the pool: entering it from outside at every step costs time.
            self.workplace.pool.install(|| session.run(&mut recorder))
        } else {
            Ok(Outcome::Interrupted)
        };
        let verdict = recorder.verdict().clone();
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
        Ok((outcome, verdict))
    }

    fn close(
        &self,
        folder: &mut RunFolder,
        outcome: &Outcome,
        verdict: Verdict,
        epoch: usize,
    ) -> Result<()> {
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
                (Status::Interrupted, format!("{reason} in epoch {}", epoch + 1))
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
