//! Downloading published data sets.
//!
//! A file grows under `<name>.part`, is checked against its published sum, and only then gets its
//! name: what has the name is whole. A broken download continues where it stopped, at once, after
//! a pause, from the next mirror, or when the command is given again. A mirror that serves
//! something else is passed over. Processes that fetch into the same folder take turns.

mod download;
mod part;

use super::Error;
use super::idx::GZIP;
use super::published::{Check, Published, RemoteFile};
use crate::digest;
use crate::spec::DatasetName;
use download::{Client, Failure};
use flate2::read::MultiGzDecoder;
use md5::Md5;
use part::Part;
use sha2::Sha256;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What happens during a fetch, for whoever shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// `file` is there already, and is the published one.
    Present(&'a str),
    /// Another process fetches `file`: waiting for it.
    Waiting(&'a str),
    /// `file` has `have` bytes of `total`, where the server says how many there will be.
    Bytes {
        /// Name of the file.
        file: &'a str,
        /// Bytes on disk.
        have: u64,
        /// Bytes when it is whole.
        total: Option<u64>,
    },
    /// Something failed and something else is tried: a sentence.
    Problem {
        /// Name of the file.
        file: &'a str,
        /// What failed, with the address.
        reason: &'a str,
    },
    /// `file` is downloaded and checked.
    Done(&'a str),
}

/// What a fetch has brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The folder with the files.
    pub folder: PathBuf,
    /// Files that were downloaded.
    pub downloaded: Vec<PathBuf>,
    /// Files that were there already.
    pub present: Vec<PathBuf>,
}

/// How patient a fetch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Longest wait for a connection, for an answer, and for the next byte of it.
    pub silence: Duration,
    /// Attempts in a row that bring nothing new before the next mirror is tried.
    pub attempts: u32,
    /// Pause before the second attempt; doubled before each further one.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { silence: Duration::from_secs(30), attempts: 4, pause: Duration::from_millis(500) }
    }
}

/// Brings the files of `dataset` into `folder`, from `mirrors` or, without any, from its own.
///
/// # Errors
///
/// A data set that nobody publishes; a folder that cannot be written; a file that no mirror
/// serves as published. Files that were whole by then stay, others continue the next time.
pub fn fetch(
    dataset: DatasetName,
    folder: &Path,
    mirrors: &[String],
    patience: Patience,
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
    fetch_files(published.files, folder, mirrors, patience, progress)
}

/// The files that training reads, if an archive is there unpacked. Of those no sums are published: they are
/// checked when they are read.
fn unpacked(published: &Published, folder: &Path) -> Option<Vec<PathBuf>> {
    let there = super::files(published.dataset, folder).ok()?;
    (there.len() > published.files.len()).then_some(there)
}

/// Brings `files` into `folder`, each from the first of `mirrors` that serves it as it should be.
///
/// # Errors
///
/// As [`fetch`].
pub fn fetch_files(
    files: &[RemoteFile],
    folder: &Path,
    mirrors: &[String],
    patience: Patience,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Fetched, Error> {
    std::fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
    let client = Client::new(patience.silence);
    let (mut downloaded, mut present) = (Vec::new(), Vec::new());
    for file in files {
        let job = Job { file, folder, mirrors, patience, client: &client };
        match job.run(progress)? {
            Some(there) => present.push(there),
            None => downloaded.push(folder.join(file.name)),
        }
    }
    Ok(Fetched { folder: folder.to_path_buf(), downloaded, present })
}

/// What is wrong with the file at `path`, if it is not what `check` asks for.
fn mistake(path: &Path, check: Check) -> Result<Option<String>, Error> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let (name, got) = match check {
        Check::Md5(_) => ("MD5", digest::of_reader::<Md5>(file).map_err(Error::io("read", path))?),
        Check::UncompressedSha256(_) => {
            let mut file = BufReader::new(file);
            // As where it is read to train on: whatever its name.
            let gzipped = file.fill_buf().map_err(Error::io("read", path))?.starts_with(&GZIP);
            let got = if gzipped {
                digest::of_reader::<Sha256>(MultiGzDecoder::new(file))
            } else {
                digest::of_reader::<Sha256>(file)
            };
            match got {
                Ok(got) => ("SHA-256 of the uncompressed content", got),
                Err(error) if gzipped => {
                    return Ok(Some(format!("it is not a whole gzip file ({error})")));
                }
                Err(error) => return Err(Error::io("read", path)(error)),
            }
        }
    };
    let expected = check.other_than(&got);
    Ok(expected.map(|expected| format!("its {name} is {got}, expected {expected}")))
}

/// One file to bring.
struct Job<'a> {
    file: &'a RemoteFile,
    folder: &'a Path,
    mirrors: &'a [String],
    patience: Patience,
    client: &'a Client,
}

impl Job<'_> {
    /// Downloads it, unless it is there already: then where.
    fn run(&self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Option<PathBuf>, Error> {
        let name = self.file.name;
        let target = self.folder.join(name);
        if let Some(there) = self.there(progress)? {
            return Ok(Some(there));
        }
        let mut part = Part::open(&target, &mut || progress(Progress::Waiting(name)))?;
        // Whoever held the part before may have finished it.
        if part.waited()
            && let Some(there) = self.there(progress)?
        {
            part.discard();
            return Ok(Some(there));
        }
        let mut reasons = Vec::new();
        if self.is_whole(&mut part)? || self.try_mirrors(&mut part, &mut reasons, progress)? {
            part.finish(&target)?;
            progress(Progress::Done(name));
            return Ok(None);
        }
        if part.is_empty() {
            part.discard();
        }
        Err(Error::Download { file: name.to_owned(), folder: self.folder.to_path_buf(), reasons })
    }

    /// Where the file is already, packed or not; one of other content is reported.
    fn there(&self, progress: &mut dyn FnMut(Progress<'_>)) -> Result<Option<PathBuf>, Error> {
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
            let fate = if is_target { "is replaced" } else { "should be deleted" };
            let reason = format!("the file that is there {fate}: {reason}");
            progress(Progress::Problem { file: &file, reason: &reason });
            // What has later names is not read where this one is.
            if is_target {
                break;
            }
        }
        Ok(None)
    }

    /// Whether the part lacks nothing but its name, as after a crash at the last moment.
    fn is_whole(&self, part: &mut Part) -> Result<bool, Error> {
        Ok(!part.is_empty() && mistake(part.path(), self.file.check)?.is_none())
    }

    /// Tries each mirror in turn; whether the part is whole then.
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

    /// Downloads from one mirror; the reason why that failed, if it did.
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
                        // What was there before may be at fault: once, all of it comes from here.
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
                    (reason, fruitless >= self.patience.attempts)
                }
            };
            let reason = format!("{url}: {reason}");
            progress(Progress::Problem { file, reason: &reason });
            if last {
                return Ok(Some(reason));
            }
            std::thread::sleep(self.patience.pause * 2_u32.pow(fruitless.saturating_sub(1).min(6)));
        }
    }
}
