//! A file under `experiments/` whose shapes do not fit together fails `cargo build`.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if from.is_file() {
        return fs::copy(from, to).map(|_| ());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Builds a copy of this package with one more experiment. Returns whether it succeeded, and cargo's stderr.
///
/// The copy shares the target folder and the build settings of these tests, so that dependencies are reused.
fn build_with(experiment: &str) -> (bool, String) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let copied = tempfile::TempDir::new().expect("a temporary folder");
    for part in ["Cargo.toml", "Cargo.lock", "build.rs", "src", "experiments", "benches"] {
        if root.join(part).exists() {
            copy(&root.join(part), &copied.path().join(part)).expect("a copy");
        }
    }
    fs::write(copied.path().join("experiments/impossible.toml"), experiment).expect("a file");
    let target =
        Path::new(env!("CARGO_BIN_EXE_runner")).ancestors().nth(2).expect("a target folder");
    let output = Command::new(env!("CARGO"))
        .args(["test", "--no-run", "--lib", "--locked", "--offline"])
        .current_dir(copied.path())
        .env("CARGO_TARGET_DIR", target)
        .output()
        .expect("cargo runs");
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn impossible_geometry_under_experiments_fails_the_build_with_file_and_layer() {
    let (success, stderr) =
        build_with("[model]\nkind = \"conv\"\nfilters = [32, 64]\nstrides = [2, 2, 2]\n");
    assert!(!success, "{stderr}");
    assert!(stderr.contains("experiments/impossible.toml:4"), "{stderr}");
    assert!(stderr.contains("no layer encoder.conv2"), "{stderr}");
}
