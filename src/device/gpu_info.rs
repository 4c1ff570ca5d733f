//! What the driver says about a GPU.

/// A GPU of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuInfo {
    /// The GPU's ordinal, counted from 0.
    pub ordinal: usize,
    /// The product name.
    pub name: String,
    /// Total memory in bytes.
    pub memory: u64,
    /// The compute capability, such as 8.6.
    pub compute_capability: String,
}
