//! Formats the plan of a sweep as a table, with estimates of time, memory and disk space.

use super::{parallelism::Parallelism, prepare::Sweep};
use crate::{
    cli::{estimate, text},
    machine::free_space,
    run::workplace::shapes,
    words::{bytes, counted, duration, thousands},
};
use std::fmt::Write;

/// Longer plans are abbreviated; `check --json` lists all runs.
const MOST: usize = 100;

/// Formats a line for each run, and the totals.
pub fn plan(sweep: &Sweep<'_>, parallelism: Parallelism) -> String {
    let plans = &sweep.file.plans;
    let rows: Vec<[String; 7]> = plans
        .iter()
        .zip(&sweep.runs)
        .map(|(plan, run)| {
            let needs = estimate::needs(
                plan,
                Some(run.counts),
                parallelism.threads.div_ceil(parallelism.jobs),
            );
            [
                plan.name().to_owned(),
                plan.point.experiment.meta.seed.to_string(),
                thousands(plan.arch.parameter_count()),
                shapes(plan).to_string(),
                needs.memory.map_or("?".to_owned(), bytes),
                duration(estimate::seconds(plan, run.counts)),
                run.standing.describe(plan),
            ]
        })
        .collect();
    let titles = ["run", "seed", "parameters", "shapes", "memory", "time", "state"];
    let mut text = String::new();
    if rows.len() <= MOST {
        let _ = writeln!(text, "{}", text::table(titles, &rows));
    } else {
        let (head, tail) = (MOST * 2 / 5, MOST / 10);
        let shown: Vec<_> =
            rows[..head].iter().chain(&rows[rows.len() - tail..]).cloned().collect();
        let table = text::table(titles, &shown);
        for (index, line) in table.lines().enumerate() {
            if index == head + 1 {
                let _ = writeln!(text, "... {} more", thousands(rows.len() - shown.len()));
            }
            let _ = writeln!(text, "{line}");
        }
    }
    let _ = writeln!(text, "{}", totals(sweep, parallelism));
    text
}

/// Estimates the seconds that the remaining runs take.
pub fn seconds(sweep: &Sweep<'_>, parallelism: Parallelism) -> f64 {
    let seconds: f64 = sweep
        .to_do()
        .map(|(plan, run)| estimate::seconds(plan, run.counts) * (1.0 - run.standing.share(plan)))
        .sum();
    let count = sweep.to_do().count();
    seconds
        / parallelism.threads.min(count.max(1) * parallelism.threads.div_ceil(parallelism.jobs))
            as f64
}

/// Describes how many runs remain and what they take.
fn totals(sweep: &Sweep<'_>, parallelism: Parallelism) -> String {
    let count = sweep.to_do().count();
    let disk: u64 =
        sweep.to_do().map(|(plan, run)| estimate::needs(plan, Some(run.counts), 1).disk).sum();
    let free = free_space(&sweep.folder);
    let free_text = free.map_or(String::new(), |free| format!(" of {} free", bytes(free)));
    let runs = counted(sweep.runs.len(), "run");
    let to_train = sweep.to_do().filter(|(plan, run)| run.standing.share(plan) < 1.0).count();
    let made = match count - to_train {
        0 => String::new(),
        made => format!(", results of {} to be made", counted(made, "run")),
    };
    let mut text = match to_train {
        0 => format!("{runs}, nothing to train{made}"),
        _ => format!(
            "{runs}, {to_train} to train{made}: about {} with {} at once on {}, {} on disk{free_text}",
            duration(seconds(sweep, parallelism)),
            parallelism.jobs,
            counted(parallelism.threads, "thread"),
            bytes(disk),
        ),
    };
    if free.is_some_and(|free| free < disk) {
        text.push_str("\nwarning: that is more than is free; runs that do not fit are not started");
    }
    if sweep.shorter > 0 {
        let runs = counted(sweep.shorter, "run");
        let _ = write!(
            text,
            "\nleft in its folder, but replaced by longer ones: {runs} of fewer epochs"
        );
    }
    for (index, stray) in sweep.strays.iter().enumerate() {
        if index == 0 {
            let why = if sweep.had_other_images { ", as their images were others" } else { "" };
            let _ = write!(text, "\nno longer part of this sweep{why}, and left as they are:");
        }
        if index == 20 {
            let _ = write!(text, "\n  ... {} more", sweep.strays.len() - index);
            break;
        }
        let _ = write!(text, "\n  {stray}");
    }
    text
}
