//! What follows from a resolved experiment: sizes, network, text, identity.

use super::{Data, DatasetName, DeviceKind, Evaluate, Experiment, Model, PerLayer, dotted};
use crate::arch::{Architecture, ConvBlock, Size};
use std::path::Path;

impl DatasetName {
    /// Name in files and on screen.
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

    /// Whether its images are drawn, from no file.
    pub const fn is_drawn(self) -> bool {
        matches!(self, Self::SyntheticDigits | Self::SyntheticScenes)
    }
}

impl Data {
    /// Size of the images as the data set has them.
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
    /// Size of the images that go into the network.
    pub fn input_size(&self) -> Size {
        self.task.input_size(self.data.size())
    }

    /// Size of the images that come out of the network.
    pub fn output_size(&self) -> Size {
        self.data.size()
    }

    /// The layers of the network.
    ///
    /// For an experiment that came from [`load`](super::load()), whose lists have one entry per layer
    /// and whose sizes are within bounds. In any other, the last entry of a short list counts for
    /// the layers that it leaves out.
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

    /// The whole experiment as TOML: every value, in the order of the types. What does not exist
    /// is left out: options without a value, the keys of `image_folder` with another data set, and those of
    /// a probe where there is none.
    ///
    /// Loading it gives an equal experiment.
    ///
    /// # Panics
    /// If the seed is above `i64::MAX` or a path is not UTF-8, which no TOML file can say.
    pub fn to_toml(&self) -> String {
        toml::to_string(&self.table()).expect("an experiment that TOML can say")
    }

    /// Text that is equal for two experiments exactly if they train the same network on the same
    /// images in the same way: keys that change nothing in a trained network are left out or have their
    /// defaults, and which of several GPUs does it makes no difference.
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
            && let Some(DeviceKind::Cuda(_)) = self.experiment.device.kind()
        {
            meta.insert("device".to_owned(), DeviceKind::Cuda(0).to_string().into());
        }
        toml::to_string(&table).expect("an experiment that TOML can say")
    }

    /// Whether a dotted key is part of what [`identity`](Self::identity) tells apart.
    pub fn is_identified_by(key: &str) -> bool {
        !UNIDENTIFYING.into_iter().chain(DEFAULTED).any(|table| dotted::is_within(key, table))
    }

    /// Every value that exists: the keys of `image_folder` only with that, and those of a probe. Runs without
    /// one are known by the text that they had before there were probes.
    fn table(&self) -> toml::Table {
        let mut table = toml::Table::try_from(self).expect("an experiment that TOML can say");
        if self.data.dataset != DatasetName::ImageFolder {
            remove(&mut table, "data", &FOLDER_KEYS);
        }
        if self.evaluate.probe.is_empty() {
            remove(&mut table, "evaluate", &PROBE_KEYS);
        }
        table
    }

    /// Fills in what follows from elsewhere: the name from the file's, and the defaults of keys that only
    /// apply to a folder of images or to a probe, unless there is one.
    pub(super) fn complete(&mut self, file: &Path) {
        if self.experiment.name.is_empty() {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            self.experiment.name = folder_name(&stem);
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

/// Tables and dotted keys that change nothing in a trained network. Of images, and of weights to start from,
/// their digest is told instead of where they lie.
const UNIDENTIFYING: [&str; 7] = [
    "experiment.name",
    "experiment.description",
    "data.root",
    "model.init",
    "evaluate",
    "figures",
    "log",
];

/// Keys that change nothing in it either. They have their defaults in the text: without them it would be
/// another one for every run that there is already.
const DEFAULTED: [&str; 4] =
    ["data.verify", "data.max_unreadable", "train.checkpoint.every", "train.checkpoint.keep"];

/// The value at a dotted path.
fn at<'a>(table: &'a mut toml::Table, path: &str) -> Option<&'a mut toml::Value> {
    let mut steps = path.split('.');
    let first = table.get_mut(steps.next()?)?;
    steps.try_fold(first, |value, step| value.get_mut(step))
}

/// Keys of `[data]` that only `image_folder` has.
pub(super) const FOLDER_KEYS: [&str; 4] = ["image_size", "channels", "fit", "max_unreadable"];

/// Keys of `[evaluate]` that only a probe has.
const PROBE_KEYS: [&str; 2] = ["probe", "probe_neighbours"];

fn remove(table: &mut toml::Table, section: &str, keys: &[&str]) {
    if let Some(toml::Value::Table(section)) = table.get_mut(section) {
        for key in keys {
            section.remove(*key);
        }
    }
}

/// Whether a character may stand in the name of a run's folder.
pub(super) fn names_folder(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// A file's name as the name of a run's folder: what may not stand in one becomes `_`.
fn folder_name(stem: &str) -> String {
    let safe = |c: char| if names_folder(c) { c } else { '_' };
    let name: String = stem.chars().map(safe).take(100).collect();
    match name.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if name.is_empty() => "experiment".to_owned(),
        None => name,
    }
}
