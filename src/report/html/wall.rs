//! The picture wall: the same test pictures down the side, a column for each experiment.

use crate::report::{
    Report,
    pictures::{Pictures, Shown},
};
use maud::{Markup, html};

/// Columns without a script to choose them.
const COLUMNS: usize = 12;

/// Side of a tile on screen, in pixels, at the least.
const SIDE: u32 = 56;

/// The pictures, each once and out of sight; everything that shows them refers to them.
pub(super) fn store(pictures: &Pictures) -> Markup {
    html! {
        svg.store width="0" height="0" aria-hidden="true" {
            defs {
                @for (index, strip) in pictures.strips.iter().enumerate() {
                    image id=(format!("p{index}")) width=(strip.tile.0 * strip.count as u32) height=(strip.tile.1)
                        href=(format!("data:image/png;base64,{}", strip.png)) {}
                }
            }
        }
    }
}

pub(super) fn section(report: &Report, pictures: &Pictures) -> Markup {
    let columns: Vec<(&str, &Shown)> = report
        .ranked()
        .into_iter()
        .filter_map(|place| {
            let group = &report.groups[place];
            let shown = group.runs.iter().find_map(|index| pictures.of[*index].as_ref())?;
            Some((group.label.as_str(), shown))
        })
        .collect();
    html! {
        section #pictures {
            h2 { "Pictures" }
            @if columns.is_empty() {
                p.soft { "No run has drawn test pictures yet; complete ones do." }
            } @else {
                p.soft {
                    "The same test pictures in each row: the original, then for each experiment what its network was given and what it made of it."
                    @if columns.len() > COLUMNS { " The best " (COLUMNS) " of " (columns.len()) " are shown." }
                    @if pictures.left_out > 0 {
                        " Those of " (pictures.left_out) " runs are left out to keep the file small; a report on fewer runs has them."
                    }
                }
                div.panel { div.scroll tabindex="0" { (wall(&columns[..columns.len().min(COLUMNS)], pictures)) } }
            }
        }
    }
}

fn wall(columns: &[(&str, &Shown)], pictures: &Pictures) -> Markup {
    let rows = columns.first().map_or(0, |(_, shown)| pictures.strips[shown.target].count);
    html! {
        table.wall {
            thead { tr {
                th scope="col" { "original" }
                @for (label, _) in columns { th scope="col" colspan="2" { (label) } }
            } }
            tbody {
                @for row in 0..rows {
                    tr {
                        td { (tile(pictures, columns[0].1.target, row, "original")) }
                        @for (label, shown) in columns {
                            @if let Some((_, input, output)) = shown.levels.first() {
                                td { (tile(pictures, *input, row, &format!("input of {label}"))) }
                                td { (tile(pictures, *output, row, &format!("output of {label}"))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One picture of a strip.
fn tile(pictures: &Pictures, strip: usize, row: usize, about: &str) -> Markup {
    let (width, height) = pictures.strips[strip].tile;
    let scale = SIDE.div_ceil(width.max(height)).max(1);
    html! {
        svg.tile role="img" aria-label=(format!("picture {}, {about}", row + 1))
            width=(width * scale) height=(height * scale)
            viewBox=(format!("{} 0 {width} {height}", row as u32 * width)) {
            use href=(format!("#p{strip}")) {}
        }
    }
}
