//! How experiments are compared with the best one, or with a baseline, over their seeds.

use super::*;
use crate::{
    record::TestedLevel,
    report::reference::FromReference,
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
    let line = |(place, difference): (usize, FromReference)| {
        let FromReference { text, beside, details, .. } = difference;
        let label = report.groups[place].label.trim_start_matches("latent_dim=").to_owned();
        [label, text, beside, details]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("; ")
    };
    report.differences().into_iter().map(line).collect()
}

#[test]
fn each_experiment_is_compared_with_the_best_over_the_seeds_of_both() {
    let mut report = report(sweep());
    let lines = [
        "2; best",
        "3; +0.50 ± 0.25; −0.12 to +1.1; better in 0, worse in 3",
        "4; +0.50 ± 0; +0.50 to +0.50; 2 seeds left out; better in 0, worse in 2; 2 seeds left out: 1 (this one \
         diverged), 4 (only this one has it)",
        "5; +0.25; 2 seeds left out; better in 0, worse in 1; 2 seeds left out: 1 (only the best has it), 2 (only the \
         best has it)",
    ];
    let told_of = told(&report);
    assert_eq!(told_of[..4], lines);
    assert!(
        told_of[4].starts_with("6; no pair; 5 seeds left out; 5 seeds left out: 1 (only"),
        "{told_of:?}"
    );
    assert!(
        told_of[5]
            .starts_with("7; no pair; 3 seeds left out; 3 seeds left out: 1 (this one failed"),
        "{told_of:?}"
    );

    report.metric = Metric::ValPsnr;
    let psnr = "3; −0.50 ± 0.25 dB; −1.1 to +0.12; better in 0, worse in 3";
    assert_eq!(told(&report)[1], psnr, "higher is better");
}

#[test]
fn the_page_has_the_differences_with_and_without_its_script() {
    let report = report(sweep());
    let page = report.html();
    let cell = "<td class=\"number pairs\" title=\"better in 0, worse in 3\">+0.50 ± 0.25 <small>−0.12 to +1.1</small></td>";
    assert_eq!(page.matches(cell).count(), 1, "in the row of the experiment, not of its runs");
    let head = "<th class=\"number\" scope=\"col\">val_loss − best</th>";
    assert_eq!(page.matches(head).count(), 1);
    let table = page.split("</table>").next().expect("a table");
    let rows = table.split("<tr").filter(|row| row.contains("scope=\"row\""));
    let cells = rows.filter(|row| row.contains("status ") || row.contains(" runs</th>"));
    let cells: Vec<usize> = cells.map(|row| row.matches("<td").count()).collect();
    assert!(cells.iter().all(|count| *count == cells[0]) && cells.len() > 16, "{cells:?}");
    assert!(page.contains("is each experiment minus the best experiment: "));
    let data = data(&report);
    let sent = &data["groups"][1]["difference"];
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
        assert_eq!(report.differences().len(), 0);
        assert!(!report.html().contains("is each experiment minus"));
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
    assert!(report.html().contains("minus the best experiment of its kind: "));
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
    assert_eq!(all.differences().len(), 0, "each validates at its own noise");
    let levels = all.levels();
    let (name, differences) = levels[0].differences().expect("repeats");
    assert_eq!(name, "on average − best");
    // 0.375 and 0.25 of the first seed, and 0.5 and 0.25 of the second.
    let [one, best] = &differences[..] else { panic!("{differences:?}") };
    assert_eq!((one.text.as_str(), best.text.as_str()), ("+0.19 ± 0.088", "best"));
    let page = all.html();
    assert!(page.contains("<th class=\"number\" scope=\"col\">on average − best</th>"));
    assert!(page.contains("is each experiment minus the best network: "));
}

