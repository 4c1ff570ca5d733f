//! `runner list` and `runner show`

use super::{
    args::{ListArgs, ShowArgs},
    exit::{Exit, Failure, Result},
    output, sweep,
    text::{self, table},
};
use crate::record::{self, RunInfo, RunState, RunSummary, metrics};
use crate::spec::words::{counted, decimals, duration, thousands};
use crate::train::EpochMetrics;
use serde_json::{Value, json};
use std::{fmt::Write, path::Path};

/// Lists the runs of a folder, in whatever state they are.
pub fn list(args: &ListArgs) -> Result {
    let runs_dir = args.folder.as_ref().unwrap_or(&args.runs_dir);
    let runs = record::scan(runs_dir)?;
    if args.json {
        output::json(&runs.iter().map(as_json).collect::<Result<Vec<Value>>>()?)?;
        return Ok(Exit::Done);
    }
    if runs.is_empty() {
        output::note(format!("no runs in {}", runs_dir.display()));
        return Ok(Exit::Done);
    }
    let rows: Vec<[String; 5]> = runs.iter().map(|run| row(run, runs_dir)).collect();
    output::result(table(["run", "status", "epochs", "best", "time"], &rows))?;
    Ok(Exit::Done)
}

/// Shows a sweep, or one run: facts, and the last rows of its metrics.
pub fn show(args: &ShowArgs) -> Result {
    if let Some(shown) = sweep::show(&args.runs_dir, &args.run, args.json) {
        return shown;
    }
    let run = record::find(&args.runs_dir, &args.run).map_err(Failure::usage)?;
    if args.json {
        output::json(&as_json(&run)?)?;
    }
    let Some(info) = run.info() else {
        return Err(Failure::failed(format!("{}: {}", run.path.display(), status(&run))));
    };
    if args.json {
        return Ok(Exit::Done);
    }
    let mut text = format!("{}\n", run.path.display());
    for (name, value) in facts(&run, info) {
        let _ = writeln!(text, "  {name:<11} {value}");
    }
    let rows = output::or_warn(metrics::of(&run.path, info));
    if !rows.is_empty() {
        let _ = writeln!(text, "\n{}", metrics_table(&rows));
    }
    output::result(text.trim_end())?;
    Ok(Exit::Done)
}

fn status(run: &RunSummary) -> String {
    match &run.state {
        RunState::Known(info) => info.status.to_string(),
        RunState::Broken(reason) => format!("broken: {reason}"),
    }
}

fn row(run: &RunSummary, runs_dir: &Path) -> [String; 5] {
    let name = run.path.strip_prefix(runs_dir).unwrap_or(&run.path).display().to_string();
    let Some(info) = run.info() else {
        return [name, status(run), String::new(), String::new(), String::new()];
    };
    let best = info.best.as_ref();
    [
        name,
        status(run),
        info.epochs.to_string(),
        best.map_or(String::new(), |best| {
            format!("{} {}", best.metric.name(), decimals(best.value, 5))
        }),
        duration(info.seconds),
    ]
}

fn facts(run: &RunSummary, info: &RunInfo) -> Vec<(&'static str, String)> {
    let mut facts = vec![("status", status(run))];
    let mut add = |name, value: Option<String>| facts.extend(value.map(|value| (name, value)));
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    add("why", info.stop_reason.clone());
    add("error", info.error.clone());
    add("about", given(&info.description));
    add("data", Some(format!("{} ({:.12})", info.dataset, info.data_digest)));
    add("seed", Some(info.seed.to_string()));
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
    add("epochs", Some(format!("{} ({} steps)", info.epochs, info.step)));
    add(
        "best",
        info.best.as_ref().map(|best| {
            let value = decimals(best.value, 6);
            format!("{} {value} in epoch {}", best.metric.name(), best.epoch)
        }),
    );
    let results = text::results(info)
        .map(|(metric, value)| format!("{} {}", metric.name(), decimals(value, 6)))
        .collect::<Vec<_>>();
    add("results", Some(results.join(", ")).filter(|results| !results.is_empty()));
    add("trained", Some(duration(info.seconds)));
    add("resumed", (info.resumes > 0).then(|| format!("{}", info.resumes)));
    add("continues", info.continues());
    add("commit", info.git_commit.clone());
    facts
}

/// The newest rows of `metrics.csv`, at most ten.
fn metrics_table(rows: &[EpochMetrics]) -> String {
    let cell = |value: Option<f64>| value.map_or(String::new(), |value| decimals(value, 5));
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

fn as_json(run: &RunSummary) -> Result<Value> {
    let mut value = match &run.state {
        RunState::Known(info) => serde_json::to_value(info)?,
        RunState::Broken(reason) => json!({ "status": "broken", "error": reason }),
    };
    value["folder"] = run.path.display().to_string().into();
    Ok(value)
}
