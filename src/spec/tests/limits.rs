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
