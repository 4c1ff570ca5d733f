//! Draws the figures of a sweep, unless they are up to date.

use super::prepare::Sweep;
use crate::{
    cli::{
        exit::{Failure, Result},
        output,
    },
    digest,
    figures::Drawing,
    record::{self, REPORT, atomic, figure_names},
    report,
    run::results::{write_figure, write_plot},
    sweep::{Results, Row, figures as draw},
};
use std::{iter, path::PathBuf, slice};

/// Maximum number of pairs of keys that get a heat map.
const PAIRS: usize = 6;

/// File with the digest of the table that the figures show, and the names of the figures.
const DRAWN: &str = ".drawn";
/// Distinguishes the rules by which figures are drawn from those of earlier versions, whose figures are redrawn.
const RULES: &[u8] = b"hollow";
/// Learning curves of all runs.
const CURVES: &str = "curves.png";
/// The same test images for each combination.
const SAME_IMAGES: &str = "same_images.png";

/// Writes figures and report, unless the existing ones show the table of runs with these bytes.
pub fn write(sweep: &Sweep<'_>, results: &Results, trials: &[u8]) -> Result<()> {
    let vector: &[u8] = if are_vectors(sweep) { b"svg" } else { b"" };
    let digest = digest::sha256(&[trials, RULES, vector].concat());
    if is_drawn(sweep, &digest) {
        return Ok(());
    }
    let any = results.rows.iter().any(Row::is_complete);
    let names = if any { draw_all(sweep, results)? } else { Vec::new() };
    // Figures of an earlier plan or metric would look as if they belonged to this one.
    for name in drawn(sweep).1.iter().filter(|name| !names.contains(name)) {
        record::files::remove(&figure(sweep, name))?;
    }
    // A sweep must not fail because of its report.
    if let Err(failure) = write_report(sweep) {
        output::warn(failure.message());
    }
    if any {
        let lines: Vec<String> = iter::once(digest).chain(names).collect();
        // Written last, so that figures are drawn again if a kill or a full disk interrupted this.
        atomic::write(&figure(sweep, DRAWN), lines.join("\n"))?;
    }
    Ok(())
}

/// Writes the report into the sweep's folder.
pub fn write_report(sweep: &Sweep<'_>) -> Result<()> {
    let written = report::write(slice::from_ref(&sweep.folder), &sweep.folder.join(REPORT));
    written.map_err(|error| Failure::failed(format!("no report: {error}")))
}

/// Marks the figures as outdated, so that they are drawn again even if the tables do not change.
pub fn outdate(sweep: &Sweep<'_>) -> Result<()> {
    let (_, names) = drawn(sweep);
    if names.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = iter::once(String::new()).chain(names).collect();
    Ok(atomic::write(&figure(sweep, DRAWN), lines.join("\n"))?)
}

/// Whether the report and all figures of a table with this digest exist.
fn is_drawn(sweep: &Sweep<'_>, digest: &str) -> bool {
    let (of, names) = drawn(sweep);
    let figures = names.iter().map(|name| figure(sweep, name));
    of == digest && figures.chain([sweep.folder.join(REPORT)]).all(|file| file.exists())
}

/// Returns the digest of the table that the figures show, and their names; empty if unknown.
fn drawn(sweep: &Sweep<'_>) -> (String, Vec<String>) {
    let known = record::files::read(&figure(sweep, DRAWN)).unwrap_or_default();
    let known = String::from_utf8(known).unwrap_or_default();
    let (digest, names) = known.split_once('\n').unwrap_or_default();
    // The file may have been tampered with.
    let inside = |name: &&str| !name.contains('/');
    (digest.to_owned(), names.lines().filter(inside).map(str::to_owned).collect())
}

fn figure(sweep: &Sweep<'_>, name: &str) -> PathBuf {
    sweep.folder.join(record::FIGURES).join(name)
}

/// Whether plots are SVG files too, since any of the runs asks for them.
fn are_vectors(sweep: &Sweep<'_>) -> bool {
    sweep.file.plans.iter().any(|plan| plan.point.experiment.figures.svg)
}

/// Draws every figure and returns the names of their files.
fn draw_all(sweep: &Sweep<'_>, results: &Results) -> Result<Vec<String>> {
    record::files::make_folder(&sweep.folder.join(record::FIGURES))?;
    let (mut names, vector) = (Vec::new(), are_vectors(sweep));
    let mut add = |name: String, plot: &Drawing| {
        write_plot(&figure(sweep, &name), plot, vector)?;
        names.extend(vector.then(|| figure_names::vector(&name)));
        names.push(name);
        Ok::<_, Failure>(())
    };
    let metric = results.metric.name();
    let file = |key: usize| results.keys[key].replace('.', "_");
    let varied = draw::varied(results);
    for &key in &varied {
        add(format!("{metric}_over_{}.png", file(key)), &draw::over_key(results, key))?;
    }
    let pairs: Vec<(usize, usize)> = varied
        .iter()
        .enumerate()
        .flat_map(|(i, a)| varied[i + 1..].iter().map(move |b| (*a, *b)))
        .collect();
    let drawn = |(down, across)| Some((down, across, draw::over_two_keys(results, across, down)?));
    let mut maps = pairs.iter().copied().filter_map(drawn);
    for (down, across, plot) in maps.by_ref().take(PAIRS) {
        add(format!("{metric}_over_{}_and_{}.png", file(down), file(across)), &plot)?;
    }
    if maps.next().is_some() {
        output::note(format!(
            "{}: heat maps of the first {PAIRS} of {} pairs of keys",
            sweep.folder.join(record::FIGURES).display(),
            pairs.len()
        ));
    }
    add(CURVES.to_owned(), &draw::all_curves(results))?;
    if let Some(sheet) = draw::same_images(results, &sweep.folder) {
        write_figure(&figure(sweep, SAME_IMAGES), &sheet)?;
        names.push(SAME_IMAGES.to_owned());
    }
    Ok(names)
}
