//! Published data sets: their files, checksums and mirrors.

use crate::spec::DatasetName;

/// The checksum that a file must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// SHA-256, in hex, of the uncompressed content, since mirrors compress differently.
    UncompressedSha256(&'static str),
    /// MD5, in hex, of the file as it is, if its authors publish only that.
    Md5(&'static str),
}

impl Check {
    /// Returns the published checksum if it differs from `got`.
    pub(super) fn mismatch(self, got: &str) -> Option<&'static str> {
        let (Self::UncompressedSha256(expected) | Self::Md5(expected)) = self;
        (expected != got).then_some(expected)
    }
}

/// A file of a published data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name, both on mirrors and in the data set's folder.
    pub name: &'static str,
    /// Its published checksum.
    pub check: Check,
}

impl RemoteFile {
    /// Returns the names that it can have in the data set's folder, uncompressed and compressed, in the order
    /// in which they are looked up.
    pub(super) fn names(&self) -> Vec<String> {
        let Check::UncompressedSha256(_) = self.check else { return vec![self.name.to_owned()] };
        let plain = self.name.trim_end_matches(".gz");
        // Some archives name it `train-images.idx3-ubyte` instead.
        let dotted = plain.replacen("-idx", ".idx", 1);
        let dotted = Some(dotted.as_str()).filter(|dotted| *dotted != plain);
        let stems = [plain].into_iter().chain(dotted);
        stems.flat_map(|stem| [stem.to_owned(), format!("{stem}.gz")]).collect()
    }
}

/// A published data set.
#[derive(Debug, Clone, Copy)]
pub struct Published {
    /// Its name in experiments.
    pub dataset: DatasetName,
    /// Its name in messages.
    pub title: &'static str,
    /// Its files. IDX: training images and labels, test images and labels.
    pub files: &'static [RemoteFile],
    /// Number of training and of test images.
    pub counts: (usize, usize),
    /// URLs that end in `/`, in the order in which they are tried.
    pub mirrors: &'static [&'static str],
    /// Names of its classes, by label.
    pub classes: [&'static str; 10],
    /// The synthetic data set to use instead without a network connection.
    pub offline: DatasetName,
}

impl Published {
    /// Returns the published data set of that name, or `None` if it is not a published one.
    pub fn of(dataset: DatasetName) -> Option<&'static Self> {
        match dataset {
            DatasetName::Mnist => Some(&MNIST),
            DatasetName::FashionMnist => Some(&FASHION_MNIST),
            DatasetName::Cifar10 => Some(&CIFAR10),
            DatasetName::SyntheticDigits
            | DatasetName::SyntheticScenes
            | DatasetName::ImageFolder => None,
        }
    }

    /// Returns the advice for a file that is not the published one.
    pub(super) fn advice(&self) -> String {
        format!("Delete the file and run `runner data fetch {}`", self.dataset.name())
    }
}

/// The files of MNIST, or of a data set with the same file names, by the SHA-256 of their content.
const fn idx([images, labels, test_images, test_labels]: [&'static str; 4]) -> [RemoteFile; 4] {
    [
        file("train-images-idx3-ubyte.gz", images),
        file("train-labels-idx1-ubyte.gz", labels),
        file("t10k-images-idx3-ubyte.gz", test_images),
        file("t10k-labels-idx1-ubyte.gz", test_labels),
    ]
}

const fn file(name: &'static str, sha256: &'static str) -> RemoteFile {
    RemoteFile { name, check: Check::UncompressedSha256(sha256) }
}

/// Handwritten digits.
pub const MNIST: Published = Published {
    dataset: DatasetName::Mnist,
    title: "MNIST",
    files: &idx([
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ]),
    counts: (60_000, 10_000),
    mirrors: &[
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ],
    classes: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
    offline: DatasetName::SyntheticDigits,
};

/// Pieces of clothing.
///
/// Its authors publish MD5 checksums of the compressed files; these are SHA-256 checksums of their
/// uncompressed content, as stated independently by several projects.
pub const FASHION_MNIST: Published = Published {
    dataset: DatasetName::FashionMnist,
    title: "Fashion-MNIST",
    files: &idx([
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ]),
    counts: (60_000, 10_000),
    mirrors: &[
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    ],
    classes: [
        "T-shirt",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ],
    offline: DatasetName::SyntheticDigits,
};

/// Photographs in ten classes.
pub const CIFAR10: Published = Published {
    dataset: DatasetName::Cifar10,
    title: "CIFAR-10",
    files: &[RemoteFile {
        name: "cifar-10-binary.tar.gz",
        check: Check::Md5("c32a1d4ab5d03f1284b67883e8d87530"),
    }],
    counts: (50_000, 10_000),
    mirrors: &["https://www.cs.toronto.edu/~kriz/"],
    classes: [
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ],
    offline: DatasetName::SyntheticScenes,
};
