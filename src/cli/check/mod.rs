//! `runner check`: validates experiment files and prints what would be trained.

mod choice;
mod standing;

use super::{
    args::CheckArgs,
    estimate::{self, Needs},
    exit::{Exit, Failure, Result},
    load::{File, load_all},
    output,
    sweep::{self, Sweep},
    text,
};
use crate::{
    data::{self, Counts, counts},
    device::{self, GpuInfo},
    machine::{self, available_threads},
    ops::Family,
    plan::Plan,
    run::workplace::{data_dir, shapes},
    spec::{Data, Train},
    words::{bytes, counted, duration, number, thousands},
};
use serde_json::{Value, json};
use standing::Found;
use std::{collections::BTreeSet, fmt::Write};

/// Validates experiment files and prints their plans.
pub fn check(args: &CheckArgs) -> Result {
    let files = load_all(&args.experiment)?;
    // A sweep is planned exactly as when it starts, which opens its data.
    let sweeps =
        Sweep::prepare_all(&files, &args.runs_dir.path, false, args.parallelism.threads.count)?;
    let devices = &devices()?;
    if args.json {
        let threads = machine::threads(args.parallelism.threads.count);
        let mut plans = Vec::new();
        for (file, sweep) in files.iter().zip(&sweeps) {
            for (index, plan) in file.plans.iter().enumerate() {
                let counts = counts_of(plan, sweep.as_ref(), index);
                let mut value = as_json(plan, counts, threads, devices);
                value["state"] = match sweep {
                    Some(sweep) => sweep.runs[index].standing.describe(plan),
                    None => Found::of(plan, &args.runs_dir.path)?.describe(plan),
                }
                .into();
                plans.push(value);
            }
        }
        output::json(&plans)?;
    } else {
        let text = |(file, sweep): (&File, &Option<Sweep<'_>>)| match sweep {
            Some(sweep) => Ok(sweep_as_text(sweep, args)),
            None => as_text(file, args),
        };
        let texts: Vec<String> = files.iter().zip(&sweeps).map(text).collect::<Result<_>>()?;
        output::result(texts.join("\n").trim_end())?;
        output::result(format!("\n{}", devices.join("\n")))?;
    }
    Ok(Exit::Done)
}

/// Returns how many images a run has, from the data that its sweep has opened or from its configuration;
/// `None` if only the image files can tell.
fn counts_of(plan: &Plan, sweep: Option<&Sweep<'_>>, index: usize) -> Option<Counts> {
    let opened = sweep.and_then(|sweep| sweep.runs.get(index)).map(|run| run.counts);
    opened.or_else(|| counts(&plan.point.experiment.data))
}

/// Returns a line for each available device, or for why there is no GPU.
fn devices() -> Result<Vec<String>> {
    let kernels = Family::from_env().map_err(Failure::usage)?.name();
    let cpu = format!("device cpu: {} threads, {kernels} kernels", available_threads());
    let gpus = match device::gpus() {
        Ok(gpus) => gpus.iter().map(gpu).collect(),
        Err(reason) => vec![format!("no device cuda: {reason}")],
    };
    Ok(std::iter::once(cpu).chain(gpus).collect())
}

fn gpu(gpu: &GpuInfo) -> String {
    let GpuInfo { ordinal, name, memory, compute_capability } = gpu;
    format!(
        "device cuda:{ordinal}: {name}, {} of memory, compute capability {compute_capability}, {}",
        bytes(*memory),
        device::gpu_libraries()
    )
}

fn as_json(plan: &Plan, counts: Option<Counts>, threads: usize, devices: &[String]) -> Value {
    let needs = estimate::needs(plan, counts, available_threads());
    let layers: Vec<Value> = plan
        .arch
        .layers()
        .map(|layer| {
            json!({
                "name": layer.name,
                "type": layer.kind(),
                "output_shape": layer.output.dims(),
                "parameters": layer.parameter_count(),
            })
        })
        .collect();
    json!({
        "name": plan.name(),
        "experiment": plan.point.experiment,
        "devices": devices,
        "shapes": shapes(plan).to_string(),
        "parameters": plan.arch.parameter_count(),
        "memory_bytes": needs.memory,
        "gpu_memory_bytes": needs.gpu,
        "disk_bytes": needs.disk,
        "seconds": seconds(plan, counts, threads),
        "layers": layers,
    })
}

fn as_text(file: &File, args: &CheckArgs) -> Result<String> {
    let threads = machine::threads(args.parallelism.threads.count);
    let mut text = title(file);
    if let Some(plan) = file.plans.first() {
        let counts = counts_of(plan, None, 0);
        describe(&mut text, plan, counts);
        let found = Found::of(plan, &args.runs_dir.path)?;
        let _ = writeln!(text, "  {:<9} {}", "state", found.describe(plan));
        let remaining = found.remaining(plan);
        let measured = counts.and_then(|counts| found.left(plan, counts.training, threads));
        let how = if measured.is_some() { ", at its pace so far" } else { "" };
        let left = measured.or_else(|| Some(remaining * seconds(plan, counts, threads)?));
        if let Some(left) = left.filter(|_| remaining > 0.0) {
            let (time, threads) = (duration(left), counted(threads, "thread"));
            let _ = writeln!(text, "  {:<9} about {time} on {threads}{how}", "time");
        }
        warn(&mut text, &file.plans, None);
        text = text + "\n" + &plan.arch.table();
    }
    Ok(text)
}

