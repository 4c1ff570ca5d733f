//! `[data]`: the images.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::{fs, path::PathBuf};

/// Upper limit of the image limits: more than fit into any machine's memory, yet their size in bytes cannot
/// overflow.
const MOST_IMAGES: usize = 1_000_000_000;

/// The data sets that `data.dataset` names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DatasetName {
    /// Synthetic digits, 28x28 gray; no download.
    #[default]
    SyntheticDigits,
    /// Synthetic landscapes, 32x32 RGB; no download.
    SyntheticScenes,
    /// Handwritten digits, 28x28 gray, 60,000 training and 10,000 test images.
    Mnist,
    /// Pieces of clothing, 28x28 gray, 60,000 training and 10,000 test images.
    FashionMnist,
    /// Photographs in ten classes, 32x32 RGB, 50,000 training and 10,000 test images.
    Cifar10,
    /// A folder of your own PNG and JPEG images. Subfolders `train` and `test` (or `val`, `validation`, `valid`) are the two parts, so no class can have one of these names; without them, a tenth of the images is kept for testing. The folders inside a part, or inside the folder itself, are the classes.
    ImageFolder,
}

/// How an image is resized to `image_size`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// Scale the image until it covers the size, then crop the excess evenly.
    #[default]
    Crop,
    /// Stretch the image to the size, ignoring its aspect ratio.
    Stretch,
}

/// The images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// The data set.
    pub dataset: DatasetName,
    /// Folder of the data set's files, relative to the current folder. Default: the folder named after the data set in `RUNNER_DATA_DIR`, or in `data`. In an `image_folder`, the folders of runs, of sweeps and of `runner apply` (which contain `run.json`, `sweep.json` or `_images.csv`) are skipped.
    #[schemars(length(min = 1))]
    pub root: Option<PathBuf>,
    /// Verify the files of a published data set against the published checksums: SHA-256, or MD5 for the CIFAR-10 archive; of unpacked CIFAR-10 files only sizes and labels are checked. `false` accepts other content.
    pub verify: bool,
    /// Use only the first N training images, including those of `validation_split`. Default: all of them; 6000 for synthetic data sets.
    #[schemars(range(min = 1, max = MOST_IMAGES))]
    pub train_limit: Option<usize>,
    /// Use only the first N test images. Default: all of them; 1000 for synthetic data sets.
    #[schemars(range(min = 1, max = MOST_IMAGES))]
    pub test_limit: Option<usize>,
    /// Share of the training images held out for validation, by which the best epoch is chosen; its weights are then measured once on the test images, at the end. With 0, the test images are the validation images.
    #[schemars(range(min = 0, max = 0.9))]
    pub validation_split: f64,
    /// Height and width in pixels to which `image_folder` resizes images.
    #[schemars(inner(range(min = 1, max = 1024)))]
    pub image_size: [usize; 2],
    /// Channels to which `image_folder` converts images: 1 (gray) or 3 (RGB).
    #[schemars(extend("enum" = [1, 3]))]
    pub channels: usize,
    /// How `image_folder` resizes images to `image_size`.
    pub fit: Fit,
    /// Share of unreadable images in an `image_folder` that is tolerated; with more, the run does not start.
    #[schemars(range(min = 0, max = 1))]
    pub max_unreadable: f64,
}

impl Data {
    /// Names the images that choose the best epoch when none are held out for validation.
    pub const VALIDATED_ON_TEST: &'static str =
        "the test images; data.validation_split = 0.1 keeps these apart";

    /// Whether training images are held out for validation, so that the test images are used only once, at the
    /// end.
    pub fn is_split(&self) -> bool {
        self.validation_split > 0.0
    }

    /// Whether this is an image folder other than that of `own`, after resolving symbolic links.
    pub fn is_other_folder(&self, own: &Self) -> bool {
        let at = |data: &Self| {
            data.root.as_ref().map(|root| fs::canonicalize(root).unwrap_or_else(|_| root.clone()))
        };
        self.dataset == DatasetName::ImageFolder
            && (own.dataset != self.dataset || at(self) != at(own))
    }

    /// Returns how many of `training` images [`Self::validation_split`] holds out for validation. As in
    /// Keras, the number that remains for training is computed in floating point and rounded down.
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
