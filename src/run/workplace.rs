//! The resources that runs compute with: kernels, threads, device and images.

use super::{Error, Result};
use crate::{
    arch::Shapes,
    data::{self, Dataset},
    device::{self, Target},
    machine::{self, available_memory},
    nn,
    ops::Family,
    plan::Plan,
    spec::{Data, Device, Experiment},
};
use std::{env, path::PathBuf, sync::Arc};

/// Kernels and threads to compute with.
pub struct Workplace {
    /// The kernels.
    pub family: Family,
    /// The threads.
    pub(crate) pool: rayon::ThreadPool,
}

impl Workplace {
    /// Creates a workplace with the kernels that `RUNNER_KERNELS` names, or else the fastest, and with
    /// `threads` threads, or else one per core that this process may use.
    ///
    /// # Errors
    /// When there are no such kernels, or the threads cannot be started.
    pub fn new(threads: Option<u16>) -> Result<Self> {
        Ok(Self { family: Family::from_env()?, pool: pool(threads)? })
    }
}

/// Creates a pool of `threads` threads, or else one per core that this process may use. Parallel work outside
/// of such a pool uses rayon's global one, which ignores the user's choice.
///
/// # Errors
/// [`Error::Threads`].
pub(crate) fn pool(threads: Option<u16>) -> Result<rayon::ThreadPool> {
    let threads = machine::threads(threads);
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(|index| format!("trainer-{index}"))
        .build()
        .map_err(|source| Error::Threads { threads, source })
}

/// Returns where an experiment with this `device` computes.
///
/// # Errors
/// [`Error::Device`].
pub fn target_of(device: &Device) -> Result<Target> {
    let refuse = |reason: String| Err(Error::Device { device: device.as_str().to_owned(), reason });
    match Target::of(device) {
        None => refuse("expected cpu, auto, cuda or cuda:N".to_owned()),
        Some(Target::Cpu) => Ok(Target::Cpu),
        Some(Target::Gpu(ordinal)) => match device::gpus() {
            Err(reason) => refuse(format!("{reason}; or use --device cpu")),
            Ok(gpus) if ordinal >= gpus.len() => refuse(format!(
                "there is no such GPU; they are counted from 0, and `runner check` lists all {}",
                gpus.len()
            )),
            Ok(_) => Ok(Target::Gpu(ordinal)),
        },
    }
}

/// Returns the name of the kernels that an experiment is trained with, as in `run.json`.
///
/// # Errors
/// [`Error::Gpus`].
pub fn kernels(experiment: &Experiment, target: Target, family: Family) -> Result<String> {
    let Target::Gpu(ordinal) = target else { return Ok(family.name().to_owned()) };
    let gpus = device::gpus().map_err(Error::Gpus)?;
    let name = gpus.get(ordinal).map_or("", |gpu| &gpu.name);
    let (backend, libraries) = (device::gpu_backend(experiment), device::gpu_libraries());
    // A run that goes on with other kernels lists both, with a comma between.
    Ok(format!("{backend} on {} with {libraries}", name.replace(',', " ")))
}

/// Returns when the shapes of a run are checked; on a GPU, always at run time.
pub fn shapes(plan: &Plan) -> Shapes {
    if nn::is_compiled(&plan.arch) && !plan.is_on_gpu() {
        Shapes::CompileTime
    } else {
        Shapes::RunTime
    }
}

/// Returns the folder that `RUNNER_DATA_DIR` names.
pub fn data_dir() -> Option<PathBuf> {
    env::var_os("RUNNER_DATA_DIR").map(PathBuf::from)
}

/// Loads the data set that `config` describes, from its own folder or the one that `RUNNER_DATA_DIR` names.
///
/// # Errors
/// [`Error::Data`], and [`Error::Memory`] before anything is read.
pub fn load_data(config: &Data) -> Result<Dataset> {
    let dir = data_dir();
    let needed = data::bytes_needed(config, dir.as_deref())?;
    too_many(config, needed, available_memory()).map_or(Ok(()), Err)?;
    Ok(data::load(config, dir.as_deref())?)
}

/// Returns an error for images that need more than `free` bytes.
fn too_many(config: &Data, needed: Option<u64>, free: Option<u64>) -> Option<Error> {
    let (needed, free) = needed.zip(free).filter(|(needed, free)| free < needed)?;
    let smaller = if config.dataset.is_drawn() {
        "data.train_limit"
    } else {
        "data.image_size, data.train_limit"
    };
    Some(Error::Memory { needed, free, smaller })
}

/// Caches the data set that was loaded last: files on a command line often share one.
#[derive(Debug, Default)]
pub struct DataCache {
    last: Option<(Data, Arc<Dataset>)>,
}

impl DataCache {
    /// Returns the data set that `config` describes, loading it if needed.
    ///
    /// # Errors
    /// Those of [`load_data`].
    pub fn load(&mut self, config: &Data) -> Result<Arc<Dataset>> {
        if let Some((known, dataset)) = &self.last
            && known == config
        {
            return Ok(Arc::clone(dataset));
        }
        // Dropped first: two data sets may not fit into memory.
        self.last = None;
        let dataset = Arc::new(load_data(config)?);
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
    fn images_that_do_not_fit_into_memory_are_refused_before_they_are_read() {
        let refused = |config: &Data, free| {
            let needed = data::bytes_needed(config, None).unwrap();
            too_many(config, needed, free).map(|error| error.to_string())
        };
        let limits = |train_limit, test_limit| Data { train_limit, test_limit, ..Data::default() };
        let most = limits(Some(1_000_000_000), Some(1_000_000_000));
        let reason = refused(&most, Some(24_000_000_000)).unwrap();
        assert!(reason.contains("a smaller data.train_limit"), "{reason}");
        assert_eq!(refused(&most, None), None);
        assert_eq!(refused(&limits(None, None), Some(24_000_000_000)), None);
        // Limits beyond the size of a published data set have no effect.
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
