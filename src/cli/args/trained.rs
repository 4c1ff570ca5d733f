//! Arguments of the subcommands that use a trained run.

use super::{RunsDir, Threads};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Where trained runs are, and which of their weights to use.
#[derive(Debug, Args)]
pub struct TrainedArgs {
    /// Use the weights of the last epoch, not of the best
    #[arg(long)]
    pub last: bool,
    #[command(flatten)]
    pub runs_dir: RunsDir,
}

/// The order of the results.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Sort {
    /// The largest mean squared error first
    Error,
}

#[derive(Debug, Args)]
#[command(
    after_help = "A trained network knows one size only. Images of another aspect ratio are cropped to the middle \
(with data.fit = \"stretch\": distorted), those of another size are scaled, and for a network of gray images, colour \
images are made gray; a note says how many. \
Results keep the images' names and subfolders, with the ending .png; `_sheet.png` shows the first ones, and \
`_images.csv` has the error of each output against the image as it was given. For a denoising run this is the noisy \
image, so the error tells how much was changed, not how close the output is to a clean image; with --corrupt, it is \
the image before the noise. For a colorizing run it is the image in colour. \
With --sort error, images that are unlike those of the training, which it reproduces badly, come first. \
With --p-values, p_value is (1 + c) / (1 + n), where c of the run's n test images have a mean squared error at least \
as large, measured in the same way: those of a denoising run have its own noise, and are compared with their noisy \
(with --corrupt, their clean) images; images with other noise, or none, are unlike them. The run's data set must be \
there. Files that cannot be read are reported and counted, and the rest is processed.\n\n\
Exit status: 0 all images processed; 1 some could not be read, or the run has no trained weights \
yet; 2 wrong usage; 129, 130 or 143 interrupted."
)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct ApplyArgs {
    /// A run's folder, or the start of its name in the folder of runs; or SWEEP@best, the best run of its best combination
    pub run: String,
    /// PNG and JPEG images, and folders of them at any depth; - reads an image from standard input
    #[arg(required = true, value_name = "IMAGES")]
    pub images: Vec<PathBuf>,
    /// Folder for the results, created if missing; earlier results of the same names are replaced
    #[arg(long, short, value_name = "FOLDER")]
    pub out: PathBuf,
    /// List the images in this order in the table and on the sheet; by default in that of their paths
    #[arg(long, value_name = "ORDER", value_enum)]
    sort: Option<Sort>,
    /// Compare each error with those of the run's own test images: adds the column `p_value`, the share of them
    /// whose error is at least as large. Small values are unusual
    #[arg(long)]
    pub p_values: bool,
    /// Add the run's noise first, the same each time, and keep the corrupted images as well
    #[arg(long)]
    pub corrupt: bool,
    /// Invert the brightness before the network, and back after it: for dark digits on white paper and a
    /// network trained on white digits on black
    #[arg(long)]
    pub invert: bool,
    /// Add the code of each image to the table, as columns z0, z1 and so on
    #[arg(long)]
    pub codes: bool,
    #[command(flatten)]
    pub trained: TrainedArgs,
    #[command(flatten)]
    pub threads: Threads,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Print no progress or advice, only results, warnings and errors
    #[arg(long, short)]
    pub quiet: bool,
}

impl ApplyArgs {
    /// Whether the largest error comes first; by default, images are in the order of their paths.
    pub const fn by_error(&self) -> bool {
        matches!(self.sort, Some(Sort::Error))
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Prints a row for each run and noise level, and writes nothing. In the table, runs that differ only \
in their seed are one row, with mean and standard deviation; --csv and --json have each run. With --levels, rows are \
ordered by level. The inputs of runs that denoise or colorize are measured, too, left as they are (gray ones as red, \
green and blue alike), and a warning names outputs that are worse. Everything else is as in the run, including limits \
on the number of images; a folder of images that is not the run's own is measured whole, at the network's size and \
channels. The loss is the run's own.\n\n\
Examples:\n  \
runner evaluate dae_sigma050 dae_sigma100 --levels 0.5,0.75,1.0\n  \
runner evaluate noise_sweep/sigma=0.5 noise_sweep/sigma=1 --levels 0.5,1.0\n  \
runner evaluate dae_sigma050 --set task.noise.kind=salt_and_pepper --levels 0.1,0.2\n  \
runner evaluate ae_mnist --set data.dataset=fashion_mnist\n  \
runner evaluate ae_mnist --set data.dataset=image_folder --set data.root=images\n\n\
Exit status: 0 done; 1 a run has no trained weights yet; 2 wrong usage, or images are missing."
)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct EvaluateArgs {
    /// Runs, by folder, name or start of a name; a sweep stands for all its complete runs, and SWEEP/NAME, where NAME
    /// is what the names of runs begin with, for the complete repeats of experiments
    #[arg(required = true, value_name = "RUN")]
    pub runs: Vec<String>,
    /// Set a key of `data` or of `task.noise`, as in `--set data.dataset=fashion_mnist`; may be given more
    /// than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Noise levels to measure denoising runs at: sigma, or amount for the kinds of noise that replace single
    /// pixels
    #[arg(long, value_name = "LEVEL,LEVEL", value_delimiter = ',', allow_negative_numbers = true)]
    pub levels: Vec<f64>,
    /// Which images; by default the test images, or all images of a folder that is not the run's own. Without
    /// a validation split, validation means the test images. Training images get the same noise every time,
    /// as test images do
    #[arg(long, value_name = "PART")]
    pub part: Option<Part>,
    #[command(flatten)]
    pub trained: TrainedArgs,
    #[command(flatten)]
    pub threads: Threads,
    /// Print a line of JSON for each row
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print the rows as CSV
    #[arg(long)]
    pub csv: bool,
    /// Print no progress or advice, only results, warnings and errors
    #[arg(long, short)]
    pub quiet: bool,
}

/// Parts of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    Test,
    Validation,
    Train,
    All,
}

impl Part {
    /// Name on the command line and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Validation => "validation",
            Self::Train => "train",
            Self::All => "all",
        }
    }
}