#[test]
fn a_baseline_takes_the_place_of_the_best() {
    let mut report = report(sweep());
    let is_run = |run: &Run| run.name == "3-2";
    assert_eq!(report.compare_with(|run| run.name == "none"), None);
    report.compare_with(is_run).expect("a run of the report");
    let lines = told(&report);
    let first = "2; −0.50 ± 0.25; −1.1 to +0.12; better in 3, worse in 0";
    assert_eq!((lines[0].as_str(), lines[1].as_str()), (first, "3; reference"));
    assert!(
        lines[2].contains("4 (only this one has it)") && lines[2].contains("+0.75")
            || lines[2].starts_with("4; −0.12"),
        "{lines:?}"
    );
    let said = report.summary().best.remove(0);
    let start = "val_loss compared with latent_dim=3, 0.79167 ± 0.072 over 3 seeds, by the mean difference from it and its 95 % interval. ";
    assert!(said.starts_with(start), "{said}");
    assert!(
        said.contains(
            "Left open, by intervals that contain 0: latent_dim=2 (−0.50; −1.1 to +0.12); "
        ),
        "{said}"
    );
    assert!(
        said.contains("Without an interval: latent_dim=5 (−0.50; 1 pair; 2 seeds left out)"),
        "{said}"
    );

    let page = report.html();
    assert!(
        page.contains("val_loss − latent_dim=3</th>")
            && page.contains("is each experiment minus latent_dim=3: ")
    );
    assert!(!page.contains("− best"));
    let table = report.markdown();
    let head = "| latent\\_dim | runs | val\\_loss ↓ | val\\_loss − latent\\_dim=3 | 95 % interval | val\\_mse";
    assert!(table.contains(head), "{table}");
    assert!(table.contains("| −0.50 ± 0.25 | −1.1 to +0.12 |"), "{table}");
    let csv = report.csv();
    let (head, rows) = csv.split_once('\n').expect("rows");
    let names = "val_loss_minus_baseline,val_loss_minus_baseline_mean,val_loss_minus_baseline_low,val_loss_minus_baseline_high";
    assert!(head.contains(names), "{head}");
    let row = rows.lines().find(|row| row.starts_with("2-1,")).expect("a row");
    assert!(row.contains(",-0.25,-0.5,-1.1"), "{row}");
}

#[test]
fn words_tell_which_experiments_differ_from_the_baseline() {
    let three = |latent, of: [f64; 3]| {
        let all: Vec<_> = (1..).zip(of).map(|(seed, loss)| (seed, DONE, loss)).collect();
        runs(latent, &all)
    };
    let all =
        [three(2, [0.5, 0.5, 0.5]), three(3, [0.25, 0.25, 0.25]), three(4, [0.75, 0.75, 0.75])];
    let mut report = report(all.concat());
    report.compare_with(|run| run.name == "2-1").expect("a run");
    report.choose_metrics(&["val_psnr".to_owned()]).expect("a metric");
    assert_eq!(
        report.summary().best,
        [
            "val_psnr compared with latent_dim=2, 19.500 ± 0 over 3 seeds, by the mean difference from it and its 95 % \
             interval. Better: latent_dim=3 (+0.25 dB; +0.25 to +0.25 dB). Worse: latent_dim=4 (−0.25 dB; −0.25 to \
             −0.25 dB)."
        ]
    );
    let latex = report.latex();
    assert!(latex.contains("\nrun & latent\\_dim & runs & val\\_psnr $\\uparrow$ & val\\_psnr $-$ latent\\_dim=2 (dB) & 95 \\% interval \\\\\n"), "{latex}");
    assert!(
        report.csv().contains(",model.latent_dim,val_psnr,val_psnr_minus_baseline,"),
        "{}",
        report.csv()
    );
    // Without a baseline, differences are those of the metric that decides, whichever metrics are shown.
    report.baseline = None;
    let decides = format!("{} − best", report.metric.name());
    let page = report.html();
    assert!(!page.contains("val_psnr − best") && !page.contains(&decides), "{page}");
    let wrong = report.choose_metrics(&["val_pnsr".to_owned()]);
    assert_eq!(wrong, Err("no run has a metric \"val_pnsr\"; did you mean val_psnr?".to_owned()));
}
