//! Outlines of glyphs, for vector graphics.

use super::FONTS;
use ab_glyph::{Font, GlyphId, OutlineCurve, Point};

/// A font, by its index, and a glyph of it.
pub type Key = (usize, GlyphId);

/// Units of outlines in an em.
pub const EM: f32 = 1000.0;

/// A piece of an outline from its first point to its last: a line, or a Bézier curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    Line((f32, f32), (f32, f32)),
    Quad((f32, f32), (f32, f32), (f32, f32)),
    Cubic((f32, f32), (f32, f32), (f32, f32), (f32, f32)),
}

/// Returns the outlines of a glyph around its origin on the baseline, downwards, in whole thousandths of an em;
/// empty for a space.
pub fn outlines((which, glyph): Key) -> Vec<Curve> {
    let Some(font) = FONTS.get(which) else { return Vec::new() };
    let scale = EM / font.units_per_em().unwrap_or(EM);
    let at = |point: Point| ((point.x * scale).round(), (-point.y * scale).round());
    let curve = |curve: OutlineCurve| match curve {
        OutlineCurve::Line(a, b) => Curve::Line(at(a), at(b)),
        OutlineCurve::Quad(a, b, c) => Curve::Quad(at(a), at(b), at(c)),
        OutlineCurve::Cubic(a, b, c, d) => Curve::Cubic(at(a), at(b), at(c), at(d)),
    };
    font.outline(glyph)
        .map(|found| found.curves)
        .unwrap_or_default()
        .into_iter()
        .map(curve)
        .collect()
}
