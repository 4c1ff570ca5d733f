//! A run's folder: what is in it, who may write it, and what a kill at any moment leaves behind.
//!
//! # Layout, format version 1
//!
//! ```text
//! <runs>/.lock                      held for the moment in which a run's folder is chosen or made
//! <runs>/<name>-<hash8>/            a run; hash8 is the start of its identity (see [`identity`])
//! <runs>/<name>-<hash8>-2/          the same run trained anew with --force; the highest number counts
//!   .lock                           locked by the process that trains, and names it; its presence means nothing
//!   experiment.toml                 the file as given
//!   resolved.toml                   every value, after all layers
//!   run.json                        status and facts, see [`RunInfo`]
//!   model.txt                       layer table
//!   metrics.csv                     a row an epoch, no wall-clock in it, see [`EpochMetrics`](crate::train::EpochMetrics)
//!   timings.csv                     a row an epoch: seconds, images per second, peak memory
//!   noise_levels.csv, codes.csv     results of the best epoch, where asked for, see [`noise_levels`]
//!   log.txt                         lines, each with its moment
//!   checkpoints/last.safetensors    where training goes on from, see [`Checkpoint`]
//!   checkpoints/best.safetensors    the best epoch so far
//!   checkpoints/epoch0010.safetensors  every so many epochs, where asked for
//!   samples.png                     the first test images and what became of them, see [`samples`]
//!   figures/*.png
//!   tensorboard/                    events for TensorBoard, where asked for, see [`tensorboard`]
//! <runs>/<sweep>/                   a sweep: sweep.json, trials.csv, figures, report.html and one folder a run
//! ```
//!
//! The number is `format` in `run.json` and in a checkpoint's metadata. It grows when a program
//! of the older number could no longer read what is written; new fields of `run.json` do not make
//! it grow, readers pass over those they do not know.
//!
//! # Who may write
//!
//! The process that holds a [`RunFolder`], and with it the lock on the folder's `.lock`, writes
//! there; nobody else does. The lock goes with the process, however it ends, so a `running` whose
//! lock can be had reads as interrupted and no process number has to be guessed at. Reading needs
//! no lock and works while a run is being written: see [`scan`].
//!
//! # What a kill leaves
//!
//! * A folder is made under a hidden name, `.new-...`, with its first files, and renamed: one that
//!   is in sight has a readable `run.json`.
//! * A folder is removed likewise: renamed to a hidden name, `.old-...`, then emptied, see [`folder::clean`].
//! * Whole files are written under a hidden name, `.*.part`, and renamed: they are the old or the
//!   new, never half. What a killed process left under such names goes when the run is gone on with, and in
//!   a sweep's own folder when the sweep is, once it is an hour old.
//! * `metrics.csv`, `timings.csv` and `log.txt` grow by whole lines, each a single write. A torn
//!   last line is passed over by readers and cut off when the run is reopened.
//! * An epoch ends in this order: its row in `metrics.csv` (on the disk before the call returns),
//!   `best.safetensors` if it is the best, `last.safetensors`, `run.json`. So the rows cover the epochs that
//!   `last.safetensors` knows; those beyond are cut off on resume, and come again the same.
//! * A run that continues one of fewer epochs takes over its rows, then says so in `run.json`, then takes over
//!   `best.safetensors` and at last `last.safetensors`. Cut off before that it takes over anew.

pub mod atomic;
pub mod checkpoint;
mod error;
pub mod files;
pub mod folder;
mod git;
pub mod identity;
mod json;
mod lock;
pub mod log;
pub mod metrics;
mod moment;
pub mod noise_levels;
pub mod read;
pub mod run_json;
pub mod samples;
pub mod sweep_json;
mod table;
pub mod tensorboard;
pub mod timings;
pub mod whole;

pub use checkpoint::Checkpoint;
pub use error::{Error, Result};
pub use folder::{NewRun, Opened, RunFolder, by_number};
pub use log::Log;
pub use metrics::MetricsFile;
pub use noise_levels::TestedLevel;
pub use read::{RunState, RunSummary, find, newest, scan, scan_sweep, sweeps};
pub use run_json::{Best, RunInfo, Status};
pub use timings::{Timing, TimingsFile};

/// The newest version of the layout that this program reads, and the one it writes.
pub const FORMAT: u32 = 1;

/// The experiment file as given.
pub const EXPERIMENT: &str = "experiment.toml";
/// Every value, after all layers.
pub const RESOLVED: &str = "resolved.toml";
/// Status and facts of a run.
pub const RUN_JSON: &str = "run.json";
/// The layer table.
pub const MODEL: &str = "model.txt";
/// A row an epoch.
pub const METRICS: &str = "metrics.csv";
/// What a denoising run reaches at each noise level that it was tested at.
pub const NOISE_LEVELS: &str = "noise_levels.csv";
/// The codes of the test images.
pub const CODES: &str = "codes.csv";
/// Seconds and memory of each epoch.
pub const TIMINGS: &str = "timings.csv";
/// Lines, each with its moment.
pub const LOG: &str = "log.txt";
/// Folder of the safetensors files.
pub const CHECKPOINTS: &str = "checkpoints";
/// Folder of the figures.
pub const FIGURES: &str = "figures";
/// What makes a folder a sweep's.
pub const SWEEP_JSON: &str = "sweep.json";
