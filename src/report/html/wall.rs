//! The image wall: one row per test image, one column per experiment.

use crate::{
    report::{
        Report,
        pictures::{Pictures, Shown},
    },
    words::counted,
};
use maud::{Markup, html};

/// Number of columns without a script to choose them.
const COLUMNS: usize = 12;

/// Longer side of a tile on screen, in pixels; small images are scaled by the whole factor that comes
/// closest.
const SIDE: u32 = 56;

/// Longer side of large images on screen.
const LARGE: u32 = 84;

/// An experiment's name and its images.
type Column<'a> = (&'a str, &'a Shown);

/// The hidden store of all images, once each; tiles refer to them.
pub(super) fn store(pictures: &Pictures) -> Markup {
    html! {
        svg.store width="0" height="0" aria-hidden="true" {
            defs {
                @for (index, strip) in pictures.strips.iter().enumerate() {
                    image.large[longer(strip.tile) > LARGE] id=(format!("p{index}")) width=(strip.tile.0 * strip.count as u32) height=(strip.tile.1)
                        href=(format!("data:image/png;base64,{}", strip.png)) {}
                }
            }
        }
    }
}

pub(super) fn section(report: &Report, pictures: &Pictures) -> Markup {
    let columns: Vec<Column> = report
        .ranked()
        .into_iter()
        .filter_map(|place| {
            let group = &report.groups[place];
            let shown = group.runs.iter().find_map(|index| pictures.of[*index].as_ref())?;
            Some((group.heading.as_str(), shown))
        })
        .collect();
    html! {
        section #pictures {
            h2 { "Images" }
            @if columns.is_empty() {
                p.soft { "No test images yet: runs draw them when they complete." }
            } @else {
                p.soft {
                    "Each row shows one test image: the original, then the input and output of each experiment's network."
                    @if columns.len() > COLUMNS { " The " (report.foremost()) " " (COLUMNS) " of " (columns.len()) " are shown." }
                    @if pictures.left_out > 0 {
                        " Those of " (counted(pictures.left_out, "run")) " are left out to keep the file small; a report on fewer runs includes them."
                    }
                }
                div.panel { div.scroll tabindex="0" {
                    @for columns in by_original(&columns[..columns.len().min(COLUMNS)]) { (wall(&columns, pictures)) }
                } }
            }
        }
    }
}

/// Groups the columns that show the same originals: another data set has other originals.
fn by_original<'a>(columns: &[Column<'a>]) -> Vec<Vec<Column<'a>>> {
    let mut together: Vec<Vec<Column>> = Vec::new();
    for column in columns {
        match together.iter_mut().find(|same| same[0].1.target == column.1.target) {
            Some(same) => same.push(*column),
            None => together.push(vec![*column]),
        }
    }
    together
}

/// A table of columns beside their common originals.
fn wall(columns: &[Column], pictures: &Pictures) -> Markup {
    let Some((_, Shown { target, .. })) = columns.first() else { return html! {} };
    let rows = pictures.strips[*target].count;
    html! {
        table.wall {
            thead { tr {
                th scope="col" { "original" }
                @for (label, _) in columns { th scope="col" colspan="2" { (label) } }
            } }
            tbody {
                @for row in 0..rows {
                    tr {
                        td { (tile(pictures, *target, row, "original")) }
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

/// One image of a strip.
fn tile(pictures: &Pictures, strip: usize, row: usize, about: &str) -> Markup {
    let (width, height) = pictures.strips[strip].tile;
    let (wide, high) = on_screen((width, height));
    html! {
        svg.tile role="img" aria-label=(format!("image {}, {about}", row + 1))
            width=(wide) height=(high)
            viewBox=(format!("{} 0 {width} {height}", row as u32 * width)) {
            use href=(format!("#p{strip}")) {}
        }
    }
}

fn longer((width, height): (u32, u32)) -> u32 {
    width.max(height).max(1)
}

/// Returns the size on screen: a whole multiple for small images, and about the same size for all others.
fn on_screen(tile: (u32, u32)) -> (u32, u32) {
    let longer = longer(tile);
    let side = |own: u32| {
        if longer > LARGE {
            (own * LARGE / longer).max(1)
        } else {
            own * ((2 * SIDE + longer) / (2 * longer)).max(1)
        }
    };
    (side(tile.0), side(tile.1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::pictures::Strip;

    #[test]
    fn an_original_is_shown_only_beside_runs_with_those_pictures() {
        let strip = |_| Strip { tile: (28, 28), count: 2, png: String::new() };
        let pictures = Pictures { strips: (0..6).map(strip).collect(), ..Pictures::default() };
        let shown = |target| Shown { target, levels: vec![(None, target + 1, target + 2)] };
        let (digits, scenes) = (shown(0), shown(3));
        let columns = [("digits", &digits), ("scenes", &scenes), ("more digits", &digits)];
        let tables = by_original(&columns);
        let names: Vec<Vec<&str>> =
            tables.iter().map(|table| table.iter().map(|column| column.0).collect()).collect();
        assert_eq!(names, [vec!["digits", "more digits"], vec!["scenes"]]);
        let page = wall(&tables[1], &pictures).into_string();
        assert!(page.contains("#p3") && !page.contains("#p0"), "{page}");
    }

    #[test]
    fn large_pictures_are_limited_in_size_on_screen() {
        let sides = [28, 32, 64, 84, 128, 400].map(|side| on_screen((side, side)).0);
        assert_eq!(sides, [56, 64, 64, 84, 84, 84]);
        assert_eq!(on_screen((128, 64)), (84, 42));
    }
}
