//! What every layer implements besides its forward pass, and tuples of layers.

use super::weight::Parameter;
use crate::{arch::Layer, ops::Family};
use dfdx::tensor::CpuError;
use thiserror::Error;

/// Why a network cannot be built.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BuildError {
    /// A layer's sizes do not match its type.
    #[error("layer {name}: {op} does not fit the network's type")]
    Mismatch {
        /// Name of the layer.
        name: String,
        /// The operation that the architecture asks for.
        op: String,
    },
    /// The architecture has fewer layers than the type.
    #[error("the architecture has fewer layers than the network's type")]
    TooFewLayers,
    /// The architecture has more layers than the type.
    #[error("the architecture has more layers than the network's type")]
    TooManyLayers,
    /// Memory is exhausted.
    #[error("no memory for the network's weights")]
    OutOfMemory,
}

impl BuildError {
    /// Returns the error for a layer whose sizes do not match its type.
    pub fn mismatch(layer: &Layer) -> Self {
        Self::Mismatch { name: layer.name.clone(), op: format!("{:?}", layer.op) }
    }
}

/// The layers to build, in order, and the options that apply to them.
#[derive(Debug)]
pub struct Builder<'a> {
    layers: std::slice::Iter<'a, Layer>,
    /// The kernels that the layers run on.
    pub family: Family,
    /// Whether the next layer reads data rather than another layer's output, so that its input gradient
    /// is not needed.
    pub reads_data: bool,
}

impl<'a> Builder<'a> {
    /// Creates a builder for `layers`; `reads_data` says whether the first of them reads data.
    pub fn new(layers: &'a [Layer], family: Family, reads_data: bool) -> Self {
        Self { layers: layers.iter(), family, reads_data }
    }

    /// Takes the next layer.
    ///
    /// # Errors
    /// When there is none.
    pub fn next_layer(&mut self) -> Result<&'a Layer, BuildError> {
        self.layers.next().ok_or(BuildError::TooFewLayers)
    }

    /// Returns the operation of the next layer without taking it.
    pub fn peek(&self) -> Option<crate::arch::Op> {
        self.layers.as_slice().first().map(|layer| layer.op)
    }

    /// Returns the number of remaining layers.
    pub fn left(&self) -> usize {
        self.layers.len()
    }
}

/// A layer or a sequence of layers. dfdx's `Module` defines its forward pass; this trait defines how it is
/// built and which parameters it has.
///
/// dfdx's own `TensorCollection` cannot be used: outside dfdx its tensor options exist only for
/// compile-time shapes, and the same layers must also work with run-time shapes.
pub trait Block: Sized + Send + Sync {
    /// Takes the layers it needs from the builder and sets all weights to 0.
    ///
    /// # Errors
    /// When a layer's sizes do not match the type, or layers are missing.
    fn build(builder: &mut Builder<'_>) -> Result<Self, BuildError>;

    /// Calls `f` on every parameter, in checkpoint order.
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter));

    /// Calls `f` on every parameter, in checkpoint order.
    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter));
}

impl From<CpuError> for BuildError {
    fn from(_: CpuError) -> Self {
        Self::OutOfMemory
    }
}

macro_rules! tuple_block {
    ($($name:ident $index:tt),+) => {
        impl<$($name: Block),+> Block for ($($name,)+) {
            fn build(builder: &mut Builder<'_>) -> Result<Self, BuildError> {
                Ok(($($name::build(builder)?,)+))
            }

            fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter)) {
                $(self.$index.visit(f);)+
            }

            fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter)) {
                $(self.$index.visit_mut(f);)+
            }
        }
    };
}

// dfdx implements `Module` for tuples of at most six; longer networks nest them.
tuple_block!(A 0);
tuple_block!(A 0, B 1);
tuple_block!(A 0, B 1, C 2);
tuple_block!(A 0, B 1, C 2, D 3);
tuple_block!(A 0, B 1, C 2, D 3, E 4);
tuple_block!(A 0, B 1, C 2, D 3, E 4, F 5);
