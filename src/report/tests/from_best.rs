//! How experiments are compared with the best one over their seeds.

use super::*;
use crate::{
    record::TestedLevel,
    report::from_best::FromBest,
    train::{Evaluation, metric::Quality},
};

const DONE: Status = Status::Completed;

/// The runs of an experiment, given by seed, status and loss; the PSNR is 20 dB minus the loss.
fn runs(latent: i64, runs: &[(u64, Status, f64)]) -> Vec<Run> {
    let run = |(seed, status, loss): &(u64, Status, f64)| {
        let mut run = complete(&format!("{latent}-{seed}"), &[size(latent)], *loss);
        (run.info.seed, run.info.status) = (*seed, *status);
        run.rows[0].values.insert(Metric::ValPsnr, 20.0 - loss);
        run
    };
    runs.iter().map(run).collect()
}

/// The best experiment, and others that lost seeds, have others or only one.
fn sweep() -> Vec<Run> {
    let lost = (1, Status::Diverged, 0.9);
    [
        runs(2, &[(1, DONE, 0.5), (2, DONE, 0.25), (3, DONE, 0.125)]),
        runs(3, &[(1, DONE, 0.75), (2, DONE, 0.75), (3, DONE, 0.875)]),
        runs(4, &[lost, (2, DONE, 0.75), (3, DONE, 0.625), (4, DONE, 0.8)]),
        runs(5, &[(3, DONE, 0.375)]),
        runs(6, &[(7, DONE, 0.8), (8, DONE, 0.9)]),
        runs(7, &[(1, Status::Failed, 0.1)]),
    ]
    .concat()
}

/// Returns the text of each experiment's difference, by its label.
fn told(report: &Report) -> Vec<String> {
    let line = |(place, difference): (usize, FromBest)| {
        let FromBest { text, details, left_out, .. } = difference;
        let label = report.groups[place].label.trim_start_matches("latent_dim=").to_owned();
        let parts = [vec![label, text], details, vec![left_out]].concat();
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    };
    report.differences_from_best().into_iter().map(line).collect()
}

#[test]
fn each_experiment_is_compared_with_the_best_over_the_seeds_of_both() {
    let mut report = report(sweep());
    let lines = [
        "2; best",
        "3; +0.50 ± 0.25; −0.12 to +1.1, better in 0, worse in 3",
        "4; +0.50 ± 0; +0.50 to +0.50, better in 0, worse in 2; 2 seeds left out; 1 (this one diverged), 4 (only \
         this one has it)",
        "5; +0.25; better in 0, worse in 1; 2 seeds left out; 1 (only the best has it), 2 (only the best has it)",
    ];
    let told_of = told(&report);
    assert_eq!(told_of[..4], lines);
    assert!(
        told_of[4].starts_with("6; no pair; 5 seeds left out; 1 (only the best"),
        "{told_of:?}"
    );
    assert!(
        told_of[5].starts_with("7; no pair; 3 seeds left out; 1 (this one failed"),
        "{told_of:?}"
    );

    report.metric = Metric::ValPsnr;
    let psnr = "3; −0.50 ± 0.25 dB; −1.1 to +0.12 dB, better in 0, worse in 3";
    assert_eq!(told(&report)[1], psnr, "higher is better");
}

#[test]
fn the_page_has_the_differences_with_and_without_its_script() {
    let report = report(sweep());
    let page = report.html();
    let cell = "<td class=\"number pairs\">+0.50 ± 0.25<small>−0.12 to +1.1, better in 0, worse in 3</small></td>";
    assert_eq!(page.matches(cell).count(), 1, "in the row of the experiment, not of its runs");
    let head = "<th class=\"number\" scope=\"col\">val_loss − best</th>";
    assert_eq!(page.matches(head).count(), 1);
    let table = page.split("</table>").next().expect("a table");
    let rows = table.split("<tr").filter(|row| row.contains("scope=\"row\""));
    let cells = rows.filter(|row| row.contains("status ") || row.contains(" runs</th>"));
    let cells: Vec<usize> = cells.map(|row| row.matches("<td").count()).collect();
    assert!(cells.iter().all(|count| *count == cells[0]) && cells.len() > 16, "{cells:?}");
    assert!(page.contains("mean difference from the best experiment over pairs"));
    let data = data(&report);
    let sent = &data["groups"][1]["fromBest"];
    assert!((sent["mean"].as_f64().expect("a number") - 0.5).abs() < 1e-12, "{sent}");
    assert_eq!(sent["text"], "+0.50 ± 0.25");
}

