//! IDX files, the format of MNIST and Fashion-MNIST, gzipped or not.
//!
//! A big-endian header (two zero bytes, the type of the values, the number of dimensions, then
//! each dimension as 32 bits), then the values in row-major order.

use super::dataset::{Images, Parts};
use super::{Error, Published};
use crate::arch::Size;
use crate::digest::hex;
use flate2::read::MultiGzDecoder;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// The type code of unsigned bytes, the only one that these data sets use.
const UNSIGNED_BYTE: u8 = 0x08;

/// The first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Maximum number of values; a header that declares more is taken for damaged.
const MAX_VALUES: u64 = 1 << 32;

/// The content of an IDX file of unsigned bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idx {
    /// Length of each dimension, outermost first.
    pub dims: Vec<usize>,
    /// The values, row-major.
    pub values: Vec<u8>,
    /// SHA-256, in hex, of header and values.
    pub sha256: String,
}

/// Reads the IDX file at `path`, decompressing it if it is gzipped, whatever its name.
///
/// # Errors
///
/// If the file cannot be read, is not IDX, contains values other than unsigned bytes, or fewer or more
/// of them than its header declares.
pub fn read(path: &Path) -> Result<Idx, Error> {
    let (mut content, gzipped) = unpacked(path)?;
    parse(&mut content).map_err(|problem| match problem {
        Problem::Content(problem) => Error::malformed(path, problem),
        Problem::Read(source) if gzipped => {
            Error::malformed(path, format!("damaged gzip data: {source}"))
        }
        Problem::Read(source) => Error::io("read", path)(source),
    })
}

/// Opens a file that may be gzipped, whatever its name; returns its uncompressed content and whether it is.
pub(super) fn unpacked(path: &Path) -> Result<(Box<dyn Read>, bool), Error> {
    let mut file = BufReader::new(File::open(path).map_err(Error::io("read", path))?);
    let gzipped = file.fill_buf().map_err(Error::io("read", path))?.starts_with(&GZIP);
    Ok((if gzipped { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) }, gzipped))
}

#[derive(Debug)]
enum Problem {
    Content(String),
    Read(io::Error),
}

impl From<io::Error> for Problem {
    fn from(source: io::Error) -> Self {
        Self::Read(source)
    }
}

fn parse(source: &mut impl Read) -> Result<Idx, Problem> {
    let mut header = vec![0; 4];
    fill(source, &mut header)?;
    let [zero0, zero1, kind, rank] = header[..] else { unreachable!("4 bytes were asked for") };
    if (zero0, zero1) != (0, 0) || rank == 0 {
        let magic = hex(&header);
        return Err(Problem::Content(format!("not an IDX file: it begins with {magic}")));
    }
    if kind != UNSIGNED_BYTE {
        return Err(Problem::Content(format!(
            "an IDX file with values of type 0x{kind:02x}; only unsigned bytes (0x08) are supported"
        )));
    }
    header.resize(4 + 4 * usize::from(rank), 0);
    fill(source, &mut header[4..])?;
    let dims: Vec<u32> = header[4..]
        .chunks_exact(4)
        .map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    let expected = dims
        .iter()
        .try_fold(1_u64, |product, &dim| product.checked_mul(u64::from(dim)))
        .filter(|&values| values <= MAX_VALUES)
        .ok_or_else(|| Problem::Content(format!("the IDX header declares {dims:?} values")))?;

    // Reads one value more than declared, to notice a file that is too long. The initial capacity is
    // limited in case the header is wrong, but large enough for MNIST.
    let mut values = Vec::with_capacity(expected.min(1 << 26) as usize + 1);
    source.take(expected + 1).read_to_end(&mut values)?;
    if values.len() as u64 != expected {
        let found = if (values.len() as u64) < expected {
            format!("there are only {}: the file is truncated", values.len())
        } else {
            "more follow".to_owned()
        };
        return Err(Problem::Content(format!(
            "the IDX header declares {dims:?} = {expected} values, but {found}"
        )));
    }
    values.shrink_to_fit();
    let sha256 = hex(&Sha256::new().chain_update(&header).chain_update(&values).finalize());
    Ok(Idx { dims: dims.iter().map(|&dim| dim as usize).collect(), values, sha256 })
}

