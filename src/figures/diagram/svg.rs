//! Writes diagrams as SVG.

use super::{Diagram, Item, arrow_head};
use crate::figures::style::{Colour, RULE};
use std::fmt::Write;

/// Returns the text of an SVG file.
pub(super) fn write(diagram: &Diagram) -> String {
    let (width, height) = (diagram.width, diagram.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" \
         font-family=\"Ubuntu, 'Helvetica Neue', Helvetica, Arial, sans-serif\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for item in &diagram.items {
        // Writing to a string cannot fail.
        let _ = match item {
            Item::Shape { points, fill, edge } => writeln!(
                svg,
                "<polygon points=\"{}\" fill=\"{}\" stroke=\"{}\"/>",
                list(points),
                hex(*fill),
                hex(*edge)
            ),
            Item::Arrow { x, from, to } => writeln!(
                svg,
                "<path d=\"M {x:.1} {from:.1} V {:.1}\" stroke=\"{rule}\" stroke-width=\"1.2\"/>\
                 <polygon points=\"{}\" fill=\"{rule}\"/>",
                to - 4.0,
                list(&arrow_head(*x, *to)),
                rule = hex(RULE)
            ),
            Item::Words { at, words, size, bold, centred, colour } => writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"{size}\" font-weight=\"{}\" \
                 text-anchor=\"{}\" fill=\"{}\">{}</text>",
                at.0,
                at.1,
                if *bold { 500 } else { 400 },
                if *centred { "middle" } else { "start" },
                hex(*colour),
                escaped(words)
            ),
        };
    }
    svg.push_str("</svg>\n");
    svg
}

fn list(points: &[(f32, f32)]) -> String {
    points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ")
}

fn hex(colour: Colour) -> String {
    format!("#{:02x}{:02x}{:02x}", colour[0], colour[1], colour[2])
}

/// Escapes text for XML and replaces characters that XML forbids.
fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\t' | '\n' | '\r' => text.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => text.push('\u{fffd}'),
            other => text.push(other),
        }
    }
    text
}
