mod damaged;
mod weights;

use super::*;
use crate::train::{TrainState, best::Best, early_stopping::EarlyState, optimizer_name};
use proptest::prelude::*;
use safetensors::{Dtype, SafeTensors};
use std::fs;

fn tensor(name: &str, shape: &[usize], start: f32) -> NamedTensor {
    let len = shape.iter().product::<usize>();
    let values = (0..len).map(|place| start + place as f32).collect();
    NamedTensor { name: name.into(), shape: shape.to_vec(), values }
}

fn parameter(NamedTensor { name, shape, .. }: &NamedTensor) -> Parameter {
    Parameter { name: name.clone(), shape: shape.clone(), fans: None }
}

/// The example's weights, without the optimizer's tensors.
fn weights(example: &Checkpoint) -> Vec<NamedTensor> {
    let tensors = example.snapshot.tensors.iter();
    tensors.filter(|tensor| !is_optimizer_tensor(&tensor.name)).cloned().collect()
}

fn example() -> Checkpoint {
    let best = |value| Best { value: Some(value), epoch: Some(1) };
    let state = TrainState {
        loss_sum: 0.1 + 0.2,
        best: best(f64::MAX),
        early: EarlyState { best: best(-0.0), wait: 2, stopped: false },
        ..TrainState::default()
    };
    let tensors = vec![
        tensor("encoder.conv0.kernel", &[3, 3, 1, 2], 0.5),
        tensor("encoder.conv0.bias", &[2], f32::MIN_POSITIVE / 2.0),
        tensor(&optimizer_name("m", "encoder.conv0.bias"), &[2], -1.0),
        tensor("decoder.output.bias", &[], 7.0),
    ];
    Checkpoint { identity: "0123456789abcdef".into(), snapshot: Snapshot { tensors, state } }
}

fn saved(checkpoint: &Checkpoint) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("last.safetensors");
    checkpoint.save(&path).unwrap();
    (folder, path)
}

#[test]
fn a_checkpoint_comes_back_in_the_order_asked_for() {
    let example = example();
    let (_folder, path) = saved(&example);
    let back = Checkpoint::load_for(&path, &example.identity).unwrap();
    assert_eq!(
        (&back.identity, &back.snapshot.state),
        (&example.identity, &example.snapshot.state)
    );
    // A network is initialized from the weights alone.
    let weights = weights(&example);
    assert_eq!((weights.len(), example.snapshot.tensors.len()), (3, 4));
    let parameters: Vec<Parameter> = weights.iter().map(parameter).collect();
    assert_eq!(load_weights(&path, &parameters).unwrap(), weights);
    let mut sorted = example.snapshot.tensors;
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(back.snapshot.tensors, sorted);
    assert_eq!(back.snapshot.state.loss_sum.to_bits(), (0.1_f64 + 0.2).to_bits());
}

#[test]
fn equal_contents_are_equal_bytes_whatever_the_order() {
    let mut example = example();
    let (_folder, path) = saved(&example);
    let first = fs::read(&path).unwrap();
    for _ in 0..10 {
        example.snapshot.tensors.rotate_left(1);
        example.save(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), first);
    }
}

#[test]
fn the_safetensors_crate_reads_what_is_written() {
    let example = example();
    let (_folder, path) = saved(&example);
    let bytes = fs::read(&path).unwrap();
    let read = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(read.len(), example.snapshot.tensors.len());
    for tensor in &example.snapshot.tensors {
        let view = read.tensor(&tensor.name).unwrap();
        assert_eq!((view.dtype(), view.shape()), (Dtype::F32, &tensor.shape[..]));
        assert_eq!(
            view.data(),
            tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>()
        );
    }
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    assert_eq!(header % 8, 0);
}

#[test]
fn tensors_that_cannot_be_told_apart_or_do_not_fill_their_shape_are_not_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    let mut twice = example();
    twice.snapshot.tensors.push(twice.snapshot.tensors[0].clone());
    let mut short = example();
    short.snapshot.tensors[0].values.pop();
    let mut reserved = example();
    reserved.snapshot.tensors[0].name = "__metadata__".into();
    for wrong in [twice, short, reserved] {
        assert!(wrong.save(&path).is_err());
        assert!(!path.exists());
    }
}

proptest! {
    #[test]
    fn any_tensors_come_back_bit_by_bit(
        bits in prop::collection::btree_map("[a-z\"\\\\.é]{1,12}", prop::collection::vec(any::<u32>(), 0..9), 0..6),
    ) {
        let tensors = bits
            .into_iter()
            .map(|(name, bits)| {
                let values: Vec<f32> = bits.into_iter().map(f32::from_bits).collect();
                NamedTensor { name, shape: vec![values.len()], values }
            })
            .collect();
        let mut checkpoint = example();
        checkpoint.snapshot.tensors = tensors;
        let (_folder, path) = saved(&checkpoint);
        let back = Checkpoint::load(&path).unwrap().snapshot.tensors;
        prop_assert_eq!(back.len(), checkpoint.snapshot.tensors.len());
        for (back, saved) in back.iter().zip(&checkpoint.snapshot.tensors) {
            prop_assert_eq!((&back.name, &back.shape), (&saved.name, &saved.shape));
            let bits = |tensor: &NamedTensor| tensor.values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(back), bits(saved));
        }
    }
}

/// If this changes, all saved checkpoints read as damaged.
#[test]
fn the_digest_is_that_of_whole_tensors_however_large() {
    let large = tensor("large", &[3, PIECE], 0.1);
    let small = tensor("small", &[2], f32::NAN);
    let bytes = |tensor: &NamedTensor| -> Vec<u8> {
        tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    };
    let whole = [
        b"id".into(),
        b"{}".into(),
        b"large".into(),
        bytes(&large),
        b"small".into(),
        bytes(&small),
    ];
    let expected = digest::of_parts::<Vec<u8>>(whole);
    assert_eq!(digest_of("id", "{}", &[&large, &small]), expected);
}

#[test]
fn the_training_state_is_read_without_the_values() {
    let example = example();
    let (_folder, path) = saved(&example);
    assert_eq!(read_state(&path).unwrap(), example.snapshot.state);
    let bytes = fs::read(&path).unwrap();
    let values: usize = example.snapshot.tensors.iter().map(|t| 4 * t.values.len()).sum();
    let header = bytes.len() - values;
    fs::write(&path, &bytes[..header]).unwrap();
    assert_eq!(read_state(&path).unwrap(), example.snapshot.state);
    assert!(Checkpoint::load(&path).is_err());
    for len in [0, 4, 8, header / 2, header - 8] {
        fs::write(&path, &bytes[..len]).unwrap();
        let error = read_state(&path).unwrap_err().to_string();
        assert!(error.contains("not a complete safetensors file"), "{len}: {error}");
    }
    fs::write(&path, [0; 64]).unwrap();
    assert!(read_state(&path).unwrap_err().to_string().contains("not a safetensors file"));
}
