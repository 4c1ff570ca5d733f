//! Runs that differ only in their seed, in the table for people.

use super::{add, autoencoder, csv};
use crate::place::{Place, assert_has, column, edit};
use std::fs;

/// A place with a sweep of two noise levels and three seeds, `sigmas`.
fn swept() -> Place {
    let place = Place::small();
    let sweep = "[train]\nepochs = 1\n[sweep]\n\"task.noise.sigma\" = [0.5, 1.0]\nrepeats = 3\n";
    place.write("sigmas.toml", format!("extends = \"small.toml\"\n{sweep}"));
    place.succeed(&["sigmas.toml", "--quiet"]);
    place
}

/// Returns the cells of a table for people that are not empty.
fn cells(text: &str) -> Vec<Vec<&str>> {
    let lines = text.lines().take_while(|line| !line.is_empty());
    let cells = lines.map(|line| line.split("  ").map(str::trim));
    cells.map(|cells| cells.filter(|cell| !cell.is_empty()).collect()).collect()
}

#[test]
fn a_line_has_the_mean_and_deviation_of_the_rows_of_the_csv_table() {
    let place = swept();
    let args = ["sigmas/sigma=0.5", "sigmas/sigma=1", "--levels", "0.75,0.25"];
    let rows = csv(&place, &args);
    let (names, levels) = (column(&rows, "run"), column(&rows, "level"));
    assert_eq!(names.len(), 12, "two experiments, three seeds and two levels: {rows}");
    assert!(names[0].starts_with("sigmas/sigma=0.5,r1-"), "{rows}");
    assert_eq!(rows, csv(&place, &["sigmas", "--levels", "0.75,0.25"]), "the whole sweep");

    let text = place.succeed(&[&["evaluate"], &args[..]].concat()).stdout;
    let table = cells(&text);
    let metrics = ["mse ↓", "mae ↓", "psnr ↑", "ssim ↑", "input mse", "input psnr"];
    assert_eq!(table[0], [&["experiment", "level"], &metrics[..]].concat());
    // Those of one level stand together, in the order of --levels.
    let at = |level| [["sigmas/sigma=0.5", level], ["sigmas/sigma=1", level]];
    let facts: Vec<&[&str]> = table[1..].iter().map(|line| &line[..2]).collect();
    assert_eq!(facts, [at("0.75"), at("0.25")].concat());
    for line in &table[1..] {
        let beginning = format!("{},", line[0]);
        let is_own = |row: &usize| names[*row].starts_with(&beginning) && levels[*row] == line[1];
        for (place, name) in [(2, "mse"), (3, "mae"), (4, "psnr"), (5, "ssim"), (6, "input_mse")] {
            let values = column(&rows, name);
            let own = (0..names.len()).filter(is_own);
            let own: Vec<f64> = own.map(|row| values[row].parse().expect("a number")).collect();
            let mean = own.iter().sum::<f64>() / 3.0;
            let squares: f64 = own.iter().map(|value| (value - mean).powi(2)).sum();
            let mut expected = vec![(mean, 1e-4), ((squares / 2.0).sqrt(), 0.05)];
            // The deviation of the noise is left out.
            expected.truncate(if name == "input_mse" { 1 } else { 2 });
            let told = line[place].split(" ± ").map(|it| it.parse::<f64>().expect("a number"));
            let told: Vec<f64> = told.collect();
            assert_eq!(told.len(), expected.len(), "{text}");
            for (told, (value, rounded)) in told.iter().zip(expected) {
                assert!((told / value - 1.0).abs() < rounded, "{name}: {value}\n{text}");
            }
        }
    }
    let below = "\n\n60 test images of synthetic_digits, gaussian noise, mean 0.5, best weights; ± is the standard deviation \
                 over 3 seeds; psnr in dB; the loss is the mse; input is the noisy image itself, ";
    assert_has(&text, below);

    // What all runs share is said once, and what only some have, with their names.
    let lost = place.fails(1, &["evaluate", "sigmas", "--set", "data.dataset=mnist"]);
    assert_eq!(lost.stderr.matches("MNIST is not in").count(), 1, "{}", lost.stderr);
    lost.tells("6 of 6 runs could not be measured");
    add(&place, "ae", &[]);
    let told = place.refused(2, &["evaluate", "sigmas", "ae", "--levels", "0.5"]);
    assert_has(&told, "the task `reconstruct` has no noise\nin the case of ae-");
}

