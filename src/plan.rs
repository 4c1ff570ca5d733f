//! The plan of one run.

use crate::{
    arch::Architecture,
    spec::{Device, DeviceKind, Point},
};

/// A run that is fully determined but not started.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Name and experiment.
    pub point: Point,
    /// The network.
    pub arch: Architecture,
}

impl Plan {
    /// Creates the plan for one point of an experiment file.
    pub fn new(point: Point) -> Self {
        let arch = point.experiment.architecture();
        Self { point, arch }
    }

    /// Returns the name of the run: the experiment's name, or what distinguishes the run in its sweep.
    pub fn name(&self) -> &str {
        match self.point.name.as_str() {
            "" => &self.point.experiment.experiment.name,
            name => name,
        }
    }

    /// Returns the device that the run computes on, as in the experiment.
    pub const fn device(&self) -> &Device {
        &self.point.experiment.experiment.device
    }

    /// Whether the run computes on a GPU.
    pub fn is_on_gpu(&self) -> bool {
        self.device().kind() != Some(DeviceKind::Cpu)
    }
}
