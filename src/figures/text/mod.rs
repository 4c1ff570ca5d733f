//! Draws text with embedded fonts, so that no font has to be installed.

mod mask;
mod outline;

pub use outline::{Curve, EM, Key, outlines};

use super::style::{Colour, WHITE};
use crate::words::shortened;
use ab_glyph::{Font, FontRef, Glyph, GlyphId, PxScale, ScaleFont, point};
use epaint_default_fonts::{HACK_REGULAR, UBUNTU_LIGHT};
use image::RgbImage;
use mask::Mask;
use std::sync::LazyLock;

/// The text font, then the fallback for missing characters.
static FONTS: LazyLock<Vec<FontRef<'static>>> = LazyLock::new(|| {
    [UBUNTU_LIGHT, HACK_REGULAR].iter().filter_map(|f| FontRef::try_from_slice(f).ok()).collect()
});

/// Height of a capital letter, in ems.
pub const CAPITAL: f32 = 0.69;
/// Depth of descenders below the baseline, in ems.
pub const DESCENT: f32 = 0.21;

/// Horizontal position of the anchor in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Across {
    /// At its left end.
    Left,
    /// In its middle.
    Centre,
    /// At its right end.
    Right,
}

/// Vertical position of the anchor in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Along {
    /// At the top of its capitals.
    Top,
    /// Half-way up its capitals.
    Middle,
    /// On its baseline.
    Base,
    /// Below its descenders.
    Bottom,
}

/// Direction of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// From left to right.
    None,
    /// From bottom to top.
    Up,
    /// From top to bottom.
    Down,
}

/// Style of a text and its position relative to its anchor point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Font size in pixels.
    pub size: f32,
    /// Colour of the letters.
    pub colour: Colour,
    /// Whether strokes are thicker.
    pub bold: bool,
    /// Horizontal position of the anchor.
    pub across: Across,
    /// Vertical position of the anchor.
    pub along: Along,
    /// Direction; the anchor's position is relative to the turned text's own axes.
    pub turn: Turn,
    /// Width in pixels of a white outline that separates the text from the background.
    pub halo: f32,
}

impl Style {
    /// Returns the style of upright text, anchored at the left of its baseline.
    pub const fn new(size: f32, colour: Colour) -> Self {
        let (across, along) = (Across::Left, Along::Base);
        Self { size, colour, bold: false, across, along, turn: Turn::None, halo: 0.0 }
    }

    /// Returns the style with another anchor.
    #[must_use]
    pub const fn at(self, across: Across, along: Along) -> Self {
        Self { across, along, ..self }
    }

    /// Returns the style in bold.
    #[must_use]
    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Returns the style with another direction.
    #[must_use]
    pub const fn turned(self, turn: Turn) -> Self {
        Self { turn, ..self }
    }

    /// Returns the style with a white outline.
    #[must_use]
    pub const fn halo(self, halo: f32) -> Self {
        Self { halo, ..self }
    }

    /// Returns the style with all lengths multiplied.
    #[must_use]
    pub fn scaled(self, by: f32) -> Self {
        Self { size: self.size * by, halo: self.halo * by, ..self }
    }

    /// Returns by how many pixels strokes are thicker than the font's: Ubuntu Light is thin at these sizes.
    pub fn thickening(&self) -> f32 {
        if self.bold { self.size * 0.045 } else { self.size * 0.014 }
    }
}

/// A line of text, placed before it is turned around the image's top left corner.
pub struct Line {
    /// Each glyph with the index of its font, from x = 0.
    glyphs: Vec<(usize, Glyph)>,
    length: f32,
    /// Where x = 0 is.
    pub start: f32,
    /// Height of its baseline.
    pub base: f32,
}

impl Line {
    /// Places a line of text anchored at `(x, y)`.
    pub fn of(text: &str, (x, y): (f32, f32), style: &Style) -> Self {
        let (glyphs, length) = set(text, style.size);
        let left = match style.across {
            Across::Left => 0.0,
            Across::Centre => -length / 2.0,
            Across::Right => -length,
        };
        let base = match style.along {
            Along::Top => CAPITAL * style.size,
            Along::Middle => CAPITAL * style.size / 2.0,
            Along::Base => 0.0,
            Along::Bottom => -DESCENT * style.size,
        };
        // A baseline on a whole pixel keeps horizontal edges sharp; horizontally, quarter pixels are visible.
        let (start, base) = match style.turn {
            Turn::None => (left + x, (base + y).round()),
            Turn::Up => (left - y, (base + x).round()),
            Turn::Down => (left + y, (base - x).round()),
        };
        Self { glyphs, length, start, base }
    }

    /// Yields each glyph and its distance from the start.
    pub fn glyphs(&self) -> impl Iterator<Item = (Key, f32)> {
        self.glyphs.iter().map(|(which, glyph)| ((*which, glyph.id), glyph.position.x))
    }
}

