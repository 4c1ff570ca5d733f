//! Colours, font sizes and spacing shared by all figures.

use image::Rgb;

/// A colour, 8 bits per channel.
pub type Colour = Rgb<u8>;

/// Background.
pub const WHITE: Colour = Rgb([255, 255, 255]);
/// Titles and data text.
pub const INK: Colour = Rgb([34, 34, 34]);
/// Axis labels and tick labels.
pub const SOFT: Colour = Rgb([85, 85, 85]);
/// Axes and outlines.
pub const RULE: Colour = Rgb([150, 150, 150]);
/// Grid lines.
pub const GRID: Colour = Rgb([230, 230, 230]);
/// Non-finite values in images.
pub const NOT_A_NUMBER: Colour = Rgb([255, 0, 255]);

/// Font size of titles, in pixels.
pub const TITLE: f32 = 27.0;
/// Font size of axis labels, legends and row labels, in pixels.
pub const LABEL: f32 = 21.0;
/// Font size of tick labels and notes, in pixels.
pub const TICK: f32 = 18.0;
/// Margin around a figure, in pixels.
pub const MARGIN: u32 = 28;

/// Number of lines that can be distinguished by colour.
pub const LINE_COLOURS: usize = 7;

/// Colours of lines: the palette of Okabe and Ito, distinguishable for colour-blind readers ("Color Universal
/// Design", 2008), without its yellow, which is too pale for a line on white.
const LINES: [Colour; LINE_COLOURS] = [
    Rgb([0, 114, 178]),
    Rgb([213, 94, 0]),
    Rgb([0, 158, 115]),
    Rgb([204, 121, 167]),
    Rgb([86, 180, 233]),
    Rgb([230, 159, 0]),
    Rgb([85, 85, 85]),
];

/// Colours of ten classes: Petroff's sequence, optimized for colour-vision deficiency and aesthetics
/// ("Accessible Color Sequences for Data Visualization", arXiv:2107.02270, 2021).
const CLASSES: [Colour; 10] = [
    Rgb([63, 144, 218]),
    Rgb([255, 169, 14]),
    Rgb([189, 31, 1]),
    Rgb([148, 164, 162]),
    Rgb([131, 45, 182]),
    Rgb([169, 107, 89]),
    Rgb([231, 99, 0]),
    Rgb([185, 172, 112]),
    Rgb([113, 117, 129]),
    Rgb([146, 218, 221]),
];

/// Returns the colour of line `index`; colours repeat after seven lines.
pub fn line_colour(index: usize) -> Colour {
    LINES[index % LINES.len()]
}

/// Returns the colour of class `index`; from the eleventh class on, the ten colours repeat, darker each time.
pub fn class_colour(index: usize) -> Colour {
    let dim = 0.7_f32.powi((index / CLASSES.len()).min(8) as i32);
    let Rgb(channels) = CLASSES[index % CLASSES.len()];
    Rgb(channels.map(|c| (f32::from(c) * dim) as u8))
}

/// Blends `over` onto `under` with an opacity in [0, 1].
pub fn blend(under: Colour, over: Colour, opacity: f32) -> Colour {
    let mix = |i: usize| {
        let (a, b) = (f32::from(under[i]), f32::from(over[i]));
        (a + (b - a) * opacity.clamp(0.0, 1.0)).round() as u8
    };
    Rgb([mix(0), mix(1), mix(2)])
}

/// Returns the colour at `part` in [0, 1] between at least two evenly spaced ones.
pub fn between(stops: &[Colour], part: f64) -> Colour {
    let place = part.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let below = (place.floor() as usize).min(stops.len() - 2);
    blend(stops[below], stops[below + 1], (place - below as f64) as f32)
}

/// Returns the approximate relative luminance in [0, 1], enough to choose between black and white text.
pub fn luminance(colour: Colour) -> f32 {
    let [r, g, b] = colour.0.map(|c| f32::from(c) / 255.0);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}
