//! Reloads the experiment of a trained run, to measure its network on other images or with other noise.

use super::{
    DatasetName, Experiment, Overrides, Task,
    diagnostics::{Diagnostic, Diagnostics},
    dotted, form,
    load::load,
    node::Table,
};
use std::path::Path;

/// Reads a run's resolved experiment and applies the arguments `set`, each `a.b=value` with a key of `[data]`
/// or `[task.noise]`.
///
/// All other keys keep the run's values, except those that do not apply to another data set: its `root` is
/// unset, an `image_folder` gets the network's image size, and another folder loses the limits on the number
/// of images. Keys in `set` take precedence over these changes.
///
/// # Errors
/// Every mistake in `set`: keys that would require a new training, noise for a run that does not denoise, and
/// the errors of [`load`].
pub fn reload(file: &Path, set: &[String]) -> Result<Experiment, Diagnostics> {
    let own = load(file, &Overrides::default())?.base;
    let mut problems = Vec::new();
    let over = Overrides { set: set.to_vec(), env: Vec::new() };
    let given = over.set_layer(0, &mut problems);
    let refused = refused(&given, &own);
    if !refused.is_empty() {
        problems.extend(refused);
        return Err(Diagnostics::new(problems, 0));
    }
    // Environment variables rank below the arguments. The levels at which the run was tested are not needed,
    // and would be an error if the new kind of noise has levels of the other kind.
    let levels = ["RUNNER_EVALUATE__NOISE_SIGMAS", "RUNNER_EVALUATE__NOISE_AMOUNTS"]
        .map(|name| (name, "[]".to_owned()));
    let load_with = |below: Vec<(&str, String)>| {
        let env = below.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        load(file, &Overrides { env, ..over.clone() }).map(|loaded| loaded.base)
    };
    let mut changed = load_with(levels.to_vec())?;
    let dataset = changed.data.dataset;
    if dataset == DatasetName::ImageFolder && dataset != own.data.dataset {
        let size = own.data.size();
        let image_size = format!("[{}, {}]", size.height, size.width);
        let shape = [
            ("RUNNER_DATA__IMAGE_SIZE", image_size),
            ("RUNNER_DATA__CHANNELS", size.channels.to_string()),
        ];
        changed = load_with([levels, shape].concat())?;
    }
    let is_given = |key: &str| given.find(key).is_some();
    if dataset != own.data.dataset && !is_given("data.root") {
        changed.data.root = None;
    }
    // The run's limits were not meant for the user's own images.
    if changed.data.is_other_folder(&own.data) {
        changed.data.train_limit.take_if(|_| !is_given("data.train_limit"));
        changed.data.test_limit.take_if(|_| !is_given("data.test_limit"));
    }
    Ok(changed)
}

/// Returns the paths of all values that the arguments `set` set, as far as they can be parsed.
pub fn paths(set: &[String]) -> Vec<String> {
    let over = Overrides { set: set.to_vec(), env: Vec::new() };
    over.set_layer(0, &mut Vec::new()).leaves().collect()
}

/// Reports the keys of `given` that cannot be changed in a trained run; misspelt keys are left to the loader.
fn refused(given: &Table, own: &Experiment) -> Vec<Diagnostic> {
    let problem = |path: String| {
        let at = given.find(&path).and_then(|(key, _)| key.place.clone());
        let table = path.split('.').next().unwrap_or_default();
        match (table, own.task.name()) {
            ("data", _) => None,
            ("task", name) if dotted::is_within(&path, "task.noise") => {
                let denoises = matches!(own.task, Task::Denoise { .. });
                let message =
                    format!("`{path}` is for a run of kind `denoise`; this one is `{name}`");
                (!denoises).then(|| {
                    Diagnostic::new(message, at.as_ref())
                        .note("the network was trained without noise; leave the key out")
                })
            }
            ("task", _) if path != "task.kind" => None,
            (table, _) if form::file().get(table).is_none() => None,
            _ => {
                let message = format!("`{path}` cannot be changed without training again");
                let problem = Diagnostic::new(message, at.as_ref());
                Some(problem.note("expected keys of `data` and of `task.noise`"))
            }
        }
    };
    given.leaves().filter_map(problem).collect()
}
