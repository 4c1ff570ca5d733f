//! From arguments to plans: everything is validated before anything is made.

use super::{
    args::{Cli, ExperimentArgs},
    exit::{Failure, Result},
    machine::{available_memory, available_threads},
    output,
};
use crate::{
    arch::{Architecture, Shapes},
    data::{self, Dataset},
    device::{self, Target},
    digest, nn,
    ops::Family,
    plan::Plan,
    record::{checkpoint, identity},
    spec::{
        self, Data, Experiment, Loaded, Overrides, Point, SweepSettings, nearest, words::bytes,
    },
};
use clap::CommandFactory;
use std::{
    collections::{HashMap, hash_map::Entry},
    env, iter,
    path::{Path, PathBuf},
    sync::Arc,
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
    /// What the `[sweep]` says besides; the defaults without one.
    pub settings: SweepSettings,
    /// One for each run; never empty.
    pub plans: Vec<Plan>,
}

impl File {
    fn new(loaded: Loaded) -> Self {
        let Loaded { file: path, text, base, points, settings } = loaded;
        let plan = |mut point: Point| {
            choose_device(&mut point.experiment.experiment.device);
            Plan::new(point)
        };
        Self { path, text, base, settings, plans: points.into_iter().map(plan).collect() }
    }

    /// Whether the file's `[sweep]` varies or repeats anything. Without that it describes one plain run.
    pub fn is_sweep(&self) -> bool {
        self.plans.len() > 1 || self.plans.iter().any(|plan| !plan.point.name.is_empty())
    }

    /// Where the folders of its runs go: a sweep has a folder of its own.
    pub fn runs_dir(&self, runs_dir: &Path) -> PathBuf {
        if self.is_sweep() {
            runs_dir.join(&self.base.experiment.name)
        } else {
            runs_dir.to_path_buf()
        }
    }
}

/// Loads all files, and refuses devices that are not there. The mistakes of all files are reported
/// together.
pub fn load_all(args: &ExperimentArgs) -> Result<Vec<File>> {
    let mut set = args.set.clone();
    if let Some(device) = &args.device {
        set.push(format!("experiment.device=\"{device}\""));
    }
    let overrides = Overrides::from_process(set);
    let mut files = Vec::new();
    let mut mistakes = Vec::new();
    for file in &args.files {
        if !file.exists() {
            mistakes.push(missing(file));
            continue;
        }
        match spec::load(file, &overrides) {
            Ok(loaded) => files.push(File::new(loaded)),
            // Whoever prints it takes the colours out where nobody wants any.
            Err(diagnostics) => mistakes.push(diagnostics.render(true)),
        }
    }
    let plans = || files.iter().flat_map(|file: &File| &file.plans);
    let mut known = Checked::new();
    mistakes.extend(plans().filter_map(|plan| check_init(plan, &mut known)));
    mistakes.extend(plans().filter_map(check_split));
    // Each run of a sweep would only find it out by itself.
    mistakes.extend(Family::from_env().err().map(|error| format!("error: {error}")));
    if !mistakes.is_empty() {
        return Err(Failure::usage(mistakes.join("\n\n")));
    }
    plans().try_for_each(|plan| target_of(plan.device()).map(drop))?;
    let idle = |file: &&File| !file.is_sweep() && file.settings != SweepSettings::default();
    for file in files.iter().filter(idle) {
        output::note(format!(
            "warning: [sweep] of {} varies nothing: one run is trained, and `metric`, `prune` and `retries` \
             have no meaning for it",
            file.path.display()
        ));
    }
    Ok(files)
}

/// Who has checked the shapes of a run; on a GPU a network is made of the architecture when it runs.
pub fn shapes(plan: &Plan) -> Shapes {
    if nn::is_compiled(&plan.arch) && !plan.is_on_gpu() {
        Shapes::CompileTime
    } else {
        Shapes::RunTime
    }
}

/// What is wrong, if anything is, with a file of weights for a network.
type Checked<'a> = HashMap<(&'a Path, &'a Architecture), Option<String>>;

