//! The network of an experiment.

use super::trial;
use crate::arch::{Op, Size};

fn sizes(text: &str) -> (Size, Size) {
    let network = trial(text).ok().base.architecture();
    (network.input, network.output)
}

#[test]
fn sizes_follow_from_the_data_set() {
    let gray = Size::new(28, 28, 1);
    for name in ["mnist", "fashion_mnist", "synthetic_digits"] {
        assert_eq!(sizes(&format!("data.dataset = \"{name}\"")), (gray, gray));
    }
    let color = Size::new(32, 32, 3);
    for name in ["cifar10", "synthetic_scenes"] {
        assert_eq!(sizes(&format!("data.dataset = \"{name}\"")), (color, color));
    }
    let folder = "[data]\ndataset = \"image_folder\"\nimage_size = [48, 40]\nchannels = 1\n";
    assert_eq!(sizes(folder), (Size::new(48, 40, 1), Size::new(48, 40, 1)));
}

#[test]
fn colorizing_goes_from_one_channel_to_three() {
    let text = "data.dataset = \"cifar10\"\ntask.kind = \"colorize\"\n";
    assert_eq!(sizes(text), (Size::new(32, 32, 1), Size::new(32, 32, 3)));
    let text = format!("{text}model = {{ kind = \"mlp\", hidden = [8] }}\n");
    assert_eq!(sizes(&text), (Size::new(32, 32, 1), Size::new(32, 32, 3)));
}

#[test]
fn kernels_and_strides_go_to_their_layers() {
    let text = "[model]\nfilters = [4, 8, 8]\nkernel_size = [7, 5, 3]\nstrides = [1, 2, 9]\n";
    let network = trial(text).ok().base.architecture();
    let found: Vec<_> = network
        .encoder
        .iter()
        .filter_map(|layer| match layer.op {
            Op::Conv(conv) => Some((conv.rows.kernel, conv.rows.stride, conv.rows.output)),
            _ => None,
        })
        .collect();
    assert_eq!(found, [(7, 1, 28), (5, 2, 14), (3, 9, 2)]);
}

#[test]
fn strides_beyond_the_last_pixel_stay_at_one() {
    let network = trial("[model]\nfilters = [2, 2, 2, 2]\nstrides = 16\n").ok().base.architecture();
    assert_eq!(network.encoder[3].output.len(), 2);
}

#[test]
fn a_network_made_by_hand_never_panics() {
    use crate::spec::{ConvModel, Experiment, Model, PerLayer};
    for strides in [PerLayer::Each(vec![]), PerLayer::Each(vec![2]), PerLayer::All(2)] {
        let model = ConvModel { filters: vec![4, 8], strides, ..ConvModel::default() };
        let experiment = Experiment { model: Model::Conv(model), ..Experiment::default() };
        assert_eq!(experiment.architecture().output, experiment.output_size());
    }
}
