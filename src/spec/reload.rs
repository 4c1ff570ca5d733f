//! A trained run's experiment, to measure its network on other images or at other noise.

use super::{
    DatasetName, Experiment, Overrides, Task,
    diagnostics::{Diagnostic, Diagnostics},
    dotted, form,
    load::load,
    node::Table,
    stack::leaves,
};
use std::path::Path;

/// Reads a run's resolved experiment back with the arguments `set` laid over it, each `a.b=value` with a key
/// of `[data]` or `[task.noise]`.
///
/// All else is as the run had it, but for what another data set leaves behind: the old one's folder, and for
/// another folder of images their size, which is the network's, and their limits, unless `set` says others.
///
/// # Errors
/// Every mistake of `set`: keys that would be another training, noise for a run that does not denoise, and
/// those of [`load`].
pub fn reload(file: &Path, set: &[String]) -> Result<Experiment, Diagnostics> {
    let own = load(file, &Overrides::default())?.base;
    let mut problems = Vec::new();
    let over = Overrides { set: set.to_vec(), env: Vec::new() };
    let given = over.set_layer(0, &mut problems);
    let refused = refused(&given, &own);
    if !refused.is_empty() {
        problems.extend(refused);
        return Err(Diagnostics::new(problems));
    }
    // A variable lies below the arguments. The levels that the run was tested at are not asked for, and
    // noise of another kind may have none.
    let levels = ("RUNNER_EVALUATE__NOISE_SIGMAS", "[]".to_owned());
    let laid = |below: Vec<(&str, String)>| {
        let env = below.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        load(file, &Overrides { env, ..over.clone() }).map(|loaded| loaded.base)
    };
    let mut changed = laid(vec![levels.clone()])?;
    let dataset = changed.data.dataset;
    if dataset == DatasetName::ImageFolder && dataset != own.data.dataset {
        let size = own.data.size();
        let image_size = format!("[{}, {}]", size.height, size.width);
        changed = laid(vec![
            levels,
            ("RUNNER_DATA__IMAGE_SIZE", image_size),
            ("RUNNER_DATA__CHANNELS", size.channels.to_string()),
        ])?;
    }
    let is_given = |key: &str| given.find(key).is_some();
    if dataset != own.data.dataset && !is_given("data.root") {
        changed.data.root = None;
    }
    // Of somebody's own images all are meant.
    if changed.data.is_other_folder(&own.data) {
        changed.data.train_limit.take_if(|_| !is_given("data.train_limit"));
        changed.data.test_limit.take_if(|_| !is_given("data.test_limit"));
    }
    Ok(changed)
}

/// The paths of all values that such arguments set, as far as they can be read.
pub fn paths(set: &[String]) -> Vec<String> {
    let over = Overrides { set: set.to_vec(), env: Vec::new() };
    leaves(&over.set_layer(0, &mut Vec::new()), "")
}

/// What of `given` cannot be laid over a trained run; misspelt keys are left to the loader.
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
                let message = format!("`{path}` cannot be changed: that would be another training");
                let problem = Diagnostic::new(message, at.as_ref());
                Some(problem.note("expected keys of `data` and of `task.noise`"))
            }
        }
    };
    leaves(given, "").into_iter().filter_map(problem).collect()
}
