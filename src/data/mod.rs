//! Images to train on: read from files, fetched, or drawn.
//!
//! [`load`] gives the data set that `[data]` names, whatever it is made of:
//!
//! - `mnist`, `fashion_mnist`: IDX files ([`idx`]), as [`fetch`] leaves them;
//! - `cifar10`: the official binary files, or the archive they come in, which is checked by the MD5 that
//!   its authors publish; of the files in it no sums are published, so sizes and labels are;
//! - `image_folder`: PNG and JPEG images of the user's own ([`image_folder`]);
//! - `synthetic_digits`: handwritten digits, 28x28 gray, drawn from strokes and laid out as MNIST's;
//! - `synthetic_scenes`: landscapes, 32x32 RGB, drawn so that gray shapes tell the colours.
//!
//! A drawn image is a function of its part and place alone: any number of them can be drawn, and the
//! first are always the same.
//!
//! Images stay 8 bits a channel in memory; [`noise`] corrupts the ones of a batch.

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
pub use dataset::{Dataset, Pictures};
pub use error::Error;
pub use gray::gray;
pub use locate::locate;
pub use published::{Check, Published, RemoteFile};

use crate::spec;
use spec::DatasetName;
use std::path::{Path, PathBuf};

/// The data set that `config` describes, cut to its limits and split.
///
/// `env_dir` is the value of `RUNNER_DATA_DIR`, see [`locate()`]. Synthetic images do not depend
/// on an experiment's seed: a sweep over seeds sees the same images.
///
/// # Errors
///
/// Files that are missing, unreadable, malformed or other than published; what is left after
/// the limits and the split being too little to train or to validate on.
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
                "images of {found}, but `{}` has {expected}, which the network is made for. For \
                 images of another size save them as PNG files and set `data.dataset = \
                 \"image_folder\"` and `data.image_size = [{}, {}]`",
                config.dataset.name(),
                found.height,
                found.width
            ),
        ));
    }
    parts.into_dataset(config)
}

/// The files of a published data set in `folder`; none of another one.
///
/// # Errors
///
/// [`Error::Missing`], which names those that are not there; an `image_folder` that is not there.
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

/// Bytes that the images of `config` take in memory, before any of them is read; `None` for published
/// data sets, which have no surprises.
///
/// # Errors
///
/// Those of looking for the files of an `image_folder`.
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
