use super::{
    over_key::plot,
    over_two_keys::{map, points},
    *,
};
use crate::{figures::lines::Form, record::Status, spec::value};

const KEYS: [&str; 3] = ["task.noise.sigma", "model.latent_dim", "train.epochs"];

/// More settings than lines can be distinguished.
const MANY: i64 = 8;

/// A complete run with a value of each key.
fn row(group: usize, seed: u64, values: [i64; 3], best: f64) -> Row {
    Row {
        run: format!("g{group}-r{seed}"),
        seed,
        values: values.map(|value| Some(toml::Value::from(value))).into(),
        folder: "f".to_owned(),
        ..Row::made_up(group, Some(Status::Completed), Some(best))
    }
}

fn results(rows: Vec<Row>) -> Results {
    Results { keys: KEYS.map(str::to_owned).into(), rows, comparable: true, ..Results::default() }
}

/// Two sigmas by `sizes` latent sizes, with `seeds` seeds each.
fn grid(sizes: i64, seeds: u64) -> Results {
    let mut rows = Vec::new();
    for sigma in 0..2 {
        for size in 0..sizes {
            let group = (sigma * sizes + size) as usize;
            rows.extend((0..seeds).map(|seed| row(group, seed, [sigma, size, 1], 0.5)));
        }
    }
    results(rows)
}

#[test]
fn bars_over_other_keys_are_not_called_bars_over_repeats() {
    let few = plot(&grid(2, 2), 0);
    assert_eq!(
        (few.lines.len(), few.note.as_str()),
        (2, "mean and standard deviation over repeats")
    );
    let many = plot(&grid(MANY, 2), 0);
    assert_eq!(many.lines.len(), 1);
    assert!(many.title.ends_with("over all other keys"), "{}", many.title);
    assert!(many.note.contains("whatever their other keys"), "{}", many.note);
}

#[test]
fn a_sweep_without_repeats_does_not_mention_deviations() {
    assert_eq!(plot(&grid(2, 1), 0).note, "");
    assert_eq!(plot(&grid(1, 1), 0).note, "");
    assert!(plot(&grid(MANY, 1), 0).note.contains("other keys"));
}

#[test]
fn a_heat_map_says_what_its_cells_average_over() {
    let note = |results: &Results| map(results, 0, 1).unwrap().note;
    assert_eq!(note(&grid(2, 1)), "");
    assert_eq!(note(&grid(2, 2)), "mean over repeats");
    let mut three = grid(2, 1);
    three.rows.push(row(9, 0, [0, 0, 2], 0.25));
    assert!(map(&three, 0, 1).is_none(), "only one cell averages over all settings");
    three.rows.push(row(10, 0, [0, 1, 2], 0.25));
    let lacking = "hollow: 2 combinations without some settings of train.epochs";
    assert_eq!(note(&three), format!("mean over train.epochs · {lacking}"));
    assert_eq!(map(&three, 0, 1).unwrap().hollow, [1, 3]);
    three.comparable = false;
    assert!(over_two_keys(&three, 0, 1).is_none(), "no two runs can be compared");
    // A further key that varies along with the first two is not averaged over.
    let along = results(vec![row(0, 0, [0, 0, 1], 0.5), row(1, 0, [1, 1, 2], 0.5)]);
    assert_eq!(note(&along), "");
    let mut unset = three.rows[4].clone();
    unset.values[2] = None;
    three.rows[4] = unset.clone();
    unset.values[1] = Some(1.into());
    three.rows[5] = unset;
    assert!(note(&three).starts_with("mean over train.epochs · "), "a missing value is a setting");
}

