//! Translates layers to ONNX nodes.

use super::{
    ExportError,
    graph::{Graph, float, ints},
};
use crate::{
    arch::{Activation, ConvShape, Layer, Op, Shape, Size},
    ops::activation::LEAKY_SLOPE,
};
use std::f32::consts::SQRT_2;

/// The permutation from (batch, h, w, c) to (batch, c, h, w), as the attribute `perm`.
const CHANNELS_FIRST: [usize; 4] = [0, 3, 1, 2];
/// The inverse permutation.
const CHANNELS_LAST: [usize; 4] = [0, 2, 3, 1];

/// The order of the current values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// The program's own: images channels-last.
    Own,
    /// An image channels-first, or flattened from one.
    ChannelsFirst(Size),
}

/// Adds the layers of an encoder or decoder, with the result named `output`.
pub fn add(graph: &mut Graph<'_>, layers: &[Layer], output: &str) -> Result<(), ExportError> {
    let mut order = Order::Own;
    for (place, layer) in layers.iter().enumerate() {
        order = match layer.op {
            Op::Conv(conv) | Op::ConvTranspose(conv) => convolution(graph, layer, conv, order)?,
            Op::Dense => dense(graph, layer, order, wanted(&layers[place + 1..]))?,
            Op::Flatten => {
                graph.then("Flatten", &layer.name, &[], Vec::new());
                order
            }
            Op::Reshape => reshape(graph, layer, order),
        };
        activation(graph, layer);
    }
    if let (Order::ChannelsFirst(_), Some(Shape::Image(_))) =
        (order, layers.last().map(|layer| layer.output))
    {
        let name = format!("{}.channels_last", graph.value());
        graph.then("Transpose", name, &[], vec![ints("perm", &CHANNELS_LAST)]);
    }
    graph.call(output);
    Ok(())
}

/// Returns the order that the layers after a dense one need: channels-first if they reshape to an image for a
/// convolution.
fn wanted(rest: &[Layer]) -> Order {
    match rest {
        [Layer { op: Op::Reshape, output: Shape::Image(size), .. }, next, ..]
            if matches!(next.op, Op::Conv(_) | Op::ConvTranspose(_)) =>
        {
            Order::ChannelsFirst(*size)
        }
        _ => Order::Own,
    }
}

/// Adds a convolution or a transposed one: their kernels have the same layout, (h, w, large, small), and
/// become (small, large, h, w).
fn convolution(
    graph: &mut Graph<'_>,
    layer: &Layer,
    conv: ConvShape,
    order: Order,
) -> Result<Order, ExportError> {
    if order == Order::Own {
        let name = format!("{}.channels_first", graph.value());
        graph.then("Transpose", name, &[], vec![ints("perm", &CHANNELS_FIRST)]);
    }
    let (op, output) = match layer.op {
        Op::Conv(_) => ("Conv", conv.small()),
        _ => ("ConvTranspose", conv.large()),
    };
    let (rows, cols, taps) = (conv.rows, conv.cols, conv.taps());
    let (large, small) = (conv.large_channels, conv.small_channels);
    let dims = [small, large, rows.kernel, cols.kernel];
    let places = (0..small).flat_map(move |s| {
        (0..large).flat_map(move |l| (0..taps).map(move |tap| (tap * large + l) * small + s))
    });
    let [kernel, bias] =
        weights(graph, layer, [&dims, &[output.channels]], places, 0..output.channels)?;
    let mut attributes = vec![
        ints("kernel_shape", &[rows.kernel, cols.kernel]),
        ints("strides", &[rows.stride, cols.stride]),
        ints("pads", &[rows.pad, cols.pad, rows.pad_end(), cols.pad_end()]),
    ];
    if op == "ConvTranspose" {
        attributes.push(ints("output_padding", &[rows.unseen(), cols.unseen()]));
    }
    graph.then(op, &layer.name, &[&kernel, &bias], attributes);
    Ok(Order::ChannelsFirst(output))
}

