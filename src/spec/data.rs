//! `[data]`: the images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fs, path::PathBuf};

/// More images than fit into any machine's memory, and few enough for their bytes to be counted.
const MOST_PICTURES: usize = 1_000_000_000;

/// The data sets that `data.dataset` names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatasetName {
    /// Synthetic digits, 28x28 gray: nothing to download.
    #[default]
    SyntheticDigits,
    /// Synthetic landscapes, 32x32 RGB: nothing to download.
    SyntheticScenes,
    /// Handwritten digits, 28x28 gray, 60,000 + 10,000.
    Mnist,
    /// Pieces of clothing, 28x28 gray, 60,000 + 10,000.
    FashionMnist,
    /// Photographs of ten kinds of things, 32x32 RGB, 50,000 + 10,000.
    Cifar10,
    /// A folder of PNG and JPEG images of your own. Its folders `train` and `test` (or `val`, `validation`, `valid`) are the two parts, so do not give a class one of these names; with neither, a tenth of the images is kept for testing. The folders inside a part (or inside the whole folder) are the classes.
    ImageFolder,
}

/// How an image of another size is brought to `image_size`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Scaled to cover the size; what is left over is cut off evenly.
    #[default]
    Crop,
    /// Stretched to the size.
    Stretch,
}

/// The images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Which data set.
    pub dataset: DatasetName,
    /// Folder of the data set's files, relative to the current folder. Default: a folder named like the data set in `RUNNER_DATA_DIR`, or in `data`. Below a folder of images, folders of runs, of sweeps and of the results of `runner apply` (with a `run.json`, `sweep.json` or `_images.csv`) are passed over.
    #[schemars(length(min = 1))]
    pub root: Option<PathBuf>,
    /// Check the files of a published data set against their published checksums (SHA-256; for CIFAR-10 the archive's MD5, and of unpacked files only sizes and labels); `false` accepts other content.
    pub verify: bool,
    /// Use only the first so many training images, `validation_split` among them; all when left out. Synthetic data sets draw 6000 when left out.
    #[schemars(range(min = 1, max = MOST_PICTURES))]
    pub train_limit: Option<usize>,
    /// Use only the first so many test images; all when left out. Synthetic data sets draw 1000 when left out.
    #[schemars(range(min = 1, max = MOST_PICTURES))]
    pub test_limit: Option<usize>,
    /// Share of the training images kept for validation, which the best epoch is chosen by; the test images then measure its weights once, at the end. 0 validates on the test images.
    #[schemars(range(min = 0, max = 0.9))]
    pub validation_split: f64,
    /// Height and width that `image_folder` brings images to.
    #[schemars(inner(range(min = 1, max = 1024)))]
    pub image_size: [usize; 2],
    /// Channels that `image_folder` brings images to: 1 (gray) or 3 (RGB).
    #[schemars(extend("enum" = [1, 3]))]
    pub channels: usize,
    /// How `image_folder` brings images to `image_size`.
    pub fit: Fit,
    /// Share of unreadable images in an `image_folder` above which the run is refused.
    #[schemars(range(min = 0, max = 1))]
    pub max_unreadable: f64,
}

impl Data {
    /// What best epochs are chosen on where no images are held out for that.
    pub const VALIDATED_ON_TEST: &'static str =
        "the test images; data.validation_split = 0.1 keeps these apart";

    /// Whether images are held out of training for validation, and the test images measured once at the end.
    pub fn is_split(&self) -> bool {
        self.validation_split > 0.0
    }

    /// Whether these are images of a folder that is not the one of `own`, wherever links lead.
    pub fn is_other_folder(&self, own: &Self) -> bool {
        let at = |data: &Self| {
            data.root.as_ref().map(|root| fs::canonicalize(root).unwrap_or_else(|_| root.clone()))
        };
        self.dataset == DatasetName::ImageFolder
            && (own.dataset != self.dataset || at(self) != at(own))
    }

    /// Of so many training images those that [`Self::validation_split`] keeps for validation: as many as
    /// Keras does, which rounds what is left to train on down, in floating point.
    pub fn held_out(&self, training: usize) -> usize {
        let trained_on = training as f64 * (1.0 - self.validation_split.clamp(0.0, 1.0));
        training - training.min(trained_on.floor() as usize)
    }
}

impl Default for Data {
    fn default() -> Self {
        Self {
            dataset: DatasetName::default(),
            root: None,
            verify: true,
            train_limit: None,
            test_limit: None,
            validation_split: 0.0,
            image_size: [32, 32],
            channels: 3,
            fit: Fit::default(),
            max_unreadable: 0.01,
        }
    }
}
