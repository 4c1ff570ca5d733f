//! Identity of a run: a hash of the resolved experiment and the data.

use crate::digest;

/// Returns the identity for an experiment's identifying text and its data's digest.
pub fn hash(identity_text: &str, data_digest: &str) -> String {
    digest::of_parts([identity_text, data_digest])
}

/// Returns the first 8 digits of a hash, which are part of the folder's name; fewer if it has fewer.
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
}
