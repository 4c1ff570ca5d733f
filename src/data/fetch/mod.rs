//! Downloads published data sets.
//!
//! A file is downloaded as `<name>.part` and renamed only after it matches its published checksum, so a
//! file with its final name is always complete. An interrupted download resumes where it stopped: at
//! once, after a pause, from the next mirror, or with the next command. A mirror that serves other
//! content is skipped. Processes that fetch into the same folder take turns.

mod download;
mod part;

use super::published::{Check, Published, RemoteFile};
use super::{Error, idx};
use crate::digest;
use crate::spec::DatasetName;
use download::{Client, Failure};
use md5::Md5;
use part::Part;
use sha2::Sha256;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An event during a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// `file` already exists and is the published one.
    Present(&'a str),
    /// Waiting for another process that is downloading `file`.
    Waiting(&'a str),
    /// Bytes of `file` have been received.
    Bytes {
        /// Name of the file.
        file: &'a str,
        /// Bytes on disk.
        have: u64,
        /// Total number of bytes, if the server states it.
        total: Option<u64>,
    },
    /// A step failed, and another one will be tried.
    Problem {
        /// Name of the file.
        file: &'a str,
        /// What failed, with the URL.
        reason: &'a str,
    },
    /// `file` has been downloaded and verified.
    Done(&'a str),
}

/// The result of a fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The folder with the files.
    pub folder: PathBuf,
    /// Files that were downloaded.
    pub downloaded: Vec<PathBuf>,
    /// Files that already existed.
    pub present: Vec<PathBuf>,
}

/// Timeout and retry settings of a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Timeout for a connection, for a response, and for the next byte of it.
    pub silence: Duration,
    /// Number of consecutive attempts without progress before the next mirror is tried.
    pub attempts: u32,
    /// Pause before the second attempt, doubled before each further one.
    pub pause: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { silence: Duration::from_secs(30), attempts: 4, pause: Duration::from_millis(500) }
    }
}

