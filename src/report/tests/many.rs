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

#[test]
fn the_layers_of_a_network_are_in_the_page_once() {
    let run = |name: &str, model: &str, loss: f64| {
        let mut run = complete(name, &[size(loss as i64)], loss);
        run.model = model.to_owned();
        run
    };
    let runs = [("c", "small", 3.0), ("a", "small", 1.0), ("b", "large", 2.0), ("d", "large", 4.0)];
    let page = report(runs.map(|(name, model, loss)| run(name, model, loss)).into()).html();
    for (model, first) in [("small", "a"), ("large", "b")] {
        let whole = format!("<pre class=\"layers scroll\" tabindex=\"0\">{model}</pre>");
        let boxes: Vec<&str> = page.split("<details class=\"run\"").skip(1).collect();
        let of = |text: &str| boxes.iter().filter(|of| of.contains(text)).count();
        assert_eq!(of(&whole), 1, "{model}");
        let link = format!("The same as those of <a href=\"#run-{first}\">{first}</a>.");
        assert_eq!(of(&link), 1, "{link}");
    }
}
