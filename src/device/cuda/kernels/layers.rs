//! The layers of a network, forward and backward.

use super::{
    launch::{Argument, Factor, Kernels, SUMS, THREADS, blocks, blocks_of_rows, count, launch},
    memory::{Buffer, View},
};
use crate::{
    arch::{Activation, Architecture, ConvShape, Layer, Op},
    device::network::Part,
    ops::activation::{Saved, saved},
};
use dfdx::tensor::CudaError;
use std::{ops::Range, sync::Arc};

/// Parameters start at multiples of so many values, where cuBLAS reads them fastest.
const ALIGNMENT: usize = 64;

/// The layers of an autoencoder with their parameters.
#[derive(Debug)]
pub struct Layers {
    encoder: Vec<Layer>,
    decoder: Vec<Layer>,
    /// Where the parameters lie, in checkpoint order: kernel and bias of each layer that has them.
    pub ranges: Vec<Range<usize>>,
    /// All parameters, with zeros between them.
    pub parameters: Buffer,
    /// Their gradients.
    pub gradients: Buffer,
}

/// What the forward pass of one layer leaves for its backward pass.
struct Trace {
    layer: usize,
    /// What the kernel was multiplied by, or was to be.
    operand: Arc<Buffer>,
    /// Output or input of the activation.
    seen: Arc<Buffer>,
}

/// As kernels.cu has it.
#[repr(C)]
struct Geometry {
    height: u32,
    width: u32,
    small_height: u32,
    small_width: u32,
    kernel_height: u32,
    kernel_width: u32,
    stride_y: u32,
    stride_x: u32,
    pad_y: u32,
    pad_x: u32,
    channels: u32,
}
// SAFETY: the same fields as there.
unsafe impl Argument for Geometry {}

impl Geometry {
    fn new(shape: &ConvShape) -> Self {
        let (rows, cols) = (shape.rows, shape.cols);
        Self {
            height: count(rows.input),
            width: count(cols.input),
            small_height: count(rows.output),
            small_width: count(cols.output),
            kernel_height: count(rows.kernel),
            kernel_width: count(cols.kernel),
            stride_y: count(rows.stride),
            stride_x: count(cols.stride),
            pad_y: count(rows.pad),
            pad_x: count(cols.pad),
            channels: count(shape.large_channels),
        }
    }
}

/// Values of the windows of one picture.
fn windows_len(shape: &ConvShape) -> usize {
    shape.rows.output * shape.cols.output * wide(shape)
}

/// Values of a window.
fn wide(shape: &ConvShape) -> usize {
    shape.taps() * shape.large_channels
}

/// The most values of one picture in one place.
pub fn most_values(arch: &Architecture) -> usize {
    let values = arch.layers().map(|layer| {
        let windows = match layer.op {
            Op::Conv(shape) | Op::ConvTranspose(shape) => windows_len(&shape),
            _ => 0,
        };
        windows.max(layer.input.len()).max(layer.output.len())
    });
    values.max().unwrap_or(0)
}