/// Estimates the seconds that a run takes by itself on `threads` threads; `None` if the number of images
/// is not known, and on a GPU, whose speed is not known.
fn seconds(plan: &Plan, counts: Option<Counts>, threads: usize) -> Option<f64> {
    let counts = counts.filter(|_| !plan.is_on_gpu())?;
    Some(estimate::seconds(plan, counts) / threads as f64)
}

fn title(file: &File) -> String {
    format!("{} ({})\n", file.base.meta.name, file.path.display())
}

/// Describes the first run in full, then the whole plan as it is printed when the sweep starts.
fn sweep_as_text(sweep: &Sweep<'_>, args: &CheckArgs) -> String {
    let file = sweep.file;
    let mut text = title(file);
    if let Some(plan) = file.plans.first() {
        let _ = writeln!(text, "  the first of {} runs, {}:", file.plans.len(), plan.name());
        describe(&mut text, plan, counts_of(plan, Some(sweep), 0));
        warn(&mut text, &file.plans, Some(sweep));
    }
    let _ = writeln!(text, "\n{}", choice::describe(sweep));
    let _ =
        writeln!(text, "\n{}", sweep::plan(sweep, sweep::parallelism(sweep, &args.parallelism, 0)));
    let mut seen = BTreeSet::new();
    for plan in &file.plans {
        if seen.insert(plan.arch.shape_key()) && seen.len() <= NETWORKS {
            let _ = writeln!(
                text,
                "network of {} and all runs of its size\n{}",
                plan.name(),
                plan.arch.table()
            );
        }
    }
    if seen.len() > NETWORKS {
        let _ = writeln!(text, "... and {} networks of other sizes", seen.len() - NETWORKS);
    }
    text
}

/// How many networks of a sweep are printed layer by layer at most.
const NETWORKS: usize = 8;

fn describe(text: &mut String, plan: &Plan, counts: Option<Counts>) {
    let experiment = &plan.point.experiment;
    let mut line = |name: &str, value: String| {
        let _ = writeln!(text, "  {name:<9} {value}");
    };
    line("data", data_line(plan, counts));
    if !experiment.data.is_split() {
        line("selection", format!("best epochs are chosen on {}", Data::VALIDATED_ON_TEST));
    }
    line("task", experiment.task.describe());
    let training = counts.map(|counts| counts.training);
    line("training", training_line(&experiment.train, training));
    let settings = text::settings(&experiment.values());
    if !settings.is_empty() {
        line("settings", settings);
    }
    line("device", plan.device().to_string());
    line("shapes", shapes(plan).to_string());
    let needs = estimate::needs(plan, counts, available_threads());
    line("memory", memory_line(&needs, plan.is_on_gpu()));
    line("disk", format!("about {}", bytes(needs.disk)));
}

fn memory_line(needs: &Needs, on_gpu: bool) -> String {
    let mut text =
        needs.memory.map_or("not known before the images are read".to_owned(), |memory| {
            format!("about {}", bytes(memory))
        });
    if on_gpu && needs.memory.is_some() {
        text.push_str(" of system memory");
    }
    // A lower bound: images are stored there as well if there is room.
    if let Some(gpu) = needs.gpu {
        let _ = write!(text, ", at least {} of GPU memory", bytes(gpu));
    }
    text
}

/// Appends the first warning about a run, and says how many other runs have one.
fn warn(text: &mut String, plans: &[Plan], sweep: Option<&Sweep<'_>>) {
    let mut warnings = plans.iter().enumerate().filter_map(|(index, plan)| {
        let images = counts_of(plan, sweep, index)?.training;
        Some((plan.name(), plan.point.experiment.train.endless_warmup(images)?))
    });
    let Some((name, first)) = warnings.next() else { return };
    let whose = match warnings.count() {
        _ if plans.len() == 1 => String::new(),
        0 => format!(" (in {name})"),
        others => format!(" (in {name}, and similarly in {})", counted(others, "other run")),
    };
    let _ = writeln!(text, "  {:<9} {first}{whose}", "warning");
}

fn training_line(train: &Train, images: Option<usize>) -> String {
    let steps = images.map_or(String::new(), |count| {
        format!(" of {} steps", thousands(train.steps_per_epoch(count)))
    });
    let warmup = match train.warmup_steps {
        0 => String::new(),
        steps => format!(", warm-up of {}", counted(steps, "step")),
    };
    format!(
        "{}{steps}, {} images a step, {} at {}, {} schedule{warmup}",
        counted(train.epochs, "epoch"),
        train.batch_size,
        train.optimizer.name(),
        number(train.optimizer.learning_rate()),
        train.schedule.name(),
    )
}

fn data_line(plan: &Plan, counts: Option<Counts>) -> String {
    let config = &plan.point.experiment.data;
    let name = config.dataset.name();
    let size = plan.arch.output;
    let counts = counts.map_or("images".to_owned(), |counts| {
        format!("{} + {} images", thousands(counts.training), thousands(counts.validation()))
    });
    let folder = data::locate(config.dataset, config.root.as_deref(), data_dir().as_deref());
    let place = folder.display();
    let place = match data::files(config.dataset, &folder) {
        _ if config.dataset.is_drawn() => "synthetic".to_owned(),
        Ok(_) => format!("in {place}"),
        Err(data::Error::Missing { absent, present, .. }) if !present.is_empty() => {
            format!("INCOMPLETE in {place}: no {}", absent.join(", no "))
        }
        Err(_) => format!("NOT FOUND in {place}"),
    };
    format!("{name}, {counts} {size}, {place}")
}