/// What is wrong with the weights that a run is to start from, if anything is. A sweep's runs often start
/// from the same, which are then read once.
fn check_init<'a>(plan: &'a Plan, known: &mut Checked<'a>) -> Option<String> {
    let (path, arch) = (plan.point.experiment.model.init()?, &plan.arch);
    let load = || checkpoint::load_weights(path, &arch.parameters()).err();
    let checked =
        known.entry((path, arch)).or_insert_with(|| load().map(|error| error.to_string()));
    let error = checked.as_ref()?;
    Some(format!("error: `model.init` of {}: {error}", plan.name()))
}

/// What is wrong with a split that leaves no picture to train or to validate on, as far as that can be told
/// before the pictures are read.
fn check_split(plan: &Plan) -> Option<String> {
    let error = data::check_split(&plan.point.experiment.data).err()?;
    Some(format!("error: [data] of {}: {error}", plan.name()))
}

/// What tells runs apart; reads each file of weights that runs start from once.
#[derive(Debug, Default)]
pub struct Identities {
    weights: HashMap<PathBuf, String>,
}

impl Identities {
    /// What makes a run on data of this digest the same as another, see [`identity`].
    pub fn of(&mut self, experiment: &Experiment, data_digest: &str) -> Result<String> {
        let described = experiment.identity() + self.init_digest(experiment)?;
        Ok(identity::hash(&described, data_digest))
    }

    /// SHA-256 of the weights that a run starts from; empty if it starts from random ones.
    fn init_digest(&mut self, experiment: &Experiment) -> Result<&str> {
        let Some(path) = experiment.model.init() else { return Ok("") };
        match self.weights.entry(path.to_path_buf()) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(new) => {
                let bytes = std::fs::read(path).map_err(|error| {
                    Failure::usage(format!("cannot read {}: {error}", path.display()))
                })?;
                Ok(new.insert(digest::sha256(&bytes)))
            }
        }
    }
}

/// Says that there is no such file, and what was perhaps meant: a verb, or a file beside it.
fn missing(file: &Path) -> String {
    let word = file.to_str().filter(|word| !word.contains(['/', '.']));
    let verbs = verbs();
    let verb = word.and_then(|word| nearest(word, verbs.iter().map(String::as_str)));
    let verb = verb.map(|verb| format!("runner {verb}"));
    let near = || spec::neighbour(file).map(|near| near.display().to_string());
    let meant = verb.or_else(near).map(|meant| format!("; did you mean `{meant}`?"));
    format!("error: there is no file `{}`{}", file.display(), meant.unwrap_or_default())
}

/// The verbs that people use, by all of their names.
fn verbs() -> Vec<String> {
    let command = Cli::command();
    let shown = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let names =
        shown.flat_map(|verb| iter::once(verb.get_name()).chain(verb.get_visible_aliases()));
    names.map(str::to_owned).collect()
}

/// What runs compute with.
pub struct Workplace {
    /// The kernels.
    pub family: Family,
    /// The threads.
    pub pool: rayon::ThreadPool,
}

impl Workplace {
    /// So many threads, or one for every core that this process may use.
    pub fn new(threads: Option<u16>) -> Result<Self> {
        let family = Family::from_env().map_err(Failure::usage)?;
        Ok(Self { family, pool: pool(threads)? })
    }
}

/// So many threads, or one for every core that this process may use. What runs outside of such a pool has
/// rayon's own, one thread a core, whatever the user said.
pub fn pool(threads: Option<u16>) -> Result<rayon::ThreadPool> {
    let threads = threads.map_or_else(available_threads, usize::from);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("trainer-{index}"))
        .build()
        .map_err(|error| Failure::failed(format!("cannot start {threads} threads: {error}")))
}

/// Puts the device that `auto` means here in its place: a run's folder says what it is trained on.
fn choose_device(device: &mut String) {
    if device == "auto"
        && let Some(target) = Target::parse(device)
    {
        *device = target.to_string();
    }
}

/// Where an experiment with this `device` computes; refuses what is not there.
pub fn target_of(device: &str) -> Result<Target> {
    let refuse = |reason: &str| Err(Failure::usage(format!("device {device:?}: {reason}")));
    match Target::parse(device) {
        None => refuse("expected cpu, auto, cuda or cuda:N"),
        Some(Target::Cpu) => Ok(Target::Cpu),
        Some(Target::Gpu(ordinal)) => match device::gpus() {
            Err(reason) => refuse(&format!("{reason}; or use --device cpu")),
            Ok(gpus) if ordinal >= gpus.len() => refuse(&format!(
                "there is no such GPU; they are counted from 0, and `runner check` lists all {}",
                gpus.len()
            )),
            Ok(_) => Ok(Target::Gpu(ordinal)),
        },
    }
}

