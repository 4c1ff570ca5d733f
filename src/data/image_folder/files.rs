//! Finds the files of an `image_folder` and assigns them to the parts.

use super::is_image;
use crate::{data::Error, disk::canonical, words::counted};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::{
    collections::HashSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};
use walkdir::{DirEntry, WalkDir};

/// The folder of the training images, if there are parts.
const TRAIN: &str = "train";

/// Names of the folder of test images next to it; the first existing one is used.
const TEST: [&str; 4] = ["test", "val", "validation", "valid"];

/// Without `train` next to it, a folder of this name is a class (as opposed to `invalid`).
const CLASS: &str = "valid";

/// Images whose name hashes below this are test images: a tenth of all.
const TEST_HASHES: u64 = u64::MAX / 10;

/// The table that `runner apply` writes into a folder of results.
pub const TABLE: &str = "_images.csv";
/// The sheet of images that it writes next to the table.
pub const SHEET: &str = "_sheet.png";
/// Files that identify folders of runs, of sweeps and of the results of `runner apply`.
const RESULTS: [&str; 3] = ["run.json", "sweep.json", TABLE];

/// The file of an image.
pub(super) struct Found {
    pub path: PathBuf,
    /// The path relative to the folder searched.
    below: PathBuf,
    /// Hash of the relative path; determines part and order.
    hash: u64,
    /// The first folder of the relative path.
    pub class: Option<String>,
}

/// The files of training and test images.
#[derive(Default)]
pub(super) struct Files {
    pub train: Vec<Found>,
    pub test: Vec<Found>,
    /// Unreadable images, each with its reason.
    pub problems: Vec<String>,
    /// Other warnings for the user.
    pub warnings: Vec<String>,
}

/// Finds the image files below `folder`.
pub(super) fn find(folder: &Path) -> Result<Files, Error> {
    if folder.is_file() {
        return Err(Error::NoFolder { folder: folder.to_path_buf() });
    }
    let folders = folders_in(folder);
    let mut tests = TEST.into_iter().filter_map(|name| called(&folders, name));
    let mut files = Files::default();
    match (called(&folders, TRAIN), tests.next()) {
        (Some(train), Some(test)) => {
            files.train = files.images_below(&folder.join(train))?;
            files.test = files.images_below(&folder.join(test))?;
            files.warnings.extend(shared(&files, train, test));
            files.warnings.extend(tests.map(|unused| {
                let unused = folder.join(unused);
                format!("images in `{}` are not used, since there is `{test}`", unused.display())
            }));
        }
        (Some(train), None) => return Err(lone(folder, train)),
        (None, Some(test)) if !test.eq_ignore_ascii_case(CLASS) => {
            return Err(lone(folder, test));
        }
        (None, _) => {
            let mut test = files.images_below(folder)?;
            // Among very few images there may be no low or no high hash; each part still gets one image.
            let low = test.partition_point(|found| found.hash < TEST_HASHES);
            let low = low.clamp(1, test.len().saturating_sub(1).max(1));
            files.train = test.split_off(low.min(test.len()));
            files.test = test;
        }
    }
    Ok(files)
}

fn lone(folder: &Path, existing: &str) -> Error {
    Error::LonePart { folder: folder.to_path_buf(), there: existing.to_owned() }
}

/// Returns the sorted names of the folders in `folder`; empty if it cannot be read, which walking it will
/// report.
fn folders_in(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.filter_map(|folder| folder.file_name().into_string().ok()).collect();
    names.sort();
    names
}

/// Returns the folder of this name, or else one that differs only in case.
fn called<'a>(folders: &'a [String], name: &str) -> Option<&'a str> {
    let exact = folders.iter().find(|folder| *folder == name);
    exact
        .or_else(|| folders.iter().find(|folder| folder.eq_ignore_ascii_case(name)))
        .map(String::as_str)
}

impl Files {
    /// Finds all images below `folder`, sorted by hash. Entries that cannot be accessed go to the problems if
    /// they are images by name, else to the warnings.
    fn images_below(&mut self, folder: &Path) -> Result<Vec<Found>, Error> {
        let mut found = Vec::new();
        let wanted = |entry: &DirEntry| !is_passed_over(entry);
        for entry in WalkDir::new(folder).follow_links(true).into_iter().filter_entry(wanted) {
            match entry {
                Ok(entry) if is_image(entry.path()) && entry.file_type().is_file() => {
                    found.push(Found::new(entry.into_path(), folder));
                }
                Ok(_) => {}
                Err(error) => self.inaccessible(error, folder)?,
            }
        }
        deduplicate(&mut found, folder);
        found.sort_by(|a, b| (a.hash, &a.path).cmp(&(b.hash, &b.path)));
        Ok(found)
    }

