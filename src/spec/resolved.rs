//! What is derived from a resolved experiment: sizes, network, TOML text and identity.

use super::{Data, DatasetName, DeviceKind, Evaluate, Experiment, Model, PerLayer, dotted};
use crate::arch::{Architecture, ConvBlock, Size};
use std::{collections::BTreeMap, path::Path};

impl DatasetName {
    /// Returns the name used in files and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SyntheticDigits => "synthetic_digits",
            Self::SyntheticScenes => "synthetic_scenes",
            Self::Mnist => "mnist",
            Self::FashionMnist => "fashion_mnist",
            Self::Cifar10 => "cifar10",
            Self::ImageFolder => "image_folder",
        }
    }

    /// Whether its images are synthetic, not read from files.
    pub const fn is_drawn(self) -> bool {
        matches!(self, Self::SyntheticDigits | Self::SyntheticScenes)
    }
}

impl Data {
    /// Returns the size of the data set's images.
    pub const fn size(&self) -> Size {
        match self.dataset {
            DatasetName::SyntheticDigits | DatasetName::Mnist | DatasetName::FashionMnist => {
                Size::new(28, 28, 1)
            }
            DatasetName::SyntheticScenes | DatasetName::Cifar10 => Size::new(32, 32, 3),
            DatasetName::ImageFolder => {
                Size::new(self.image_size[0], self.image_size[1], self.channels)
            }
        }
    }
}

impl Experiment {
    /// Returns the size of the network's input.
    pub fn input_size(&self) -> Size {
        self.task.input_size(self.data.size())
    }

    /// Returns the size of the network's output.
    pub fn output_size(&self) -> Size {
        self.data.size()
    }

    /// Returns the layers of the network.
    ///
    /// The experiment should come from [`load`](super::load()), which ensures that lists have one entry per
    /// layer and that sizes are within bounds. Otherwise, the last entry of a list that is too short applies
    /// to the remaining layers.
    pub fn architecture(&self) -> Architecture {
        let (input, channels) = (self.input_size(), self.output_size().channels);
        let activations = self.model.activations();
        match &self.model {
            Model::Conv(model) => {
                let per_layer = |values: &PerLayer, layer: usize| match values {
                    PerLayer::All(value) => *value,
                    PerLayer::Each(list) => {
                        list.get(layer).or(list.last()).copied().unwrap_or(1).max(1)
                    }
                };
                let blocks = model.filters.iter().enumerate().map(|(layer, filters)| ConvBlock {
                    filters: *filters,
                    kernel: per_layer(&model.kernel_size, layer),
                    stride: per_layer(&model.strides, layer),
                });
                let blocks: Vec<ConvBlock> = blocks.collect();
                Architecture::conv(input, channels, &blocks, model.latent_dim, activations)
            }
            Model::Mlp(model) => {
                Architecture::mlp(input, channels, &model.hidden, model.latent_dim, activations)
            }
        }
    }