#[test]
fn settings_weigh_equally_in_a_heat_map_and_those_that_are_missing_are_counted() {
    let cells = [
        (0, 0, [0, 0, 1], 0.5),
        (0, 1, [0, 0, 1], 0.5),
        (1, 0, [0, 0, 2], 1.0),
        (2, 0, [1, 0, 1], 0.25),
        (3, 0, [1, 0, 2], 0.9),
        (4, 0, [0, 1, 1], 0.75),
        (5, 0, [0, 1, 2], 0.5),
    ];
    let rows = cells.map(|(group, seed, values, best)| row(group, seed, values, best));
    let mut all = results(rows.into());
    standing(&mut all.rows[4], Status::Pruned, Some(0.9));
    let shown = map(&all, 0, 1).unwrap();
    assert_eq!(&shown.values[..3], &[0.75, 0.25, 0.625], "the first has two runs of one setting");
    let note = "mean over train.epochs, repeats · hollow: 1 combination without some settings of train.epochs";
    assert_eq!(shown.note, note);
    // The same as points in a plane with more settings: the lowest has lost its worse setting.
    all.rows.extend((2..9).map(|i| row(9, 0, [i, i, 1], 2.0)));
    let best = points(&all, 0, 1).unwrap();
    assert_eq!(best.best.map(|place| best.points[place]), Some(((0.0, 1.0), 0.625)));
    standing(&mut all.rows[5], Status::Pruned, Some(0.75));
    all.rows.drain(2..3);
    assert!(map(&all, 0, 1).is_none(), "each averages over other settings");
    let points = points(&all, 0, 1).unwrap();
    assert!(points.note.ends_with("each over other settings of train.epochs"), "{}", points.note);
    assert_eq!(points.best, None);
}

#[test]
fn a_random_key_of_many_runs_is_drawn_value_by_value() {
    // So many that formatting two values for each pair of them would take over a minute.
    let many = 10_000;
    let rows = (0..many).map(|i| row(i as usize, 0, [i * 7919 % many, i % 2, 1], 0.5));
    let results = results(rows.collect());
    assert_eq!(varied(&results), [0, 1]);
    let plot = plot(&results, 0);
    let xs = |line: usize| plot.lines[line].points.iter().map(|(x, _)| *x);
    assert_eq!(plot.lines.len(), 2);
    // The factor is odd and the count even, so that even rows have even values.
    assert!(xs(0).eq((0..many).step_by(2).map(|x| x as f64)));
    assert!(xs(1).eq((1..many).step_by(2).map(|x| x as f64)));
}

#[test]
fn signal_to_noise_ratios_have_a_linear_axis() {
    assert_eq!(plot(&grid(2, 1), 0).y, Scale::Auto);
    let ratios = Results { metric: Metric::ValPsnr, ..grid(2, 1) };
    assert_eq!(plot(&ratios, 0).y, Scale::Linear);
}

#[test]
fn bars_at_one_name_do_not_overlap() {
    let mut named = grid(3, 2);
    for row in &mut named.rows {
        let sigma = row.values[0].as_ref().map(value::exact).unwrap_or_default();
        row.values[0] = Some(toml::Value::from(format!("at {sigma}")));
    }
    let plot = plot(&named, 0);
    let at = |place: usize| plot.lines.iter().map(move |line| line.points[place].0);
    for place in 0..2 {
        let mut places: Vec<f64> = at(place).collect();
        assert!(places.iter().all(|x| (x - place as f64).abs() < 0.5), "{places:?}");
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] > 0.05), "{places:?}");
        places.dedup();
        assert_eq!(places.len(), 3);
    }
}

/// Sets the status of a row, and its value if any.
fn standing(row: &mut Row, status: Status, best: Option<f64>) {
    let Row { info, best, .. } = Row::made_up(row.group, Some(status), best);
    (row.info, row.best) = (info, best);
}

