//! Block diagrams of a network: encoder, decoder, and the autoencoder made of both.

mod layout;
mod svg;

use super::{
    raster,
    style::{Colour, RULE, WHITE},
    text::{self, Across, Along, Style},
};
use crate::arch::Architecture;
use image::RgbImage;

/// Image pixels per layout unit.
const SCALE: f32 = 2.0;

/// An element of a diagram, in layout units, which are pixels at its natural size.
#[derive(Debug, Clone, PartialEq)]
enum Item {
    /// A filled shape with a thin outline.
    Shape { points: Vec<(f32, f32)>, fill: Colour, edge: Colour },
    /// A downward arrow.
    Arrow { x: f32, from: f32, to: f32 },
    /// Text, centred or left-aligned, with its baseline at `at`.
    Words { at: (f32, f32), words: String, size: f32, bold: bool, centred: bool, colour: Colour },
}

/// A block diagram, laid out once and written as SVG or drawn as pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Diagram {
    width: f32,
    height: f32,
    items: Vec<Item>,
}

impl Diagram {
    /// Lays out the diagram of a network, under a title.
    pub fn of(network: &Architecture, title: &str) -> Self {
        layout::diagram(network, title)
    }

    /// Writes the diagram as SVG.
    pub fn svg(&self) -> String {
        svg::write(self)
    }

    /// Draws the diagram with two pixels per unit.
    pub fn render(&self) -> RgbImage {
        let (width, height) = ((self.width * SCALE) as u32, (self.height * SCALE) as u32);
        let mut image = RgbImage::from_pixel(width, height, WHITE);
        let scaled = |(x, y): (f32, f32)| (x * SCALE, y * SCALE);
        for item in &self.items {
            match item {
                Item::Shape { points, fill, edge } => {
                    let points: Vec<_> = points.iter().copied().map(scaled).collect();
                    raster::polygon(&mut image, &points, *fill, 1.0);
                    let closed: Vec<_> = points.iter().chain(points.first()).copied().collect();
                    raster::stroke(&mut image, &closed, SCALE, *edge, 1.0);
                }
                &Item::Arrow { x, from, to } => {
                    let ends = [scaled((x, from)), scaled((x, to - 4.0))];
                    raster::stroke(&mut image, &ends, 1.2 * SCALE, RULE, 1.0);
                    let head = arrow_head(x, to).map(scaled);
                    raster::polygon(&mut image, &head, RULE, 1.0);
                }
                Item::Words { at, words, size, bold, centred, colour } => {
                    let across = if *centred { Across::Centre } else { Across::Left };
                    let style = Style::new(size * SCALE, *colour).at(across, Along::Base);
                    let style = if *bold { style.bold() } else { style };
                    text::draw(&mut image, words, scaled(*at), &style);
                }
            }
        }
        image
    }
}

/// Returns the triangle at the end of an arrow to `(x, y)`.
fn arrow_head(x: f32, y: f32) -> [(f32, f32); 3] {
    [(x - 4.5, y - 7.0), (x + 4.5, y - 7.0), (x, y)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::{Activation, Activations, ConvBlock, Size};

    fn functions() -> Activations {
        let (hidden, latent) = (Activation::Relu, Activation::Linear);
        Activations { hidden, latent, output: Activation::Sigmoid }
    }

    fn network(blocks: usize) -> Architecture {
        let block = |i| ConvBlock { filters: 32_usize << (i % 4), kernel: 3, stride: 2 };
        let blocks: Vec<_> = (0..blocks).map(block).collect();
        Architecture::conv(Size::new(28, 28, 1), 1, &blocks, 16, functions())
    }

    #[test]
    fn the_svg_is_well_formed_and_contains_every_layer_and_count() {
        let svg = Diagram::of(&network(2), "<AE> & \"co\"\u{1}").svg();
        assert!(svg.contains("&lt;AE&gt; &amp; &quot;co&quot;\u{fffd}"));
        for words in ["conv0", "deconv1", "(14, 14, 32)", "320 parameters", "178,001 parameters"] {
            assert!(svg.contains(words), "{words} in {svg}");
        }
        for tag in ["svg", "text"] {
            let (opened, closed) = (format!("<{tag} "), format!("</{tag}>"));
            assert_eq!(svg.matches(&opened).count(), svg.matches(&closed).count(), "{tag}");
        }
    }

    #[test]
    fn nothing_leaves_the_diagram_whatever_the_depth() {
        for blocks in [0, 1, 2, 9] {
            let diagram = Diagram::of(&network(blocks), &"A long title ".repeat(9));
            for item in &diagram.items {
                let inside = |x: f32, y: f32| {
                    (0.0..=diagram.width).contains(&x) && (0.0..=diagram.height).contains(&y)
                };
                match item {
                    Item::Shape { points, .. } => {
                        assert!(points.iter().all(|p| inside(p.0, p.1)), "{item:?}");
                    }
                    Item::Arrow { x, from, to } => assert!(inside(*x, *from) && inside(*x, *to)),
                    Item::Words { at, words, size, centred, .. } => {
                        let half = text::width(words, *size) / 2.0;
                        let (left, right) = if *centred { (half, half) } else { (0.0, half * 2.0) };
                        assert!(
                            inside(at.0 - left, at.1) && inside(at.0 + right, at.1),
                            "{item:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn dense_networks_and_empty_titles_are_drawn_too() {
        let network = Architecture::mlp(Size::new(8, 8, 3), 3, &[100, 50], 2, functions());
        let image = Diagram::of(&network, "").render();
        assert!(image.width() > 1000 && image.pixels().any(|p| *p != WHITE));
    }
}
