//! A graph under construction: nodes in the order of computing, and the tensors they read.

use super::{
    ExportError,
    proto::{
        ATTRIBUTE_FLOAT, ATTRIBUTE_INTS, AttributeProto, FLOAT, INT64, NodeProto, TensorProto,
    },
};
use crate::{arch::Parameter, train::NamedTensor};
use std::{iter, mem};

/// Nodes and tensors so far, and the value that the next node reads.
pub struct Graph<'w> {
    pub nodes: Vec<NodeProto>,
    pub initializers: Vec<TensorProto>,
    weights: &'w [NamedTensor],
    /// Name of the value at hand.
    value: String,
}

impl<'w> Graph<'w> {
    /// A graph that begins with an input.
    pub fn new(input: &str, weights: &'w [NamedTensor]) -> Self {
        Self { nodes: Vec::new(), initializers: Vec::new(), weights, value: input.to_owned() }
    }

    /// The name of the value at hand.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Adds a node that reads the value at hand and then these tensors; its result, of the node's own name, is
    /// then the value at hand.
    pub fn then(
        &mut self,
        op: &str,
        name: impl Into<String>,
        tensors: &[&str],
        attribute: Vec<AttributeProto>,
    ) {
        let name = name.into();
        let read = mem::replace(&mut self.value, name.clone());
        let tensors = tensors.iter().map(|&tensor| tensor.to_owned());
        self.nodes.push(NodeProto {
            input: iter::once(read).chain(tensors).collect(),
            output: vec![name.clone()],
            name,
            op_type: op.to_owned(),
            attribute,
        });
    }

    /// Gives the value at hand, which nothing has read so far, the name of an output.
    pub fn call(&mut self, output: &str) {
        if let Some(node) = self.nodes.last_mut() {
            node.output = vec![output.to_owned()];
        }
        output.clone_into(&mut self.value);
    }

    /// The values of a parameter.
    pub fn weight(&self, parameter: &Parameter) -> Result<&'w [f32], ExportError> {
        let Parameter { name, shape, .. } = parameter;
        let mut tensors = self.weights.iter();
        let found = tensors.find(|tensor| tensor.name == *name && tensor.shape == *shape);
        match found.filter(|tensor| tensor.values.len() == parameter.len()) {
            Some(tensor) => Ok(&tensor.values),
            None => Err(ExportError::Weights(format!("{name} of the shape {shape:?}"))),
        }
    }

    /// Adds a tensor of weights.
    pub fn floats(&mut self, name: &str, dims: &[usize], values: impl Iterator<Item = f32>) {
        self.tensor(name, FLOAT, dims, values.flat_map(f32::to_le_bytes).collect());
    }

    /// Adds a single number, unless it is there.
    pub fn constant(&mut self, name: &str, value: f32) {
        if self.initializers.iter().all(|known| known.name != name) {
            self.floats(name, &[], [value].into_iter());
        }
    }

    /// Adds the shape of an image or vector behind a batch dimension that stays as it is.
    pub fn shape(&mut self, name: &str, dims: &[usize]) {
        let lengths = [0].into_iter().chain(dims.iter().map(|&length| integer(length)));
        let raw = lengths.flat_map(i64::to_le_bytes).collect();
        self.tensor(name, INT64, &[dims.len() + 1], raw);
    }

    fn tensor(&mut self, name: &str, data_type: i32, dims: &[usize], raw_data: Vec<u8>) {
        self.initializers.push(TensorProto {
            dims: dims.iter().map(|&length| integer(length)).collect(),
            data_type,
            name: name.to_owned(),
            raw_data,
        });
    }
}

/// A length as the format has it.
pub const fn integer(length: usize) -> i64 {
    length.cast_signed() as i64
}

/// An attribute of integers.
pub fn ints(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        ints: values.iter().map(|&value| integer(value)).collect(),
        r#type: ATTRIBUTE_INTS,
        ..<_>::default()
    }
}

/// An attribute of one float.
pub fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f: value, r#type: ATTRIBUTE_FLOAT, ..<_>::default() }
}