#[test]
fn settings_with_pruned_or_diverged_runs_are_kept() {
    let mut results = results((0..4).map(|at| row(at as usize, 0, [at, 0, 1], 0.5)).collect());
    standing(&mut results.rows[1], Status::Pruned, Some(0.75));
    standing(&mut results.rows[3], Status::Diverged, None);
    let plot = plot(&results, 0);
    let [line, hollow] = &plot.lines[..] else { panic!("{} lines", plot.lines.len()) };
    let finite: Vec<_> = line.points.iter().filter(|point| point.1.is_finite()).collect();
    assert_eq!(finite, [&(0.0, 0.5), &(2.0, 0.5)]);
    assert_eq!((hollow.form, &hollow.points[..]), (Form::Hollow, &[(1.0, 0.75)][..]));
    assert_eq!(line.points.last().map(|point| point.0), Some(3.0), "the axis ends there");
    assert_eq!(plot.note, "hollow: pruned · 1 setting diverged");
    let map = map(&results, 0, 1).unwrap();
    assert_eq!((map.columns.len(), map.rows.len()), (4, 1));
    assert!(map.values[1].is_nan() && map.values[3].is_nan(), "{:?}", map.values);
    assert_eq!(map.note, "1 combination pruned · 1 combination diverged");
}

#[test]
fn a_setting_with_a_complete_run_is_not_hollow() {
    let mut results = grid(2, 2);
    standing(&mut results.rows[0], Status::Pruned, Some(0.75));
    let plot = plot(&results, 0);
    assert!(plot.lines.iter().all(|line| line.form == Form::Marked));
    assert_eq!(plot.lines[0].points[0], (0.0, 0.5));
    assert_eq!(plot.note, "mean and standard deviation over repeats");
}

#[test]
fn runs_that_have_not_started_are_mentioned_in_the_note() {
    let mut results = grid(2, 1);
    results.rows[0].info = None;
    assert_eq!(plot(&results, 0).note, "1 combination without a value");
}

/// Runs that all differ in the first two keys, as random ones do.
fn random(count: i64) -> Results {
    let rows = (0..count).map(|i| row(i as usize, 0, [i, i * 7 % count, 1], 0.5 + i as f64));
    results(rows.collect())
}

#[test]
fn runs_whose_other_keys_differ_are_not_joined_by_a_line() {
    let form = |results: &Results| plot(results, 0).lines[0].form;
    assert_eq!(form(&random(10)), Form::Dots);
    assert_eq!(form(&grid(MANY, 2)), Form::Marked);
}

#[test]
fn two_random_keys_are_drawn_as_points_and_not_as_an_empty_heat_map() {
    let shown = points(&random(10), 0, 1).expect("points");
    assert_eq!((shown.points.len(), shown.best), (10, Some(0)));
    assert_eq!(shown.points[3], ((9.0, 3.0), 9.5));
    assert!(points(&grid(3, 2), 0, 1).is_none());
    assert!(points(&random(3), 0, 1).is_none(), "a heat map shows their values");
    let mut results = random(10);
    standing(&mut results.rows[4], Status::Diverged, None);
    assert_eq!(points(&results, 0, 1).unwrap().note, "hollow: 1 combination diverged");
    results.comparable = false;
    let shown = points(&results, 0, 1).unwrap();
    assert_eq!(shown.best, None, "the runs are not comparable");
}

#[test]
fn more_curves_than_colours_are_coloured_by_one_key_with_a_legend() {
    let shown = |results: &Results| {
        let lines = all_curves::plot(results).lines;
        let names = lines.iter().map(|line| line.name.clone()).filter(|name| !name.is_empty());
        let colours: HashSet<_> = lines.iter().map(|line| line.colour).collect();
        (names.collect::<Vec<_>>(), colours.len())
    };
    assert_eq!(shown(&grid(MANY, 2)), (vec!["sigma 0".to_owned(), "sigma 1".to_owned()], 2));
    let ends = [0, 2, 5, 7, 10].map(|i| format!("sigma {i}"));
    assert_eq!(shown(&random(11)), (ends.into(), 11));
    assert_eq!(shown(&random(3)).0[1], "sigma 1, latent_dim 1, epochs 1");
}
