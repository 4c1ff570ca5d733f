//! Pictures to train on: read from files, fetched, or drawn.

use crate::arch::Size;

/// Pictures of one size, 8 bits a channel, channels-last, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pictures {
    /// Size of every picture.
    pub size: Size,
    /// `len() * size.len()` values.
    pub pixels: Vec<u8>,
    /// The class of each picture, as an index into [`Dataset::classes`]; empty without classes.
    pub labels: Vec<u16>,
}

impl Pictures {
    /// How many pictures there are.
    pub fn len(&self) -> usize {
        self.pixels.len() / self.size.len().max(1)
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// The values of picture `index`, (height, width, channels).
    pub fn get(&self, index: usize) -> &[u8] {
        let len = self.size.len();
        &self.pixels[index * len..(index + 1) * len]
    }
}

/// A data set, ready to train on.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Pictures to train on.
    pub train: Pictures,
    /// Pictures to validate and show on.
    pub test: Pictures,
    /// Names of the classes; empty without classes.
    pub classes: Vec<String>,
    /// SHA-256, in hex, over everything above that a training can see.
    pub digest: String,
}
