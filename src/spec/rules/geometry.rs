//! Rules on networks that cannot be built.

use super::Finding;
use crate::{
    arch::{Architecture, Layer},
    spec::{ConvModel, Experiment, Model, PerLayer},
    words::{counted, thousands},
};

/// 3.2 GB of training state: weights, gradients and Adam's two moments.
const MOST_PARAMETERS: usize = 200_000_000;
/// 2 GB for the activations of a single image.
const MOST_ACTIVATIONS: usize = 500_000_000;

pub(super) fn check(experiment: &Experiment, findings: &mut Vec<Finding>) {
    let lists = match &experiment.model {
        Model::Conv(model) => {
            [("kernel_size", &model.kernel_size, "kernel"), ("strides", &model.strides, "stride")]
                .into_iter()
                .filter_map(|(key, values, what)| mismatch(model, key, values, what))
                .collect()
        }
        Model::Mlp(_) => Vec::new(),
    };
    if lists.is_empty() {
        too_large(experiment, findings);
    }
    findings.extend(lists);
}

/// Reports a list whose number of entries differs from the number of layers.
fn mismatch(model: &ConvModel, key: &str, values: &PerLayer, what: &str) -> Option<Finding> {
    let PerLayer::Each(list) = values else { return None };
    let (given, layers) = (list.len(), model.filters.len());
    if given == layers {
        return None;
    }
    let lacking = if given < layers {
        format!("layer encoder.conv{given} has no {what}")
    } else {
        format!("there is no layer encoder.conv{layers} for the {what} {}", list[layers])
    };
    let message = format!(
        "{lacking}: `{key}` lists {}, `filters` {}",
        counted(given, "value"),
        counted(layers, "layer")
    );
    let path = format!("model.{key}");
    Some(
        Finding::new([path.as_str(), "model.filters", "model.kind"], message).note(format!(
            "give one value for each entry of `filters`, or a single `{key}` for all"
        )),
    )
}

fn too_large(experiment: &Experiment, findings: &mut Vec<Finding>) {
    let network = experiment.architecture();
    let parameters = network.parameter_count();
    let activations = network.activation_count();
    let (layer, message, note) = if parameters > MOST_PARAMETERS {
        let Some((layer, own)) = largest(&network, Layer::parameter_count) else { return };
        let message = format!(
            "layer {} has {} of the network's {} parameters; more than {} are not supported",
            layer.name,
            thousands(own),
            thousands(parameters),
            thousands(MOST_PARAMETERS)
        );
        (layer, message, "stronger strides, fewer filters or units, or a shorter code need less")
    } else if activations > MOST_ACTIVATIONS {
        let Some((layer, own)) = largest(&network, |layer| layer.output.len()) else { return };
        let message = format!(
            "layer {} outputs {} of the {} activations of an image; more than {} are not supported",
            layer.name,
            thousands(own),
            thousands(activations),
            thousands(MOST_ACTIVATIONS)
        );
        (layer, message, "smaller images, stronger strides or fewer filters need less")
    } else {
        return;
    };
    let size = format!("its input is {}, its output {}", layer.input, layer.output);
    findings.push(Finding::new(culprits(experiment, layer), message).note(size).note(note));
}

/// Returns the keys that determine a layer's size, the likeliest culprit first.
fn culprits(experiment: &Experiment, layer: &Layer) -> [&'static str; 6] {
    let sizes = match &experiment.model {
        Model::Conv(_) => "model.filters",
        Model::Mlp(_) => "model.hidden",
    };
    let mut keys = [
        sizes,
        "model.latent_dim",
        "model.strides",
        "model.kernel_size",
        "data.image_size",
        "data.dataset",
    ];
    // In a convolutional network, the length of the code mainly determines the size of these two.
    if matches!(layer.name.as_str(), "encoder.latent" | "decoder.dense")
        && matches!(experiment.model, Model::Conv(_))
    {
        keys.swap(0, 1);
    }
    keys
}

fn largest(network: &Architecture, size: impl Fn(&Layer) -> usize) -> Option<(&Layer, usize)> {
    network.layers().map(|layer| (layer, size(layer))).max_by_key(|(_, size)| *size)
}
