//! A training session, started from fresh weights or resumed from a snapshot.

use super::{
    NamedTensor, Snapshot, TrainState, engine::Engine, evaluate::Inference, init::initialize,
    loss::Loss, optimizer::slot_names, optimizer_name, samples::Samples, schedule::Schedule,
};
use crate::{
    arch::{Architecture, Parameter},
    nn::NetworkError,
    rng::{Purpose, stream},
    spec::{Experiment, Initializer},
};
use thiserror::Error;

/// Why a training cannot continue.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The network could not compute.
    #[error("the network could not compute: {0}")]
    Network(#[from] NetworkError),
    /// The observer failed.
    #[error("{0}")]
    Observer(#[from] std::io::Error),
    /// A snapshot belongs to another training.
    #[error("the checkpoint does not fit the network: {0}")]
    Snapshot(String),
}

/// A training that is ready for its next step.
pub struct Session<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) train: Samples<'a>,
    pub(super) validation: Samples<'a>,
    pub(super) engine: Box<dyn Engine + 'a>,
    parameters: Vec<Parameter>,
    pub(super) schedule: Schedule,
    pub(super) loss: Loss,
    pub(super) state: TrainState,
}

impl<'a> Session<'a> {
    /// Starts a training on `engine`, which must have been created for the same experiment, architecture and
    /// samples, with weights drawn by the experiment's initializer and seed.
    ///
    /// # Errors
    /// When the engine cannot take the weights.
    pub fn new(
        experiment: &'a Experiment,
        arch: &Architecture,
        mut engine: Box<dyn Engine + 'a>,
        train: Samples<'a>,
        validation: Samples<'a>,
    ) -> Result<Self, TrainError> {
        let spec = &experiment.train;
        let parameters = arch.parameters();
        let weights = initial_weights(experiment, &parameters);
        engine.set_weights(&weights.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
        let steps = spec.steps_per_epoch(train.len());
        let schedule = Schedule::new(
            &spec.schedule,
            spec.optimizer.learning_rate(),
            spec.epochs,
            steps,
            spec.warmup_steps,
        );
        Ok(Self {
            experiment,
            train,
            validation,
            engine,
            parameters,
            state: TrainState::default(),
            schedule,
            loss: Loss::new(&spec.loss, train.target_size()),
        })
    }

    /// Returns the training state.
    pub fn state(&self) -> &TrainState {
        &self.state
    }

    /// Returns the learning rate schedule.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// Returns inference with the current weights.
    pub fn inference(&self) -> Inference<'_> {
        self.engine.inference()
    }

    /// Replaces the weights; `tensors` must have one for every parameter, others are ignored.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub fn load_weights(&mut self, tensors: &[NamedTensor]) -> Result<(), TrainError> {
        let found = self.parameters.iter().map(|p| find(tensors, &p.name, &p.shape));
        Ok(self.engine.set_weights(&found.collect::<Result<Vec<_>, _>>()?)?)
    }

    /// Resumes from `snapshot`.
    ///
    /// # Errors
    /// When it belongs to another network or optimizer.
    pub fn resume(&mut self, snapshot: &Snapshot) -> Result<(), TrainError> {
        self.load_weights(&snapshot.tensors)?;
        for (index, slot) in slot_names(&self.experiment.train.optimizer).iter().enumerate() {
            let mut values = Vec::new();
            for parameter in &self.parameters {
                let name = optimizer_name(slot, &parameter.name);
                values.extend_from_slice(find(&snapshot.tensors, &name, &parameter.shape)?);
            }
            self.engine.set_slot(index, &values)?;
        }
        self.engine.set_steps(snapshot.state.step);
        self.state = snapshot.state.clone();
        Ok(())
    }

    /// Returns everything that is needed to resume from here.
    ///
    /// # Errors
    /// When the engine cannot read it back.
    pub fn snapshot(&self) -> Result<Snapshot, TrainError> {
        let tensor = |name: String, parameter: &Parameter, values: Vec<f32>| NamedTensor {
            name,
            shape: parameter.shape.clone(),
            values,
        };
        let weights = self.parameters.iter().zip(self.engine.weights()?);
        let mut tensors: Vec<_> = weights.map(|(p, w)| tensor(p.name.clone(), p, w)).collect();
        for (index, slot) in slot_names(&self.experiment.train.optimizer).iter().enumerate() {
            let values = self.engine.slot(index)?;
            let mut rest = values.as_slice();
            for p in &self.parameters {
                let (values, after) = rest.split_at(p.len());
                tensors.push(tensor(optimizer_name(slot, &p.name), p, values.to_vec()));
                rest = after;
            }
        }
        Ok(Snapshot { tensors, state: self.state.clone() })
    }
}

/// Draws the initial weights.
fn initial_weights(experiment: &Experiment, parameters: &[Parameter]) -> Vec<Vec<f32>> {
    let initializer: Initializer = experiment.model.initializer();
    let weights = parameters.iter().enumerate().map(|(index, parameter)| {
        let mut rng = stream(experiment.meta.seed, Purpose::Weights, 0, index as u64);
        let mut values = vec![0.0; parameter.len()];
        initialize(initializer, parameter, &mut rng, &mut values);
        values
    });
    weights.collect()
}

fn find<'t>(
    tensors: &'t [NamedTensor],
    name: &str,
    shape: &[usize],
) -> Result<&'t [f32], TrainError> {
    let wrong = |message: String| Err(TrainError::Snapshot(message));
    match tensors.iter().find(|tensor| tensor.name == name) {
        None => wrong(format!("it has no tensor {name}")),
        Some(tensor) if tensor.shape != shape => {
            wrong(format!("{name} has shape {:?}, not {shape:?}", tensor.shape))
        }
        Some(tensor) => Ok(&tensor.values),
    }
}
