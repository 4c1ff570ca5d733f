//! The image wall: one row per test image, one column per experiment.

use crate::{
    report::{
        Report,
        images::{Images, Shown},
    },
    words::counted,
};
use maud::{Markup, html};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Number of columns without a script to choose them.
const COLUMNS: usize = 12;

/// Longer side of a tile on screen, in pixels; small images are scaled by the whole factor that comes
/// closest.
const SIDE: u32 = 56;

/// Longer side of large images on screen.
const LARGE: u32 = 84;

/// An experiment's name and its images.
type Column<'a> = (&'a str, &'a Shown);

/// The images that are shown without a script to choose others.
pub(super) struct Walls<'r> {
    report: &'r Report,
    images: &'r Images,
    /// The number of experiments with images.
    all: usize,
    /// The first of them, with the same originals together.
    walls: Vec<Vec<Column<'r>>>,
}

impl<'r> Walls<'r> {
    pub(super) fn of(report: &'r Report, images: &'r Images) -> Self {
        let columns = report.ranked().into_iter().filter_map(|place| {
            let group = &report.groups[place];
            let shown = group.runs.iter().find_map(|index| images.of[*index].as_ref())?;
            Some((group.heading.as_str(), shown))
        });
        let columns: Vec<Column> = columns.collect();
        let walls = by_original(&columns[..columns.len().min(COLUMNS)]);
        Self { report, images, all: columns.len(), walls }
    }

    /// The hidden store of these images, once each; tiles refer to them.
    pub(super) fn store(&self) -> Markup {
        let strips = self.strips();
        let strips = strips.iter().map(|index| (index, &self.images.strips[*index]));
        html! {
            svg.store width="0" height="0" aria-hidden="true" {
                defs {
                    @for (index, strip) in strips {
                        image.large[longer(strip.tile) > LARGE] id=(format!("p{index}")) width=(strip.tile.0 * strip.count as u32) height=(strip.tile.1)
                            href=(format!("data:image/png;base64,{}", strip.png)) {}
                    }
                }
            }
        }
    }

    /// Returns all other images, which the script adds to the store once it shows them, as JSON.
    pub(super) fn other_strips(&self) -> String {
        let stored = self.strips();
        let others = self.images.strips.iter().enumerate();
        let others = others.filter(|(index, _)| !stored.contains(index));
        let others: BTreeMap<usize, &str> =
            others.map(|(index, strip)| (index, strip.png.as_str())).collect();
        // Digits and base64: nothing in it can end the element.
        json!(others).to_string()
    }

    fn strips(&self) -> BTreeSet<usize> {
        let shown = self.walls.iter().flatten().flat_map(|(_, shown)| {
            let first = shown.levels.first().map(|(_, input, output)| [*input, *output]);
            first.into_iter().flatten().chain([shown.target])
        });
        shown.collect()
    }

