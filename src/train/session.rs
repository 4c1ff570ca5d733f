//! A training, from fresh weights or from where another process left it.

use super::{
    NamedTensor, Snapshot, TrainState, early_stopping::EarlyStopping, evaluate::Inference,
    init::initialise, loss::Loss, optimizer::Optimizer, optimizer_name, partition::Partition,
    samples::Samples, schedule::Schedule, step::GradientLane,
};
use crate::{
    arch::{Architecture, Parameter},
    nn::{Network, NetworkError},
    rng::{Purpose, stream},
    spec::{Experiment, Initializer},
};
use std::ops::Range;
use thiserror::Error;

/// Why a training cannot go on.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The network could not compute.
    #[error("the network could not compute: {0}")]
    Network(#[from] NetworkError),
    /// What the observer was told could not be kept.
    #[error("{0}")]
    Observer(#[from] std::io::Error),
    /// A snapshot is not one of this training.
    #[error("the checkpoint does not fit the network: {0}")]
    Snapshot(String),
}

/// A training that can take its next step.
pub struct Session<'a> {
    pub(super) experiment: &'a Experiment,
    pub(super) train: Samples<'a>,
    pub(super) validation: Samples<'a>,
    pub(super) arch: &'a Architecture,
    pub(super) network: &'a mut dyn Network,
    pub(super) parameters: Vec<Parameter>,
    /// Where each parameter stands in `weights`.
    pub(super) ranges: Vec<Range<usize>>,
    /// All weights in checkpoint order; the network's copies follow after each step.
    pub(super) weights: Vec<f32>,
    pub(super) optimizer: Optimizer,
    pub(super) schedule: Schedule,
    pub(super) early_stopping: Option<EarlyStopping>,
    pub(super) loss: Loss,
    pub(super) lanes: Vec<GradientLane>,
    pub(super) state: TrainState,
}

impl<'a> Session<'a> {
    /// A training from the start, with the weights that seed and initialiser give.
    ///
    /// # Errors
    /// When memory is exhausted.
    pub fn new(
        experiment: &'a Experiment,
        arch: &'a Architecture,
        network: &'a mut dyn Network,
        train: Samples<'a>,
        validation: Samples<'a>,
    ) -> Result<Self, TrainError> {
        let spec = &experiment.train;
        let parameters = arch.parameters();
        let ranges = ranges(&parameters);
        let weights = initial_weights(experiment, &parameters);
        let steps = train.len().div_ceil(spec.batch_size);
        let schedule = Schedule::new(
            &spec.schedule,
            spec.optimizer.learning_rate(),
            spec.epochs,
            steps,
            spec.warmup_steps,
        );
        let biases: Vec<_> = parameters.iter().map(|p| (p.len(), p.fans.is_none())).collect();
        let lanes = Partition::new(
            spec.batch_size.min(train.len()),
            arch.activation_count(),
            arch.parameter_count(),
        )
        .lane_count();
        let lanes = (0..lanes)
            .map(|_| GradientLane::new(network, weights.len()))
            .collect::<Result<_, _>>()?;
        let mut session = Self {
            experiment,
            train,
            validation,
            arch,
            network,
            parameters,
            ranges,
            weights,
            optimizer: Optimizer::new(&spec.optimizer, biases),
            state: TrainState::default(),
            schedule,
            early_stopping: spec.early_stopping.as_ref().map(EarlyStopping::new),
            loss: Loss::new(&spec.loss, train.target_size()),
            lanes,
        };
        session.hand_out_weights();
        Ok(session)
    }

    /// Where training stands.
    pub fn state(&self) -> &TrainState {
        &self.state
    }

    /// Inference with the weights of this moment.
    pub fn inference(&self) -> Inference<'_> {
        Inference::new(self.network, self.arch)
    }

    /// Replaces the weights: `tensors` has one for every parameter, others are passed over.
    ///
    /// # Errors
    /// When one is missing or has another shape.
    pub fn load_weights(&mut self, tensors: &[NamedTensor]) -> Result<(), TrainError> {
        for (parameter, range) in self.parameters.iter().zip(&self.ranges) {
            let values = find(tensors, &parameter.name, &parameter.shape)?;
            self.weights[range.clone()].copy_from_slice(values);
        }
        self.hand_out_weights();
        Ok(())
    }

    /// Goes on from `snapshot`.
    ///
    /// # Errors
    /// When it is one of another network or optimiser.
    pub fn resume(&mut self, snapshot: &Snapshot) -> Result<(), TrainError> {
        self.load_weights(&snapshot.tensors)?;
        let slots: Vec<&str> = self.optimizer.slots().map(|(name, _)| name).collect();
        for slot in slots {
            let mut values = Vec::with_capacity(self.weights.len());
            for parameter in &self.parameters {
                let name = optimizer_name(slot, &parameter.name);
                values.extend_from_slice(find(&snapshot.tensors, &name, &parameter.shape)?);
            }
            self.optimizer
                .load_slot(slot, &values)
                .map_err(|error| TrainError::Snapshot(error.to_string()))?;
        }
        self.optimizer.set_steps(snapshot.state.step);
        self.state = snapshot.state.clone();
        Ok(())
    }

    /// Everything that is needed to go on from here.
    pub fn snapshot(&self) -> Snapshot {
        let tensor = |name: String, parameter: &Parameter, values: &[f32]| NamedTensor {
            name,
            shape: parameter.shape.clone(),
            values: values.to_vec(),
        };
        let placed = || self.parameters.iter().zip(&self.ranges);
        let mut tensors: Vec<_> = placed()
            .map(|(p, range)| tensor(p.name.clone(), p, &self.weights[range.clone()]))
            .collect();
        for (slot, values) in self.optimizer.slots() {
            tensors.extend(placed().map(|(p, range)| {
                tensor(optimizer_name(slot, &p.name), p, &values[range.clone()])
            }));
        }
        Snapshot { tensors, state: self.state.clone() }
    }

    /// Copies the weights into the network.
    pub(super) fn hand_out_weights(&mut self) {
        let (weights, mut ranges) = (&self.weights, self.ranges.iter());
        self.network.visit_mut(&mut |parameter| {
            if let Some(range) = ranges.next() {
                parameter.load(&weights[range.clone()]);
            }
        });
    }
}

fn ranges(parameters: &[Parameter]) -> Vec<Range<usize>> {
    let mut start = 0;
    let place = |parameter: &Parameter| {
        let range = start..start + parameter.len();
        start = range.end;
        range
    };
    parameters.iter().map(place).collect()
}

fn initial_weights(experiment: &Experiment, parameters: &[Parameter]) -> Vec<f32> {
    let initializer: Initializer = experiment.model.initializer();
    let mut weights = Vec::new();
    for (index, parameter) in parameters.iter().enumerate() {
        let start = weights.len();
        weights.resize(start + parameter.len(), 0.0);
        let mut rng = stream(experiment.experiment.seed, Purpose::Weights, 0, index as u64);
        initialise(initializer, parameter, &mut rng, &mut weights[start..]);
    }
    weights
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
