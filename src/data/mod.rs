//! Data sets: read from files, downloaded, or synthetic.
//!
//! [`load`] returns the data set that `[data]` selects:
//!
//! - `mnist`, `fashion_mnist`: IDX files ([`idx`]), as downloaded by [`fetch`];
//! - `cifar10`: the official binary files, or the archive they come in;
//! - `image_folder`: the user's own PNG and JPEG images ([`image_folder`]);
//! - `synthetic_digits`: handwritten digits, 28x28 gray, drawn from strokes in the layout of MNIST;
//! - `synthetic_scenes`: landscapes, 32x32 RGB, whose colors can be inferred from gray shapes.
//!
//! A synthetic image depends only on its part and index, so any number of them can be drawn, and the
//! first ones are always the same.
//!
//! Images are kept in memory with 8 bits per channel; [`noise`] corrupts those of a batch.

mod cifar10;
mod counts;
mod dataset;
mod error;
pub mod fetch;
mod gray;
pub mod idx;
pub mod image_folder;
mod locate;
mod math;
pub mod noise;
mod published;
mod synthetic;

pub use counts::{Counts, check_split, counts};
pub use dataset::{Dataset, Images};
pub use error::Error;
pub use gray::gray;
pub use locate::locate;
pub use published::{Check, Published, RemoteFile};

use crate::spec;
use spec::DatasetName;
use std::path::{Path, PathBuf};

/// Loads the data set that `config` describes, with its limits and split applied.
///
/// `env_dir` is the value of `RUNNER_DATA_DIR`, see [`locate()`]. Synthetic images do not depend on the
/// seed of the experiment, so all runs of a sweep over seeds have the same images.
///
/// # Errors
///
/// If files are missing, unreadable, malformed or not the published ones, or if the limits and the split
/// leave too few images to train, validate or test on.
pub fn load(config: &spec::Data, env_dir: Option<&Path>) -> Result<Dataset, Error> {
    let folder = || locate(config.dataset, config.root.as_deref(), env_dir);
    let parts = match config.dataset {
        DatasetName::SyntheticDigits => synthetic::digits::load(config),
        DatasetName::SyntheticScenes => synthetic::scenes::load(config),
        DatasetName::Mnist => idx::load(&published::MNIST, &folder(), config.verify)?,
        DatasetName::FashionMnist => {
            idx::load(&published::FASHION_MNIST, &folder(), config.verify)?
        }
        DatasetName::Cifar10 => cifar10::load(&folder(), config.verify)?,
        DatasetName::ImageFolder => image_folder::load(&folder(), config)?,
    };
    let (found, expected) = (parts.train.size, config.size());
    if found != expected {
        return Err(Error::malformed(
            folder(),
            format!(
                "images of {found}, but `{}` has {expected}, for which the network is built. To use \
                 images of another size, save them as PNG files and set `data.dataset = \
                 \"image_folder\"` and `data.image_size = [{}, {}]`",
                config.dataset.name(),
                found.height,
                found.width
            ),
        ));
    }
    parts.into_dataset(config)
}

/// Returns the files of a published data set in `folder`; empty for other data sets.
///
/// # Errors
///
/// [`Error::Missing`] if files are missing; [`Error::NoFolder`] if an `image_folder` does not exist.
pub fn files(dataset: DatasetName, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    match (dataset, Published::of(dataset)) {
        (DatasetName::Cifar10, _) => cifar10::find(folder),
        (_, Some(published)) => idx::find(published, folder),
        (DatasetName::ImageFolder, None) if !folder.is_dir() => {
            Err(Error::NoFolder { folder: folder.to_path_buf() })
        }
        (_, None) => Ok(Vec::new()),
    }
}

/// Returns the number of bytes that the images of `config` will take in memory, without reading them; `None`
/// for published data sets, whose size is known.
///
/// # Errors
///
/// If the files of an `image_folder` cannot be listed.
pub fn bytes_needed(config: &spec::Data, env_dir: Option<&Path>) -> Result<Option<u64>, Error> {
    let (train, test) = match config.dataset {
        DatasetName::ImageFolder => {
            image_folder::counts(&locate(config.dataset, config.root.as_deref(), env_dir), config)?
        }
        _ if config.dataset.is_drawn() => synthetic::counts(config),
        _ => return Ok(None),
    };
    Ok(Some((train as u64 + test as u64) * config.size().len() as u64))
}

#[cfg(test)]
mod tests;