    /// Writes the whole experiment as TOML, every value in the order of the types. Left out are keys that do
    /// not apply: options without a value, the keys of `image_folder` with another data set, those of
    /// probes without a probe, and amounts of noise to test at if there are none.
    ///
    /// Loading it gives an equal experiment.
    ///
    /// # Panics
    /// If the seed is above `i64::MAX` or a path is not UTF-8, neither of which TOML can represent.
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.table()).expect("the experiment can be written as TOML")
    }

    /// Returns every value of [`to_toml`](Self::to_toml) by its dotted key.
    ///
    /// # Panics
    /// As [`to_toml`](Self::to_toml).
    pub fn values(&self) -> BTreeMap<String, toml::Value> {
        dotted::leaves(&self.table().into())
    }

    /// Returns a text that is equal for two experiments exactly if they train the same network on the same
    /// images in the same way. Keys that do not affect the trained network are left out or have their
    /// defaults, and all GPUs count as the same.
    ///
    /// # Panics
    /// As [`to_toml`](Self::to_toml).
    pub fn identity(&self) -> String {
        let mut table = self.table();
        for path in UNIDENTIFYING {
            match path.split_once('.') {
                Some((section, key)) => remove(&mut table, section, &[key]),
                None => _ = table.remove(path),
            }
        }
        let mut defaults = toml::Table::try_from(Self::default()).unwrap_or_default();
        for path in DEFAULTED {
            if let (Some(value), Some(default)) = (at(&mut table, path), at(&mut defaults, path)) {
                *value = default.clone();
            }
        }
        if let Some(toml::Value::Table(meta)) = table.get_mut("experiment")
            && let Some(DeviceKind::Cuda(_)) = self.meta.device.kind()
        {
            meta.insert("device".to_owned(), DeviceKind::Cuda(0).to_string().into());
        }
        toml::to_string(&table).expect("the experiment can be written as TOML")
    }

    /// Whether a dotted key is part of the [`identity`](Self::identity).
    pub fn is_identified_by(key: &str) -> bool {
        !UNIDENTIFYING.into_iter().chain(DEFAULTED).any(|table| dotted::is_within(key, table))
    }

    /// Returns every key that applies: those of `image_folder`, of probes and of amounts of noise to test at only
    /// where these are used. Without them, the text is the same as before there were probes and such amounts.
    fn table(&self) -> toml::Table {
        let mut table = toml::Table::try_from(self).expect("the experiment can be written as TOML");
        if self.data.dataset != DatasetName::ImageFolder {
            remove(&mut table, "data", &FOLDER_KEYS);
        }
        if self.evaluate.probe.is_empty() {
            remove(&mut table, "evaluate", &PROBE_KEYS);
        }
        if self.evaluate.noise_amounts.is_empty() {
            remove(&mut table, "evaluate", &["noise_amounts"]);
        }
        table
    }

    /// Derives the name from that of the file if it is empty, and resets the keys of `image_folder` and of
    /// probes to their defaults where they do not apply.
    pub(super) fn complete(&mut self, file: &Path) {
        if self.meta.name.is_empty() {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            self.meta.name = folder_name(&stem);
        }
        if self.data.dataset != DatasetName::ImageFolder {
            let Data { image_size, channels, fit, max_unreadable, .. } = Data::default();
            self.data = Data { image_size, channels, fit, max_unreadable, ..self.data.clone() };
        }
        if self.evaluate.probe.is_empty() {
            self.evaluate.probe_neighbours = Evaluate::default().probe_neighbours;
        }
    }
}

/// Tables and dotted keys that do not affect the trained network. Images and initial weights are identified
/// by their digest instead of their path.
const UNIDENTIFYING: [&str; 7] = [
    "experiment.name",
    "experiment.description",
    "data.root",
    "model.init",
    "evaluate",
    "figures",
    "log",
];

/// More keys that do not affect the trained network. They stay in the identity with their defaults, since
/// removing them would change the identity of all existing runs.
const DEFAULTED: [&str; 4] =
    ["data.verify", "data.max_unreadable", "train.checkpoint.every", "train.checkpoint.keep"];

/// Returns the value at a dotted path.
fn at<'a>(table: &'a mut toml::Table, path: &str) -> Option<&'a mut toml::Value> {
    let mut steps = path.split('.');
    let first = table.get_mut(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get_mut(step))
}

/// Keys of `[data]` that only apply to `image_folder`.
pub(super) const FOLDER_KEYS: [&str; 4] = ["image_size", "channels", "fit", "max_unreadable"];

/// Keys of `[evaluate]` that only apply to probes.
const PROBE_KEYS: [&str; 2] = ["probe", "probe_neighbours"];

fn remove(table: &mut toml::Table, section: &str, keys: &[&str]) {
    if let Some(toml::Value::Table(section)) = table.get_mut(section) {
        for key in keys {
            section.remove(*key);
        }
    }
}

/// Whether a character is allowed in the name of a run's folder.
pub(super) fn names_folder(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Turns a file's name into the name of a run's folder by replacing disallowed characters with `_`.
fn folder_name(stem: &str) -> String {
    let safe = |c: char| if names_folder(c) { c } else { '_' };
    let name: String = stem.chars().map(safe).take(100).collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if name.is_empty() => "experiment".to_owned(),
        None => name,
    }
}
