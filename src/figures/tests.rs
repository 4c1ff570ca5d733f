use super::{
    drawing::tests::{Element, assert_inside, elements},
    *,
};
use image::RgbImage;
use proptest::prelude::*;

/// Values from trainings that went well or wrong.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        -2.0..9.0,
        0.0..1.0,
        Just(0.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(1e300),
        Just(-f64::MIN_POSITIVE),
        any::<f64>(),
    ]
}

fn scale() -> impl Strategy<Value = Scale> {
    let names = Scale::Names(vec!["a".to_owned(), "b".to_owned()]);
    proptest::sample::select(vec![Scale::Auto, Scale::Linear, Scale::Whole, names])
}

fn form() -> impl Strategy<Value = lines::Form> {
    use lines::Form::{Dots, Hollow, Marked, Step, Straight};
    proptest::sample::select(vec![Straight, Step, Marked, Dots, Hollow])
}

/// A plot over names, and which columns below its axis contain letters.
fn over_names(names: &[String]) -> (RgbImage, Vec<bool>) {
    let points = (0..names.len()).map(|i| (i as f64, 0.5 + i as f64)).collect();
    let line = lines::Line { form: lines::Form::Dots, ..lines::Line::new("", points) };
    let x = Scale::Names(names.to_vec());
    let image =
        lines::LinePlot { x, lines: vec![line], ..lines::LinePlot::default() }.draw().render();
    // The axis is the lowest of the long lines; look below it.
    let long = |y: &u32| {
        (0..image.width()).filter(|x| *image.get_pixel(*x, *y) == style::RULE).count() > 500
    };
    let foot = (0..image.height()).rev().find(long).expect("an axis") + 10;
    let dark = |x| (foot..image.height()).any(|y| image.get_pixel(x, y).0[0] < 200);
    let columns = (0..image.width()).map(dark).collect();
    (image, columns)
}