#[test]
fn nothing_is_compared_without_repeats_or_with_runs_of_another_kind() {
    let three = [(1, DONE, 0.5), (2, DONE, 0.25), (3, DONE, 0.125)];
    let one = runs(2, &three);
    let single = runs(3, &[(1, DONE, 0.6)]);
    for few in [one.clone(), [one.clone(), single.clone()].concat(), single] {
        let report = report(few);
        assert_eq!(report.differences_from_best().len(), 0);
        assert!(!report.html().contains("mean difference from"));
    }
    let others = [4, 5].map(|latent| {
        let mut others =
            runs(latent, &three.map(|(seed, status, loss)| (seed, status, loss * latent as f64)));
        for run in &mut others {
            run.values.insert("data.dataset".to_owned(), "mnist".into());
        }
        others
    });
    let report = report([one, others.concat()].concat());
    let told = told(&report);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].ends_with("; best") && told[1].contains("; +0.29 ± 0.19; "), "{told:?}");
    assert!(report.html().contains("from the best experiment of its kind over"));
}

#[test]
fn words_follow_the_interval_of_the_best_and_the_next() {
    let said = |best: &[(u64, f64)], next: &[(u64, f64)]| {
        let all = |latent, of: &[(u64, f64)]| {
            runs(latent, &of.iter().map(|&(seed, loss)| (seed, DONE, loss)).collect::<Vec<_>>())
        };
        report([all(2, best), all(3, next)].concat()).summary().best.remove(0)
    };
    let three = [(1, 0.5), (2, 0.25), (3, 0.125)];
    assert_eq!(
        said(&three, &[(1, 0.75), (2, 0.75), (3, 0.875)]),
        "val_loss has the lowest mean with latent_dim=2: 0.29167 ± 0.19 over 3 seeds; 63 % lower than the next, \
         latent_dim=3 (0.79167 ± 0.072), but the 95 % interval of the best minus the next, −1.1 to +0.12, contains 0 (3 pairs)."
    );
    assert_eq!(
        said(&three, &[(1, 1.0), (2, 0.75), (3, 0.625)]),
        "val_loss is lowest with latent_dim=2: 0.29167 ± 0.19 over 3 seeds; 63 % lower than the next, latent_dim=3 \
         (0.79167 ± 0.19; 95 % interval of the best minus the next −0.50 to −0.50, 3 pairs)."
    );
    let single = said(&three[..1], &[(1, 1.0)]);
    assert!(single.ends_with("the next, latent_dim=3 (1.0000; one seed each)."), "{single}");
    let others = said(&three, &[(3, 1.0), (4, 1.0)]);
    assert!(others.ends_with("(1.0000 ± 0; fewer than two pairs of completed runs)."), "{others}");
}

#[test]
fn networks_trained_with_other_noise_are_compared_where_all_were_tested() {
    let run = |sigma: f64, seed: u64, reached: &[(f64, f64)]| {
        let values = [("task.kind", "denoise".into()), ("task.noise.sigma", sigma.into())];
        let mut run = complete(&format!("{sigma}-{seed}"), &values, sigma);
        run.info.seed = seed;
        let tested = |&(level, mse): &(f64, f64)| {
            let quality = Quality { mse, mae: mse, psnr: -mse, ssim: -mse };
            TestedLevel { level, result: Evaluation { loss: mse, quality }, input: None }
        };
        run.levels = reached.iter().map(tested).collect();
        run
    };
    let runs = vec![
        run(0.5, 1, &[(0.5, 0.25), (1.0, 0.5)]),
        run(0.5, 2, &[(0.5, 0.5), (1.0, 0.5)]),
        run(1.0, 1, &[(0.5, 0.25), (1.0, 0.25), (2.0, 0.1)]),
        run(1.0, 2, &[(0.5, 0.125), (1.0, 0.375), (2.0, 0.1)]),
    ];
    let all = report(runs);
    assert_eq!(all.differences_from_best().len(), 0, "each validates at its own noise");
    let levels = all.levels();
    let (name, differences) = levels[0].differences_from_best().expect("repeats");
    assert_eq!(name, "on average − best");
    // 0.375 and 0.25 of the first seed, and 0.5 and 0.25 of the second.
    let [one, best] = &differences[..] else { panic!("{differences:?}") };
    assert_eq!((one.text.as_str(), best.text.as_str()), ("+0.19 ± 0.088", "best"));
    let page = all.html();
    assert!(page.contains("<th class=\"number\" scope=\"col\">on average − best</th>"));
    assert!(page.contains("mean difference from the best network over pairs"));
}
