//! Access to a device beyond its arithmetic: threads, memory, errors.

use super::tensor::SendDevice;
use crate::nn::NetworkError;

/// Makes a device usable by threads, and translates its errors.
pub trait Access<D: SendDevice>: Send {
    /// Makes the device current on the calling thread.
    ///
    /// # Errors
    /// When the device is lost.
    fn enter(&self) -> Result<(), NetworkError>;

    /// Waits until the device has completed all submitted work.
    ///
    /// # Errors
    /// When the device is lost.
    fn wait(&self) -> Result<(), NetworkError>;

    /// Translates an error into a message that says what to do.
    fn describe(&self, error: D::Err) -> NetworkError;

    /// Returns the free memory of the device in bytes; none if it uses the host's memory.
    fn free_memory(&self) -> Option<u64>;

    /// Frees the memory that the device caches for tensors of earlier sizes.
    ///
    /// # Errors
    /// When the device is lost.
    fn release(&self, device: &D) -> Result<(), NetworkError>;
}
