//! Digests of files, data and experiments, in lower-case hexadecimal.

use sha2::{Digest, Sha256};
use std::{
    fmt::Write,
    io::{ErrorKind, Read, Result},
};

/// Formats bytes as hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Returns the SHA-256 of `bytes`.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Computes the SHA-256 of a sequence of parts. Each is prefixed with its length, so that moving bytes from
/// one part to the next changes the digest.
#[derive(Default)]
pub struct Parts(Sha256);

impl Parts {
    /// Adds a part of `len` bytes, given in pieces.
    pub fn add<P: AsRef<[u8]>>(&mut self, len: usize, pieces: impl IntoIterator<Item = P>) {
        self.0.update((len as u64).to_le_bytes());
        pieces.into_iter().for_each(|piece| self.0.update(piece));
    }

    /// Returns the digest of all parts.
    pub fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// Returns the digest of `parts`, as [`Parts`] computes it.
pub fn of_parts<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> String {
    let mut sum = Parts::default();
    parts.into_iter().for_each(|part| sum.add(part.as_ref().len(), [part]));
    sum.finish()
}

/// Returns the digest of everything that `source` yields.
///
/// # Errors
/// When it cannot be read to its end.
pub fn of_reader<D: Digest>(mut source: impl Read) -> Result<String> {
    let mut sum = D::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match source.read(&mut buffer) {
            Ok(0) => return Ok(hex(&sum.finalize())),
            Ok(count) => sum.update(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_those_of_other_programs() {
        let known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), known);
        assert_eq!(of_reader::<Sha256>(&b"abc"[..]).unwrap(), known);
        let md5 = of_reader::<md5::Md5>(&b"abc"[..]).unwrap();
        assert_eq!(md5, "900150983cd24fb0d6963f7d28e17f72");
        // printf '\3\0\0\0\0\0\0\0abc\2\0\0\0\0\0\0\0de' | sha256sum
        let parts = "bb20916c560837a0d3d4bda7c626818e12e8be20944518c13f5cdf9dad73bed4";
        assert_eq!(of_parts(["abc", "de"]), parts);
        assert_ne!(of_parts(["abcd", "e"]), parts);
    }
}
