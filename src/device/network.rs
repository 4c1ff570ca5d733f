//! Encoder and decoder of an architecture on a device.

use super::{
    activation,
    passes::{self, Weights},
    taps::Taps,
    tensor::{DeviceResult, Kit, Matrix, SendDevice, reshaped},
};
use crate::{
    arch::{Architecture, ConvShape, Layer, Op, Shape},
    ops::activation::{Saved, saved},
};
use dfdx::shapes::HasShape;
use std::collections::HashMap;

/// The most combinations of geometry and batch size whose taps are cached. Training needs two batch sizes,
/// one of them for the last batch, and inference a few.
const KEPT_TAPS: usize = 64;

/// An autoencoder of any architecture.
///
/// Samples have one row each. Between layers, images have one row per pixel; flattening and reshaping copy
/// nothing.
#[derive(Debug)]
pub struct Network<D: SendDevice> {
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    /// Kernel and bias of each layer that has them, in checkpoint order.
    weights: Vec<Weights<D>>,
    taps: HashMap<(ConvShape, usize), Taps<D>>,
}

/// What the forward pass of one layer saves for its backward pass.
struct Trace<D: SendDevice> {
    /// The other factor of the product with the kernel: the layer's input, or its windows; see [`passes`].
    operand: Matrix<D>,
    /// The activation's output or input.
    saved: Matrix<D>,
}

/// A half of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// From image to code.
    Encoder,
    /// From code to image.
    Decoder,
}

