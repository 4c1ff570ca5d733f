//! Reads models back, and compares their results with the program's own networks.

mod interpreter;

use super::{proto::ModelProto, *};
use crate::{
    arch::{Activation, Activations, ConvBlock},
    nn::{self, Network},
    ops::Family,
    rng::{Purpose, stream},
};
use interpreter::{Tensor, Values};
use proptest::prelude::*;
use rand::Rng;

/// Random numbers from -0.5 to 0.5, different for each salt.
fn numbers(len: usize, salt: u64) -> Vec<f32> {
    let mut rng = stream(7, Purpose::Weights, 0, salt);
    (0..len).map(|_| rng.next_u32() as f32 / u32::MAX as f32 - 0.5).collect()
}

fn weights(arch: &Architecture) -> Vec<NamedTensor> {
    let tensors = arch.parameters().into_iter().enumerate().map(|(salt, parameter)| {
        let values = numbers(parameter.len(), salt as u64);
        NamedTensor { name: parameter.name, shape: parameter.shape, values }
    });
    tensors.collect()
}

fn model(arch: &Architecture, part: Part) -> ModelProto {
    let bytes = onnx(arch, &weights(arch), part, "net", &[]).expect("a model");
    ModelProto::decode(&bytes[..]).expect("a message")
}

fn network(arch: &Architecture) -> Box<dyn Network> {
    let mut network = nn::build_at_run_time(arch, Family::detect()).expect("a network");
    let weights = weights(arch);
    network.set_weights(&weights.iter().map(|t| t.values.as_slice()).collect::<Vec<_>>()).unwrap();
    network
}

/// Runs a part on values of its input's shape, and compares the declared output shapes with the results.
fn run(arch: &Architecture, part: Part, batch: usize, input: &[f32]) -> Values {
    let dims = |port: &Port| [vec![batch], port.shape.dims()].concat();
    let values = input.iter().map(|&value| value.into()).collect();
    let input = Tensor { dims: dims(&part.input(arch)), values };
    let results = interpreter::run(&model(arch, part), input);
    for output in part.outputs(arch) {
        assert_eq!(results[output.name].dims, dims(&output), "{output}");
    }
    results
}

fn assert_close(found: &Tensor, expected: &[f32]) {
    assert_eq!(found.values.len(), expected.len());
    let largest = expected.iter().fold(1.0, |most: f64, value| most.max(value.abs().into()));
    for (found, &expected) in found.values.iter().zip(expected) {
        let expected = f64::from(expected);
        assert!((found - expected).abs() <= 1e-4 * largest, "{found} instead of {expected}");
    }
}

fn computes_the_same(arch: &Architecture, batch: usize) {
    let network = network(arch);
    let images = numbers(batch * arch.input.len(), 100);
    let given = numbers(batch * arch.latent_dim, 101);
    let codes = network.encode(images.clone(), batch).expect("codes");
    let back = network.reconstruct(images.clone(), batch).expect("images");
    let decoded = network.decode(given.clone(), batch).expect("images");

    let whole = run(arch, Part::Autoencoder, batch, &images);
    assert_close(&whole["code"], &codes);
    assert_close(&whole["reconstruction"], &back);
    assert_close(&run(arch, Part::Encoder, batch, &images)["code"], &codes);
    assert_close(&run(arch, Part::Decoder, batch, &given)["reconstruction"], &decoded);
}

fn functions() -> impl Strategy<Value = Activations> {
    let one = || prop::sample::select(Activation::ALL.to_vec());
    let all = (one(), one(), one());
    all.prop_map(|(hidden, latent, output)| Activations { hidden, latent, output })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..<_>::default() })]

    #[test]
    fn convolutional_models_compute_what_their_networks_do(
        (height, width, channels) in (1..12_usize, 1..12_usize, 1..4_usize),
        output in 1..4_usize,
        blocks in prop::collection::vec((1..5_usize, 1..6_usize, 1..5_usize), 1..4),
        latent in 1..6_usize,
        functions in functions(),
        batch in 1..4_usize,
    ) {
        let block = |(filters, kernel, stride)| ConvBlock { filters, kernel, stride };
        let blocks: Vec<_> = blocks.into_iter().map(block).collect();
        let input = Size::new(height, width, channels);
        computes_the_same(&Architecture::conv(input, output, &blocks, latent, functions), batch);
    }

    #[test]
    fn dense_models_compute_what_their_networks_do(
        (height, width, channels) in (1..6_usize, 1..6_usize, 1..4_usize),
        output in 1..4_usize,
        hidden in prop::collection::vec(1..9_usize, 0..3),
        latent in 1..6_usize,
        functions in functions(),
        batch in 1..4_usize,
    ) {
        let input = Size::new(height, width, channels);
        computes_the_same(&Architecture::mlp(input, output, &hidden, latent, functions), batch);
    }
}

