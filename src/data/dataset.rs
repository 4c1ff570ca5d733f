//! A data set in memory.

use super::{Counts, Error};
use crate::arch::Size;
use crate::{digest, spec};
use spec::DatasetName;
use std::borrow::Cow;

/// Images of one size, 8 bits per channel, channels-last, stored consecutively.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// Size of every image.
    pub size: Size,
    /// `len() * size.len()` values.
    pub pixels: Vec<u8>,
    /// The class of each image, as an index into [`Dataset::classes`]; empty without classes.
    pub labels: Vec<u16>,
}

impl Images {
    /// Returns the number of images.
    pub fn len(&self) -> usize {
        self.pixels.len() / self.size.len().max(1)
    }

    /// Whether there are no images.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// Returns the values of image `index`, (height, width, channels).
    pub fn get(&self, index: usize) -> &[u8] {
        let len = self.size.len();
        &self.pixels[index * len..(index + 1) * len]
    }

    /// Keeps the first `count` images and frees the memory of the others.
    fn truncate(&mut self, count: usize) {
        if count < self.len() {
            self.pixels.truncate(count * self.size.len());
            self.pixels.shrink_to_fit();
            self.labels.truncate(count);
        }
    }

    /// Removes and returns the images from `at` on.
    fn split_off(&mut self, at: usize) -> Self {
        let pixels = self.pixels.split_off(at * self.size.len());
        // Otherwise the capacity for the removed images would remain allocated.
        self.pixels.shrink_to_fit();
        let labels = self.labels.split_off(at.min(self.labels.len()));
        Self { size: self.size, pixels, labels }
    }
}

/// A data set, ready to train on.
#[derive(Debug, Clone)]
pub struct Dataset {
    /// Its name.
    pub name: DatasetName,
    /// Images to train on.
    pub train: Images,
    /// Images to test on and to show in figures.
    pub test: Images,
    /// Images held out of training for validation, with `data.validation_split` above 0.
    pub held_out: Option<Images>,
    /// Names of the classes; empty without classes.
    pub classes: Vec<String>,
    /// SHA-256, in hex, over everything above.
    pub digest: String,
    /// Paths of the test images' files, relative to the `image_folder`; empty for other data sets.
    pub test_files: Vec<String>,
    /// Warnings for the user, one sentence each, such as images that could not be read.
    pub warnings: Vec<String>,
}

impl Dataset {
    /// Returns the validation images: those held out of training, or the test images.
    pub fn validation(&self) -> &Images {
        self.held_out.as_ref().unwrap_or(&self.test)
    }

    /// Returns all images: test, training, held out.
    pub fn all(&self) -> Images {
        let parts = || [&self.test, &self.train].into_iter().chain(&self.held_out);
        Images {
            size: self.test.size,
            pixels: parts().map(|part| &part.pixels[..]).collect::<Vec<_>>().concat(),
            labels: parts().map(|part| &part.labels[..]).collect::<Vec<_>>().concat(),
        }
    }

    /// Returns the number of images in each part.
    pub fn counts(&self) -> Counts {
        Counts {
            training: self.train.len(),
            held_out: self.held_out.as_ref().map_or(0, Images::len),
            test: self.test.len(),
        }
    }
}

/// What a reader returns, before limits, split and digest.
pub(super) struct Parts {
    pub train: Images,
    pub test: Images,
    pub test_files: Vec<String>,
    pub classes: Vec<String>,
    pub warnings: Vec<String>,
}

impl Parts {
    /// Applies `train_limit`, `test_limit` and `validation_split`, in this order.
    pub fn into_dataset(self, config: &spec::Data) -> Result<Dataset, Error> {
        let Self { mut train, mut test, mut test_files, classes, warnings } = self;
        train.truncate(config.train_limit.unwrap_or(usize::MAX));
        test.truncate(config.test_limit.unwrap_or(usize::MAX));
        test_files.truncate(test.len());

        let counts = Counts::split(config, train.len(), test.len());
        counts.check(config.validation_split)?;
        // As in Keras, the last images are held out and the first ones remain for training.
        let held_out = (counts.held_out > 0).then(|| train.split_off(counts.training));
        let digest = digest_of(config.dataset, &train, held_out.as_ref(), &test, &classes);
        let name = config.dataset;
        Ok(Dataset { name, train, test, held_out, classes, digest, test_files, warnings })
    }
}

/// Returns the SHA-256, in hex, over name, class names, and size, pixels and labels of each part.
fn digest_of(
    name: DatasetName,
    train: &Images,
    held_out: Option<&Images>,
    test: &Images,
    classes: &[String],
) -> String {
    let mut parts: Vec<Cow<'_, [u8]>> = vec![name.name().as_bytes().into()];
    parts.extend(classes.iter().map(|class| Cow::from(class.as_bytes())));
    for Images { size, pixels, labels } in [Some(train), held_out, Some(test)].into_iter().flatten()
    {
        let labels: Vec<u8> = labels.iter().flat_map(|label| label.to_le_bytes()).collect();
        parts.extend([Cow::from(size.to_string().into_bytes()), pixels.into(), labels.into()]);
    }
    digest::of_parts(parts)
}
