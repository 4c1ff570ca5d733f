//! The plan of one run.

use crate::{
    arch::Architecture,
    device::Target,
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
    /// Creates the plan for one point of an experiment file. The device `auto` becomes the one that it means
    /// on this machine: what a run computes with is part of its identity.
    pub fn new(mut point: Point) -> Self {
        let device = &mut point.experiment.meta.device;
        if device.kind() == Some(DeviceKind::Auto)
            && let Some(target) = Target::of(device)
        {
            *device = DeviceKind::from(target).into();
        }
        let arch = point.experiment.architecture();
        Self { point, arch }
    }

    /// Returns the name of the run: the experiment's name, or what distinguishes the run in its sweep.
    pub fn name(&self) -> &str {
        self.point.experiment.name_or(&self.point.name)
    }

    /// Returns the device that the run computes on, never `auto`.
    pub const fn device(&self) -> &Device {
        &self.point.experiment.meta.device
    }

    /// Whether the run computes on a GPU.
    pub fn is_on_gpu(&self) -> bool {
        self.device().kind() != Some(DeviceKind::Cpu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_names_the_device_that_auto_means() {
        let plan = |device: DeviceKind| {
            let mut point = Point::default();
            point.experiment.meta.device = device.into();
            Plan::new(point)
        };
        let auto = plan(DeviceKind::Auto);
        let meant = if auto.is_on_gpu() { DeviceKind::Cuda(0) } else { DeviceKind::Cpu };
        assert_eq!(auto.device().kind(), Some(meant));
        let named = plan(meant);
        assert_eq!(auto.point.experiment.identity(), named.point.experiment.identity());
    }
}
