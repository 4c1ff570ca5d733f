//! Decodes codes that belong to no image: on a grid in the plane, between two images, and along single
//! dimensions.

use super::{
    Result, Trained,
    codes::Codes,
    shown::{decoded, input, inputs},
};
use crate::{
    figures::{
        self,
        sheet::{Group, Row, Sheet},
    },
    record::figure_names,
};

/// Decoded images per interpolation, both ends included.
const STEPS: usize = 10;
/// Images per interpolation, with the test images beside both ends.
pub const INTERPOLATED: usize = STEPS + 2;
/// Maximum number of dimensions in the traversal.
pub const TRAVERSED: usize = 16;
/// Steps of a traversal, in standard deviations from the mean.
pub const STOPS: [f32; 9] = [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0];

/// Draws what `[figures]` asks for.
pub(super) fn produce(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    if codes.dim == 2 {
        manifold(trained, codes)?;
    }
    if trained.experiment.figures.interpolations > 0 {
        interpolation(trained, codes)?;
    }
    if trained.experiment.figures.traversal {
        traversal(trained, codes)?;
    }
    Ok(())
}

fn manifold(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    let wanted = trained.experiment.figures.manifold;
    let room = figures::columns(trained.test.target_size(), 1);
    let side = wanted.min(room.isqrt()).max(2);
    let ranges = codes.plane(trained.experiment.figures.code_range);
    let grid = figures::manifold_codes(side, ranges);
    let decoded = decoded(trained, &grid)?;
    let title = trained.title(&manifold_title(side, wanted));
    trained.figure(figure_names::MANIFOLD, &figures::manifold(&title, &decoded, side, ranges))
}

fn manifold_title(side: usize, wanted: usize) -> String {
    let fewer = format!("{side} × {side} of {wanted} × {wanted} ");
    let fewer = if side < wanted { &fewer } else { "" };
    format!("{fewer}images decoded from codes in the plane")
}

/// Pairs neighbours in the test set, of different classes if there are several, using no image twice.
fn pairs(labels: &[u16], images: usize, wanted: usize) -> Vec<(usize, usize)> {
    let several = labels.windows(2).any(|pair| pair[0] != pair[1]);
    let labels = if several { labels } else { &[] };
    let mut found = Vec::new();
    let mut at = 0;
    while found.len() < wanted && at + 1 < images {
        let same = labels.get(at).is_some_and(|label| labels.get(at + 1) == Some(label));
        if !same {
            found.push((at, at + 1));
        }
        at += if same { 1 } else { 2 };
    }
    found
}

/// Returns `STEPS` evenly spaced codes on the line from `a` to `b`, both ends included.
fn between<'a>(a: &'a [f32], b: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
    (0..STEPS).flat_map(move |step| {
        let part = step as f32 / (STEPS - 1) as f32;
        a.iter().zip(b).map(move |(a, b)| (1.0 - part) * a + part * b)
    })
}

fn interpolation(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    let wanted = trained.experiment.figures.interpolations;
    let shown = wanted.min(figures::columns(trained.test.target_size(), INTERPOLATED));
    let pairs = pairs(&trained.dataset.test.labels, codes.count, shown);
    let code = |index: usize| &codes.values[index * codes.dim..(index + 1) * codes.dim];
    let line: Vec<f32> = pairs.iter().flat_map(|&(a, b)| between(code(a), code(b))).collect();
    let decoded = decoded(trained, &line)?;
    let ends: Vec<_> =
        pairs.iter().flat_map(|&(a, b)| [a, b]).map(|index| input(trained, index)).collect();
    let rows = pairs.iter().zip(ends.chunks_exact(2)).zip(decoded.chunks_exact(STEPS));
    let rows = rows.map(|((&(a, b), ends), decoded)| {
        let label = trained.class(a).zip(trained.class(b));
        let label = label.map(|(a, b)| format!("{a} to {b}")).unwrap_or_default();
        Row::new(label, ends[..1].iter().chain(decoded).chain(&ends[1..]))
    });
    let parts = (0..STEPS).map(|step| format!("{step}/{}", STEPS - 1));
    let image = || std::iter::once("image".to_owned());
    trained.sheet(
        figure_names::INTERPOLATION,
        Sheet {
            title: trained.title("from one test image to another"),
            note: interpolation_note(pairs.len(), wanted, inputs(&trained.experiment.task)),
            columns: image().chain(parts).chain(image()).collect(),
            groups: vec![Group { rows: rows.collect(), ..Group::default() }],
            ..Sheet::default()
        },
    )
}

