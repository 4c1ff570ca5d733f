//! Command-line arguments.

mod clean;
pub mod export;
mod list;
mod runs;
mod threads;
mod trained;

pub use clean::CleanArgs;
pub use list::ListArgs;
pub use runs::{Conditions, RunsDir};
pub use threads::Threads;
pub use trained::{ApplyArgs, EvaluateArgs, Part, TrainedArgs};

use crate::{cli::deadline::LimitArgs, spec::DatasetName};
use clap::{Args, Parser, Subcommand, ValueEnum, builder::PossibleValue};
use std::path::PathBuf;

/// A declarative experiment runner for autoencoders.
///
/// `runner FILE.toml` trains the experiment that the file describes and leaves metrics, checkpoints
/// and figures in a folder of its own under `runs/`. Running the same command again skips completed runs,
/// resumes interrupted ones and retries failed ones.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
#[command(after_help = "Exit status:\n  \
0              done\n  \
1              failed\n  \
2              wrong usage or experiment file, or no data: nothing was started\n  \
3              of several runs, one or more failed or diverged\n  \
4              training diverged\n  \
124            stopped by --for or --until, after a checkpoint\n  \
129, 130, 143  stopped by SIGHUP, SIGINT or SIGTERM, after a checkpoint\n\n\
Environment:\n  \
RUNNER_DATA_DIR          folder that contains the data sets\n  \
RUNNER_TRAIN__EPOCHS=3   sets a key, like --set train.epochs=3\n  \
RUNNER_KERNELS           avx512, avx2 or portable\n  \
NO_COLOR                 disables colours")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub run: RunArgs,
    /// Print without colours
    #[arg(long, global = true)]
    pub no_color: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train experiments; `runner FILE.toml` does the same
    #[command(visible_aliases = ["train", "sweep"])]
    Run(RunArgs),
    /// Validate experiment files and print the plan; train nothing
    Check(CheckArgs),
    /// List the runs of a folder
    List(ListArgs),
    /// Show one run, or a sweep
    Show(ShowArgs),
    /// Write one HTML file about many runs: table, curves, images
    Report(ReportArgs),
    /// Compare two runs, experiments over their seeds, or sweeps: keys that differ, and metrics; or experiment files
    Compare(CompareArgs),
    /// Train one run of a sweep; started by the sweep itself
    #[command(hide = true)]
    Trial(TrialArgs),
    /// Denoise, colorize or reconstruct images of your own with a trained run
    Apply(ApplyArgs),
    /// Measure trained runs on other images or at other noise; train nothing
    Evaluate(EvaluateArgs),
    /// Write a trained network as ONNX, or its weights as safetensors
    Export(export::ExportArgs),
    /// Show what takes up disk space in a folder of runs and could go; remove it with --yes
    Clean(CleanArgs),
    /// Download a data set, or show which ones are present
    Data(DataArgs),
    /// Explain a key of experiment files, or all: what it means and expects, and its default
    Explain(ExplainArgs),
    /// Print the JSON Schema of experiment files
    Schema,
    /// Print a completion script for a shell
    Completions(CompletionArgs),
}

/// Arguments that determine how an experiment is resolved.
#[derive(Debug, Args)]
pub struct ExperimentArgs {
    /// Experiment files
    #[arg(required = true, value_name = "FILE.toml")]
    pub files: Vec<PathBuf>,
    /// Set a key of the experiment, as in `--set train.epochs=3`; may be given more than once
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Where to train, instead of the file's `experiment.device`: cpu, cuda or cuda:N for an NVIDIA GPU, or
    /// auto for a GPU if there is one
    #[arg(long, value_name = "DEVICE")]
    pub device: Option<String>,
}

/// How many runs and threads to use. Results do not depend on it.
#[derive(Debug, Args)]
pub struct ParallelismArgs {
    /// How many runs of a sweep to train at once, sharing the threads; by default as many as cores and free memory
    /// allow
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
    #[command(flatten)]
    pub threads: Threads,
}