    /// Records a dangling or circular link. Fails for what may be a folder of images, as one without permissions
    /// or on a disk that is not mounted: a class could be missing.
    fn inaccessible(&mut self, error: walkdir::Error, folder: &Path) -> Result<(), Error> {
        let path = error.path().unwrap_or(folder).to_path_buf();
        let depth = error.depth();
        // Without the path, which is part of the message anyway.
        let reason = error
            .into_io_error()
            .unwrap_or_else(|| io::Error::other("it leads back to a folder that it is in"));
        match (depth, reason.kind()) {
            (0, io::ErrorKind::NotFound) => return Err(Error::NoFolder { folder: path }),
            (0, _) => return Err(Error::io("read", path)(reason)),
            _ if is_hidden(&path) => {}
            _ if is_image(&path) => self.problems.push(format!("{}: {reason}", path.display())),
            (_, kind) if is_folder(&reason, &path) => {
                let advice = "it may be a folder of images: make it readable, or remove it";
                let reason = io::Error::new(kind, format!("{reason}; {advice}"));
                return Err(Error::io("read", path)(reason));
            }
            _ => self.warnings.push(format!("`{}` is skipped: {reason}", path.display())),
        }
        Ok(())
    }
}

/// Whether what cannot be accessed, and `why`, may be a folder of its own: not a link back or to itself, nor one with a
/// name like that of a file, such as `notes.txt`.
fn is_folder(why: &io::Error, path: &Path) -> bool {
    let is_loop =
        why.kind() == io::ErrorKind::Other || Errno::from_io_error(why) == Some(Errno::LOOP);
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    let is_like_a_file =
        (1..=4).contains(&ending.len()) && ending.starts_with(|c: char| c.is_ascii_alphabetic());
    !(is_loop || is_like_a_file && path.is_symlink())
}

/// Removes duplicates of files found several times through links, so that no file ends up in both parts.
/// Keeps the real path if it is below `folder`, or else the first one by name.
fn deduplicate(found: &mut Vec<Found>, folder: &Path) {
    let Ok(folder) = fs::canonicalize(folder) else { return };
    let mut named: Vec<(PathBuf, Found)> =
        found.drain(..).map(|file| (canonical(&file.path), file)).collect();
    named.sort_by(|(one, a), (other, b)| {
        one.cmp(other).then_with(|| {
            let is_link = |real: &Path, file: &Found| real != folder.join(&file.below);
            (is_link(one, a), &a.below).cmp(&(is_link(other, b), &b.below))
        })
    });
    named.dedup_by(|(one, _), (other, _)| one == other);
    found.extend(named.into_iter().map(|(_, file)| file));
}

/// Warns about images that links put into both folders.
fn shared(files: &Files, train: &str, test: &str) -> Option<String> {
    let real = |file: &Found| fs::canonicalize(&file.path).ok();
    let trained: HashSet<PathBuf> = files.train.iter().filter_map(real).collect();
    let in_both = files.test.iter().filter_map(real).filter(|file| trained.contains(file)).count();
    (in_both > 0).then(|| {
        format!(
            "{in_both} of {} in `{test}` are also in `{train}`, through links: the network is tested \
             on what it was trained on",
            counted(files.test.len(), "image")
        )
    })
}

/// Whether a search for images skips an entry: anything hidden, folders of runs, of sweeps and of the results
/// of `runner apply`, and the sheet if the search starts in such a folder.
pub fn is_passed_over(found: &DirEntry) -> bool {
    let path = found.path();
    let is_result = || {
        if found.file_type().is_dir() {
            RESULTS.into_iter().any(|name| path.join(name).is_file())
        } else {
            found.file_name() == SHEET && path.with_file_name(TABLE).is_file()
        }
    };
    found.depth() > 0 && (is_hidden(path) || is_result())
}

/// Whether a file or folder is hidden, or the one that file systems keep in the root of a disk for themselves.
fn is_hidden(path: &Path) -> bool {
    let is_hidden = |name: &OsStr| name.as_encoded_bytes().starts_with(b".");
    path.file_name().is_some_and(|name| is_hidden(name) || name == "lost+found")
}

impl Found {
    fn new(path: PathBuf, folder: &Path) -> Self {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let steps: Vec<String> =
            below.iter().map(|step| step.to_string_lossy().into_owned()).collect();
        let sum = Sha256::digest(steps.join("/"));
        Self {
            hash: u64::from_be_bytes(std::array::from_fn(|at| sum[at])),
            class: (steps.len() > 1).then(|| steps[0].clone()),
            below: below.to_path_buf(),
            path,
        }
    }
}
