//! The run-time form of a network: a list of the same layers with `usize` dimensions.

use super::{
    autoencoder::Autoencoder,
    block::{Block, BuildError, Builder},
    conv::{Conv, ConvTranspose},
    dense::{Dense, Flatten, Reshape},
    weight::Parameter,
};
use crate::arch::Op;
use dfdx::{
    nn::Module,
    tensor::{Cpu, CpuError, Tape, Tensor},
};

/// A network of any architecture.
pub type AnyAutoencoder = Autoencoder<usize, usize, usize, usize, usize, Sequence, Sequence>;

type Images<T> = Tensor<(usize, usize, usize, usize), f32, Cpu, T>;
type Vectors<T> = Tensor<(usize, usize), f32, Cpu, T>;

/// A layer of any kind.
#[derive(Debug, Clone)]
enum AnyLayer {
    Conv(Conv<usize, usize, usize, usize>),
    ConvTranspose(ConvTranspose<usize, usize, usize, usize, usize, usize>),
    Dense(Dense<usize, usize>),
    Flatten(Flatten),
    Reshape(Reshape<usize, usize, usize>),
}

/// The values between two layers.
enum Features<T> {
    Images(Images<T>),
    Vectors(Vectors<T>),
}

/// A sequence of layers whose shapes are only known at run time.
///
/// An encoder maps images to vectors, a decoder vectors to images. Layers that do not fit together fail with
/// `WrongNumElements`, which an [`Architecture`](crate::arch::Architecture) rules out.
#[derive(Debug, Clone)]
pub struct Sequence {
    layers: Vec<AnyLayer>,
}

impl Sequence {
    fn run<T: Tape<f32, Cpu>>(&self, mut x: Features<T>) -> Result<Features<T>, CpuError> {
        use Features::{Images, Vectors};
        for layer in &self.layers {
            x = match (layer, x) {
                (AnyLayer::Conv(layer), Images(x)) => Images(layer.try_forward(x)?),
                (AnyLayer::ConvTranspose(layer), Images(x)) => Images(layer.try_forward(x)?),
                (AnyLayer::Dense(layer), Vectors(x)) => Vectors(layer.try_forward(x)?),
                (AnyLayer::Flatten(layer), Images(x)) => Vectors(layer.try_forward(x)?),
                (AnyLayer::Reshape(layer), Vectors(x)) => Images(layer.try_forward(x)?),
                _ => return Err(CpuError::WrongNumElements),
            };
        }
        Ok(x)
    }
}

impl Block for Sequence {
    fn build(builder: &mut Builder<'_>) -> Result<Self, BuildError> {
        let mut layers = Vec::with_capacity(builder.left());
        while let Some(op) = builder.peek() {
            layers.push(match op {
                Op::Conv(_) => AnyLayer::Conv(Block::build(builder)?),
                Op::ConvTranspose(_) => AnyLayer::ConvTranspose(Block::build(builder)?),
                Op::Dense => AnyLayer::Dense(Block::build(builder)?),
                Op::Flatten => AnyLayer::Flatten(Block::build(builder)?),
                Op::Reshape => AnyLayer::Reshape(Block::build(builder)?),
            });
        }
        Ok(Self { layers })
    }

    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter)) {
        for layer in &self.layers {
            match layer {
                AnyLayer::Conv(layer) => layer.visit(f),
                AnyLayer::ConvTranspose(layer) => layer.visit(f),
                AnyLayer::Dense(layer) => layer.visit(f),
                AnyLayer::Flatten(_) | AnyLayer::Reshape(_) => {}
            }
        }
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter)) {
        for layer in &mut self.layers {
            match layer {
                AnyLayer::Conv(layer) => layer.visit_mut(f),
                AnyLayer::ConvTranspose(layer) => layer.visit_mut(f),
                AnyLayer::Dense(layer) => layer.visit_mut(f),
                AnyLayer::Flatten(_) | AnyLayer::Reshape(_) => {}
            }
        }
    }
}

impl<T: Tape<f32, Cpu>> Module<Images<T>> for Sequence {
    type Output = Vectors<T>;
    type Error = CpuError;

    fn try_forward(&self, x: Images<T>) -> Result<Vectors<T>, CpuError> {
        match self.run(Features::Images(x))? {
            Features::Vectors(y) => Ok(y),
            Features::Images(_) => Err(CpuError::WrongNumElements),
        }
    }
}

impl<T: Tape<f32, Cpu>> Module<Vectors<T>> for Sequence {
    type Output = Images<T>;
    type Error = CpuError;

    fn try_forward(&self, x: Vectors<T>) -> Result<Images<T>, CpuError> {
        match self.run(Features::Vectors(x))? {
            Features::Images(y) => Ok(y),
            Features::Vectors(_) => Err(CpuError::WrongNumElements),
        }
    }
}
