//! The folder of a run: its layout, who may write to it, and what survives a kill.
//!
//! # Layout, format version 1
//!
//! ```text
//! <runs>/.lock                      held while a run's folder is chosen or created
//! <runs>/<name>-<hash8>/            a run; hash8 is the start of its identity (see [`folder_name`])
//! <runs>/<name>-<hash8>-2/          the same run, trained again with --force; the highest number is current
//!   .lock                           locked by the training process and names it; means nothing if unlocked
//!   experiment.toml                 the file as given
//!   resolved.toml                   the resolved experiment: every value, after all layers; `run.json` has
//!                                   its SHA-256
//!   run.json                        status and facts, see [`RunInfo`]
//!   model.txt                       layer table
//!   metrics.csv                     one row per epoch, without wall-clock times, see [`metrics`]
//!   timings.csv                     one row per epoch: seconds, images per second, peak memory
//!   noise_levels.csv, codes.csv     optional results of the best epoch, see [`noise_levels`]
//!   log.txt                         timestamped lines
//!   checkpoints/last.safetensors    where training resumes, see [`Checkpoint`]
//!   checkpoints/best.safetensors    the best epoch so far
//!   checkpoints/epoch0010.safetensors  periodic, optional
//!   samples.png                     the first test images and their reconstructions, see [`samples`]
//!   figures/                        images and plots, named in [`figure_names`]
//!   report.html                     a report about this run, if one was asked for
//!   tensorboard/                    event file for TensorBoard, optional, see [`tensorboard`]
//! <runs>/<sweep>/                   a sweep: sweep.json, trials.csv, trial_groups.csv, trial_timings.csv,
//!                                   figures, report.html, a folder per run
//! ```
//!
//! The version is `format` in `run.json` and in a checkpoint's metadata. It is bumped when older programs
//! could no longer read what is written; new fields in `run.json` do not bump it, since readers ignore
//! unknown fields.
//!
//! # Who may write
//!
//! Only the process that holds a [`RunFolder`], and with it the lock on the folder's `.lock`, writes there.
//! The lock is released when the process ends, however it ends, so a run marked `running` whose lock is free
//! reads as interrupted, and no process ID has to be checked. Reading needs no lock and works while a run is
//! being written: see [`scan`].
//!
//! # What a kill leaves behind
//!
//! * A folder is created under a hidden name, `.new-...`, with its first files, and then renamed: a visible
//!   folder always has a readable `run.json`.
//! * A folder is removed in the same way: renamed to a hidden name, `.old-...`, then emptied, see
//!   [`folder::clean`].
//! * Whole files are written under a hidden name, `.*.part`, and renamed, so a reader sees the old or the new
//!   contents, never a mixture. Such files left by a killed process are removed when the run is resumed; in a
//!   sweep's own folder, when the sweep is resumed and they are an hour old.
//! * `metrics.csv`, `timings.csv` and `log.txt` grow by whole lines, each a single write. Readers ignore a
//!   torn last line; it is cut off when the run is reopened.
//! * At the end of an epoch, these are written in order: its row in `metrics.csv` (on disk before the call
//!   returns), `best.safetensors` if it is the best, `last.safetensors`, `run.json`. So the rows cover every
//!   epoch in `last.safetensors`; later rows are cut off on resume and reproduced.
//! * While the results of a complete run are rebuilt, it stays `completed`, and `trained` in its `run.json` says
//!   that they are not done. If that fails or is killed, the same command rebuilds them again.
//! * A run that continues a shorter one copies its rows, then records that in `run.json`, then copies
//!   `best.safetensors` and finally `last.safetensors`. If it is killed before the end, it starts copying
//!   again.

pub mod atomic;
pub mod checkpoint;
pub mod csv_table;
mod error;
pub mod figure_names;
pub mod files;
pub mod folder;
pub mod folder_name;
mod git;
pub mod input;
mod json;
mod lock;
pub mod log;
pub mod metrics;
pub mod noise_levels;
pub mod read;
pub mod run_json;
pub mod samples;
mod status;
pub mod sweep_json;
pub mod table;
pub mod tensorboard;
mod timestamp;
pub mod timings;

pub use checkpoint::Checkpoint;
pub(crate) use error::THREADS_ADVICE;
pub use error::{Error, Result};
pub use folder::{NewRun, Opened, RunFolder, TakeOver};
pub use input::InputQuality;
pub use log::Log;
pub use metrics::MetricsFile;
pub use noise_levels::TestedLevel;
pub use read::{Readback, RunSummary, newest, scan, scan_sweep, sweeps};
pub use run_json::{BestEpoch, RunInfo};
pub use status::Status;
pub use timings::{Timing, TimingsFile};

/// The layout version that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// The experiment file as given.
pub const EXPERIMENT: &str = "experiment.toml";
/// The resolved experiment: every value, after all layers.
pub const RESOLVED: &str = "resolved.toml";
/// Status and facts of a run.
pub const RUN_JSON: &str = "run.json";
/// The layer table.
pub const MODEL: &str = "model.txt";
/// One row per epoch.
pub const METRICS: &str = "metrics.csv";
/// Results of a denoising run at each tested noise level.
pub const NOISE_LEVELS: &str = "noise_levels.csv";
/// The codes of the test images.
pub const CODES: &str = "codes.csv";
/// Time and memory of each epoch.
pub const TIMINGS: &str = "timings.csv";
/// Timestamped lines.
pub const LOG: &str = "log.txt";
/// Folder of the safetensors files.
pub const CHECKPOINTS: &str = "checkpoints";
/// Folder of the figures.
pub const FIGURES: &str = "figures";
/// The report in the folder of a sweep or, if one was asked for, of a run.
pub const REPORT: &str = "report.html";
/// Marks a folder as a sweep.
pub const SWEEP_JSON: &str = "sweep.json";
