//! `runner evaluate`: measures trained networks on other images or at other noise.

mod chosen;
mod print;
mod repeats;
mod row;
mod table;
mod worse;

use super::{
    args::{EvaluateArgs, Part},
    exit::{Exit, Failure, Result},
    output,
};
use crate::{
    data::{Dataset, Images},
    nn::Network,
    run::workplace::{DataCache, Workplace},
    spec::{Data, Task},
    train::{Inference, Samples, loss::Loss, untouched},
    words::counted,
};
use chosen::Chosen;
use indicatif::ProgressBar;
use row::Row;
use std::{borrow::Cow, collections::HashSet, sync::Arc};

/// Measures runs and prints a row for each run and noise level; in the table for people, repeats are one row. Writes
/// no files.
pub fn evaluate(args: &EvaluateArgs) -> Result {
    output::set_quiet(args.quiet);
    let workplace = Workplace::new(args.threads.count)?;
    let (chosen, mut failed) = chosen::all(args)?;
    let all = chosen.len() + failed;
    let count = chosen.iter().map(|chosen| chosen.tasks.len()).sum();
    let bar = output::counter(count, "measured");
    let mut images = Cached::default();
    let mut told = HashSet::new();
    let mut rows = Vec::new();
    for run in &chosen {
        let mut measured = || {
            let dataset = images.of(run)?;
            measure(run, &*run.found.network(workplace.family)?, &dataset, &bar)
        };
        match workplace.pool.install(&mut measured) {
            Ok(measured) => rows.extend(measured),
            Err(failure) if all == 1 => return Err(failure),
            // With several runs, the others are still measured. They often lack the same images.
            Err(failure) => {
                if told.insert(failure.message().to_owned()) {
                    output::error(failure.message());
                }
                failed += 1;
            }
        }
    }
    output::remove(&bar);
    print::print(&rows, args)?;
    worse::than_inputs(&rows).into_iter().for_each(output::warn);
    if failed > 0 {
        let all = counted(all, "run");
        return Err(Failure::failed(format!("{failed} of {all} could not be measured")));
    }
    Ok(Exit::Done)
}

/// The images of the previous run, which are often those of the next one too.
#[derive(Default)]
struct Cached {
    cache: DataCache,
    /// Digest of the images of the previous run.
    last: Option<String>,
}

impl Cached {
    /// Loads the images to measure a run on. Warns about images that could not be read, and if the data
    /// differ from the run's own although the settings are the same.
    fn of(&mut self, run: &Chosen) -> Result<Arc<Dataset>> {
        let before = self.last.take();
        let dataset = self.cache.load(&run.data)?;
        let is_new = before.is_none_or(|before| before != dataset.digest);
        dataset.warnings.iter().filter(|_| is_new).for_each(output::warn);
        let own = &run.found.experiment.data;
        if run.part(&dataset) == Part::Validation
            && let Some(key) = other_parts(own, &run.data)
        {
            output::warn(format!(
                "{} was trained with another data.{key}: it may have been trained on some of these images",
                run.name
            ));
        }
        let other = (run.data == *own).then(|| run.found.other_images(&dataset)).flatten();
        other.into_iter().for_each(output::warn);
        self.last = Some(dataset.digest.clone());
        Ok(dataset)
    }
}

/// Returns the key by which the training and validation images of `data` are others than the run's `own`.
fn other_parts(own: &Data, data: &Data) -> Option<&'static str> {
    let is_same_split = data.validation_split.to_bits() == own.validation_split.to_bits();
    match (is_same_split, data.train_limit == own.train_limit) {
        (false, _) => Some("validation_split"),
        (_, false) => Some("train_limit"),
        _ => None,
    }
}

/// Measures a run and returns a row for each of its tasks.
fn measure<'c>(
    run: &'c Chosen,
    network: &dyn Network,
    dataset: &Dataset,
    bar: &ProgressBar,
) -> Result<Vec<Row<'c>>> {
    let part = run.part(dataset);
    let images = &*images(dataset, part);
    let experiment = &run.found.experiment;
    let loss = Loss::new(&experiment.train.loss, images.size);
    let inference = Inference::new(network, &run.found.arch);
    let row = |task: &Task| {
        let samples = Samples::for_testing(images, task, experiment.meta.seed);
        let noise = match task {
            Task::Denoise { noise } => Some(noise),
            Task::Reconstruct | Task::Colorize => None,
        };
        let row = Row {
            run,
            part,
            dataset: dataset.name.name(),
            digest: dataset.digest.clone(),
            images: samples.len(),
            noise: noise.cloned(),
            result: inference.evaluate(&samples, &loss)?,
            input: untouched(&samples),
        };
        bar.inc(1);
        Ok(row)
    };
    run.tasks.iter().map(row).collect()
}

fn images(dataset: &Dataset, part: Part) -> Cow<'_, Images> {
    Cow::Borrowed(match part {
        Part::Test => &dataset.test,
        Part::Validation => dataset.validation(),
        Part::Train => &dataset.train,
        Part::All => return Cow::Owned(dataset.all()),
    })
}
