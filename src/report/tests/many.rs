//! Pages on many runs.

use super::*;

fn page(runs: i64) -> String {
    report((0..runs).map(|i| complete(&format!("run{i}"), &[size(i)], 0.1)).collect()).html()
}

#[test]
fn a_long_table_is_left_to_the_script_and_a_short_one_is_not() {
    for (runs, held) in [(100, false), (101, true)] {
        let page = page(runs);
        assert_eq!(page.contains("<noscript><table class=\"runs\">"), held, "{runs} runs");
        assert!(page.contains("<table class=\"runs\"><thead>"), "for a reader without a script");
    }
}

#[test]
fn the_details_of_each_run_are_left_to_the_script() {
    let page = page(3);
    let boxes = page.matches("</summary><noscript><div class=\"columns\">").count();
    assert_eq!((boxes, page.matches("</noscript></details>").count()), (3, 3));
    let names: Vec<String> = (0..3).map(|i| format!("</span> run{i}<span")).collect();
    assert!(names.iter().all(|name| page.contains(name)), "the browser's search finds the runs");
}
