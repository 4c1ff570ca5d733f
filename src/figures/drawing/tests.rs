use super::*;
use std::{collections::BTreeMap, str::FromStr};

/// An element of an SVG file.
#[derive(Debug)]
pub struct Element {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
    /// Points around what it draws, but for the width of its pen.
    points: Vec<Point>,
    pen: f32,
}

impl Element {
    fn number(&self, name: &str) -> f32 {
        self.attributes.get(name).map_or(0.0, |value| f32::from_str(value).expect(value))
    }

    fn own_points(&self, glyphs: &BTreeMap<String, Vec<Point>>) -> Vec<Point> {
        let number = |name| self.number(name);
        let box_of = |x, y, width, height| vec![(x, y), (x + width, y + height)];
        match self.name.as_str() {
            "rect" => box_of(number("x"), number("y"), number("width"), number("height")),
            "circle" => {
                let r = number("r");
                box_of(number("cx") - r, number("cy") - r, 2.0 * r, 2.0 * r)
            }
            "path" => points_of(&self.attributes["d"]),
            "use" => {
                let glyph = &glyphs[self.attributes["xlink:href"].trim_start_matches('#')];
                glyph.iter().map(|(x, y)| (x + number("x"), *y)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// An element that contains others: its name, its transformation, and the width of its pen.
#[derive(Debug, Clone)]
struct Open(String, Vec<String>, f32);

impl Open {
    fn place(&self, point: Point) -> Point {
        self.1.iter().rev().fold(point, |(x, y), by| {
            let (name, numbers) = by.split_once('(').expect("a transformation");
            let numbers: Vec<f32> = numbers.split(' ').map(|n| n.parse().expect(n)).collect();
            match (name, &numbers[..]) {
                ("translate", [right, down]) => (x + right, y + down),
                ("scale", [by]) => (x * by, y * by),
                ("rotate", [-90.0]) => (y, -x),
                ("rotate", [90.0]) => (-y, x),
                _ => panic!("{by}"),
            }
        })
    }

    fn scale(&self) -> f32 {
        let ((ax, ay), (bx, by)) = (self.place((0.0, 0.0)), self.place((1.0, 0.0)));
        (ax - bx).hypot(ay - by)
    }
}

/// The points of a path whose commands are all relative.
fn points_of(data: &str) -> Vec<Point> {
    let mut points = vec![];
    let mut at = (0.0, 0.0);
    let is_command = |c: char| c.is_ascii_alphabetic();
    let parts: Vec<&str> = data.split_inclusive(is_command).collect();
    for pair in parts.windows(2) {
        let command = pair[0].chars().last().expect("a command");
        let numbers = pair[1].trim_end_matches(is_command).replace('-', " -");
        let numbers: Vec<f32> = numbers.split_whitespace().map(|n| n.parse().expect(n)).collect();
        let count = match command {
            'm' | 'l' => 2,
            'q' => 4,
            'c' => 6,
            _ => panic!("{command} in {data}"),
        };
        assert_eq!(numbers.len(), count, "{command} in {data}");
        let from: Point = at;
        for pair in numbers.chunks_exact(2) {
            at = (from.0 + pair[0], from.1 + pair[1]);
            points.push(at);
        }
    }
    points
}

/// Reads the SVG of a drawing, which must be well-formed.
#[track_caller]
pub fn elements(drawing: &Drawing) -> Vec<Element> {
    let svg = drawing.svg();
    let (mut elements, mut glyphs) = (Vec::new(), BTreeMap::new());
    let mut open = vec![Open(String::new(), Vec::new(), 0.0)];
    for part in svg.split_inclusive('>') {
        let (between, tag) = part.split_once('<').unwrap_or((part, ">"));
        assert!(between.trim().is_empty(), "{between:?} between elements");
        let tag = tag.strip_suffix('>').expect("an end");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop().map(|open| open.0).as_deref(), Some(name), "{svg}");
        } else if !tag.is_empty() {
            let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let mut element = element(tag);
            let mut within = open.last().expect("an element").clone();
            let points = element.own_points(&glyphs);
            if within.0 == "defs" {
                glyphs.insert(element.attributes["id"].clone(), points);
                continue;
            }
            let by = element.attributes.get("transform").map_or("", String::as_str);
            within.1.extend(by.split_terminator(')').map(str::to_owned));
            if element.attributes.contains_key("stroke") {
                within.2 = element.number("stroke-width") * within.scale();
            }
            element.points = points.into_iter().map(|point| within.place(point)).collect();
            element.pen = within.2;
            if !is_empty {
                open.push(Open(element.name.clone(), within.1, within.2));
            }
            elements.push(element);
        }
    }
    assert_eq!(open.len(), 1, "{open:?} not closed");
    elements
}

fn element(tag: &str) -> Element {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    let mut attributes = BTreeMap::new();
    while let Some((name, value)) = rest.trim_start().split_once("=\"") {
        let (value, more) = value.split_once('"').expect("a quote");
        for after in value.split('&').skip(1) {
            let known = ["amp;", "lt;", "gt;", "quot;"];
            assert!(known.iter().any(|name| after.starts_with(name)), "{value}");
        }
        let is_new = attributes.insert(name.to_owned(), value.to_owned()).is_none();
        assert!(is_new && !value.contains('<'), "{tag}");
        rest = more;
    }
    assert!(rest.trim().is_empty(), "{rest:?} of {tag}");
    Element { name: name.to_owned(), attributes, points: Vec::new(), pen: 0.0 }
}

/// Checks that the SVG of a drawing draws nothing outside its view.
#[track_caller]
pub fn assert_inside(drawing: &Drawing) {
    // Coordinates are rounded.
    let slack = 0.05;
    for element in elements(drawing) {
        let reach = element.pen / 2.0 - slack;
        let inside = |v: f32, end: f32| v - reach >= 0.0 && v + reach <= end;
        let is_inside = |p: &Point| inside(p.0, drawing.width) && inside(p.1, drawing.height);
        let outside = element.points.iter().find(|point| !is_inside(point));
        assert!(outside.is_none(), "{outside:?} of {element:?}");
    }
}

fn text_of(drawing: &Drawing) -> Vec<String> {
    let labels = elements(drawing).into_iter();
    labels.filter_map(|mut element| element.attributes.remove("aria-label")).collect()
}

#[test]
fn every_shape_is_an_element() {
    static STOPS: [Colour; 3] = [INK, SOFT, WHITE];
    let mut drawing = Drawing::new(100.0, 80.0);
    drawing.stroke([(10.0, 10.0), (20.25, 10.0)], 2.5, INK, 0.5);
    drawing.disc((30.0, 30.0), 4.5, SOFT, 0.5);
    drawing.ring((30.0, 30.0), 9.0, 2.0, INK);
    drawing.polygon([(1.0, 1.0), (5.0, 1.0), (1.0, 9.0)], INK, 1.0);
    drawing.block((50.0, 50.0), (20.0, 10.0), SOFT);
    drawing.gradient((80.0, 10.0), (10.0, 60.0), &STOPS);
    assert_eq!(
        drawing.svg().lines().skip(4).collect::<Vec<_>>(),
        [
            "<g fill-opacity=\".5\" stroke-opacity=\".5\">",
            "<path d=\"m10 10l10.25 0\" fill=\"none\" stroke=\"#222222\" stroke-width=\"2.5\"/>",
            "<circle cx=\"30\" cy=\"30\" r=\"4.5\" fill=\"#555555\"/>",
            "</g>",
            "<circle cx=\"30\" cy=\"30\" r=\"9\" fill=\"none\" stroke=\"#222222\" stroke-width=\"2\"/>",
            "<path d=\"m1 1l4 0l-4 8z\" fill=\"#222222\"/>",
            "<rect x=\"50\" y=\"50\" width=\"20\" height=\"10\" fill=\"#555555\"/>",
            "<linearGradient id=\"gradient351\" x1=\"0\" y1=\"1\" x2=\"0\" y2=\"0\">",
            "<stop offset=\"0%\" stop-color=\"#222222\"/>",
            "<stop offset=\"50%\" stop-color=\"#555555\"/>",
            "<stop offset=\"100%\" stop-color=\"#ffffff\"/>",
            "</linearGradient>",
            "<rect x=\"80\" y=\"10\" width=\"10\" height=\"60\" fill=\"url(#gradient351)\"/>",
            "</svg>",
        ]
    );
    assert_inside(&drawing);
}

#[test]
fn text_is_outlines_that_carry_it_escaped() {
    let mut drawing = Drawing::new(300.0, 100.0);
    let style = Style::new(18.0, INK);
    drawing.text("<AE> & \"co\"\u{1}", (20.0, 30.0), &style);
    drawing.text("", (20.0, 30.0), &style);
    drawing.text("halo", (20.0, 60.0), &style.bold().halo(4.0));
    let svg = drawing.svg();
    assert!(svg.contains("aria-label=\"&lt;AE&gt; &amp; &quot;co&quot;\u{fffd}\""), "{svg}");
    assert_eq!(text_of(&drawing), ["&lt;AE&gt; &amp; &quot;co&quot;\u{fffd}", "halo"]);
    assert!(!svg.contains("<text"));
    // The white outline lies below the text and is not read.
    let groups = elements(&drawing).into_iter().filter(|element| element.name == "g");
    let widths: Vec<String> =
        groups.map(|mut group| group.attributes.remove("stroke-width").expect("a pen")).collect();
    assert_eq!(widths, ["14", "489.44", "45"]);
}

#[test]
fn outlines_lie_where_the_pixels_are() {
    for turn in [text::Turn::None, text::Turn::Up, text::Turn::Down] {
        let mut drawing = Drawing::new(200.0, 200.0);
        let style = Style::new(30.0, INK).at(Across::Centre, Along::Top).turned(turn);
        drawing.text("Figure", (100.0, 100.0), &style);
        let image = drawing.render();
        let dark = image.enumerate_pixels().filter(|(.., pixel)| **pixel != WHITE);
        let dark: Vec<Point> = dark.map(|(x, y, _)| (x as f32 + 0.5, y as f32 + 0.5)).collect();
        let path =
            elements(&drawing).into_iter().filter(|e| e.name == "use").flat_map(|e| e.points);
        let path: Vec<Point> = path.collect();
        let bounds = |points: &[Point]| {
            let of = |pick: fn(&Point) -> f32| {
                let values = points.iter().map(pick);
                [values.clone().fold(f32::INFINITY, f32::min), values.fold(0.0, f32::max)]
            };
            [of(|p| p.0), of(|p| p.1)].concat()
        };
        let (drawn, written) = (bounds(&dark), bounds(&path));
        for (drawn, written) in drawn.iter().zip(&written) {
            assert!((drawn - written).abs() < 1.2, "{turn:?}: {drawn:?} {written:?}");
        }
    }
}

#[test]
fn stacked_drawings_are_stacked_in_both_forms() {
    let plain = |width, colour| {
        let mut drawing = Drawing::new(width, 30.0);
        drawing.block((5.0, 5.0), (10.0, 10.0), colour);
        drawing
    };
    let stacked = Drawing::stacked([plain(40.0, INK), plain(60.0, SOFT)]);
    let image = stacked.render();
    assert_eq!(image.dimensions(), (60, 60));
    assert_eq!((*image.get_pixel(6, 6), *image.get_pixel(6, 36)), (INK, SOFT));
    assert!(stacked.svg().contains("<g transform=\"translate(0 30)\">"));
    assert_inside(&stacked);
}