/// The folder that `RUNNER_DATA_DIR` names.
pub fn data_dir() -> Option<PathBuf> {
    env::var_os("RUNNER_DATA_DIR").map(PathBuf::from)
}

/// The data set that `config` describes, or why there is none, in words.
pub fn load_data(config: &Data) -> std::result::Result<Dataset, String> {
    let dir = data_dir();
    let words = |error: data::Error| error.to_string();
    let needed = data::bytes_needed(config, dir.as_deref()).map_err(words)?;
    match too_many(config, needed, available_memory()) {
        Some(reason) => Err(reason),
        None => data::load(config, dir.as_deref()).map_err(words),
    }
}

/// Refuses pictures that need more than `free` bytes: the system would kill the program over them.
fn too_many(config: &Data, needed: Option<u64>, free: Option<u64>) -> Option<String> {
    let (needed, free) = needed.zip(free).filter(|(needed, free)| free < needed)?;
    let size = if config.dataset.is_drawn() { "" } else { "data.image_size, " };
    Some(format!(
        "the pictures take {}, and {} of memory are free; choose a smaller {size}data.train_limit or \
         data.test_limit",
        bytes(needed),
        bytes(free)
    ))
}

/// The data set that was loaded last: several files on a command line often share one.
#[derive(Debug, Default)]
pub struct DataCache {
    last: Option<(Data, Arc<Dataset>)>,
}

impl DataCache {
    /// The data set that `config` describes.
    pub fn load(&mut self, config: &Data) -> Result<Arc<Dataset>> {
        if let Some((known, dataset)) = &self.last
            && known == config
        {
            return Ok(Arc::clone(dataset));
        }
        // The old one goes first: two need not fit into memory.
        self.last = None;
        let dataset = Arc::new(load_data(config).map_err(Failure::failed)?);
        self.last = Some((config.clone(), Arc::clone(&dataset)));
        Ok(dataset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::DatasetName;
    use std::fs;

    #[test]
    fn weights_that_many_runs_start_from_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("start.safetensors");
        fs::write(&path, "weights").unwrap();
        let text = format!("[model]\nkind = \"conv\"\ninit = {:?}", path.display().to_string());
        let experiment: Experiment = toml::from_str(&text).unwrap();
        let mut identities = Identities::default();
        let first = identities.of(&experiment, "data").unwrap();
        fs::remove_file(&path).unwrap();
        assert_eq!(identities.of(&experiment, "data").unwrap(), first);
        let gone = Identities::default().of(&experiment, "data").unwrap_err();
        assert!(gone.message().contains("cannot read"), "{}", gone.message());
    }

    #[test]
    fn pictures_that_memory_does_not_hold_are_refused_before_they_are_made() {
        let refused = |config: &Data, free| {
            let needed = data::bytes_needed(config, None).unwrap();
            too_many(config, needed, free)
        };
        let limits = |train_limit, test_limit| Data { train_limit, test_limit, ..Data::default() };
        let most = limits(Some(1_000_000_000), Some(1_000_000_000));
        let reason = refused(&most, Some(24_000_000_000)).unwrap();
        assert!(reason.contains("a smaller data.train_limit"), "{reason}");
        assert_eq!(refused(&most, None), None);
        assert_eq!(refused(&limits(None, None), Some(24_000_000_000)), None);
        // What is published is cut to the pictures that there are.
        let mnist = Data { dataset: DatasetName::Mnist, ..most };
        assert_eq!(refused(&mnist, Some(1)), None);

        let folder = tempfile::tempdir().unwrap();
        for name in ["a.png", "b.png", "c.jpg"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let of_a_folder = |train_limit| Data {
            dataset: DatasetName::ImageFolder,
            root: Some(folder.path().to_path_buf()),
            image_size: [1000, 1000],
            ..limits(train_limit, None)
        };
        let reason = refused(&of_a_folder(None), Some(8_000_000)).unwrap();
        assert!(reason.contains("9.0 MB") && reason.contains("data.image_size"), "{reason}");
        assert_eq!(refused(&of_a_folder(None), Some(9_000_000)), None);
        assert_eq!(refused(&of_a_folder(Some(1)), Some(8_000_000)), None);
    }
}