impl<D: SendDevice> Network<D> {
    /// Creates the network of `arch` with all weights 0.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn new(kit: &Kit<D>, arch: &Architecture) -> DeviceResult<Self, D> {
        let mut weights = Vec::new();
        for layer in arch.layers() {
            let parameters = layer.parameters();
            let [kernel, bias] = parameters.as_slice() else { continue };
            let columns = kernel.shape.last().copied().unwrap_or(1);
            weights.push(Weights {
                kernel: kit.zeros(kernel.len() / columns, columns)?,
                bias: kit.zeros(1, bias.len())?,
            });
        }
        let (encoder, decoder) = (arch.encoder.clone(), arch.decoder.clone());
        Ok(Self { encoder, decoder, weights, taps: HashMap::new() })
    }

    /// Returns all parameters, in checkpoint order.
    pub fn parameters(&self) -> impl Iterator<Item = &Matrix<D>> {
        self.weights.iter().flat_map(|weights| [&weights.kernel, &weights.bias])
    }

    /// Takes all parameters out, in checkpoint order; [`Self::put_parameters`] puts them back.
    pub fn take_parameters(&mut self) -> Vec<Matrix<D>> {
        self.weights.drain(..).flat_map(|Weights { kernel, bias }| [kernel, bias]).collect()
    }

    /// Replaces all parameters, in checkpoint order.
    pub fn put_parameters(&mut self, parameters: Vec<Matrix<D>>) {
        let mut parameters = parameters.into_iter();
        self.weights.clear();
        while let (Some(kernel), Some(bias)) = (parameters.next(), parameters.next()) {
            self.weights.push(Weights { kernel, bias });
        }
    }

    /// Runs one half, or both in sequence, on a batch.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn run(
        &mut self,
        kit: &Kit<D>,
        halves: &[Half],
        mut x: Matrix<D>,
    ) -> DeviceResult<Matrix<D>, D> {
        for half in halves {
            x = self.forward(kit, *half, x, None)?;
        }
        Ok(x)
    }

    /// Runs forward and backward on a batch: `loss` turns the output into its gradient. Returns the gradients
    /// of all parameters, in checkpoint order.
    ///
    /// # Errors
    /// When the device's memory is exhausted.
    pub fn gradients(
        &mut self,
        kit: &mut Kit<D>,
        x: Matrix<D>,
        loss: impl FnOnce(&mut Kit<D>, Matrix<D>) -> DeviceResult<Matrix<D>, D>,
    ) -> DeviceResult<Vec<Matrix<D>>, D> {
        let batch = x.shape().0;
        let mut traces = Vec::with_capacity(self.weights.len());
        let codes = self.forward(kit, Half::Encoder, x, Some(&mut traces))?;
        let output = self.forward(kit, Half::Decoder, codes, Some(&mut traces))?;
        let mut g = loss(kit, output)?;
        let mut gradients = Vec::with_capacity(2 * traces.len());
        let layers: Vec<Layer> = self.encoder.iter().chain(&self.decoder).cloned().collect();
        let mut weighted = traces.len();
        for layer in layers.iter().rev() {
            if layer.parameters().is_empty() {
                continue;
            }
            weighted -= 1;
            let Some(trace) = traces.pop() else { break };
            let rows = trace.saved.shape();
            let gy = reshaped(&g, rows.0, rows.1)?;
            let gz = activation::backward(kit, layer.activation, trace.saved, gy)?;
            let weights = self.weights[weighted].clone();
            let needed = weighted > 0;
            let (Weights { kernel, bias }, gx) = match layer.op {
                Op::Conv(shape) => {
                    let taps = self.taps(kit, &shape, batch)?;
                    passes::conv_backward(kit, &taps, batch, &trace.operand, &weights, gz, needed)?
                }
                Op::ConvTranspose(shape) => {
                    let (taps, x) = (self.taps(kit, &shape, batch)?, &trace.operand);
                    passes::conv_transpose_backward(kit, &taps, batch, x, &weights, gz, needed)?
                }
                _ => passes::dense_backward(kit, &trace.operand, &weights, &gz, needed)?,
            };
            gradients.extend([bias, kernel]);
            if let Some(gx) = gx {
                g = gx;
            }
        }
        gradients.reverse();
        Ok(gradients)
    }

    /// Runs one half of the network; records what its backward pass needs in `traces`.
    fn forward(
        &mut self,
        kit: &Kit<D>,
        half: Half,
        mut x: Matrix<D>,
        mut traces: Option<&mut Vec<Trace<D>>>,
    ) -> DeviceResult<Matrix<D>, D> {
        let batch = x.shape().0;
        let weighted =
            |layers: &[Layer]| layers.iter().filter(|layer| !layer.parameters().is_empty()).count();
        let (layers, mut index) = match half {
            Half::Encoder => (self.encoder.clone(), 0),
            Half::Decoder => (self.decoder.clone(), weighted(&self.encoder)),
        };
        for layer in &layers {
            x = arranged(&x, batch, layer.input)?;
            if matches!(layer.op, Op::Flatten | Op::Reshape) {
                continue;
            }
            let weights = self.weights[index].clone();
            index += 1;
            let (z, operand) = match layer.op {
                Op::Conv(shape) => {
                    let taps = self.taps(kit, &shape, batch)?;
                    passes::conv(kit, &taps, x, &weights)?
                }
                Op::ConvTranspose(shape) => {
                    let taps = self.taps(kit, &shape, batch)?;
                    (passes::conv_transpose(kit, &taps, x.clone(), &weights)?, x)
                }
                _ => (passes::dense(&x, &weights)?, x),
            };
            drop(weights);
            let keeps_input = saved(layer.activation) == Saved::PreActivation;
            let input = (keeps_input && traces.is_some()).then(|| z.clone());
            x = activation::forward(kit, layer.activation, z)?;
            if let Some(traces) = &mut traces {
                let saved = input.unwrap_or_else(|| x.clone());
                traces.push(Trace { operand, saved });
            }
        }
        let columns = x.shape().0 * x.shape().1 / batch;
        reshaped(&x, batch, columns)
    }

    /// Returns the taps of a convolution over `batch` images, from the cache if possible.
    fn taps(&mut self, kit: &Kit<D>, shape: &ConvShape, batch: usize) -> DeviceResult<Taps<D>, D> {
        if let Some(taps) = self.taps.get(&(*shape, batch)) {
            return Ok(taps.clone());
        }
        if self.taps.len() == KEPT_TAPS {
            self.taps.clear();
        }
        let taps = Taps::new(kit, shape, batch)?;
        self.taps.insert((*shape, batch), taps.clone());
        Ok(taps)
    }
}

/// Arranges rows for a layer whose input has this `shape`: one per pixel, or one per sample.
fn arranged<D: SendDevice>(
    x: &Matrix<D>,
    batch: usize,
    shape: Shape,
) -> DeviceResult<Matrix<D>, D> {
    match shape {
        Shape::Image(size) => reshaped(x, batch * size.height * size.width, size.channels),
        Shape::Vector(len) => reshaped(x, batch, len),
    }
}
