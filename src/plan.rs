//! One run as it will happen, before anything happens.

use crate::{
    arch::Architecture,
    spec::{Device, DeviceKind, Point},
};

/// A run as it will happen.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Name and experiment.
    pub point: Point,
    /// The network.
    pub arch: Architecture,
}

impl Plan {
    /// The plan for one point of an experiment file.
    pub fn new(point: Point) -> Self {
        let arch = point.experiment.architecture();
        Self { point, arch }
    }

    /// Name of the run: the experiment's, or what sets the run apart in its sweep.
    pub fn name(&self) -> &str {
        match self.point.name.as_str() {
            "" => &self.point.experiment.experiment.name,
            name => name,
        }
    }

    /// What it computes on, as experiments name it.
    pub const fn device(&self) -> &Device {
        &self.point.experiment.experiment.device
    }

    /// Whether it computes on a GPU.
    pub fn is_on_gpu(&self) -> bool {
        self.device().kind() != Some(DeviceKind::Cpu)
    }
}
