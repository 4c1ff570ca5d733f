//! The layers of a network, forward and backward.

use super::{
    launch::Kernels,
    memory::{Buffer, View},
    passes::{activate, activation_backward, add_bias, fold, product_over_rows, unfold},
    product::Factor,
};
use crate::{
    arch::{Activation, Architecture, Layer, Op},
    device::network::Half,
    ops::activation::{Saved, saved},
};
use dfdx::tensor::CudaError;
use std::{ops::Range, sync::Arc};

/// The alignment of each parameter in values, for fast access by cuBLAS.
const ALIGNMENT: usize = 64;

/// The layers of an autoencoder with their parameters.
#[derive(Debug)]
pub struct Layers {
    /// The layers with parameters; flattening and reshaping are no-ops.
    layers: Vec<(Half, Layer)>,
    /// The ranges of the parameters, in checkpoint order: kernel and bias of each layer.
    pub ranges: Vec<Range<usize>>,
    /// All parameters, padded with zeros for alignment.
    pub parameters: Buffer,
    /// Their gradients.
    pub gradients: Buffer,
}

/// What the forward pass of one layer saves for its backward pass.
struct Trace {
    /// The other factor of the product with the kernel: the layer's input, or its windows.
    operand: Arc<Buffer>,
    /// The activation's output or input.
    saved: Arc<Buffer>,
}