/// Adds a matrix product, with the kernel permuted for values that are not in the program's own order.
fn dense(
    graph: &mut Graph<'_>,
    layer: &Layer,
    order: Order,
    wanted: Order,
) -> Result<Order, ExportError> {
    let (inputs, outputs) = (layer.input.len(), layer.output.len());
    let columns = places(wanted, outputs);
    let all = places(order, inputs).into_iter();
    let kernel = all.flat_map(|row| columns.iter().map(move |column| row * outputs + column));
    let bias = columns.iter().copied();
    let [kernel, bias] = weights(graph, layer, [&[inputs, outputs], &[outputs]], kernel, bias)?;
    graph.then("Gemm", &layer.name, &[&kernel, &bias], Vec::new());
    Ok(wanted)
}

fn reshape(graph: &mut Graph<'_>, layer: &Layer, order: Order) -> Order {
    let shape = format!("{}.shape", layer.name);
    match order {
        Order::Own => graph.shape(&shape, &layer.output.dims()),
        Order::ChannelsFirst(Size { height, width, channels }) => {
            graph.shape(&shape, &[channels, height, width]);
        }
    }
    graph.then("Reshape", &layer.name, &[&shape], Vec::new());
    order
}

/// Returns, for values in the given order, their indices in the program's own order.
fn places(order: Order, len: usize) -> Vec<usize> {
    match order {
        Order::Own => (0..len).collect(),
        Order::ChannelsFirst(size) => {
            let pixels = size.height * size.width;
            let channel = |c| (0..pixels).map(move |pixel| pixel * size.channels + c);
            (0..size.channels).flat_map(channel).collect()
        }
    }
}

/// Adds kernel and bias of a layer with these dimensions, permuted by these indices, and returns their names.
fn weights(
    graph: &mut Graph<'_>,
    layer: &Layer,
    dims: [&[usize]; 2],
    kernel: impl Iterator<Item = usize>,
    bias: impl Iterator<Item = usize>,
) -> Result<[String; 2], ExportError> {
    let mut parameters = layer.parameters().into_iter();
    let mut next = || parameters.next().ok_or_else(|| ExportError::Weights(layer.name.clone()));
    let parameters = [next()?, next()?];
    let [values, biases] = [graph.weight(&parameters[0])?, graph.weight(&parameters[1])?];
    graph.floats(&parameters[0].name, dims[0], kernel.map(|place| values[place]));
    graph.floats(&parameters[1].name, dims[1], bias.map(|place| biases[place]));
    Ok(parameters.map(|parameter| parameter.name))
}

/// Adds the activation of a layer, composed of operators in the opset.
fn activation(graph: &mut Graph<'_>, layer: &Layer) {
    let z = graph.value().to_owned();
    let named = |step: &str| format!("{}.{step}", layer.name);
    let name = named(layer.activation.name());
    match layer.activation {
        Activation::Linear => {}
        Activation::Relu => graph.then("Relu", name, &[], Vec::new()),
        Activation::LeakyRelu => {
            graph.then("LeakyRelu", name, &[], vec![float("alpha", LEAKY_SLOPE)]);
        }
        Activation::Elu => graph.then("Elu", name, &[], vec![float("alpha", 1.0)]),
        Activation::Tanh => graph.then("Tanh", name, &[], Vec::new()),
        Activation::Sigmoid => graph.then("Sigmoid", name, &[], Vec::new()),
        Activation::Silu => {
            graph.then("Sigmoid", named("sigmoid"), &[], Vec::new());
            graph.then("Mul", name, &[&z], Vec::new());
        }
        // The pattern that onnxruntime fuses into a single operator.
        Activation::Gelu => {
            for (name, value) in [("gelu.sqrt_two", SQRT_2), ("gelu.one", 1.0), ("gelu.half", 0.5)]
            {
                graph.constant(name, value);
            }
            graph.then("Div", named("scaled"), &["gelu.sqrt_two"], Vec::new());
            graph.then("Erf", named("erf"), &[], Vec::new());
            graph.then("Add", named("plus_one"), &["gelu.one"], Vec::new());
            graph.then("Mul", named("twice"), &[&z], Vec::new());
            graph.then("Mul", name, &["gelu.half"], Vec::new());
        }
    }
}