fn interpolation_note(pairs: usize, wanted: usize, images: &str) -> String {
    let fewer = format!("{pairs} of {wanted} pairs; ");
    let fewer = if pairs < wanted { &fewer } else { "" };
    format!(
        "{fewer}{images} at the ends; between them, decoded codes on the line from one \
         image's code to the other's"
    )
}

/// Returns mean and standard deviation of the finite values.
fn spread(values: impl Iterator<Item = f32>) -> (f32, f32) {
    let values: Vec<f64> = values.filter(|value| value.is_finite()).map(f64::from).collect();
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    (mean as f32, variance.sqrt() as f32)
}

/// Returns the `wanted` dimensions that vary most, in the order of the code.
fn most_varied(spreads: &[(f32, f32)], wanted: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spreads.len()).collect();
    order.sort_by(|&a, &b| spreads[b].1.total_cmp(&spreads[a].1));
    order.truncate(wanted);
    order.sort_unstable();
    order
}

fn traversal(trained: &Trained<'_>, codes: &Codes) -> Result<()> {
    let spreads: Vec<_> = (0..codes.dim).map(|i| spread(codes.dimension(i))).collect();
    let wanted = TRAVERSED.min(figures::columns(trained.test.target_size(), STOPS.len()));
    let dimensions = most_varied(&spreads, wanted);
    let mean: Vec<f32> = spreads.iter().map(|(mean, _)| *mean).collect();
    let mut line = Vec::with_capacity(dimensions.len() * STOPS.len() * codes.dim);
    for &dimension in &dimensions {
        for stop in STOPS {
            let start = line.len();
            line.extend_from_slice(&mean);
            line[start + dimension] += stop * spreads[dimension].1;
        }
    }
    let decoded = decoded(trained, &line)?;
    let rows = dimensions.iter().zip(decoded.chunks_exact(STOPS.len()));
    let rows = rows.map(|(&i, images)| Row::new(format!("z[{i}], sd {:.2}", spreads[i].1), images));
    let title = if dimensions.len() < codes.dim {
        format!("the {} of {} dimensions of the code that vary most", dimensions.len(), codes.dim)
    } else {
        "what each dimension of the code does".to_owned()
    };
    trained.sheet(
        figure_names::TRAVERSAL,
        Sheet {
            title: trained.title(&title),
            note: "decoded mean of the test codes with one dimension moved by so many standard deviations (sd)".to_owned(),
            columns: STOPS.map(|stop| format!("{stop:+}").replace('-', "\u{2212}")).into(),
            groups: vec![Group { rows: rows.collect(), ..Group::default() }],
            ..Sheet::default()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_neighbours_of_different_classes_and_share_no_image() {
        assert_eq!(pairs(&[7, 7, 2, 1, 1, 1, 0], 7, 9), [(1, 2), (5, 6)]);
        assert_eq!(pairs(&[], 5, 9), [(0, 1), (2, 3)]);
        assert_eq!(pairs(&[], 50, 3).len(), 3);
        assert_eq!(pairs(&[4; 20], 20, 3), [(0, 1), (2, 3), (4, 5)], "one class");
        assert_eq!(pairs(&[4, 4, 4, 5], 4, 3), [(2, 3)]);
        assert_eq!(pairs(&[1], 1, 3), []);
    }

    #[test]
    fn figures_say_when_they_show_less_than_was_asked_for() {
        assert!(manifold_title(7, 30).starts_with("7 × 7 of 30 × 30 images decoded"));
        assert!(manifold_title(30, 30).starts_with("images decoded"));
        assert!(interpolation_note(6, 8, "test images").starts_with("6 of 8 pairs; test images"));
        assert!(interpolation_note(8, 8, "test images").starts_with("test images"));
    }

    #[test]
    fn a_line_of_codes_starts_and_ends_at_the_images() {
        let codes: Vec<f32> = between(&[0.0, 9.0], &[9.0, 0.0]).collect();
        assert_eq!(codes.len(), 2 * STEPS);
        assert_eq!(codes[..2], [0.0, 9.0]);
        assert_eq!(codes[2 * STEPS - 2..], [9.0, 0.0]);
        assert!((codes[2] - 1.0).abs() < 1e-5 && (codes[3] - 8.0).abs() < 1e-5, "{codes:?}");
    }

    #[test]
    fn the_liveliest_dimensions_keep_their_order() {
        let spreads = [(0.0, 1.0), (5.0, 0.0), (0.0, 3.0), (-1.0, 2.0)];
        assert_eq!(most_varied(&spreads, 2), [2, 3]);
        assert_eq!(most_varied(&spreads, 9), [0, 1, 2, 3]);
        assert_eq!(spread([1.0, 3.0, f32::NAN].into_iter()), (2.0, 1.0));
    }
}