/// Like `read_exact`, with an error for an incomplete header.
fn fill(source: &mut impl Read, bytes: &mut [u8]) -> Result<(), Problem> {
    source.read_exact(bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Problem::Content("too short for the header of an IDX file".to_owned())
        }
        _ => Problem::Read(error),
    })
}

/// Loads a data set of four IDX files in `folder`, each plain or gzipped; `verify` checks them against the
/// published checksums.
pub(super) fn load(
    published: &'static Published,
    folder: &Path,
    verify: bool,
) -> Result<Parts, Error> {
    let paths = find(published, folder)?;
    let mut files = Vec::with_capacity(paths.len());
    for (path, remote) in paths.into_iter().zip(published.files) {
        let idx = read(&path).map_err(|error| error.of(published))?;
        if verify && let Some(expected) = remote.check.mismatch(&idx.sha256) {
            return Err(Error::Checksum {
                published,
                path,
                what: "SHA-256 (of the uncompressed content)",
                expected: expected.to_owned(),
                got: idx.sha256,
            });
        }
        files.push((path, idx));
    }
    let classes = published.classes.map(str::to_owned).to_vec();
    let mut files = files.into_iter();
    let mut part = || match (files.next(), files.next()) {
        (Some(images), Some(labels)) => labelled(images, labels, classes.len()).map(Some),
        _ => Ok(None),
    };
    let (Some((train, _)), Some((test, test_path))) = (part()?, part()?) else {
        unreachable!("a data set of IDX files has four of them")
    };
    if train.size != test.size {
        return Err(Error::malformed(
            test_path,
            format!("images of {}, but the training images are {}", test.size, train.size),
        ));
    }
    Ok(Parts { train, test, test_files: Vec::new(), classes, warnings: Vec::new() })
}

/// Finds the files of the data set.
pub(super) fn find(published: &'static Published, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let (mut found, mut absent, mut present) = (Vec::new(), Vec::new(), Vec::new());
    for remote in published.files {
        match remote.names().into_iter().find(|name| folder.join(name).is_file()) {
            Some(name) => {
                found.push(folder.join(&name));
                present.push(name);
            }
            None => absent.push(format!("{}[.gz]", remote.name.trim_end_matches(".gz"))),
        }
    }
    if absent.is_empty() {
        Ok(found)
    } else {
        Err(Error::Missing { published, folder: folder.to_path_buf(), absent, present })
    }
}

/// Combines a file of images with the file of their labels; also returns the path of the images.
fn labelled(
    (path, images): (PathBuf, Idx),
    (labels_path, labels): (PathBuf, Idx),
    classes: usize,
) -> Result<(Images, PathBuf), Error> {
    let [count, height, width] = images.dims[..] else {
        let problem = format!("dimensions {:?}, expected [images, rows, columns]", images.dims);
        return Err(Error::malformed(path, problem));
    };
    if count * height * width == 0 {
        return Err(Error::malformed(path, format!("no images: dimensions {:?}", images.dims)));
    }
    if labels.dims != [count] {
        let problem = format!(
            "dimensions {:?}, expected [{count}]: a label for each image of `{}`",
            labels.dims,
            path.display()
        );
        return Err(Error::malformed(labels_path, problem));
    }
    if let Some(index) = labels.values.iter().position(|&label| usize::from(label) >= classes) {
        let problem = format!(
            "label {} of image {index}, expected 0 to {}",
            labels.values[index],
            classes - 1
        );
        return Err(Error::malformed(labels_path, problem));
    }
    let labels = labels.values.iter().map(|&label| u16::from(label)).collect();
    Ok((Images { size: Size::new(height, width, 1), pixels: images.values, labels }, path))
}

#[cfg(test)]
mod tests;
