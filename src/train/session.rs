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
        initialise_weights(experiment, &parameters, network);
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
        let lanes = (0..lanes).map(|_| GradientLane::new(network)).collect::<Result<_, _>>()?;
        Ok(Self {
            experiment,
            train,
            validation,
            arch,
            network,
            parameters,
            optimizer: Optimizer::new(&spec.optimizer, biases),
            state: TrainState::default(),
            schedule,
            early_stopping: spec.early_stopping.as_ref().map(EarlyStopping::new),
            loss: Loss::new(&spec.loss, train.target_size()),
            lanes,
        })
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
        let found = self.parameters.iter().map(|p| find(tensors, &p.name, &p.shape));
        let mut found = found.collect::<Result<Vec<_>, _>>()?.into_iter();
        self.network.visit_mut(&mut |parameter| {
            if let Some(values) = found.next() {
                parameter.values_mut().copy_from_slice(values);
            }
        });
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
            let mut values = Vec::with_capacity(self.arch.parameter_count());
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
        let mut parameters = self.parameters.iter();
        let mut tensors = Vec::new();
        self.network.visit(&mut |weight| {
            let named = parameters.next();
            tensors.extend(named.map(|p| tensor(p.name.clone(), p, weight.values())));
        });
        for (slot, mut rest) in self.optimizer.slots() {
            for p in &self.parameters {
                let (values, after) = rest.split_at(p.len());
                tensors.push(tensor(optimizer_name(slot, &p.name), p, values));
                rest = after;
            }
        }
        Snapshot { tensors, state: self.state.clone() }
    }
}

fn initialise_weights(
    experiment: &Experiment,
    parameters: &[Parameter],
    network: &mut dyn Network,
) {
    let initializer: Initializer = experiment.model.initializer();
    let mut parameters = parameters.iter().enumerate();
    network.visit_mut(&mut |weight| {
        if let Some((index, parameter)) = parameters.next() {
            let mut rng = stream(experiment.experiment.seed, Purpose::Weights, 0, index as u64);
            initialise(initializer, parameter, &mut rng, weight.values_mut());
        }
    });
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
