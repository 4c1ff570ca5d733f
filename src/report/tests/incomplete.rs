//! Settings without a complete run.

use super::*;
use crate::record::sweep_json::Planned;

/// A sweep over three sizes with two complete runs, a pruned and a diverged one.
fn sweep() -> Report {
    let mut runs: Vec<Run> =
        (1..=4).map(|i| complete(&format!("run{i}"), &[size(i * 10)], 0.1 * i as f64)).collect();
    runs[2].info.status = Status::Pruned;
    runs[3].info.status = Status::Diverged;
    (runs[3].rows, runs[3].best) = (Vec::new(), None);
    let mut report = report(runs);
    report.is_sweep = true;
    report
}

/// Returns an attribute's first value in a part of the page.
fn attribute<'a>(part: &'a str, name: &str) -> &'a str {
    let rest = part.split(&format!(" {name}=\"")).nth(1).expect("the attribute");
    rest.split('"').next().expect("its end")
}

#[test]
fn no_line_connects_a_setting_of_pruned_runs() {
    let page = sweep().html();
    let chart = page.split("id=\"keys\"").nth(1).expect("the chart").split("</figure>").next();
    let chart = chart.expect("its end");
    let line = attribute(chart.split("<polyline").nth(1).expect("a line"), "points");
    assert_eq!(line.split(' ').count(), 2, "{line}");
    assert_eq!(chart.matches("<circle class=\"hollow\"").count(), 1, "{chart}");
}

#[test]
fn what_is_best_in_an_unfinished_sweep_is_best_so_far() {
    let mut report = sweep();
    let first = |report: &Report| report.summary().best.remove(0);
    assert!(first(&report).starts_with("val_loss is lowest"), "nothing is missing");
    report.waiting = vec![Planned::made_up("next"); 3];
    report.groups[0].waiting = 2;
    let best = report.summary().best;
    let start = "So far, after 4 of 7 runs: val_loss is lowest with latent_dim=10: 0.10000 over 1 of 3 seeds, 2 not \
                 begun; ";
    assert!(best[0].starts_with(start), "{best:?}");
    assert!(best[1].starts_with("So far: val_mse is "), "{best:?}");
    report.waiting.clear();
    report.runs[2].info.status = Status::Interrupted;
    assert!(first(&report).starts_with("So far, after 3 of 4 runs: "));
}

#[test]
fn a_setting_without_a_value_keeps_its_place() {
    let report = sweep();
    let page = report.html();
    let chart = page.split("id=\"keys\"").nth(1).expect("the chart");
    assert_eq!(chart.matches("<text class=\"missing\"").count(), 1, "{chart}");
    assert!(chart.contains("val_loss over latent_dim (hollow: pruned; – no value: diverged)"));
    let ticks = chart.split("class=\"tick\"").filter(|text| text.contains(">40<")).count();
    assert_eq!(ticks, 1, "the axis reaches to it");
    let table = report.markdown();
    assert!(table.contains("| 40 | – | – | diverged |"), "{table}");
    assert!(page.contains("<td class=\"number\">–</td>"));
}