/// Lays out the glyphs of a line from x = 0, each with the index of its font; also returns the line's width
/// in pixels.
fn set(text: &str, size: f32) -> (Vec<(usize, Glyph)>, f32) {
    let (mut glyphs, mut x) = (Vec::new(), 0.0);
    let mut previous: Option<(usize, GlyphId)> = None;
    for character in text.chars() {
        let known = FONTS.iter().position(|font| font.glyph_id(character).0 != 0);
        let which = known.unwrap_or(0);
        let Some(font) = FONTS.get(which) else { break };
        let id = font.glyph_id(if known.is_some() { character } else { '?' });
        let em = font.units_per_em().unwrap_or(1000.0);
        let scale = PxScale::from(size * font.height_unscaled() / em);
        let scaled = font.as_scaled(scale);
        if let Some((before, left)) = previous
            && before == which
        {
            x += scaled.kern(left, id);
        }
        glyphs.push((which, id.with_scale_and_position(scale, point(x, 0.0))));
        x += scaled.h_advance(id);
        previous = Some((which, id));
    }
    (glyphs, x)
}

/// Whether the fonts have all characters of `text`; missing ones are drawn as question marks.
pub fn is_drawable(text: &str) -> bool {
    text.chars().all(|character| FONTS.iter().any(|font| font.glyph_id(character).0 != 0))
}

/// Returns the width of a line of text in pixels.
pub fn width(text: &str, size: f32) -> f32 {
    set(text, size).1
}

/// Returns `text`, [shortened] to `room` pixels.
pub fn fitted(text: &str, size: f32, room: f32) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut shorter = (1..=text.chars().count()).rev().map(|most| shortened(text, most));
    shorter.find(|text| width(text, size) <= room).unwrap_or_default()
}

/// Draws a line of text anchored at a point, in pixels from the image's top left corner.
pub fn draw(image: &mut RgbImage, text: &str, at: (f32, f32), style: &Style) {
    let mask = Mask::of(Line::of(text, at, style), style);
    if style.halo > 0.0 {
        mask.dilated(style.halo).paint(image, WHITE, style.turn);
    }
    mask.paint(image, style.colour, style.turn);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::style::INK;

    /// First and last column and row that are not white.
    fn bounds(image: &RgbImage) -> (u32, u32, u32, u32) {
        let dark: Vec<_> =
            image.enumerate_pixels().filter(|p| *p.2 != WHITE).map(|p| (p.0, p.1)).collect();
        let (xs, ys) = (dark.iter().map(|p| p.0), dark.iter().map(|p| p.1));
        let least = |v: Option<u32>| v.unwrap_or(u32::MAX);
        (least(xs.clone().min()), least(xs.max()), least(ys.clone().min()), least(ys.max()))
    }

    fn drawn(text: &str, style: &Style) -> RgbImage {
        let mut image = RgbImage::from_pixel(200, 200, WHITE);
        draw(&mut image, text, (100.0, 100.0), style);
        image
    }

    #[test]
    fn text_is_placed_around_its_anchor() {
        let style = Style::new(30.0, INK).at(Across::Centre, Along::Middle);
        let (left, right, top, bottom) = bounds(&drawn("HAH", &style));
        assert!((left + right).abs_diff(199) <= 2, "columns {left} to {right}");
        assert!((top + bottom).abs_diff(199) <= 3, "rows {top} to {bottom}");
        let (left, _, _, bottom) = bounds(&drawn("HAH", &Style::new(30.0, INK)));
        assert!((100..105).contains(&left) && bottom == 99, "left {left}, bottom {bottom}");
    }

    #[test]
    fn turned_text_is_the_same_image_turned() {
        let style = Style::new(30.0, INK).at(Across::Centre, Along::Middle);
        let flat = drawn("Fig", &style);
        let up = drawn("Fig", &style.turned(Turn::Up));
        let down = drawn("Fig", &style.turned(Turn::Down));
        assert!(flat.pixels().any(|p| *p != WHITE));
        assert_eq!(image::imageops::rotate270(&flat), up);
        assert_eq!(image::imageops::rotate90(&flat), down);
    }

    #[test]
    fn missing_characters_become_question_marks() {
        let style = Style::new(30.0, INK);
        assert_eq!(drawn("\u{10ffff}", &style), drawn("?", &style));
        assert!(is_drawable("σ × ?") && !is_drawable("a\u{10ffff}"));
        assert_ne!(drawn("σ × → −", &style), drawn("? ? ? ?", &style));
    }

    #[test]
    fn long_text_is_shortened_to_fit() {
        assert_eq!(fitted("short", 20.0, 500.0), "short");
        let cut = fitted("a text that is far too long", 20.0, 80.0);
        assert!(cut.starts_with("a t") && cut.ends_with("ng") && cut.contains('…'), "{cut}");
        assert!(width(&cut, 20.0) <= 80.0, "{cut}");
        assert_eq!(fitted("anything", 20.0, 0.0), "");
    }
}
