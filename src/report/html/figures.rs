//! The figures of single runs, inside the page.

use crate::{
    record::{FIGURES, figure_names as names, files},
    report::{Report, run::Run},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use maud::{Markup, html};

/// Up to this many runs, a report has their figures: those of more would make it large.
const RUNS: usize = 3;

/// Every figure that the runs have, if there are few runs; empty otherwise.
pub(super) fn section(report: &Report) -> Markup {
    let found = found(report);
    html! {
        @if !found.is_empty() {
            section #figures {
                h2 { "Figures" }
                @for (run, figures) in found {
                    @if report.runs.len() > 1 { h3 { (run.name) } }
                    div.panel.figures {
                        @for (caption, png) in figures {
                            figure {
                                img src=(format!("data:image/png;base64,{png}")) alt=(caption);
                                figcaption { (caption) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the runs that have figures, each with their captions and PNGs in base64.
fn found(report: &Report) -> Vec<(&Run, Vec<(&'static str, String)>)> {
    if report.runs.len() > RUNS {
        return Vec::new();
    }
    let figures = |run: &Run| -> Vec<(&'static str, String)> {
        let figure = |name: &str| {
            let png = files::read(&run.path.join(FIGURES).join(name)).ok()?;
            Some((caption(name)?, STANDARD.encode(png)))
        };
        names::ALL.into_iter().filter_map(figure).collect()
    };
    let runs = report.runs.iter().map(|run| (run, figures(run)));
    runs.filter(|(_, figures)| !figures.is_empty()).collect()
}

/// Returns what a figure shows; `None` for a name that is not known.
fn caption(name: &str) -> Option<&'static str> {
    Some(match name {
        names::CODES => "Codes of the test images",
        names::CODES_PCA => "Principal components of the codes",
        names::CODES_TSNE => "Codes, embedded by t-SNE",
        names::COLORIZATION => "True colour, gray input and prediction",
        names::DENOISING => "Original, corrupted and denoised images",
        names::GRAY => "Gray inputs",
        names::INTERPOLATION => "Interpolations from one test image to another",
        names::LEARNING_RATE => "Learning rate over epochs",
        names::LOSS => "Losses over epochs",
        names::MANIFOLD => "Images decoded from a grid of codes",
        names::MODEL => "The network",
        names::NOISE_LEVELS => "The same images at each noise level",
        names::PREDICTED => "Predicted colours",
        names::PSNR_OVER_AMOUNT | names::PSNR_OVER_SIGMA => "PSNR at each noise level",
        names::QUALITY => "PSNR and SSIM over epochs",
        names::RECONSTRUCTION => "Test images and their reconstructions",
        names::TRAVERSAL => "Traversals along single dimensions of the code",
        names::TRUE_COLOUR => "True colours",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{found::Found, tests::complete};
    use std::{fs, process::Command};

    #[test]
    fn the_figures_of_few_runs_are_in_the_page_with_captions() {
        let folder = tempfile::tempdir().unwrap();
        let runs = |count: usize| {
            let run = |i: i64| {
                let mut run = complete(&format!("r{i}"), &[("train.epochs", i.into())], 0.5);
                run.path = folder.path().join(&run.name);
                fs::create_dir_all(run.path.join(FIGURES)).unwrap();
                for name in [names::MANIFOLD, names::CODES, "model.svg", "other.png"] {
                    fs::write(run.path.join(FIGURES).join(name), name).unwrap();
                }
                // Nobody writes to it.
                let pipe = run.path.join(FIGURES).join(names::LOSS);
                if !pipe.exists() {
                    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
                }
                run
            };
            Found::of((0..).take(count).map(run).collect(), Vec::new()).report(&[]).html()
        };
        let page = runs(3);
        assert_eq!(page.matches("<img ").count(), 6);
        let src = format!("src=\"data:image/png;base64,{}\"", STANDARD.encode(names::CODES));
        let image = format!("<img {src} alt=\"Codes of the test images\">");
        let start = page.find("id=\"figures\"").expect("a section");
        let first = page[start..].find(&image).expect("the codes");
        assert!(page[start + first..].contains("<figcaption>Images decoded from a grid of codes<"));
        assert!(page.contains("href=\"#figures\""));
        assert!(!runs(4).contains("figures\""));
        for name in names::ALL {
            assert!(caption(name).is_some(), "{name}");
        }
    }
}