impl Layers {
    /// The layers of `arch` with all parameters 0.
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
        Ok(Self {
            encoder: arch.encoder.clone(),
            decoder: arch.decoder.clone(),
            ranges,
            parameters: kernels.zeros(end)?,
            gradients: kernels.zeros(end)?,
        })
    }

    /// Runs halves of the network over a batch.
    ///
    /// # Errors
    /// When the GPU's memory is exhausted.
    pub fn run(
        &self,
        kernels: &Kernels,
        parts: &[Part],
        batch: usize,
        x: Buffer,
    ) -> Result<Arc<Buffer>, CudaError> {
        self.forward(kernels, parts, batch, Arc::new(x), None)
    }

    /// Runs forward and backward over a batch: `loss` turns the output into its gradient. Leaves the
    /// gradients of all parameters in `gradients`.
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
        let both = [Part::Encoder, Part::Decoder];
        let output = self.forward(kernels, &both, batch, x, Some(&mut traces))?;
        let mut g = loss(&output)?;
        while let Some(trace) = traces.pop() {
            let passes_on = !traces.is_empty();
            match self.backward(kernels, &trace, batch, &g, passes_on)? {
                Some(gx) => g = gx,
                None => break,
            }
        }
        Ok(())
    }

    fn forward(
        &self,
        kernels: &Kernels,
        parts: &[Part],
        batch: usize,
        mut x: Arc<Buffer>,
        mut traces: Option<&mut Vec<Trace>>,
    ) -> Result<Arc<Buffer>, CudaError> {
        let encoder = self.encoder.iter().map(|layer| (Part::Encoder, layer));
        let layers = encoder.chain(self.decoder.iter().map(|layer| (Part::Decoder, layer)));
        // Flattening and reshaping move nothing.
        let weighted = layers.filter(|(_, l)| !matches!(l.op, Op::Flatten | Op::Reshape));
        for (index, (part, layer)) in weighted.enumerate() {
            if !parts.contains(&part) {
                continue;
            }
            let keeps_input = saved(layer.activation) == Saved::PreActivation && traces.is_some();
            let function = if keeps_input { Activation::Linear } else { layer.activation };
            let (z, operand) = self.layer_forward(kernels, index, layer, batch, x, function)?;
            x = z.clone();
            if keeps_input {
                let y = kernels.buffer(z.len())?;
                let len = count(z.len());
                let (from, to) = (z.all().pointer(), y.all().pointer());
                let function = layer.activation as i32;
                launch!(kernels, Activate, blocks(z.len()), (THREADS, 1), from, to, len, function)?;
                x = Arc::new(y);
            }
            if let Some(traces) = &mut traces {
                traces.push(Trace { layer: index, operand, seen: z });
            }
        }
        Ok(x)
    }

    /// The layer that is number `index` of those with parameters.
    fn weighted(&self, index: usize) -> Option<&Layer> {
        let layers = self.encoder.iter().chain(&self.decoder);
        layers.filter(|layer| !matches!(layer.op, Op::Flatten | Op::Reshape)).nth(index)
    }

    /// Kernel and bias, or their gradients, of that layer.
    fn weights<'a>(&self, of: &'a Buffer, index: usize) -> [View<'a>; 2] {
        [2 * index, 2 * index + 1]
            .map(|i| of.all().part(self.ranges[i].start, self.ranges[i].len()))
    }

    /// The output of a layer, and what its backward pass wants to see again.
    fn layer_forward(
        &self,
        kernels: &Kernels,
        index: usize,
        layer: &Layer,
        batch: usize,
        x: Arc<Buffer>,
        function: Activation,
    ) -> Result<(Arc<Buffer>, Arc<Buffer>), CudaError> {
        let [kernel, bias] = self.weights(&self.parameters, index);
        assert_eq!(x.len(), batch * layer.input.len());
        let z = kernels.buffer(batch * layer.output.len())?;
        let operand = match layer.op {
            Op::ConvTranspose(shape) => {
                let windows = kernels.buffer(batch * windows_len(&shape))?;
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
        let (values, bias) = (z.all().pointer(), bias.pointer());
        let (columns, len, function) = (count(outputs), count(z.len()), function as i32);
        let grid = blocks(z.len());
        launch!(kernels, AddBias, grid, (THREADS, 1), values, bias, columns, len, function)?;
        Ok((Arc::new(z), operand))
    }

    /// The gradients of a layer, `g` being that of its output; gives that of its input if it
    /// `passes_on`.
    fn backward(
        &self,
        kernels: &Kernels,
        trace: &Trace,
        batch: usize,
        g: &Buffer,
        passes_on: bool,
    ) -> Result<Option<Buffer>, CudaError> {
        let Some(layer) = self.weighted(trace.layer) else { return Ok(None) };
        let [kernel, _] = self.weights(&self.parameters, trace.layer);
        let [kernel_gradient, bias_gradient] = self.weights(&self.gradients, trace.layer);
        turn(kernels, layer.activation, &trace.seen, g, bias_gradient)?;
        let operand = trace.operand.all();
        if let Op::ConvTranspose(shape) = layer.op {
            let (wide, small) = (wide(&shape), shape.small_channels);
            let windows = unfold(kernels, &shape, batch, g)?;
            let windows = Factor::new(windows.all(), wide);
            kernels.product(windows.transposed(), Factor::new(operand, small), kernel_gradient)?;
            if !passes_on {
                return Ok(None);
            }
            let gx = kernels.buffer(batch * layer.input.len())?;
            kernels.product(windows, Factor::new(kernel, small), gx.all())?;
            return Ok(Some(gx));
        }
        let (inputs, outputs) = (kernel.len() / bias_gradient.len(), bias_gradient.len());
        let gz = Factor::new(g.all(), outputs);
        kernels.product(Factor::new(operand, inputs).transposed(), gz, kernel_gradient)?;
        if !passes_on {
            return Ok(None);
        }
        let seen = kernels.buffer(g.len() / outputs * inputs)?;
        kernels.product(gz, Factor::new(kernel, outputs).transposed(), seen.all())?;
        let Op::Conv(shape) = layer.op else { return Ok(Some(seen)) };
        let gx = kernels.buffer(batch * layer.input.len())?;
        fold(kernels, &shape, batch, &seen, View::NONE, Activation::Linear, &gx)?;
        Ok(Some(gx))
    }
}

/// What each window sees: (pixels, channels) of each picture to (small pixels, taps * channels).
fn unfold(
    kernels: &Kernels,
    shape: &ConvShape,
    batch: usize,
    large: &Buffer,
) -> Result<Buffer, CudaError> {
    assert_eq!(large.len(), batch * shape.large().len());
    let windows = kernels.buffer(batch * windows_len(shape))?;
    let (from, to) = (large.all().pointer(), windows.all().pointer());
    let (geometry, pictures) = (Geometry::new(shape), count(batch));
    let len = windows_len(shape);
    if shape.large_channels.is_multiple_of(4) {
        let grid = blocks_of_rows(len / 4, batch);
        launch!(kernels, UnfoldFours, grid, (THREADS, 1), geometry, pictures, from, to)?;
    } else {
        let grid = blocks_of_rows(len, batch);
        launch!(kernels, Unfold, grid, (THREADS, 1), geometry, pictures, from, to)?;
    }
    Ok(windows)
}

/// The adjoint, plus a bias, and the function of that.
fn fold(
    kernels: &Kernels,
    shape: &ConvShape,
    batch: usize,
    windows: &Buffer,
    bias: View<'_>,
    function: Activation,
    large: &Buffer,
) -> Result<(), CudaError> {
    assert_eq!(windows.len(), batch * windows_len(shape));
    assert_eq!(large.len(), batch * shape.large().len());
    assert!([0, shape.large_channels].contains(&bias.len()));
    let (from, to) = (windows.all().pointer(), large.all().pointer());
    let (geometry, pictures) = (Geometry::new(shape), count(batch));
    let (bias, function, len) = (bias.pointer(), function as i32, shape.large().len());
    let block = (THREADS, 1);
    if shape.large_channels.is_multiple_of(4) {
        let grid = blocks_of_rows(len / 4, batch);
        launch!(kernels, FoldFours, grid, block, geometry, pictures, from, bias, function, to)
    } else {
        let grid = blocks_of_rows(len, batch);
        launch!(kernels, Fold, grid, block, geometry, pictures, from, bias, function, to)
    }
}

/// Takes the gradient `g` through a function, in place, and sums its columns to `sums`.
fn turn(
    kernels: &Kernels,
    function: Activation,
    seen: &Buffer,
    g: &Buffer,
    sums: View<'_>,
) -> Result<(), CudaError> {
    assert_eq!(seen.len(), g.len());
    let columns = sums.len();
    let rows = g.len() / columns;
    // As many columns side by side as a warp has threads, if there are as many.
    let x = columns.next_power_of_two().min(32) as u32;
    let y = THREADS / x;
    let strip = rows.div_ceil(SUMS).next_multiple_of(4 * y as usize);
    let strips = rows.div_ceil(strip);
    let chunks = count(columns.div_ceil(x as usize));
    let parts = if strips > 1 { Some(kernels.buffer(strips * columns)?) } else { None };
    let to = parts.as_ref().map_or(sums, Buffer::all).pointer();
    let (seen, g, function) = (seen.all().pointer(), g.all().pointer(), function as i32);
    let (rows, columns, strip) = (count(rows), count(columns), count(strip));
    let grid = (count(strips), chunks);
    launch!(kernels, Turn, grid, (x, y), seen, g, rows, columns, strip, function, to)?;
    let Some(parts) = parts else { return Ok(()) };
    // One strip of what the strips gave.
    let (from, to, linear) = (parts.all().pointer(), sums.pointer(), Activation::Linear as i32);
    let (rows, grid) = (grid.0, (1, chunks));
    launch!(kernels, Turn, grid, (x, y), seen, from, rows, columns, rows, linear, to)
}