    pub(super) fn section(&self) -> Markup {
        let Self { report, images, all, walls } = self;
        html! {
            section #images {
                h2 { "Images" }
                @if walls.is_empty() {
                    p.soft { "No test images yet: runs draw them when they complete." }
                } @else {
                    p.soft {
                        "Each row shows one test image: the original, then the input and output of each experiment's network."
                        @if *all > COLUMNS { " The " (report.foremost()) " " (COLUMNS) " of " (all) " are shown." }
                        @if images.left_out > 0 {
                            " Those of " (counted(images.left_out, "run")) " are left out to keep the file small; a report on fewer runs includes them."
                        }
                    }
                    div.panel { div.scroll tabindex="0" {
                        @for columns in walls { (wall(columns, images)) }
                    } }
                }
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

/// A table of columns beside their common originals, and their common inputs if these are the same for all.
fn wall(columns: &[Column], images: &Images) -> Markup {
    let Some((_, Shown { target, .. })) = columns.first() else { return html! {} };
    let rows = images.strips[*target].count;
    let shared = shared_input(columns);
    let span = shared.is_none().then_some(2);
    html! {
        table.wall.shared[shared.is_some()] {
            thead { tr {
                th scope="col" { "original" }
                @if shared.is_some() { th scope="col" { "input" } }
                @for (label, _) in columns { th scope="col" colspan=[span] { (breakable(label)) } }
            } }
            tbody {
                @for row in 0..rows {
                    tr {
                        td { (tile(images, *target, row, "original")) }
                        @if let Some(input) = shared { td { (tile(images, input, row, "input")) } }
                        @for (label, shown) in columns {
                            @if let Some((_, input, output)) = shown.levels.first() {
                                @if shared.is_none() { td { (tile(images, *input, row, &format!("input of {label}"))) } }
                                td { (tile(images, *output, row, &format!("output of {label}"))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Returns the input that several columns have in common, as that of colorizing networks.
fn shared_input(columns: &[Column]) -> Option<usize> {
    let mut inputs = columns.iter().map(|(_, shown)| Some(shown.levels.first()?.1));
    let first = inputs.next()??;
    (columns.len() > 1 && inputs.all(|input| input == Some(first))).then_some(first)
}

/// Lets a name break between keys and values rather than within them.
fn breakable(label: &str) -> Markup {
    html! { @for part in label.split_inclusive(['=', ',']) { (part) wbr; } }
}

/// One image of a strip.
fn tile(images: &Images, strip: usize, row: usize, about: &str) -> Markup {
    let (width, height) = images.strips[strip].tile;
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
    use crate::report::images::Strip;

    #[test]
    fn an_original_is_shown_only_beside_runs_with_those_images() {
        let strip = |_| Strip { tile: (28, 28), count: 2, png: String::new() };
        let images = Images { strips: (0..6).map(strip).collect(), ..Images::default() };
        let shown = |target| Shown { target, levels: vec![(None, target + 1, target + 2)] };
        let (digits, scenes) = (shown(0), shown(3));
        let columns = [("digits", &digits), ("scenes", &scenes), ("more digits", &digits)];
        let tables = by_original(&columns);
        let names: Vec<Vec<&str>> =
            tables.iter().map(|table| table.iter().map(|column| column.0).collect()).collect();
        assert_eq!(names, [vec!["digits", "more digits"], vec!["scenes"]]);
        let page = wall(&tables[1], &images).into_string();
        assert!(page.contains("#p3") && !page.contains("#p0"), "{page}");
        let page = wall(&tables[0], &images).into_string();
        assert_eq!(
            page.matches("#p1\"").count(),
            2,
            "the common input is there once a row: {page}"
        );
        assert!(
            page.contains("<table class=\"wall shared\">") && !page.contains("colspan"),
            "{page}"
        );
    }

    #[test]
    fn each_strip_is_in_the_page_once_as_an_image_or_for_the_script() {
        let strip = |i| Strip { tile: (28, 28), count: 2, png: format!("png{i}") };
        let columns = COLUMNS + 3;
        let images = Images { strips: (0..=2 * columns).map(strip).collect(), ..Images::default() };
        let shown: Vec<Shown> = (0..columns)
            .map(|i| Shown { target: 0, levels: vec![(None, 2 * i + 1, 2 * i + 2)] })
            .collect();
        let walls = vec![shown[..COLUMNS].iter().map(|shown| ("run", shown)).collect()];
        let report = crate::report::found::Found::default().report(&[]);
        let walls = Walls { report: &report, images: &images, all: columns, walls };
        let (store, others) = (walls.store().into_string(), walls.other_strips());
        for (i, strip) in images.strips.iter().enumerate() {
            let stored = store.contains(&format!("id=\"p{i}\""))
                && store.contains(&format!("{}\"", strip.png));
            assert_eq!(stored, i <= 2 * COLUMNS, "{i}");
            assert_eq!(others.contains(&format!("\"{i}\":\"png{i}\"")), !stored, "{others}");
        }
    }

    #[test]
    fn large_images_are_limited_in_size_on_screen() {
        let sides = [28, 32, 64, 84, 128, 400].map(|side| on_screen((side, side)).0);
        assert_eq!(sides, [56, 64, 64, 84, 84, 84]);
        assert_eq!(on_screen((128, 64)), (84, 42));
    }
}
