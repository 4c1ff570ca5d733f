//! `runner show`: shows one run or a sweep.

use super::{
    args::ShowArgs,
    exit::{Exit, Failure, Result},
    find, output, sweep,
    text::{self, table},
    trained::experiment_of,
};
use crate::{
    record::{RESOLVED, Readback, RunSummary, Status},
    report::{progress::Progress, run::Run},
    train::EpochMetrics,
    words::{counted, decimals, duration, figure, thousands},
};
use serde_json::{Value, json};
use std::{fmt::Write, path::Path};

/// Shows a sweep, or the facts and last metrics of one run.
pub fn show(args: &ShowArgs) -> Result {
    if let Some(folder) = find::sweep(&args.runs_dir.path, &args.run) {
        return sweep::show(&folder, args.json);
    }
    let run = find::run(&args.runs_dir.path, &args.run)?;
    let known = Run::read(run.clone()).ok();
    if args.json {
        output::json(&as_json(&run, known.as_ref())?)?;
    }
    let Some(known) = known else {
        return Err(Failure::failed(format!("{}: {}", run.path.display(), run.state)));
    };
    if args.json {
        return Ok(Exit::Done);
    }
    let mut shown = format!("{}\n", run.path.display());
    for (name, value) in facts(&known) {
        let _ = writeln!(shown, "  {name:<11} {value}");
    }
    text::problems(&known).for_each(output::warn);
    if !known.rows.is_empty() {
        let _ = writeln!(shown, "\n{}", metrics_table(&known.rows));
    }
    output::result(shown.trim_end())?;
    Ok(Exit::Done)
}

fn facts(run: &Run) -> Vec<(&'static str, String)> {
    let info = &run.info;
    let progress = Progress::of(run);
    let mut facts = vec![("status", text::status(run))];
    let mut add = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    add("why", info.stop_reason.clone());
    add("error", info.error.clone());
    add("about", given(&info.description));
    add("data", Some(format!("{} ({:.12})", info.dataset, info.data_digest)));
    add("seed", Some(info.seed.to_string()));
    let experiment = experiment_of(&run.path).ok();
    add("task", experiment.map(|experiment| experiment.task.describe()));
    add("settings", given(&text::settings(&run.values)));
    add(
        "network",
        Some(format!("{} parameters, {} shapes", thousands(info.parameters), info.shapes)),
    );
    add(
        "device",
        Some(format!(
            "{}, {}, {} kernels",
            info.device,
            counted(info.threads, "thread"),
            info.kernels
        )),
    );
    add("repeats", given(&info.reproducible));
    add("epochs", Some(format!("{} ({} steps)", text::epochs(run), info.step)));
    add("left", progress.and_then(|progress| given(&progress.left())));
    add(
        "best",
        info.best.as_ref().map(|best| {
            let value = figure(best.value);
            format!("{} {value} in epoch {}", best.metric.name(), best.epoch)
        }),
    );
    let finals = text::finals(info)
        .map(|(metric, value)| format!("{} {}", metric.name(), figure(value)))
        .collect::<Vec<_>>();
    add("results", Some(finals.join(", ")).filter(|finals| !finals.is_empty()));
    add("inputs", info.input.map(|input| input.to_string()));
    add("trained", Some(duration(info.seconds)));
    add("resumed", (info.resumes > 0).then(|| format!("{}", info.resumes)));
    add("continues", info.continues());
    add("commit", info.git_commit.clone());
    facts.extend(next(run));
    facts
}

/// Returns the command that continues an unfinished run, or trains another like it.
fn next(run: &Run) -> Option<(&'static str, String)> {
    let file = run.path.join(RESOLVED);
    if !file.exists() {
        return None;
    }
    let mut command = format!("runner {}", text::quoted(&file.display().to_string()));
    match run.info.status {
        Status::Running => None,
        Status::Interrupted | Status::Failed if run.sweep.is_some() => {
            Some(("to go on", "the command of its sweep".to_owned()))
        }
        Status::Interrupted | Status::Failed => {
            let parent = run.path.parent().filter(|parent| *parent != Path::new("runs"));
            if let Some(parent) = parent {
                let _ =
                    write!(command, " --runs-dir {}", text::quoted(&parent.display().to_string()));
            }
            Some(("to go on", command))
        }
        Status::Diverged => {
            Some(("again", format!("{command} --set train.optimizer.learning_rate=...")))
        }
        Status::Completed | Status::Pruned => {
            Some(("again", format!("{command} --force, or with changes by --set")))
        }
    }
}

/// Formats the last rows of `metrics.csv`, at most ten.
fn metrics_table(rows: &[EpochMetrics]) -> String {
    let cell = |value: Option<f64>| value.map_or(String::new(), decimals);
    let newest = &rows[rows.len().saturating_sub(10)..];
    let cells: Vec<[String; 6]> = newest
        .iter()
        .map(|row| {
            use crate::spec::Metric::{Loss, ValLoss, ValPsnr, ValSsim};
            [
                row.epoch.to_string(),
                cell(row.value(Loss)),
                cell(row.value(ValLoss)),
                cell(row.value(ValPsnr)),
                cell(row.value(ValSsim)),
                row.learning_rate.map_or(String::new(), |rate| format!("{rate:.3e}")),
            ]
        })
        .collect();
    table(["epoch", "loss", "val_loss", "val_psnr", "val_ssim", "rate"], &cells)
}

/// Returns what is known of a run as JSON: `run.json`, its folder, its planned epochs, and its progress if
/// it is being trained.
pub fn as_json(summary: &RunSummary, run: Option<&Run>) -> Result<Value> {
    let mut value = match &summary.state {
        Readback::Known(info) => serde_json::to_value(info)?,
        Readback::Changed(info, reason) => {
            let mut value = serde_json::to_value(info)?;
            value["status"] = summary.state.word().into();
            value["error"] = reason.as_str().into();
            value
        }
        Readback::Broken(reason) => json!({ "status": summary.state.word(), "error": reason }),
    };
    value["folder"] = summary.path.display().to_string().into();
    if let Some(run) = run {
        value["planned_epochs"] = json!(run.planned_epochs());
        if let Some(progress) = Progress::of(run) {
            value["progress"] = progress.json(run);
        }
    }
    Ok(value)
}
