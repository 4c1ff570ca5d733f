//! A graph under construction: nodes in execution order, and the tensors they read.

use super::{
    ExportError,
    proto::{
        ATTRIBUTE_FLOAT, ATTRIBUTE_INTS, AttributeProto, FLOAT, INT64, NodeProto, TensorProto,
    },
};
use crate::{arch::Parameter, train::NamedTensor};
use std::{iter, mem};

/// The nodes and tensors so far, and the current value, which the next node reads.
pub struct Graph<'w> {
    pub nodes: Vec<NodeProto>,
    pub initializers: Vec<TensorProto>,
    weights: &'w [NamedTensor],
    /// Name of the current value.
    value: String,
}

impl<'w> Graph<'w> {
    /// A graph whose current value is an input.
    pub fn new(input: &str, weights: &'w [NamedTensor]) -> Self {
        Self { nodes: Vec::new(), initializers: Vec::new(), weights, value: input.to_owned() }
    }

    /// Returns the name of the current value.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Adds a node that reads the current value and then these tensors; its result, named like the node,
    /// becomes the current value.
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

    /// Renames the current value, which no node has read yet, to an output.
    pub fn call(&mut self, output: &str) {
        if let Some(node) = self.nodes.last_mut() {
            node.output = vec![output.to_owned()];
        }
        output.clone_into(&mut self.value);
    }

    /// Returns the values of a parameter.
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

    /// Adds a single number, unless it exists already.
    pub fn constant(&mut self, name: &str, value: f32) {
        if self.initializers.iter().all(|known| known.name != name) {
            self.floats(name, &[], [value].into_iter());
        }
    }

    /// Adds the shape of an image or vector, preceded by an unchanged batch dimension.
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

/// Converts a length to the format's integer type.
pub const fn integer(length: usize) -> i64 {
    length.cast_signed() as i64
}

/// Creates an attribute of integers.
pub fn ints(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        ints: values.iter().map(|&value| integer(value)).collect(),
        r#type: ATTRIBUTE_INTS,
        ..<_>::default()
    }
}

/// Creates an attribute of one float.
pub fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.to_owned(), f: value, r#type: ATTRIBUTE_FLOAT, ..<_>::default() }
}
