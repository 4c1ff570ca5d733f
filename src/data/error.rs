//! Errors of data sets, each with a remedy.

use super::Published;
use crate::words::number;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Why a data set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some or all files of a published data set are missing.
    #[error("{}", missing(.published, .folder, .absent, .present))]
    Missing {
        /// The data set.
        published: &'static Published,
        /// Where its files should be.
        folder: PathBuf,
        /// Names of the missing files.
        absent: Vec<String>,
        /// Names of the existing files.
        present: Vec<String>,
    },

    /// An operation of the operating system failed.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },

    /// A file does not have the expected content.
    #[error("`{}`: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was found and what was expected, to follow the path and a colon.
        problem: String,
    },

    /// A file of a published data set differs from the published one.
    #[error(
        "`{}` is not the published file: its {what} is\n  {got}, expected\n  {expected}.\n\
         {}, or accept it as it is with `data.verify = false` (`--set data.verify=false`).",
        path.display(), published.advice()
    )]
    Checksum {
        /// The data set.
        published: &'static Published,
        /// The file.
        path: PathBuf,
        /// The kind of checksum.
        what: &'static str,
        /// The published checksum, in hex.
        expected: String,
        /// The checksum of this file, in hex.
        got: String,
    },

    /// The limits and the split leave no image for a part of the data set.
    #[error(
        "no {part} image is left: `data.train_limit` leaves {train}, `data.test_limit` leaves \
         {test}, and `data.validation_split` = {} of the training images go to validation",
        number(*.split)
    )]
    NothingLeft {
        /// Which part is empty: `training`, `validation` or `test`.
        part: &'static str,
        /// Training images before the split.
        train: usize,
        /// Test images.
        test: usize,
        /// The configured split.
        split: f64,
    },

    /// An `image_folder` does not exist, or is a file.
    #[error("there is no folder `{}`: say where your images are with `data.root`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },

    /// An `image_folder` has no images.
    #[error(
        "no {part} image in `{}`: `image_folder` takes .png, .jpg and .jpeg files at any depth, \
         from `train/` and `test/` if both exist, and skips folders of results, which contain a \
         run.json, sweep.json or _images.csv. Say where your images are with `data.root`.",
        folder.display()
    )]
    NoImages {
        /// Which part is empty: `training` or `test`.
        part: &'static str,
        /// The folder searched.
        folder: PathBuf,
    },

    /// An `image_folder` has a single image.
    #[error(
        "`{}` has only one image, but a data set needs one to train on and one to test on; \
         `runner apply` processes and measures single images",
        folder.display()
    )]
    OneImage {
        /// The folder searched.
        folder: PathBuf,
    },

    /// An `image_folder` has only one of the two parts.
    #[error("{}", lone_part(.folder, .there))]
    LonePart {
        /// The folder searched.
        folder: PathBuf,
        /// Name of the existing part.
        there: String,
    },

    /// Too many images of an `image_folder` cannot be read.
    #[error(
        "{count} of {total} images in `{}` cannot be read, more than `data.max_unreadable` = \
         {allowed} allows:\n  {examples}\nRepair or remove them, or raise the limit.",
        folder.display()
    )]
    Unreadable {
        /// The folder searched.
        folder: PathBuf,
        /// Number of unreadable images.
        count: usize,
        /// Number of all images.
        total: usize,
        /// The share of unreadable images that is tolerated.
        allowed: f64,
        /// The first few, one per line, each with its reason.
        examples: String,
    },

    /// The data set is not published anywhere, so it cannot be fetched.
    #[error(
        "`{name}` is not a data set to download; `runner data fetch` takes mnist, fashion_mnist \
         and cifar10"
    )]
    NotPublished {
        /// The data set.
        name: &'static str,
    },

    /// No mirror served the published file.
    #[error(
        "cannot download `{file}`:\n  {}\nRun the same command again to resume the download, or \
         copy the file to `{}` yourself.",
        reasons.join("\n  "), folder.display()
    )]
    Download {
        /// The file.
        file: String,
        /// Where it should go.
        folder: PathBuf,
        /// Why each mirror failed.
        reasons: Vec<String>,
    },
}

impl Error {
    /// Returns a closure for `map_err` that adds `action` and `path`.
    pub(super) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// Adds to an error about a file of a published data set how to replace the file.
    pub(super) fn of(self, published: &Published) -> Self {
        match self {
            Self::Malformed { path, problem } => {
                Self::malformed(path, format!("{problem}.\n{}.", published.advice()))
            }
            other => other,
        }
    }

    pub(super) fn malformed(path: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self::Malformed { path: path.into(), problem: problem.into() }
    }
}

fn lone_part(folder: &Path, existing: &str) -> String {
    let (folder, inside) = (folder.display(), folder.join(existing));
    let missing = if existing.eq_ignore_ascii_case("train") {
        format!(
            "no folder of test images next to it: call that `test`, `val`, `validation` or \
             `valid`. To test on a tenth of the images in `{existing}`, set `data.root` to `{}`.",
            inside.display()
        )
    } else {
        "no folder `train` next to it: give the folder of training images this name.".to_owned()
    };
    format!(
        "`{folder}` has a folder `{existing}` but {missing} If `{existing}` is one of the classes, \
         give it another name."
    )
}

fn missing(published: &Published, folder: &Path, absent: &[String], present: &[String]) -> String {
    let title = published.title;
    let folder = folder.display();
    let mut text = if present.is_empty() {
        format!("{title} is not in `{folder}`. Expected there: {}.", absent.join(", "))
    } else {
        format!("{title} is incomplete in `{folder}`: {} there, {} not.", are(present), are(absent))
    };
    let name = published.dataset.name();
    let offline = published.offline.name();
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "\nDownload it with `runner data fetch {name}`, or say where it is: `data.root` is its \
         folder, the environment variable RUNNER_DATA_DIR the folder that contains `{name}/`.\n\
         To run without downloading: `--set data.dataset={offline}`."
    );
    text
}

/// Joins names and adds the verb in singular or plural.
fn are(names: &[String]) -> String {
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}
