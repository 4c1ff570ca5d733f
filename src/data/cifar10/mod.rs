//! CIFAR-10 in its official binary layout: a folder of `.bin` files, or the archive as downloaded.
//!
//! A record is a label byte, then the red, the green and the blue plane of 32 x 32 bytes, row by
//! row (<https://www.cs.toronto.edu/~kriz/cifar.html>). The archive is verified by its published MD5;
//! for the files in it no checksums are published, so only their sizes and labels are checked.

use super::Error;
use super::dataset::{Images, Parts};
use super::published::CIFAR10;
use crate::arch::Size;
use crate::digest;
use flate2::read::GzDecoder;
use md5::Md5;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

const SIDE: usize = 32;
const PLANE: usize = SIDE * SIDE;
const RECORD: usize = 1 + 3 * PLANE;

/// Records in each of the six files.
const RECORDS: usize = 10_000;

/// The files, in the order of their images; the last one holds the test images.
const FILES: [&str; 6] = [
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

/// The folder inside the archive.
const INNER: &str = "cifar-10-batches-bin";

/// Loads CIFAR-10 from `folder`: `.bin` files there or in `cifar-10-batches-bin`, or the archive.
///
/// `verify` compares the archive's MD5 with the published one, and requires 10,000 images in each file.
pub(super) fn load(folder: &Path, verify: bool) -> Result<Parts, Error> {
    match &find(folder)?[..] {
        [archive] => from_archive(archive, verify),
        files => from_files(files, verify),
    }
}

/// Finds the files: all six, or else the archive.
pub(super) fn find(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let archive = folder.join(CIFAR10.files[0].name);
    let (mut absent, mut present) = (Vec::new(), Vec::new());
    for place in [folder.to_path_buf(), folder.join(INNER)] {
        let (here, missing): (Vec<&str>, Vec<&str>) =
            FILES.iter().partition(|name| place.join(name).is_file());
        if missing.is_empty() {
            return Ok(FILES.iter().map(|name| place.join(name)).collect());
        }
        if here.len() > present.len() || absent.is_empty() {
            absent = missing.iter().map(|&name| name.to_owned()).collect();
            present = here.iter().map(|&name| name.to_owned()).collect();
        }
    }
    if archive.is_file() {
        return Ok(vec![archive]);
    }
    if present.is_empty() {
        absent = vec![format!("{} (or the files in it)", CIFAR10.files[0].name)];
    }
    Err(Error::Missing { published: &CIFAR10, folder: folder.to_path_buf(), absent, present })
}

fn from_files(paths: &[PathBuf], verify: bool) -> Result<Parts, Error> {
    let mut parts = Collected::default();
    for (name, path) in FILES.iter().zip(paths) {
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        parts.add(name, path, &bytes, verify)?;
    }
    Ok(parts.finish())
}

fn from_archive(path: &Path, verify: bool) -> Result<Parts, Error> {
    let open = || File::open(path).map_err(Error::io("read", path));
    if verify {
        let got = digest::of_reader::<Md5>(open()?).map_err(Error::io("read", path))?;
        if let Some(expected) = CIFAR10.files[0].check.mismatch(&got) {
            return Err(Error::Checksum {
                published: &CIFAR10,
                path: path.to_path_buf(),
                what: "MD5",
                expected: expected.to_owned(),
                got,
            });
        }
    }
    let damaged = |source: io::Error| {
        Error::malformed(path, format!("damaged archive: {source}")).of(&CIFAR10)
    };
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(open()?)));

    // The archive stores its files in a different order.
    let mut contents: [Option<(PathBuf, Vec<u8>)>; 6] = Default::default();
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let inside = entry.path().map_err(damaged)?.into_owned();
        let Some(place) = FILES.iter().position(|name| inside.ends_with(name)) else { continue };
        let mut bytes = Vec::new();
        // Enough for a file of the official layout; a larger one is then rejected for its size.
        let limit = (RECORD * RECORDS + 1) as u64;
        entry.take(limit).read_to_end(&mut bytes).map_err(damaged)?;
        contents[place] = Some((path.join(inside), bytes));
    }
    let mut parts = Collected::default();
    for (name, content) in FILES.iter().zip(contents) {
        let Some((path, bytes)) = content else {
            return Err(Error::malformed(path, format!("the archive lacks `{name}`")));
        };
        parts.add(name, &path, &bytes, verify)?;
    }
    Ok(parts.finish())
}

/// Images collected from the files, channels-last.
#[derive(Default)]
struct Collected {
    train: (Vec<u8>, Vec<u16>),
    test: (Vec<u8>, Vec<u16>),
}

impl Collected {
    /// Adds the records in `bytes`, the content of the file called `name` at `path`.
    fn add(&mut self, name: &str, path: &Path, bytes: &[u8], verify: bool) -> Result<(), Error> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(RECORD) {
            return Err(Error::malformed(
                path,
                format!(
                    "{} bytes, expected whole records of {RECORD} bytes (a label and 32x32x3 \
                     values): the file is truncated or not the binary version of CIFAR-10",
                    bytes.len()
                ),
            ));
        }
        let records = bytes.len() / RECORD;
        if verify && records != RECORDS {
            return Err(Error::malformed(
                path,
                format!(
                    "{records} images, the published file has {RECORDS}; \
                     `data.verify = false` accepts it"
                ),
            ));
        }
        let (pixels, labels) = if name == FILES[5] { &mut self.test } else { &mut self.train };
        let start = pixels.len();
        pixels.resize(start + records * 3 * PLANE, 0);
        let images = pixels[start..].chunks_exact_mut(3 * PLANE);
        for (index, (record, image)) in bytes.chunks_exact(RECORD).zip(images).enumerate() {
            let label = u16::from(record[0]);
            if usize::from(label) >= CIFAR10.classes.len() {
                let problem = format!("label {label} of image {index}, expected 0 to 9");
                return Err(Error::malformed(path, problem));
            }
            labels.push(label);
            let (red, rest) = record[1..].split_at(PLANE);
            let (green, blue) = rest.split_at(PLANE);
            let colors = red.iter().zip(green).zip(blue);
            for (pixel, ((&red, &green), &blue)) in image.chunks_exact_mut(3).zip(colors) {
                pixel.copy_from_slice(&[red, green, blue]);
            }
        }
        Ok(())
    }

    fn finish(self) -> Parts {
        let images = |(pixels, labels)| Images { size: Size::new(SIDE, SIDE, 3), pixels, labels };
        Parts {
            train: images(self.train),
            test: images(self.test),
            test_files: Vec::new(),
            classes: CIFAR10.classes.map(str::to_owned).to_vec(),
            warnings: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests;
