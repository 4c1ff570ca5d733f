//! What can go wrong with data, each with what to do about it.

use super::Published;
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Why a data set cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some or all files of a published data set are not there.
    #[error("{}", missing(.published, .folder, .absent, .present))]
    Missing {
        /// The data set.
        published: &'static Published,
        /// Where its files should be.
        folder: PathBuf,
        /// Names of the files that are not there.
        absent: Vec<String>,
        /// Names of the files that are.
        present: Vec<String>,
    },

    /// The operating system refuses.
    #[error("cannot {action} `{}`: {source}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },

    /// A file is not what its place says.
    #[error("`{}`: {problem}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was found and what was expected: a sentence's end.
        problem: String,
    },

    /// A file of a published data set has other content than published.
    #[error(
        "`{}` is not the published file: its {what} is\n  {got}, expected\n  {expected}.\n\
         {}, or accept it as it is with `data.verify = false` (`--set data.verify=false`).",
        path.display(), published.anew()
    )]
    Checksum {
        /// The data set.
        published: &'static Published,
        /// The file.
        path: PathBuf,
        /// Which sum of what.
        what: &'static str,
        /// The published sum, in hex.
        expected: String,
        /// The sum of this file, in hex.
        got: String,
    },

    /// No image is left for a part of the data set.
    #[error(
        "no {part} image is left: `data.train_limit` leaves {train}, `data.test_limit` leaves \
         {test}, and `data.validation_split` = {split} of the training images go to validation"
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

    /// An `image_folder` is not there, or is a file.
    #[error("there is no folder `{}`: say where your images are with `data.root`", folder.display())]
    NoFolder {
        /// The folder.
        folder: PathBuf,
    },

    /// An `image_folder` has no images.
    #[error(
        "no {part} image in `{}`: `image_folder` takes .png, .jpg and .jpeg files at any depth, \
         from `train/` and `test/` when both are there, and passes over folders of results, which \
         have a run.json, sweep.json or _images.csv. Say where your images are with `data.root`.",
        folder.display()
    )]
    NoPictures {
        /// Which part is empty: `training` or `test`.
        part: &'static str,
        /// The folder searched.
        folder: PathBuf,
    },

    /// An `image_folder` has a single image.
    #[error(
        "`{}` has one image, and a data set needs one to train on and one to test on; `runner apply` takes a \
         single image, and measures it",
        folder.display()
    )]
    OnePicture {
        /// The folder searched.
        folder: PathBuf,
    },

    /// An `image_folder` has one of the two parts.
    #[error("{}", lone_part(.folder, .there))]
    LonePart {
        /// The folder searched.
        folder: PathBuf,
        /// Name of the part that is there.
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
        /// How many cannot be read.
        count: usize,
        /// How many there are.
        total: usize,
        /// The share that may be unreadable.
        allowed: f64,
        /// The first few, one a line, each with its reason.
        examples: String,
    },

    /// Nobody publishes the data set, so nothing can be fetched.
    #[error(
        "`{name}` is not a data set to download; `runner data fetch` takes mnist, fashion_mnist \
         and cifar10"
    )]
    NotPublished {
        /// The data set.
        name: &'static str,
    },

    /// No mirror served a file that is the published one.
    #[error(
        "cannot download `{file}`:\n  {}\nRun the same command again to continue where it stopped, \
         or copy the file to `{}` yourself.",
        reasons.join("\n  "), folder.display()
    )]
    Download {
        /// The file.
        file: String,
        /// Where it should go.
        folder: PathBuf,
        /// What each mirror did.
        reasons: Vec<String>,
    },
}

impl Error {
    /// For `map_err`: the error of doing `action` to `path`.
    pub(super) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// The same of a file of a published data set, with what to do about it.
    pub(super) fn of(self, published: &Published) -> Self {
        match self {
            Self::Malformed { path, problem } => {
                Self::malformed(path, format!("{problem}.\n{}.", published.anew()))
            }
            other => other,
        }
    }

    pub(super) fn malformed(path: impl Into<PathBuf>, problem: impl Into<String>) -> Self {
        Self::Malformed { path: path.into(), problem: problem.into() }
    }
}

fn lone_part(folder: &Path, there: &str) -> String {
    let (folder, inside) = (folder.display(), folder.join(there));
    let lacking = if there.eq_ignore_ascii_case("train") {
        format!(
            "no folder of test images beside it: call that `test`, `val`, `validation` or \
             `valid`. To test on a tenth of the images in `{there}`, set `data.root` to `{}`.",
            inside.display()
        )
    } else {
        "no folder `train` beside it: give the folder of training images this name.".to_owned()
    };
    format!(
        "`{folder}` has a folder `{there}` and {lacking} If `{there}` is a class among others, \
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
         folder, the environment variable RUNNER_DATA_DIR the folder that holds `{name}/`.\n\
         To run without downloading: `--set data.dataset={offline}`."
    );
    text
}

/// The names, and a verb for one or several.
fn are(names: &[String]) -> String {
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}