impl Layers {
    /// Creates the layers of `arch` with all parameters 0.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn new(kernels: &Kernels, arch: &Architecture) -> Result<Self, CudaError> {
        let mut end = 0;
        let parameters = arch.parameters();
        let ranges = parameters.iter().map(|parameter| {
            let start = end;
            end = (start + parameter.len()).next_multiple_of(ALIGNMENT);
            start..start + parameter.len()
        });
        let ranges = ranges.collect();
        let encoder = arch.encoder.iter().map(|layer| (Half::Encoder, layer));
        let layers = encoder.chain(arch.decoder.iter().map(|layer| (Half::Decoder, layer)));
        let layers = layers.filter(|(_, l)| !matches!(l.op, Op::Flatten | Op::Reshape));
        Ok(Self {
            layers: layers.map(|(half, layer)| (half, layer.clone())).collect(),
            ranges,
            parameters: kernels.zeros(end)?,
            gradients: kernels.zeros(end)?,
        })
    }

    /// Runs one or both halves of the network on a batch.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn run(
        &self,
        kernels: &Kernels,
        halves: &[Half],
        batch: usize,
        x: Buffer,
    ) -> Result<Arc<Buffer>, CudaError> {
        self.forward(kernels, halves, batch, Arc::new(x), None)
    }

    /// Runs forward and backward on a batch: `loss` turns the output into its gradient. Writes the gradients
    /// of all parameters to `gradients`.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn differentiate(
        &self,
        kernels: &Kernels,
        batch: usize,
        x: Arc<Buffer>,
        loss: impl FnOnce(&Buffer) -> Result<Buffer, CudaError>,
    ) -> Result<(), CudaError> {
        let mut traces = Vec::new();
        let both = [Half::Encoder, Half::Decoder];
        let output = self.forward(kernels, &both, batch, x, Some(&mut traces))?;
        let mut g = loss(&output)?;
        // Popping frees each layer's buffers for the next one.
        while let Some(trace) = traces.pop() {
            if let Some(gx) = self.backward(kernels, traces.len(), &trace, batch, &g)? {
                g = gx;
            }
        }
        Ok(())
    }

    fn forward(
        &self,
        kernels: &Kernels,
        halves: &[Half],
        batch: usize,
        mut x: Arc<Buffer>,
        mut traces: Option<&mut Vec<Trace>>,
    ) -> Result<Arc<Buffer>, CudaError> {
        for (index, (half, layer)) in self.layers.iter().enumerate() {
            if !halves.contains(half) {
                continue;
            }
            let keeps_input = saved(layer.activation) == Saved::PreActivation && traces.is_some();
            let function = if keeps_input { Activation::Linear } else { layer.activation };
            let (z, operand) = self.layer_forward(kernels, index, batch, x, function)?;
            x = z.clone();
            if keeps_input {
                x = Arc::new(activate(kernels, &z, layer.activation)?);
            }
            if let Some(traces) = &mut traces {
                traces.push(Trace { operand, saved: z });
            }
        }
        Ok(x)
    }

    /// Returns kernel and bias of a layer, or their gradients.
    fn weights<'a>(&self, of: &'a Buffer, index: usize) -> [View<'a>; 2] {
        [2 * index, 2 * index + 1]
            .map(|i| of.all().part(self.ranges[i].start, self.ranges[i].len()))
    }

    /// Returns the output of a layer, and the operand for its backward pass.
    fn layer_forward(
        &self,
        kernels: &Kernels,
        index: usize,
        batch: usize,
        x: Arc<Buffer>,
        function: Activation,
    ) -> Result<(Arc<Buffer>, Arc<Buffer>), CudaError> {
        let (_, layer) = &self.layers[index];
        let [kernel, bias] = self.weights(&self.parameters, index);
        assert_eq!(x.len(), batch * layer.input.len());
        let z = kernels.buffer(batch * layer.output.len())?;
        let operand = match layer.op {
            Op::ConvTranspose(shape) => {
                let windows = kernels.buffer(batch * shape.windows_len())?;
                let factor = Factor::new(x.all(), shape.small_channels);
                let kernel = Factor::new(kernel, shape.small_channels).transposed();
                kernels.product(factor, kernel, windows.all())?;
                fold(kernels, &shape, batch, &windows, bias, function, &z)?;
                return Ok((Arc::new(z), x));
            }
            Op::Conv(shape) => Arc::new(unfold(kernels, &shape, batch, &x)?),
            _ => x,
        };
        let (inputs, outputs) = (kernel.len() / bias.len(), bias.len());
        let factor = Factor::new(operand.all(), inputs);
        kernels.product(factor, Factor::new(kernel, outputs), z.all())?;
        add_bias(kernels, &z, bias, function)?;
        Ok((Arc::new(z), operand))
    }

    /// Computes the gradients of a layer from `g`, the gradient of its output; returns the gradient of its
    /// input, except for the first layer.
    fn backward(
        &self,
        kernels: &Kernels,
        index: usize,
        trace: &Trace,
        batch: usize,
        g: &Buffer,
    ) -> Result<Option<Buffer>, CudaError> {
        let (_, layer) = &self.layers[index];
        let passes_on = index > 0;
        let [kernel, _] = self.weights(&self.parameters, index);
        let [kernel_gradient, bias_gradient] = self.weights(&self.gradients, index);
        activation_backward(kernels, layer.activation, &trace.saved, g, bias_gradient)?;
        let operand = trace.operand.all();
        if let Op::ConvTranspose(shape) = layer.op {
            let (wide, small) = (shape.window_len(), shape.small_channels);
            let windows = unfold(kernels, &shape, batch, g)?;
            let windows = Factor::new(windows.all(), wide);
            product_over_rows(kernels, windows, Factor::new(operand, small), kernel_gradient)?;
            if !passes_on {
                return Ok(None);
            }
            let gx = kernels.buffer(batch * layer.input.len())?;
            kernels.product(windows, Factor::new(kernel, small), gx.all())?;
            return Ok(Some(gx));
        }
        let (inputs, outputs) = (kernel.len() / bias_gradient.len(), bias_gradient.len());
        let gz = Factor::new(g.all(), outputs);
        product_over_rows(kernels, Factor::new(operand, inputs), gz, kernel_gradient)?;
        if !passes_on {
            return Ok(None);
        }
        let gradients = kernels.buffer(g.len() / outputs * inputs)?;
        kernels.product(gz, Factor::new(kernel, outputs).transposed(), gradients.all())?;
        let Op::Conv(shape) = layer.op else { return Ok(Some(gradients)) };
        let gx = kernels.buffer(batch * layer.input.len())?;
        fold(kernels, &shape, batch, &gradients, View::NONE, Activation::Linear, &gx)?;
        Ok(Some(gx))
    }
}