#[test]
fn repeats_are_known_by_their_settings_and_each_seed_counts_once() {
    let place = swept();
    let again = "extends = \"sigmas.toml\"\n[sweep]\n\"task.noise.sigma\" = [1.0]\nrepeats = 2\n";
    place.write("again.toml", again);
    place.succeed(&["again.toml", "--quiet"]);
    add(&place, "ae", &[]);
    let first = column(&csv(&place, &["sigmas"]), "run").remove(0);
    let text = place.succeed(&["evaluate", "again", "sigmas/sigma=1", &first, "ae"]).stdout;
    let table = cells(&text);
    assert_eq!(table[0][..5], ["experiment", "seeds", "noise", "level", "mse ↓"]);
    assert_eq!(table[1][..2], ["again/sigma=1 and sigmas/sigma=1", "3"]);
    assert_eq!(table[2][..2], [&*first, "1"]);
    assert!(table[3][0].starts_with("ae-") && table[3][1] == "1" && table.len() == 4, "{text}");

    // Without other seeds, everything stays as it is.
    let twice = place.succeed(&["evaluate", "again/sigma=1,r1", "sigmas/sigma=1,r1"]).stdout;
    let table = cells(&twice);
    assert_eq!(table[0][..5], ["run", "noise", "level", "images", "loss ↓"]);
    assert!(table.len() == 3 && !twice.contains('±'), "{twice}");

    let place = autoencoder("ae", &[]);
    add(&place, "renamed", &["experiment.seed=5"]);
    add(&place, "larger", &["experiment.seed=6", "model.latent_dim=3"]);
    let text = place.succeed(&["evaluate", "larger", "ae", "renamed"]).stdout;
    let table = cells(&text);
    assert_eq!(table[0][..3], ["experiment", "seeds", "mse ↓"]);
    assert!(table[1][0].starts_with("larger-") && table[1][1] == "1", "{text}");
    assert_eq!(table[2][..2], ["ae and renamed", "2"]);
    assert!(table[2][2].contains(" ± ") && table.len() == 3, "{text}");
}

#[test]
fn seeds_that_are_not_complete_are_left_out_and_a_name_can_stand_for_several_experiments() {
    let place = swept();
    let first = column(&csv(&place, &["sigmas"]), "run").remove(0);
    let first = place.path().join("runs").join(first);
    edit(&first, "status", "pruned".into());
    let note = "note: 2 of 3 runs of sigmas/sigma=0.5 are complete; the others are left out";
    let ended = place.succeed(&["evaluate", "sigmas/sigma=0.5"]);
    assert_has(&ended.stdout, "over 2 seeds");
    ended.tells(note);
    fs::remove_dir_all(first).expect("a folder");
    place.succeed(&["evaluate", "sigmas/sigma=0.5"]).tells(note);
    let both = place.succeed(&["evaluate", "sigmas/sigma="]);
    both.tells("note: 5 of 6 runs of sigmas/sigma= are complete; the others are left out");
    assert_eq!(cells(&both.stdout).len(), 3, "{}", both.stdout);
    let second = column(&csv(&place, &["sigmas"]), "run").remove(0);
    fs::remove_dir_all(place.path().join("runs").join(second)).expect("a folder");
    place.succeed(&["evaluate", "sigmas/sigma=0.5"]).tells("note: 1 of 3 runs of sigmas/sigma=0.5");
}