#[test]
fn long_names_below_an_axis_do_not_overlap_or_narrow_the_plot() {
    let name = |i: usize| format!("kind=adam, learning_rate={i}.001");
    let few: Vec<String> = (0..3).map(name).collect();
    let many: Vec<String> = (0..9).map(name).collect();
    let endless: Vec<String> = (0..200).map(name).collect();
    for (names, least) in [(few, 2), (many, 8), (endless, 20)] {
        let (image, columns) = over_names(&names);
        let last = image.enumerate_pixels().filter(|p| *p.2 == style::RULE).map(|p| p.0).max();
        assert!(last.is_some_and(|x| x + style::MARGIN + 4 > image.width()), "{last:?}");
        let gaps = columns.chunk_by(|a, b| a == b).filter(|gap| !gap[0] && gap.len() >= 2).count();
        // Between the names, and before and after them.
        assert!(gaps > least, "{gaps} gaps between {} names", names.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_line_plot_of_anything_is_drawn(
        points in proptest::collection::vec((value(), value()), 0..6),
        deviations in proptest::collection::vec(value(), 0..6),
        (x, y, form) in (scale(), scale(), form()),
        words in "\\PC{0,60}",
    ) {
        let mark = points.first().map(|&at| lines::Mark { at, text: words.clone() });
        let line = lines::Line { name: words.clone(), points, deviations, form, colour: None };
        let plot = lines::LinePlot {
            title: words.clone(),
            note: words.clone(),
            x_label: words.clone(),
            y_label: words,
            x,
            y,
            lines: vec![line.clone(), line],
            mark,
        };
        let drawing = plot.draw();
        elements(&drawing);
        prop_assert_eq!(drawing.render().dimensions(), (1160, 720));
    }

    #[test]
    fn a_scatter_of_anything_is_drawn(
        codes in proptest::collection::vec(value().prop_map(|v| v as f32), 0..9),
        labels in proptest::collection::vec(0_u16..4, 0..6),
        classes in proptest::collection::vec("\\PC{0,30}", 0..4),
        (low, high, which) in (value(), value(), 0_usize..3),
    ) {
        let view = scatter::View::Ranges([(low as f32, high as f32), (high as f32, 0.0)]);
        let drawing = scatter::Scatter {
            title: String::new(),
            x_label: "z[0]".to_owned(),
            y_label: "z[1]".to_owned(),
            codes: &codes,
            labels: &labels,
            classes: &classes,
            view: [view, scatter::View::Fit, scatter::View::Even][which],
        }
        .draw();
        elements(&drawing);
        let image = drawing.render();
        prop_assert!(image.width() > 800 && image.height() > 800);
    }

    #[test]
    fn a_heat_map_of_anything_is_drawn(
        values in proptest::collection::vec(value(), 0..9),
        (columns, rows) in (
            proptest::collection::vec("\\PC{0,40}", 0..4),
            proptest::collection::vec("\\PC{0,40}", 0..4),
        ),
    ) {
        let map = heatmap::Heatmap { columns, rows, values, ..heatmap::Heatmap::default() };
        let drawing = map.draw();
        elements(&drawing);
        prop_assert!(drawing.render().width() > 300);
    }

    #[test]
    fn points_of_any_values_are_drawn(
        points in proptest::collection::vec(((value(), value()), value()), 0..9),
        best in proptest::option::of(0_usize..9),
        words in "\\PC{0,60}",
    ) {
        let (title, metric) = (words.clone(), words);
        let valued = valued::ValuedPoints { title, metric, points, best, ..Default::default() };
        let drawing = valued.draw();
        elements(&drawing);
        prop_assert_eq!(drawing.render().dimensions(), (1160, 720));
    }
}

#[test]
fn points_are_coloured_by_value_and_the_best_is_ringed() {
    let points = vec![((1.0, 1.0), 0.5), ((2.0, 2.0), 0.75), ((3.0, 1.5), f64::NAN)];
    let count = |best, colour| {
        let valued = valued::ValuedPoints { points: points.clone(), best, ..Default::default() };
        valued.draw().render().pixels().filter(|pixel| **pixel == colour).count()
    };
    // The colour bar has a few rows of each colour.
    assert!(count(None, colour_scale::ramp(0.0)) > 80 && count(None, colour_scale::ramp(1.0)) > 80);
    assert!(count(Some(0), style::INK) > count(None, style::INK) + 100);
}

#[test]
fn plots_have_a_mark_for_each_point_and_nothing_outside_their_view() {
    let marks = |drawing: &Drawing, name: &str, radius: &str| {
        assert_inside(drawing);
        let is_mark = |element: &&Element| {
            element.name == name && element.attributes.get("r").is_none_or(|r| r == radius)
        };
        elements(drawing).iter().filter(is_mark).count()
    };
    let codes: Vec<f32> = (0..100).map(|i| (i * i % 37) as f32).collect();
    let labels: Vec<u16> = (0..50).map(|i| i % 3).collect();
    let classes = ["one", "<two>", "a & b"].map(str::to_owned);
    let scatter = scatter::Scatter {
        title: "codes".to_owned(),
        x_label: "z[0]".to_owned(),
        y_label: "z[1]".to_owned(),
        codes: &codes,
        labels: &labels,
        classes: &classes,
        view: scatter::View::Ranges([(0.0, 37.0); 2]),
    };
    assert_eq!(marks(&scatter.draw(), "circle", "4.5"), 50);
    let (codes, labels) = (codes.repeat(200), labels.repeat(200));
    let many = scatter::Scatter { codes: &codes, labels: &labels, ..scatter };
    assert!(many.draw().svg().len() < 700_000, "10,000 points fit into a paper");

    let names: Vec<String> = (0..9).map(|i| format!("kind=adam, learning_rate={i}")).collect();
    let points = (0..9).map(|i| (f64::from(i), f64::from(i * i))).collect();
    let form = lines::Form::Marked;
    let line = lines::Line { form, deviations: vec![0.5; 9], ..lines::Line::new("a", points) };
    let x = Scale::Names(names.clone());
    let plot = lines::LinePlot { x, lines: vec![line], ..lines::LinePlot::default() };
    assert_eq!(marks(&plot.draw(), "circle", "4"), 9);

    let (columns, values) = (names, (0..18).map(f64::from).collect());
    let rows = ["a", "b"].map(str::to_owned).to_vec();
    let map = heatmap::Heatmap { columns, rows, values, ..heatmap::Heatmap::default() };
    // The cells, the background and the colour scale.
    assert_eq!(marks(&map.draw(), "rect", ""), 18 + 2);

    let points = (0..9).map(|i| ((f64::from(i), f64::from(i)), f64::from(i))).collect();
    let valued = valued::ValuedPoints { points, best: Some(3), ..Default::default() };
    // Each with a rim.
    assert_eq!(marks(&valued.draw(), "circle", "7"), 2 * 9);
    assert_eq!(marks(&valued.draw(), "circle", "12"), 1, "the ring around the best");
}
