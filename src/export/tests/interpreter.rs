//! An interpreter for the operators that exported models use, in slow, obvious `f64` loops, written from the
//! ONNX specification alone, without the program's own geometry.

use super::super::proto::{INT64, ModelProto, NodeProto, TensorProto};
use crate::{arch::Activation, ops::reference::activation};
use std::collections::HashMap;

/// Lengths of the dimensions, and values row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub dims: Vec<usize>,
    pub values: Vec<f64>,
}

/// All named values after a model has run.
pub type Values = HashMap<String, Tensor>;

/// Runs a model on its only input.
pub fn run(model: &ModelProto, input: Tensor) -> Values {
    let graph = model.graph.as_ref().expect("a graph");
    let mut values: Values =
        graph.initializer.iter().map(|t| (t.name.clone(), decoded(t))).collect();
    assert_eq!(values.len(), graph.initializer.len(), "names of tensors are unique");
    values.insert(graph.input[0].name.clone(), input);
    for node in &graph.node {
        let inputs: Vec<&Tensor> = node
            .input
            .iter()
            .map(|name| values.get(name).unwrap_or_else(|| panic!("{name} is not computed yet")))
            .collect();
        let result = compute(node, &inputs);
        let known = values.insert(node.output[0].clone(), result);
        assert!(known.is_none(), "{:?} is computed twice", node.output);
    }
    values
}

fn decoded(tensor: &TensorProto) -> Tensor {
    let raw = &tensor.raw_data;
    let values: Vec<f64> = if tensor.data_type == INT64 {
        raw.as_chunks().0.iter().map(|bytes| i64::from_le_bytes(*bytes) as f64).collect()
    } else {
        raw.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes).into()).collect()
    };
    let dims: Vec<usize> = tensor.dims.iter().map(|&length| length as usize).collect();
    assert_eq!(values.len(), dims.iter().product::<usize>(), "{:?}", tensor.name);
    Tensor { dims, values }
}

fn ints(node: &NodeProto, name: &str) -> Vec<usize> {
    let found = node.attribute.iter().find(|known| known.name == name);
    found.expect(name).ints.iter().map(|&value| value as usize).collect()
}

fn alpha(node: &NodeProto) -> f64 {
    node.attribute[0].f.into()
}

fn compute(node: &NodeProto, inputs: &[&Tensor]) -> Tensor {
    let x = inputs[0];
    let each = |f: &dyn Fn(f64) -> f64| Tensor {
        dims: x.dims.clone(),
        values: x.values.iter().map(|&value| f(value)).collect(),
    };
    let both = |f: fn(f64, f64) -> f64| {
        let other = inputs[1];
        assert!(other.dims.is_empty() || other.dims == x.dims, "{node:?}");
        let others = other.values.iter().cycle();
        let values = x.values.iter().zip(others).map(|(&a, &b)| f(a, b)).collect();
        Tensor { dims: x.dims.clone(), values }
    };
    let below = |below: &dyn Fn(f64) -> f64| each(&|z| if z < 0.0 { below(z) } else { z });
    match &node.op_type[..] {
        "Transpose" => transpose(x, &ints(node, "perm")),
        "Reshape" => {
            let wanted = inputs[1].values.iter().enumerate();
            // 0 keeps a length unchanged.
            let dims = wanted.map(|(place, &length)| match length as usize {
                0 => x.dims[place],
                length => length,
            });
            Tensor { dims: dims.collect(), values: x.values.clone() }
        }
        "Flatten" => {
            Tensor { dims: vec![x.dims[0], x.dims[1..].iter().product()], values: x.values.clone() }
        }
        "Gemm" => gemm(x, inputs[1], inputs[2]),
        "Conv" => conv(node, x, inputs[1], inputs[2]),
        "ConvTranspose" => conv_transpose(node, x, inputs[1], inputs[2]),
        "Relu" => each(&|z| z.max(0.0)),
        "LeakyRelu" => below(&|z| alpha(node) * z),
        "Elu" => below(&|z| alpha(node) * z.exp_m1()),
        "Tanh" => each(&f64::tanh),
        "Sigmoid" => each(&|z| 1.0 / (1.0 + (-z).exp())),
        "Erf" => each(&erf),
        "Add" => both(|a, b| a + b),
        "Mul" => both(|a, b| a * b),
        "Div" => both(|a, b| a / b),
        other => panic!("unknown operator {other}"),
    }
}

/// Via the normal distribution function: `gelu(z) = z * Phi(z)`, `erf(x) = 2 * Phi(sqrt(2) * x) - 1`.
fn erf(x: f64) -> f64 {
    let z = x * std::f64::consts::SQRT_2;
    if z == 0.0 { 0.0 } else { 2.0 * activation(Activation::Gelu, z) / z - 1.0 }
}

