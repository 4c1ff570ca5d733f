//! Outputs that are worse than the inputs are told of wherever their quality is.

use crate::place::{Place, assert_has, column, info, set};

fn train(settings: &[&str]) -> (Place, String) {
    let place = Place::small();
    let ended = place.succeed(&[&["small.toml", "--quiet"][..], &set(settings)].concat());
    (place, ended.stdout)
}

const WORSE: &str = "by mse, these outputs are worse than the inputs themselves: small";

#[test]
fn a_network_that_colours_worse_than_gray_is_told_of_everywhere() {
    let colorize = ["data.dataset=\"synthetic_scenes\"", "task={kind=\"colorize\"}"];
    let (place, ended) = train(&[&colorize[..], &["train.epochs=1"]].concat());
    let run = info(&place.only_run("runs"));
    let evaluated = place.succeed(&["evaluate", "small", "--csv"]);
    for (name, known) in [("mse", "output_mse"), ("input_mse", "mse"), ("input_psnr", "psnr")] {
        let told: f64 = column(&evaluated.stdout, name)[0].parse().expect("a number");
        assert_eq!(run["input"][known].as_f64(), Some(told), "{name}: {run}");
    }
    evaluated.tells(&format!("warning: {WORSE}-"));
    assert_has(&ended, "  worse than its inputs: mse ");
    place.succeed(&["show", "small"]).prints(", which is worse\n");
    place.succeed(&["report", "small", "-o", "report.md", "--format", "md"]);
    assert_has(&place.text("report.md"), &format!("\n- On test images, {WORSE} ("));
    let table = place.succeed(&["evaluate", "small"]).stdout;
    assert_has(&table, "input is the gray image itself, as red, green and blue alike");
}

#[test]
fn noise_that_is_weaker_than_the_error_of_the_network_is_told_of_by_level() {
    let noise = "task={kind=\"denoise\", noise={kind=\"gaussian\", mean=0.0, sigma=1.0}}";
    let levels = "evaluate.noise_sigmas=[0.05, 1.0]";
    let (place, ended) = train(&[noise, levels, "train.epochs=1", "data.validation_split=0.2"]);
    let run = place.only_run("runs");
    let tested = place.text(run.join("noise_levels.csv"));
    let evaluated = place.succeed(&["evaluate", "small", "--csv", "--levels", "0.05,1"]);
    for name in ["mse", "input_mse", "input_psnr"] {
        assert_eq!(column(&tested, name), column(&evaluated.stdout, name), "{name}");
    }
    // At the noise of its training it is better.
    assert!(!ended.contains("worse") && evaluated.stderr.contains(" at 0.05 ("), "{ended}");
    assert!(!evaluated.stderr.contains(" at 1 ("), "{}", evaluated.stderr);
    let measured = &info(&run)["input"];
    let own: f64 = column(&tested, "input_mse")[1].parse().expect("a number");
    assert_eq!(measured["mse"].as_f64(), Some(own), "{measured}");
    assert_eq!(measured["output_mse"], info(&run)["results"]["test_mse"]);
    place.succeed(&["report", "small", "-o", "report.md", "--format", "md"]);
    assert_has(&place.text("report.md"), &format!("\n- On test images, {WORSE} tested at 0.05 ("));
}

#[test]
fn inputs_of_a_network_that_reconstructs_are_its_targets() {
    let (place, _) = train(&["task={kind=\"reconstruct\"}", "train.epochs=1"]);
    assert!(info(&place.only_run("runs")).get("input").is_none());
}