#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct RunArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    #[command(flatten)]
    pub parallelism: ParallelismArgs,
    #[command(flatten)]
    pub limit: LimitArgs,
    #[command(flatten)]
    pub runs_dir: RunsDir,
    /// Train again in a new folder and keep the existing run
    #[arg(long)]
    pub force: bool,
    /// GPUs for the runs of a sweep, as in `--devices 0,1`; each run gets the GPU with the fewest runs
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    pub devices: Vec<u16>,
    /// Stop a sweep when one of its runs fails
    #[arg(long)]
    pub fail_fast: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
    /// Print no progress or advice, only results, warnings and errors
    #[arg(long, short)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    #[command(flatten)]
    pub parallelism: ParallelismArgs,
    #[command(flatten)]
    pub runs_dir: RunsDir,
    /// Print the plan as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct TrialArgs {
    /// Folder of the sweep
    #[arg(long, value_name = "FOLDER")]
    pub runs_dir: PathBuf,
}

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A run's folder, its name, or the start of it; a sweep's folder or full name; or SWEEP@best, its best run
    pub run: String,
    #[command(flatten)]
    pub runs_dir: RunsDir,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "The HTML report is a single file that needs no network access or server. Runs may be in any \
state, including still training; run the command again for a newer report.\n\n\
Metrics are those of each run's best epoch, by the metric of its checkpoints; repeats are shown as mean and \
standard deviation."
)]
pub struct ReportArgs {
    /// Runs, sweeps, or folders that hold them, by path or by name, or SWEEP@best; by default the whole folder of
    /// runs
    #[arg(value_name = "FOLDERS")]
    pub folders: Vec<PathBuf>,
    /// File to write, `-` for standard output; by default report.html in the first folder, and standard
    /// output for md, latex and csv
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// html: a page; md: a table for a pull request or an appendix; latex: one for a paper, with booktabs; csv:
    /// one row for each run
    #[arg(long, value_name = "FORMAT", default_value = "html")]
    pub format: ReportFormat,
    /// Show these keys in tables, in this order, as in `--keys sigma,latent_dim`; by default those that differ
    #[arg(long, value_name = "KEY,KEY", value_delimiter = ',')]
    pub keys: Vec<String>,
    /// Show these metrics in tables, in this order, as in `--metrics test_psnr,test_ssim`; also those measured once, and
    /// tests at a noise level, as in `--metrics "psnr at 0.5"`; by default all
    #[arg(long, value_name = "METRIC,METRIC", value_delimiter = ',')]
    pub metrics: Vec<String>,
    /// Compare experiments with this one instead of the best, by its name in the sweep, or SWEEP/NAME, as in `compare`
    #[arg(long, value_name = "NAME")]
    pub baseline: Option<String>,
    #[command(flatten)]
    pub runs_dir: RunsDir,
}

/// Formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    Html,
    Md,
    Latex,
    Csv,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Metrics are those of each run's best epoch; `*` marks the better one, and an arrow whether lower \
or higher values are better. If there are repeats, runs with the same seed are paired: for each metric, the mean \
difference of the pairs, its standard deviation and a 95 % confidence interval, by Student's t. Runs that are not \
completed drop out, together with their partners, and are counted. To compare experiments rather than single runs, \
give what the names of their runs begin with, or a sweep that has only repeats. Two sweeps, or two parts of one, are \
compared in one metric, experiment by experiment: those that have the same values of the keys that both vary.\n\n\
Examples:\n  \
runner compare noise_sweep@best dae_sigma050\n  \
runner compare latent_sweep/latent_dim=8 latent_sweep/latent_dim=16\n  \
runner compare noise_sweep noise_sweep_wider"
)]
pub struct CompareArgs {
    /// A run's folder, or the start of its name in the folder of runs; or SWEEP@best; or an experiment of a sweep,
    /// SWEEP/NAME; or a sweep; or FILE.toml
    pub a: String,
    /// The run, experiment, sweep or file to compare it with
    pub b: String,
    #[command(flatten)]
    pub runs_dir: RunsDir,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DataArgs {
    #[command(subcommand)]
    pub command: DataCommand,
}

#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Download a published data set
    Fetch(FetchArgs),
    /// Show where each data set is looked for and which files are present
    Info,
}

#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Which data set
    pub dataset: DatasetName,
    /// Folder to put it in; by default the one in which experiments look for it
    #[arg(long, value_name = "FOLDER")]
    pub to: Option<PathBuf>,
    /// Address to download from instead of the built-in ones; may be given more than once
    #[arg(long, value_name = "URL")]
    pub mirror: Vec<String>,
    /// Give up on a server after this many seconds without data
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..))]
    pub timeout: u16,
}

/// The data sets that can be downloaded.
impl ValueEnum for DatasetName {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Mnist, Self::FashionMnist, Self::Cifar10]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()))
    }
}

#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A key, as train.epochs, or the end of one, as epochs; a table, as train; or the name of a value, as plateau.
    /// By default all keys
    pub key: Option<String>,
}

#[derive(Debug, Args)]
pub struct CompletionArgs {
    /// The shell to complete for
    pub shell: clap_complete::Shell,
}
