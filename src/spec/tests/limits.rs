//! Files that are too large, never end, or have too many mistakes.

use super::trial;
use std::process::Command;

#[test]
fn a_device_or_a_pipe_is_not_read_as_an_experiment_file() {
    let wrong = trial("extends = \"/dev/zero\"\n").wrong();
    assert!(wrong.contains("`/dev/zero` is a device or a pipe, not an experiment file"), "{wrong}");
    let case = trial("extends = \"pipe.toml\"\n");
    let made = Command::new("mkfifo").arg(case.folder.path().join("pipe.toml")).status();
    assert!(made.expect("mkfifo runs").success());
    let wrong = case.wrong();
    assert!(wrong.contains("`pipe.toml` is a device or a pipe, not an experiment file"), "{wrong}");
}

#[test]
fn a_file_larger_than_any_experiment_is_refused() {
    let wrong = trial(&"#".repeat((16 << 20) + 1)).wrong();
    assert!(wrong.contains("`trial.toml` is larger than 16 MiB, the maximum"), "{wrong}");
}

#[test]
fn the_first_mistakes_of_very_many_are_described_and_the_others_counted() {
    let many =
        |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<String>();
    for text in [
        many(3000, &|i| format!("unknown_{i} = 1\n")),
        format!("[model]\nfilters = [{}]\n", many(3000, &|i| format!("{:?}, ", i.to_string()))),
        format!("[sweep]\n\"train.epochs\" = [{}]\n", many(3000, &|_| "0, ".to_owned())),
        format!("[sweep]\n\"train.epochs\" = [{}]\n", "7, ".repeat(3001)),
    ] {
        let wrong = trial(&text).wrong();
        assert_eq!(wrong.matches("error: ").count(), 100, "{wrong}");
        assert!(wrong.ends_with("\n\nand 2,900 more mistakes"), "{wrong}");
    }
}

#[test]
fn after_very_many_mistakes_the_other_points_of_a_sweep_are_not_checked() {
    let strides = (2..302).map(|i| format!("[{i}, 2]")).collect::<Vec<_>>().join(", ");
    let filters = "[model]\nfilters = [8]\n";
    let wrong = trial(&format!("{filters}[sweep]\n\"model.strides\" = [{strides}]\n")).wrong();
    assert!(wrong.matches("error: ").count() <= 101, "{wrong}");
}

#[test]
fn more_values_than_a_sweep_may_have_runs_are_refused_before_they_are_combined() {
    let values = (1..=100_001).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    for sweep in [
        format!("\"train.epochs\" = [{values}]\n"),
        format!("zip = {{ \"train.epochs\" = [{values}] }}\n"),
    ] {
        let wrong = trial(&format!("[sweep]\n{sweep}")).wrong();
        let told = "`train.epochs`: 100001 values are too many: expected at most 100000";
        assert!(wrong.contains(told), "{wrong}");
    }
}

#[test]
fn a_syntax_error_is_never_placed_below_the_last_line() {
    let wrong = trial(&format!("[train]\na{} = 1\n\n\n", ".a".repeat(200))).wrong();
    assert!(wrong.contains("--> trial.toml:2:"), "{wrong}");
}
