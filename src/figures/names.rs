//! Names at points of a plot, moved aside to avoid overlaps.

use super::{
    drawing::Drawing,
    raster::Point,
    style::{Colour, WHITE},
    text::{self, Across, Along, Style},
};
use std::{f32::consts::TAU, iter};

/// Maximum distance of a name from its point, in pixels.
const FARTHEST: f32 = 160.0;
/// Distance between the positions tried for a name, in pixels.
const STEP: f32 = 5.0;
/// Number of directions in which positions are tried.
const DIRECTIONS: usize = 16;

/// A name for a point.
#[derive(Debug, Clone)]
pub struct Name {
    /// The point, in pixels.
    pub at: Point,
    /// The text.
    pub text: String,
    /// Font size in pixels.
    pub size: f32,
    /// Colour of the letters.
    pub colour: Colour,
}

/// A rectangle, given by its centre and half its size.
#[derive(Debug, Clone, Copy)]
struct Place {
    middle: Point,
    half: (f32, f32),
}

impl Place {
    fn overlaps(&self, other: &Self) -> bool {
        (self.middle.0 - other.middle.0).abs() < self.half.0 + other.half.0
            && (self.middle.1 - other.middle.1).abs() < self.half.1 + other.half.1
    }

    /// Whether it lies between the top left and the bottom right corner.
    fn is_inside(&self, [start, end]: [Point; 2]) -> bool {
        let inside = |middle: f32, half: f32, start: f32, end: f32| {
            middle - half >= start && middle + half <= end
        };
        inside(self.middle.0, self.half.0, start.0, end.0)
            && inside(self.middle.1, self.half.1, start.1, end.1)
    }

    /// Returns its point nearest to another.
    fn nearest(&self, (x, y): Point) -> Point {
        let near = |v: f32, middle: f32, half: f32| v.clamp(middle - half, middle + half);
        (near(x, self.middle.0, self.half.0), near(y, self.middle.1, self.half.1))
    }
}

impl Name {
    fn place_at(&self, middle: Point) -> Place {
        let half = (text::width(&self.text, self.size) / 2.0 + 3.0, self.size * 0.55);
        Place { middle, half }
    }
}

/// Draws names at their points. A name that would overlap another, or leave the plot, is moved aside and
/// connected to its point by a line, or left out if there is no space nearby. `corners` are the plot's top
/// left and bottom right. `dots` of a radius are not hidden by names, as far as there is space beside them.
pub fn draw(drawing: &mut Drawing, names: &[Name], corners: [Point; 2], dots: (&[Point], f32)) {
    let placed = place(names, corners, dots);
    let placed: Vec<_> =
        names.iter().zip(placed).filter_map(|(name, placed)| Some((name, placed?))).collect();
    // Lines first, so that none crosses a name.
    for (name, placed) in &placed {
        let end = placed.nearest(name.at);
        if end != name.at {
            drawing.stroke([name.at, end], 4.0, WHITE, 0.8);
            drawing.stroke([name.at, end], 1.5, name.colour, 1.0);
            drawing.disc(name.at, 3.0, name.colour, 1.0);
        }
    }
    for (name, placed) in placed {
        let style = Style::new(name.size, name.colour).bold().halo(4.0);
        drawing.text(&name.text, placed.middle, &style.at(Across::Centre, Along::Middle));
    }
}

/// Places each name. Names without close neighbours are placed first, at their points.
fn place(
    names: &[Name],
    corners: [Point; 2],
    (dots, radius): (&[Point], f32),
) -> Vec<Option<Place>> {
    let dots: Vec<Place> =
        dots.iter().map(|&middle| Place { middle, half: (radius, radius) }).collect();
    let wanted: Vec<Place> = names.iter().map(|name| name.place_at(name.at)).collect();
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_key(|&i| wanted.iter().filter(|other| wanted[i].overlaps(other)).count());
    let mut placed = vec![None; names.len()];
    for i in order {
        let is_free = |place: &Place| {
            place.is_inside(corners) && !placed.iter().flatten().any(|other| place.overlaps(other))
        };
        let places = || around(names[i].at).map(|middle| names[i].place_at(middle));
        let hides_none = |place: &Place| !dots.iter().any(|dot| place.overlaps(dot));
        let beside = places().find(|place| is_free(place) && hides_none(place));
        placed[i] = beside.or_else(|| places().find(is_free));
    }
    placed
}

/// Yields a point, then others on growing circles around it.
fn around((x, y): Point) -> impl Iterator<Item = Point> {
    let rings = (1..).map(|ring| ring as f32 * STEP).take_while(|radius| *radius <= FARTHEST);
    let ring = move |radius: f32| {
        let angles = (0..DIRECTIONS).map(|i| i as f32 * TAU / DIRECTIONS as f32);
        angles.map(move |angle| (x + radius * angle.cos(), y + radius * angle.sin()))
    };
    iter::once((x, y)).chain(rings.flat_map(ring))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::style::INK;

    const CORNERS: [Point; 2] = [(100.0, 100.0), (900.0, 900.0)];
    const NONE: (&[Point], f32) = (&[], 0.0);

    fn names(points: &[Point]) -> Vec<Name> {
        let name = |&at: &Point| Name { at, text: "automobile".into(), size: 21.0, colour: INK };
        points.iter().map(name).collect()
    }

    #[test]
    fn names_of_close_points_do_not_overlap() {
        let near: Vec<Point> = (0..10).map(|i| (500.0 + 4.0 * i as f32, 500.0)).collect();
        let placed = place(&names(&near), CORNERS, NONE);
        let placed: Vec<Place> = placed.into_iter().map(|place| place.expect("a place")).collect();
        for (i, one) in placed.iter().enumerate() {
            assert!(one.is_inside(CORNERS), "{one:?}");
            assert!(placed[..i].iter().all(|other| !one.overlaps(other)), "{placed:?}");
        }
    }

    #[test]
    fn a_name_without_close_neighbours_is_placed_at_its_point() {
        let points = [(500.0, 500.0), (502.0, 500.0), (700.0, 300.0)];
        let placed = place(&names(&points), CORNERS, NONE);
        assert_eq!(placed[2].map(|place| place.middle), Some(points[2]));
        assert!(placed[0].zip(placed[1]).is_some_and(|(one, other)| !one.overlaps(&other)));
    }

    #[test]
    fn names_without_space_are_left_out() {
        let placed = place(&names(&[(500.0, 500.0); 400]), CORNERS, NONE);
        let shown = placed.iter().flatten().count();
        assert!((10..400).contains(&shown), "{shown}");
    }

    #[test]
    fn a_name_hides_no_dot_where_there_is_space_beside_it() {
        let names = names(&[(500.0, 500.0)]);
        let dots = [(500.0, 500.0), (540.0, 500.0), (500.0, 560.0)];
        let placed = place(&names, CORNERS, (&dots, 4.5))[0].expect("a place");
        let hidden = |dot: &&Point| placed.nearest(**dot) == **dot;
        assert_eq!(dots.iter().find(hidden), None, "{placed:?}");
        let row = |y: u16| (0..200_u16).map(move |x| (5.0 * f32::from(x), 5.0 * f32::from(y)));
        let crowd: Vec<Point> = (0..200).flat_map(row).collect();
        let placed = place(&names, CORNERS, (&crowd, 4.5))[0].expect("a place");
        assert_eq!(placed.middle, (500.0, 500.0), "there is no space");
    }
}