/// All indices of a tensor with these dimensions, in row-major order.
fn places(dims: &[usize]) -> impl Iterator<Item = Vec<usize>> {
    let all = (0..dims.iter().product::<usize>()).collect::<Vec<_>>().into_iter();
    all.map(move |flat| {
        let mut rest = flat;
        let mut place: Vec<usize> = dims
            .iter()
            .rev()
            .map(|&length| {
                let here = rest % length;
                rest /= length;
                here
            })
            .collect();
        place.reverse();
        place
    })
}

fn flat(dims: &[usize], place: &[usize]) -> usize {
    dims.iter().zip(place).fold(0, |flat, (length, here)| flat * length + here)
}

fn transpose(x: &Tensor, perm: &[usize]) -> Tensor {
    let dims: Vec<usize> = perm.iter().map(|&axis| x.dims[axis]).collect();
    let values = places(&dims).map(|place| {
        let mut from = vec![0; perm.len()];
        perm.iter().zip(&place).for_each(|(&axis, &here)| from[axis] = here);
        x.values[flat(&x.dims, &from)]
    });
    Tensor { values: values.collect(), dims: dims.clone() }
}

fn gemm(a: &Tensor, b: &Tensor, c: &Tensor) -> Tensor {
    let dims = vec![a.dims[0], b.dims[1]];
    assert_eq!((a.dims.len(), a.dims[1], &c.dims[..]), (2, b.dims[0], &dims[1..]));
    let values = places(&dims).map(|at| {
        let product = |i| a.values[at[0] * a.dims[1] + i] * b.values[i * b.dims[1] + at[1]];
        c.values[at[1]] + (0..a.dims[1]).map(product).sum::<f64>()
    });
    Tensor { values: values.collect(), dims: dims.clone() }
}

/// Kernel (out, in, h, w).
fn conv(node: &NodeProto, x: &Tensor, kernel: &Tensor, bias: &Tensor) -> Tensor {
    let (pads, strides) = (ints(node, "pads"), ints(node, "strides"));
    assert_eq!(ints(node, "kernel_shape"), kernel.dims[2..]);
    assert_eq!(kernel.dims[1], x.dims[1]);
    let length = |axis: usize| {
        let padded = x.dims[2 + axis] + pads[axis] + pads[2 + axis];
        (padded - kernel.dims[2 + axis]) / strides[axis] + 1
    };
    let dims = vec![x.dims[0], kernel.dims[0], length(0), length(1)];
    let mut values: Vec<f64> = places(&dims).map(|at| bias.values[at[1]]).collect();
    for (at, value) in places(&dims).zip(&mut values) {
        for tap in places(&kernel.dims[1..]) {
            let seen = |axis: usize| {
                let place = at[2 + axis] * strides[axis] + tap[1 + axis];
                place.checked_sub(pads[axis]).filter(|place| *place < x.dims[2 + axis])
            };
            if let (Some(row), Some(column)) = (seen(0), seen(1)) {
                *value += x.values[flat(&x.dims, &[at[0], tap[0], row, column])]
                    * kernel.values[flat(&kernel.dims, &[at[1], tap[0], tap[1], tap[2]])];
            }
        }
    }
    Tensor { dims, values }
}

/// Kernel (in, out, h, w).
fn conv_transpose(node: &NodeProto, x: &Tensor, kernel: &Tensor, bias: &Tensor) -> Tensor {
    let (pads, strides) = (ints(node, "pads"), ints(node, "strides"));
    let beyond = ints(node, "output_padding");
    assert_eq!(ints(node, "kernel_shape"), kernel.dims[2..]);
    assert_eq!(kernel.dims[0], x.dims[1]);
    let length = |axis: usize| {
        assert!(beyond[axis] < strides[axis], "{node:?}");
        strides[axis] * (x.dims[2 + axis] - 1) + beyond[axis] + kernel.dims[2 + axis]
            - pads[axis]
            - pads[2 + axis]
    };
    let dims = vec![x.dims[0], kernel.dims[1], length(0), length(1)];
    let mut values: Vec<f64> = places(&dims).map(|at| bias.values[at[1]]).collect();
    for (at, &value) in places(&x.dims).zip(&x.values) {
        for tap in places(&kernel.dims[1..]) {
            let reached = |axis: usize| {
                let place = at[2 + axis] * strides[axis] + tap[1 + axis];
                place.checked_sub(pads[axis]).filter(|place| *place < dims[2 + axis])
            };
            if let (Some(row), Some(column)) = (reached(0), reached(1)) {
                values[flat(&dims, &[at[0], tap[0], row, column])] +=
                    value * kernel.values[flat(&kernel.dims, &[at[1], tap[0], tap[1], tap[2]])];
            }
        }
    }
    Tensor { dims, values }
}
