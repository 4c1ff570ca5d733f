//! Loads an experiment file and resolves its experiments.

use super::{
    Experiment, Overrides, Point,
    chain::{self, Chain},
    diagnostics::{Diagnostic, Diagnostics, MOST},
    dropped, form,
    node::Table,
    rules::{init_place, resolve},
    stack::Stack,
    sweep::{self, Sweep},
    swept::SweepSettings,
};
use std::path::{Path, PathBuf};

/// An experiment file with all overrides, resolved and validated.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The file's path, as given.
    pub file: PathBuf,
    /// The file's text, as given.
    pub text: String,
    /// The experiment without its sweep.
    pub base: Experiment,
    /// The runs to make: one, or one for each point and repeat of the sweep. Never empty.
    pub points: Vec<Point>,
    /// The settings of `[sweep]` other than its keys; the defaults without a sweep.
    pub settings: SweepSettings,
    /// Warnings about values that are valid but probably unintended.
    pub warnings: Vec<String>,
}

/// Loads an experiment file with the layers below and above it.
///
/// From lowest to highest: built-in defaults, the files named by `extends`, the file, `RUNNER_*`
/// variables, `--set`. Higher layers win key by key; one that changes the `kind` of a table replaces
/// the whole table.
///
/// # Errors
/// Every mistake in all layers and in every point of the sweep, each with its location.
pub fn load(file: &Path, overrides: &Overrides) -> Result<Loaded, Diagnostics> {
    let mut problems = Vec::new();
    let Chain { texts, complete } = chain::read(file, &mut problems);
    let order = texts.len();
    let mut over = [
        overrides.env_layer(order, &mut problems),
        overrides.set_layer(order + overrides.env.len(), &mut problems),
    ];
    problems.extend(over.iter_mut().filter_map(refuse_extends));

    let mut stack = Stack::defaults();
    if !complete {
        // The missing layers could set any key, so nothing may be reported that depends on them.
        stack.broken.extend(form::file().names().map(str::to_owned));
    }
    let mut sweep = Table::default();
    // The chain starts with the file itself, which is the highest of its layers.
    let files = texts.iter().rev().map(|text| text.table.clone());
    for layer in files.chain(over) {
        let (wrong, own_sweep) = stack.push(layer);
        problems.extend(wrong);
        sweep.merge(own_sweep.unwrap_or_default());
    }
    let sweep = Sweep::read(sweep, &mut stack, &mut problems);
    let Some(text) = texts.into_iter().next().filter(|_| complete) else {
        return Err(Diagnostics::new(problems, stack.unreported));
    };
    let resolved = match &sweep {
        None => resolve(&stack, file).map(|experiment| {
            let (base, init) = (experiment.clone(), init_place(&stack));
            (base, vec![Point { experiment, init, ..Point::default() }])
        }),
        // Every point would have to be resolved to find a few more.
        Some(_) if problems.len() >= MOST => Err(Vec::new()),
        Some(sweep) => sweep::expand(sweep, &stack, file, problems.is_empty()),
    };
    match resolved {
        Ok((base, points)) if problems.is_empty() => {
            let mut warnings = dropped::warnings(&stack, &points, sweep.as_ref());
            warnings.extend(sweep.iter().flat_map(|sweep| sweep.warnings(&points)));
            warnings.extend(stopped_by_another(&points));
            let settings = sweep.map(|sweep| sweep.settings).unwrap_or_default();
            let file = file.to_owned();
            Ok(Loaded { file, text: text.text, base, points, settings, warnings })
        }
        Ok(_) => Err(Diagnostics::new(problems, stack.unreported)),
        Err(more) => {
            problems.extend(more);
            Err(Diagnostics::new(problems, stack.unreported))
        }
    }
}

/// Warns if training is stopped by another metric than the one that chooses the epoch to keep.
fn stopped_by_another(points: &[Point]) -> Option<String> {
    points.iter().find_map(|Point { name, experiment, .. }| {
        let kept = experiment.train.checkpoint.metric;
        let stops = experiment.train.early_stopping.as_ref()?.metric;
        let run = if name.is_empty() { String::new() } else { format!(" (run `{name}`)") };
        (stops != kept).then(|| {
            format!(
                "training stops by `train.early_stopping.metric`, {}, and keeps the epoch that is best by \
                 `train.checkpoint.metric`, {}{run}",
                stops.name(),
                kept.name()
            )
        })
    })
}

/// Rejects `extends` outside a file: its path is relative to the file's folder, which an environment variable
/// or an argument does not have.
fn refuse_extends(layer: &mut Table) -> Option<Diagnostic> {
    let (key, _) = layer.take("extends")?;
    let problem = Diagnostic::new("`extends` belongs in an experiment file", key.place.as_ref());
    Some(problem.note("write a file with `extends = ...` and run that"))
}