fn chapter() -> Architecture {
    let block = |filters| ConvBlock { filters, kernel: 3, stride: 2 };
    let functions = Activations {
        hidden: Activation::Relu,
        latent: Activation::Linear,
        output: Activation::Sigmoid,
    };
    Architecture::conv(Size::new(28, 28, 1), 1, &[block(4), block(8)], 16, functions)
}

#[test]
fn images_are_transposed_only_at_the_input_and_the_output() {
    let graph = model(&chapter(), Part::Autoencoder).graph.expect("a graph");
    let ops: Vec<_> = graph.node.iter().map(|node| &node.op_type[..]).collect();
    let encoder = ["Transpose", "Conv", "Relu", "Conv", "Relu", "Flatten", "Gemm"];
    let decoder = ["Gemm", "Reshape", "ConvTranspose", "Relu", "ConvTranspose", "Relu"];
    let end = ["ConvTranspose", "Sigmoid", "Transpose"];
    assert_eq!(ops, [&encoder[..], &decoder, &end].concat());
    let names: std::collections::HashSet<_> = graph.node.iter().map(|node| &node.name).collect();
    assert_eq!(names.len(), graph.node.len());
    // With an even size, stride 2 and 3 taps, only bottom and right are padded.
    let pads = |at: usize| &graph.node[at].attribute.last().expect("pads").ints;
    assert_eq!(pads(1), &[0, 0, 1, 1]);
    let kernels: Vec<_> = graph.initializer.iter().map(|tensor| &tensor.name[..]).collect();
    assert!(kernels.contains(&"encoder.conv1.kernel"), "{kernels:?}");
}

#[test]
fn a_model_declares_its_versions_properties_and_shapes() {
    let arch = chapter();
    let properties = [("task", "denoise".to_owned()), ("noise", "{}".to_owned())];
    let bytes = onnx(&arch, &weights(&arch), Part::Autoencoder, "net", &properties).unwrap();
    let again = onnx(&arch, &weights(&arch), Part::Autoencoder, "net", &properties).unwrap();
    assert!(bytes == again);
    let model = ModelProto::decode(&bytes[..]).unwrap();
    assert_eq!(model.ir_version, 8);
    assert_eq!(model.opset_import[0].version, 17);
    assert_eq!(model.producer_name, "runner");
    let told = model.metadata_props.iter().map(|entry| (&entry.key[..], &entry.value[..]));
    assert_eq!(told.collect::<Vec<_>>(), [("task", "denoise"), ("noise", "{}")]);
    let graph = model.graph.expect("a graph");
    let shape = |port: &ValueInfoProto| {
        let tensor = port.r#type.clone().unwrap().tensor_type.unwrap();
        assert_eq!(tensor.elem_type, FLOAT);
        let dim = tensor.shape.unwrap().dim.into_iter();
        let dims: Vec<_> = dim
            .map(|d| {
                Some(d.dim_param).filter(|name| !name.is_empty()).unwrap_or(d.dim_value.to_string())
            })
            .collect();
        format!("{} {}", port.name, dims.join(" "))
    };
    assert_eq!(graph.input.iter().map(shape).collect::<Vec<_>>(), ["image batch 28 28 1"]);
    let outputs: Vec<_> = graph.output.iter().map(shape).collect();
    assert_eq!(outputs, ["reconstruction batch 28 28 1", "code batch 16"]);
}

#[test]
fn parts_contain_only_their_own_weights() {
    let arch = chapter();
    for (part, other) in [(Part::Encoder, "decoder."), (Part::Decoder, "encoder.")] {
        let tensors = model(&arch, part).graph.unwrap().initializer;
        assert!(!tensors.is_empty());
        assert!(tensors.iter().all(|tensor| !tensor.name.starts_with(other)), "{part}");
    }
}

#[test]
fn weights_that_are_missing_or_of_another_shape_are_named() {
    let arch = chapter();
    let mut weights = weights(&arch);
    weights[2].shape = vec![3, 3, 8, 4];
    let error = onnx(&arch, &weights, Part::Encoder, "net", &[]).unwrap_err().to_string();
    assert_eq!(error, "the weights have no tensor encoder.conv1.kernel of the shape [3, 3, 4, 8]");
    onnx(&arch, &weights, Part::Decoder, "net", &[]).unwrap();
}