/// Downloads the files of `dataset` into `folder`, from `mirrors` or, if there are none, from its default
/// mirrors.
///
/// # Errors
///
/// If the data set is not a published one, the folder cannot be written, or no mirror serves a file as
/// published. Complete files are kept, and partial ones are resumed by the next fetch.
pub fn fetch(
    dataset: DatasetName,
    folder: &Path,
    mirrors: &[String],
    retries: RetryPolicy,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Fetched, Error> {
    let published =
        Published::of(dataset).ok_or_else(|| Error::NotPublished { name: dataset.name() })?;
    let own: Vec<String> = published.mirrors.iter().map(|&mirror| mirror.to_owned()).collect();
    let mirrors = if mirrors.is_empty() { &own } else { mirrors };
    if let Some(present) = unpacked(published, folder) {
        for name in present.iter().filter_map(|path| path.file_name()?.to_str()) {
            progress(Progress::Present(name));
        }
        return Ok(Fetched { folder: folder.to_path_buf(), downloaded: Vec::new(), present });
    }
    fetch_files(published.files, folder, mirrors, retries, progress)
}

/// Returns the files of an unpacked archive, if there is one. They have no published checksums, but are
/// checked when they are read.
fn unpacked(published: &Published, folder: &Path) -> Option<Vec<PathBuf>> {
    let existing = super::files(published.dataset, folder).ok()?;
    (existing.len() > published.files.len()).then_some(existing)
}

/// Downloads `files` into `folder`, each from the first of `mirrors` that serves it as published.
///
/// # Errors
///
/// Like [`fetch`].
pub fn fetch_files(
    files: &[RemoteFile],
    folder: &Path,
    mirrors: &[String],
    retries: RetryPolicy,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Fetched, Error> {
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let client = Client::new(retries.silence);
    let (mut downloaded, mut present) = (Vec::new(), Vec::new());
    for file in files {
        let job = Job { file, folder, mirrors, retries, client: &client };
        match job.run(progress)? {
            Some(existing) => present.push(existing),
            None => downloaded.push(folder.join(file.name)),
        }
    }
    Ok(Fetched { folder: folder.to_path_buf(), downloaded, present })
}

/// Returns what is wrong with the file at `path`, if it does not match `check`.
fn mistake(path: &Path, check: Check) -> Result<Option<String>, Error> {
    let (name, got) = match check {
        Check::Md5(_) => {
            let sum = File::open(path).and_then(digest::of_reader::<Md5>);
            ("MD5", sum.map_err(Error::io("read", path))?)
        }
        Check::UncompressedSha256(_) => {
            let (content, gzipped) = idx::unpacked(path)?;
            match digest::of_reader::<Sha256>(content) {
                Ok(got) => ("SHA-256 of the uncompressed content", got),
                Err(error) if gzipped => {
                    return Ok(Some(format!("it is not a complete gzip file ({error})")));
                }
                Err(error) => return Err(Error::io("read", path)(error)),
            }
        }
    };
    let expected = check.mismatch(&got);
    Ok(expected.map(|expected| format!("its {name} is {got}, expected {expected}")))
}

/// The download of one file.
struct Job<'a> {
    file: &'a RemoteFile,
    folder: &'a Path,
    mirrors: &'a [String],
    retries: RetryPolicy,
    client: &'a Client,
}

impl Job<'_> {
    /// Downloads the file, or returns its path if it already exists.
    fn run(&self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Option<PathBuf>, Error> {
        let name = self.file.name;
        let target = self.folder.join(name);
        if let Some(existing) = self.existing(progress)? {
            return Ok(Some(existing));
        }
        let mut part = Part::open(&target, &mut || progress(Progress::Waiting(name)))?;
        // The process that held the part before may have completed the file.
        if part.waited()
            && let Some(existing) = self.existing(progress)?
        {
            part.discard();
            return Ok(Some(existing));
        }
        let mut reasons = Vec::new();
        if self.is_complete(&mut part)? || self.try_mirrors(&mut part, &mut reasons, progress)? {
            part.finish(&target)?;
            progress(Progress::Done(name));
            return Ok(None);
        }
        if part.is_empty() {
            part.discard();
        }
        Err(Error::Download { file: name.to_owned(), folder: self.folder.to_path_buf(), reasons })
    }

    /// Returns the path of an existing file, compressed or not, and reports files with other content.
    fn existing(&self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Option<PathBuf>, Error> {
        for file in self.file.names() {
            let path = self.folder.join(&file);
            if !path.is_file() {
                continue;
            }
            let Some(reason) = mistake(&path, self.file.check)? else {
                progress(Progress::Present(&file));
                return Ok(Some(path));
            };
            let is_target = file == self.file.name;
            let fate = if is_target { "will be replaced" } else { "should be deleted" };
            let reason = format!("the existing file {fate}: {reason}");
            progress(Progress::Problem { file: &file, reason: &reason });
            // Files with later names are not used if this one exists.
            if is_target {
                break;
            }
        }
        Ok(None)
    }

    /// Whether the part only needs to be renamed, as after a crash at the last moment.
    fn is_complete(&self, part: &mut Part) -> Result<bool, Error> {
        Ok(!part.is_empty() && mistake(part.path(), self.file.check)?.is_none())
    }

    /// Tries each mirror in turn, and returns whether the part is complete.
    fn try_mirrors(
        &self,
        part: &mut Part,
        reasons: &mut Vec<String>,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<bool, Error> {
        for mirror in self.mirrors {
            let separator = if mirror.ends_with('/') { "" } else { "/" };
            let url = format!("{mirror}{separator}{}", self.file.name);
            match self.try_mirror(&url, part, progress)? {
                None => return Ok(true),
                Some(reason) => reasons.push(reason),
            }
        }
        if self.mirrors.is_empty() {
            reasons.push("there is no mirror to download it from".to_owned());
        }
        Ok(false)
    }

    /// Downloads from one mirror, and returns the reason if that failed.
    fn try_mirror(
        &self,
        url: &str,
        part: &mut Part,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Option<String>, Error> {
        let file = self.file.name;
        let (mut best, mut fruitless, mut started_over) = (part.len(), 0_u32, false);
        loop {
            let in_one_go = part.is_empty();
            let mut show = |have, total| progress(Progress::Bytes { file, have, total });
            let (reason, last) = match self.client.download(url, part, &mut show) {
                Ok(()) => match mistake(part.path(), self.file.check)? {
                    None => return Ok(None),
                    Some(reason) => {
                        part.clear()?;
                        // The bytes from before may be at fault, so the whole file is downloaded once.
                        let last = in_one_go || started_over;
                        (best, started_over) = (0, true);
                        (format!("not the published file: {reason}"), last)
                    }
                },
                Err(Failure::Disk(error)) => return Err(error),
                Err(Failure::Refused(reason)) => (reason, true),
                Err(Failure::Broken(reason)) => {
                    fruitless = if part.len() > best { 0 } else { fruitless + 1 };
                    best = best.max(part.len());
                    (reason, fruitless >= self.retries.attempts)
                }
            };
            let reason = format!("{url}: {reason}");
            progress(Progress::Problem { file, reason: &reason });
            if last {
                return Ok(Some(reason));
            }
            std::thread::sleep(self.retries.pause * 2_u32.pow(fruitless.saturating_sub(1).min(6)));
        }
    }
}
