//! What makes two runs the same: the resolved experiment and the data.

use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The identity that follows from an experiment's identifying text and its data's digest.
pub fn hash(identity_text: &str, data_digest: &str) -> String {
    digest([identity_text, data_digest])
}

/// SHA-256, as 64 hex digits, of some parts.
///
/// Each part goes in with its length before it, so that nothing can move from one to the next.
pub fn digest<P: AsRef<[u8]>>(parts: impl IntoIterator<Item = P>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.as_ref().len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The 8 digits of a hash that go into a folder's name; fewer if it has fewer.
pub fn hash8(hash: &str) -> &str {
    hash.get(..8).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_sha_256_of_length_and_text_of_both_parts() {
        // printf '\3\0\0\0\0\0\0\0abc\2\0\0\0\0\0\0\0de' | sha256sum
        assert_eq!(
            hash("abc", "de"),
            "bb20916c560837a0d3d4bda7c626818e12e8be20944518c13f5cdf9dad73bed4"
        );
    }

    #[test]
    fn either_part_changes_the_hash_and_their_border_counts() {
        let base = hash("seed = 1\n", "d1");
        assert_ne!(base, hash("seed = 2\n", "d1"));
        assert_ne!(base, hash("seed = 1\n", "d2"));
        assert_ne!(base, hash("seed = 1\nd", "1"));
        assert_eq!(hash8(&base), &base[..8]);
    }
}
