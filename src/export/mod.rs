//! Exports trained networks as ONNX models.
//!
//! [`onnx`] returns the bytes of a model of a network, or of its encoder or decoder alone; it does no file
//! or terminal I/O. Inputs and outputs of the model are the same as the program's: 32-bit floats, images
//! channels-last with values in [0, 1], and any batch size. ONNX's convolutions are channels-first, so images
//! are transposed once at the input and once at the output; in between, the kernels of the dense layers are
//! permuted instead.

mod graph;
mod layers;
mod proto;
#[cfg(test)]
mod tests;

use crate::{
    arch::{Architecture, Layer, Shape, Size},
    train::NamedTensor,
};
use graph::Graph;
use prost::Message;
use proto::{
    DimensionProto, FLOAT, GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use std::fmt;
use thiserror::Error;

/// The opset version that models use.
pub const OPSET: i64 = 17;
/// The format version that was released with it.
const IR_VERSION: i64 = 8;
/// Protobuf's size limit in bytes.
const MOST_BYTES: usize = i32::MAX as usize;
/// The name of the batch dimension in the shape of an input or output.
pub const BATCH: &str = "batch";

/// Name of the input images.
const IMAGE: &str = "image";
/// Name of the vectors between encoder and decoder.
const CODE: &str = "code";
/// Name of the output images.
const RECONSTRUCTION: &str = "reconstruction";

/// The part of a network to export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From images to images, with the codes as a second output.
    Autoencoder,
    /// From images to codes.
    Encoder,
    /// From codes to images.
    Decoder,
}

impl Part {
    /// Returns the name in files and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Autoencoder => "autoencoder",
            Self::Encoder => "encoder",
            Self::Decoder => "decoder",
        }
    }

    /// Returns the layers of the part, in order.
    pub fn layers(self, arch: &Architecture) -> impl Iterator<Item = &Layer> {
        let (encoder, decoder) = (self != Self::Decoder, self != Self::Encoder);
        let encoder = arch.encoder.iter().filter(move |_| encoder);
        encoder.chain(arch.decoder.iter().filter(move |_| decoder))
    }

    /// Returns the input of the part.
    pub fn input(self, arch: &Architecture) -> Port {
        match self {
            Self::Autoencoder | Self::Encoder => Port::image(IMAGE, arch.input),
            Self::Decoder => Port::code(arch),
        }
    }

    /// Returns the outputs of the part.
    pub fn outputs(self, arch: &Architecture) -> Vec<Port> {
        let reconstruction = Port::image(RECONSTRUCTION, arch.output);
        match self {
            Self::Autoencoder => vec![reconstruction, Port::code(arch)],
            Self::Encoder => vec![Port::code(arch)],
            Self::Decoder => vec![reconstruction],
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An input or output of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// The name.
    pub name: &'static str,
    /// Shape of one image or code, without the batch dimension.
    pub shape: Shape,
    /// A description of the values.
    meaning: &'static str,
}

impl Port {
    const fn image(name: &'static str, size: Size) -> Self {
        let meaning = "images: batch, height, width, channels; values in [0, 1]";
        Self { name, shape: Shape::Image(size), meaning }
    }

    const fn code(arch: &Architecture) -> Self {
        let meaning = "codes: batch, values of the latent vector";
        Self { name: CODE, shape: Shape::Vector(arch.latent_dim), meaning }
    }

    fn message(&self) -> ValueInfoProto {
        let batch = DimensionProto { dim_param: BATCH.into(), ..<_>::default() };
        let length = |&length: &usize| DimensionProto {
            dim_value: graph::integer(length),
            ..<_>::default()
        };
        let dim = [batch].into_iter().chain(self.shape.dims().iter().map(length)).collect();
        let shape = Some(TensorShapeProto { dim });
        let tensor_type = Some(TensorTypeProto { elem_type: FLOAT, shape });
        ValueInfoProto {
            name: self.name.into(),
            r#type: Some(TypeProto { tensor_type }),
            doc_string: self.meaning.into(),
        }
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.shape)
    }
}

/// Why a network cannot be exported.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ExportError {
    /// A layer's weights are missing, or of another shape.
    #[error("the weights have no tensor {0}")]
    Weights(String),
    /// The file would exceed the format's size limit.
    #[error(
        "the network takes {0} bytes, and an ONNX file holds less than 2 GiB; write a .safetensors file"
    )]
    TooLarge(usize),
}

/// Returns the ONNX file of `part` of a network. `weights` are named as in checkpoints and may include those
/// of other layers. `name` is the network's; `properties` are stored as metadata.
///
/// The output is deterministic.
///
/// # Errors
/// When a tensor is missing or does not have its layer's shape, and when the file would be too large.
pub fn onnx(
    arch: &Architecture,
    weights: &[NamedTensor],
    part: Part,
    name: &str,
    properties: &[(&str, String)],
) -> Result<Vec<u8>, ExportError> {
    let input = part.input(arch);
    let mut graph = Graph::new(input.name, weights);
    if part != Part::Decoder {
        layers::add(&mut graph, &arch.encoder, CODE)?;
    }
    if part != Part::Encoder {
        layers::add(&mut graph, &arch.decoder, RECONSTRUCTION)?;
    }
    let outputs = part.outputs(arch);
    let graph = GraphProto {
        name: name.to_owned(),
        input: vec![input.message()],
        output: outputs.iter().map(Port::message).collect(),
        node: graph.nodes,
        initializer: graph.initializers,
    };
    let property = |(key, value): &(&str, String)| StringStringEntryProto {
        key: (*key).to_owned(),
        value: value.clone(),
    };
    let model = ModelProto {
        ir_version: IR_VERSION,
        producer_name: env!("CARGO_PKG_NAME").into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: format!("{name}: {part} of a network that runner trained"),
        graph: Some(graph),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET }],
        metadata_props: properties.iter().map(property).collect(),
    };
    match model.encoded_len() {
        len if len > MOST_BYTES => Err(ExportError::TooLarge(len)),
        _ => Ok(model.encode_to_vec()),
    }
}
