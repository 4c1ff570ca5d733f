//! Weights for a network, from checkpoints and from files of other programs.

use super::*;
use safetensors::tensor::TensorView;

#[test]
fn weights_alone_can_initialize_a_network_but_not_resume_a_training() {
    let weights = weights(&example());
    let file = |tensors: &[&NamedTensor]| weights_file(tensors, &[("identity", "0123".into())]);
    let bytes = file(&weights.iter().collect::<Vec<_>>()).unwrap();
    assert!(bytes == file(&weights.iter().rev().collect::<Vec<_>>()).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    fs::write(&path, bytes).unwrap();
    let parameters: Vec<Parameter> = weights.iter().map(parameter).collect();
    assert_eq!(load_weights(&path, &parameters).unwrap(), weights);
    let error = Checkpoint::load(&path).unwrap_err().to_string();
    assert!(error.contains("no training state"), "{error}");
    assert!(file(&[&weights[0], &weights[0]]).unwrap_err().contains("two tensors are called"));
}

#[test]
fn missing_unexpected_and_misshapen_tensors_are_listed_together() {
    let example = example();
    let (_folder, path) = saved(&example);
    let mut expected: Vec<Parameter> = weights(&example).iter().map(parameter).collect();
    expected[0].shape = vec![5, 5, 1, 2];
    expected[1].name = "encoder.conv1.bias".into();
    let error = load_weights(&path, &expected).unwrap_err().to_string();
    for part in [
        "missing: encoder.conv1.bias [2]",
        "unexpected: encoder.conv0.bias [2]",
        "encoder.conv0.kernel is [3, 3, 1, 2] instead of [5, 5, 1, 2]",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn weights_of_another_program_start_a_network_but_are_no_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keras.safetensors");
    let bytes: Vec<u8> = [1.0_f32, 2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, vec![2], &bytes).unwrap();
    safetensors::serialize_to_file([("a.bias", view)], None, &path).unwrap();
    let expected = tensor("a.bias", &[2], 1.0);
    assert_eq!(load_weights(&path, &[parameter(&expected)]).unwrap(), [expected]);
    let error = Checkpoint::load(&path).unwrap_err().to_string();
    assert!(error.contains("model.init"), "{error}");
}

#[test]
fn other_number_types_are_named_in_the_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("half.safetensors");
    for (dtype, name) in [(Dtype::F16, "F16"), (Dtype::F64, "F64")] {
        let bytes = vec![0; dtype.bitsize() / 8];
        let view = TensorView::new(dtype, vec![1], &bytes).unwrap();
        safetensors::serialize_to_file([("a.bias", view)], None, &path).unwrap();
        let error = load_weights(&path, &[]).unwrap_err().to_string();
        assert!(
            error.contains("a.bias") && error.contains(name) && error.contains("F32"),
            "{error}"
        );
    }
}
