//! `runner apply`: runs the user's own images through a trained network.

mod baseline;
mod fitted;
mod names;
mod out;
mod results;
mod sheet;
mod sources;
mod table;
mod work;

use super::{
    args::ApplyArgs,
    exit::{Exit, Failure, Result},
    output,
    signals::Signals,
    trained::Trained,
};
use crate::{
    run::workplace::Workplace,
    spec::{DatasetName, Noise, Task},
    words::counted,
};
use baseline::Baseline;
use names::{SHEET, TABLE};
use results::Results;
use serde_json::{Value, json};
use sources::Sources;
use std::path::{Path, PathBuf};
use table::Measured;
use work::Work;

/// Runs images through a trained network and writes the outputs.
pub fn apply(args: &ApplyArgs) -> Result {
    output::set_quiet(args.quiet);
    let workplace = Workplace::new(args.threads.count)?;
    let trained = Trained::find(&args.run, &args.trained)?;
    let network = trained.network(workplace.family)?;
    let corrupt = noise(args, &trained)?;
    out::check(args)?;
    let sources = Sources::find(&args.images, &args.out);
    if let Some(first) = sources.left_out.first() {
        output::note(format!(
            "note: skipped {} in other formats than PNG and JPEG, such as {}",
            counted(sources.left_out.len(), "image"),
            first.display()
        ));
    }
    for pipe in sources.images.iter().filter(|source| source.may_wait()) {
        let name = pipe.path.display();
        output::note(format!("note: {name} is a pipe or a device: waiting for its image"));
    }
    let given: Vec<PathBuf> = sources.images.iter().map(|source| source.name.clone()).collect();
    let names = names::names(&given, corrupt.is_some());
    out::refuse_replacing(&args.out, &sources.images, &names)?;

    // Checked before the table is replaced.
    let had_results = args.out.join(TABLE).is_file();
    let signals = Signals::listen("finishing the images that are being read")?;
    let baseline = || Baseline::of(&trained, &*network, corrupt, &signals);
    let baseline = args.p_values.then(|| workplace.pool.install(baseline)).transpose()?;
    let work = Work {
        trained: &trained,
        network: &*network,
        corrupt,
        args,
        baseline: baseline.as_ref(),
        sources: &sources.images,
        names: &names,
    };
    let results = workplace.pool.install(|| Results::of(&work, sources.problems, &signals))?;
    if !results.shown.is_empty() {
        sheet::write(&work, &results.shown, results.done.len())?;
        table::write(&work, &results.done)?;
    }
    report(&work, &results)?;
    if had_results {
        note_earlier_images(&work, &results);
    }
    finish(&work, &results, &signals)
}

/// Returns the noise to add, if asked for; refuses runs that were trained without noise.
fn noise<'t>(args: &ApplyArgs, trained: &'t Trained) -> Result<Option<&'t Noise>> {
    match &trained.experiment.task {
        _ if !args.corrupt => Ok(None),
        Task::Denoise { noise } => Ok(Some(noise)),
        task => Err(Failure::usage(format!(
            "--corrupt adds the noise that a run was trained to remove, but {} was trained without: \
             its images are {}; leave --corrupt out",
            trained.folder.display(),
            sheet::verb(task)
        ))),
    }
}

fn report(work: &Work<'_>, results: &Results) -> Result<()> {
    let args = work.args;
    let Trained { folder, experiment, weights, .. } = work.trained;
    let text = |path: &Path| path.display().to_string();
    if args.json {
        let image = |measured: &Measured| -> Value {
            let [image, output] = work.paths(measured.index);
            let mut image = json!({ "image": text(&image), "output": text(&output) });
            if let Some(corrupted) = &work.names[measured.index].corrupted {
                image["corrupted"] = text(&args.out.join(corrupted)).into();
            }
            for (name, value) in measured.values() {
                image[name] = value.into();
            }
            if args.codes {
                image["code"] = measured.code.clone().into();
            }
            image
        };
        let written = |name: &str| (!results.done.is_empty()).then(|| text(&args.out.join(name)));
        let problem =
            |(path, reason): &(PathBuf, String)| json!({ "path": text(path), "reason": reason });
        output::result(json!({
            "run": text(folder),
            "weights": weights,
            "sheet": written(SHEET),
            "table": written(TABLE),
            "images": results.done.iter().map(image).collect::<Vec<_>>(),
            "unreadable": results.problems.iter().map(problem).collect::<Vec<_>>(),
        }))?;
    } else if !results.done.is_empty() {
        output::result(format!(
            "{}  {} {} by {}, {weights} weights; {} side by side in {}, how far each is from \
             {} in {}",
            args.out.display(),
            counted(results.done.len(), "image"),
            sheet::verb(&experiment.task),
            folder.display(),
            if args.by_error() { "those with the largest error" } else { "the first ones" },
            args.out.join(SHEET).display(),
            match (&experiment.task, work.corrupt) {
                (Task::Denoise { .. }, None) => "its noisy image",
                (Task::Denoise { .. }, Some(_)) => "its image before the noise",
                (Task::Reconstruct | Task::Colorize, _) => "its image",
            },
            args.out.join(TABLE).display()
        ))?;
        let largest = args.by_error().then(|| table::largest(work, &results.done));
        for text in largest.into_iter().chain(table::unusual(work, &results.done)) {
            output::result(format!("\n{text}"))?;
        }
    }
    Ok(())
}

/// Notes that the output folder also contains images of earlier calls.
fn note_earlier_images(work: &Work<'_>, results: &Results) {
    let written = results.done.iter().flat_map(|measured| work.names[measured.index].all());
    let others = sources::others(&work.args.out, &written.map(PathBuf::as_path).collect());
    let Some(first) = others.first().filter(|_| !results.done.is_empty()) else { return };
    output::note(format!(
        "note: {} also has {} from before this call, such as {}; {} lists those of this call",
        work.args.out.display(),
        counted(others.len(), "image"),
        first.display(),
        work.args.out.join(TABLE).display()
    ));
}

fn finish(work: &Work<'_>, results: &Results, signals: &Signals) -> Result {
    let args = work.args;
    let (done, failed) = (results.done.len(), results.problems.len());
    if let Some(signal) = signals.received() {
        output::note(format!("stopped after {done} of {}", counted(work.sources.len(), "image")));
        return Ok(Exit::Signal(signal));
    }
    if done + failed == 0 {
        let folders: Vec<_> = args.images.iter().map(|path| path.display().to_string()).collect();
        return Err(Failure::failed(format!(
            "there is no image in {}: expected .png, .jpg and .jpeg files at any depth; hidden folders and \
             folders of runs and results are skipped",
            folders.join(", ")
        )));
    }
    let fit = work.trained.experiment.data.fit;
    if let Some(fitted) = results.fitted.described(work.size(), fit) {
        output::note(format!("note: {fitted}"));
    }
    if light_on_dark(work) && !args.invert && results.brightness > 0.5 * done as f64 {
        output::note(
            "note: the run was trained on light drawings on black, and these images are mostly \
             light; for dark ink on white paper add --invert",
        );
    }
    match (done, failed) {
        (_, 0) => Ok(Exit::Done),
        (0, _) => Err(Failure::failed("nothing could be read")),
        _ => Err(Failure::failed(format!(
            "{failed} of {} could not be read",
            counted(done + failed, "image")
        ))),
    }
}

/// Whether the run's own images are light drawings on black.
fn light_on_dark(work: &Work<'_>) -> bool {
    use DatasetName::{FashionMnist, Mnist, SyntheticDigits};
    matches!(work.trained.experiment.data.dataset, Mnist | FashionMnist | SyntheticDigits)
}
