//! Turns arguments into plans. Everything is validated before anything is written.

use super::{
    args::ExperimentArgs,
    exit::{Failure, Result},
    hints::missing,
    output,
};
use crate::{
    arch::Architecture,
    data, device,
    ops::Family,
    plan::Plan,
    record::checkpoint,
    run::workplace::target_of,
    spec::{
        self, DeviceKind, Diagnostic, Diagnostics, Experiment, Loaded, Overrides, SweepSettings,
    },
};
use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

/// An experiment file and the runs it describes.
#[derive(Debug)]
pub struct File {
    /// Its path, as given.
    pub path: PathBuf,
    /// Its text, as given.
    pub text: String,
    /// The experiment without its sweep.
    pub base: Experiment,
    /// The other settings of `[sweep]`; the defaults without one.
    pub settings: SweepSettings,
    /// Warnings about settings that are valid but hardly intended.
    warnings: Vec<String>,
    /// One for each run; never empty.
    pub plans: Vec<Plan>,
}

impl File {
    fn new(loaded: Loaded) -> Self {
        let Loaded { file: path, text, base, points, settings, warnings } = loaded;
        let plans = points.into_iter().map(Plan::new).collect();
        Self { path, text, base, settings, warnings, plans }
    }

    /// Whether the file's `[sweep]` varies or repeats anything. Otherwise it describes a single run.
    pub fn is_sweep(&self) -> bool {
        self.plans.len() > 1 || self.plans.iter().any(|plan| !plan.point.name.is_empty())
    }

    /// Returns the parent of its runs' folders: a sweep has a folder of its own.
    pub fn runs_dir(&self, runs_dir: &Path) -> PathBuf {
        if self.is_sweep() { runs_dir.join(&self.base.meta.name) } else { runs_dir.to_path_buf() }
    }
}

/// Loads all files and refuses devices that do not exist. The mistakes of all files are reported together.
pub fn load_all(args: &ExperimentArgs) -> Result<Vec<File>> {
    let mut set = args.set.clone();
    if let Some(device) = &args.device {
        set.push(format!("experiment.device=\"{device}\""));
    }
    let overrides = Overrides::from_process(set);
    let mut files = Vec::new();
    let mut mistakes = Vec::new();
    for (index, file) in args.files.iter().enumerate() {
        if !file.exists() {
            let (mistake, is_command) = missing(file, index == 0);
            mistakes.push(mistake);
            if is_command {
                break;
            }
            continue;
        }
        match spec::load(file, &overrides) {
            Ok(loaded) => files.push(File::new(loaded)),
            // Colours are stripped when it is printed, if need be.
            Err(diagnostics) => mistakes.push(diagnostics.render(true)),
        }
    }
    let plans = || files.iter().flat_map(|file: &File| &file.plans);
    let mut known = Checked::new();
    mistakes.extend(plans().filter_map(|plan| check_init(plan, &mut known)));
    mistakes.extend(plans().filter_map(check_split));
    // Otherwise each run of a sweep would fail on its own.
    mistakes.extend(Family::from_env().err().map(|error| format!("error: {error}")));
    if !mistakes.is_empty() {
        return Err(Failure::usage(mistakes.join("\n\n")));
    }
    plans().try_for_each(|plan| target_of(plan.device()).map(drop))?;
    files.iter().for_each(warn);
    let auto = |file: &File| file.base.meta.device.kind() == Some(DeviceKind::Auto);
    if files.iter().any(auto)
        && let Some(reason) = device::unusable_gpus()
    {
        output::warn(format!("device auto is the CPU: {reason}"));
    }
    Ok(files)
}

/// Loads a file that will not be trained, so its device need not exist.
pub fn load_one(file: &Path) -> Result<Loaded> {
    if !file.exists() {
        return Err(Failure::usage(missing(file, false).0));
    }
    let overrides = Overrides::from_process(Vec::new());
    spec::load(file, &overrides).map_err(|mistakes| Failure::usage(mistakes.render(true)))
}

/// Prints warnings about settings that are valid but hardly intended.
fn warn(file: &File) {
    let path = file.path.display();
    if !file.is_sweep() && file.settings != SweepSettings::default() {
        output::warn(format!(
            "[sweep] of {path} varies nothing: one run is trained, and `metric`, `prune` and `retries` \
             have no meaning for it"
        ));
    }
    for warning in &file.warnings {
        output::warn(format!("{path}: {warning}"));
    }
}

/// Weight files, each with a network that it has been checked against.
type Checked<'a> = HashSet<(&'a Path, &'a Architecture)>;

/// Returns what is wrong with the weights that a run starts from, if anything is. Runs of a sweep often
/// share a weight file; it is read once and reported for the first of them.
fn check_init<'a>(plan: &'a Plan, known: &mut Checked<'a>) -> Option<String> {
    let (path, arch) = (plan.point.experiment.model.init()?, &plan.arch);
    if !known.insert((path, arch)) {
        return None;
    }
    let error = checkpoint::load_weights(path, &arch.parameters()).err()?;
    let message = format!("`model.init` of {}: {error}", plan.name());
    let location = plan.point.init.clone().map(Box::new);
    let mistake = Diagnostic { location, ..Diagnostic::new(message, None) };
    Some(Diagnostics::from(mistake).render(true))
}

/// Returns an error for a split that leaves no images for training or validation, as far as this is known
/// before the images are read.
fn check_split(plan: &Plan) -> Option<String> {
    let error = data::check_split(&plan.point.experiment.data).err()?;
    Some(format!("error: [data] of {}: {error}", plan.name()))
}
