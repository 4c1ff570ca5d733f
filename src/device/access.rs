//! What a device is beyond its arithmetic: threads, memory, errors.

use super::tensor::SendDevice;
use crate::nn::NetworkError;

/// How threads come to a device, and what its errors mean.
pub trait Access<D: SendDevice>: Send {
    /// Makes the calling thread one that may use the device.
    ///
    /// # Errors
    /// When the device is gone.
    fn enter(&self) -> Result<(), NetworkError>;

    /// Waits until the device has done all that it was asked for.
    ///
    /// # Errors
    /// When the device is gone.
    fn wait(&self) -> Result<(), NetworkError>;

    /// What went wrong, and what to do.
    fn describe(&self, error: D::Err) -> NetworkError;

    /// Bytes of its memory that can be had; none if it is the host's.
    fn free_memory(&self) -> Option<u64>;

    /// Gives back what the device keeps for tensors of the sizes that it has seen.
    ///
    /// # Errors
    /// When the device is gone.
    fn release(&self, device: &D) -> Result<(), NetworkError>;
}
