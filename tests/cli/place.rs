//! A temporary folder for a test, in which the program is called.

use image::DynamicImage;
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The program.
pub const RUNNER: &str = env!("CARGO_BIN_EXE_runner");

/// Files of a run that are byte-identical, however it was trained.
pub const KEPT: [&str; 3] =
    ["metrics.csv", "checkpoints/last.safetensors", "checkpoints/best.safetensors"];

/// A small experiment that trains in about a second.
pub const SMALL: &str = r#"
[data]
dataset = "synthetic_digits"
train_limit = 300
test_limit = 60

[task]
kind = "denoise"

[model]
filters = [4, 8]
latent_dim = 6

[train]
epochs = 3
"#;

/// A temporary folder in which `runner` is called.
pub struct Place {
    folder: TempDir,
}

/// The output and exit status of a call.
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    /// A place with the small experiment as `small.toml`.
    pub fn small() -> Self {
        let place = Self::new();
        place.write("small.toml", SMALL);
        place
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn write(&self, name: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    /// Saves an image, in the format of the name's ending.
    pub fn save(&self, name: &str, image: impl Into<DynamicImage>) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        image.into().save(path).expect("an image");
    }

    pub fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path().join(name);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn text(&self, name: impl AsRef<Path>) -> String {
        String::from_utf8(self.read(name)).expect("text")
    }

    /// Creates a command that runs the program in this folder, without the configuration of this process.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.other(RUNNER);
        command.args(args);
        command
    }

    /// Does the same for another program, which may call this one.
    pub fn other(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RUNNER_")) {
            if name != "RUNNER_KERNELS" {
                command.env_remove(name);
            }
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Ended {
        run(&mut self.command(args))
    }

    /// Calls the program with an environment variable.
    pub fn run_with(&self, name: &str, value: &str, args: &[&str]) -> Ended {
        run(self.command(args).env(name, value))
    }

    /// Runs a script in a shell.
    pub fn script(&self, shell: &str, text: &str) -> Ended {
        run(self.other(shell).args(["-c", text]))
    }

    /// Calls the program and expects it to succeed.
    #[track_caller]
    pub fn succeed(&self, args: &[&str]) -> Ended {
        self.fails(0, args)
    }

    /// Calls the program and expects it to end with an exit status.
    #[track_caller]
    pub fn fails(&self, code: i32, args: &[&str]) -> Ended {
        let ended = self.run(args);
        assert_eq!(ended.code, Some(code), "{args:?}\n{}\n{}", ended.stdout, ended.stderr);
        ended
    }

    /// Calls the program, expects it to end with an exit status and no result, and returns its message.
    #[track_caller]
    pub fn refused(&self, code: i32, args: &[&str]) -> String {
        let ended = self.fails(code, args);
        assert_eq!(ended.stdout, "", "{args:?}");
        ended.stderr
    }

    pub fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Returns the only run folder below `parent`.
    pub fn only_run(&self, parent: &str) -> PathBuf {
        let mut runs = self.runs(parent);
        assert_eq!(runs.len(), 1, "{runs:?}");
        runs.remove(0)
    }

    /// Returns the run folders below `parent`, sorted, without those that are still being created.
    pub fn runs(&self, parent: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path().join(parent)).expect("a folder of runs");
        let mut runs: Vec<_> = entries
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| !is_hidden(path) && path.join("run.json").exists())
            .collect();
        runs.sort();
        runs
    }
}

impl Ended {
    /// Expects an exit status.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Expects a text on the standard output.
    #[track_caller]
    pub fn prints(&self, text: &str) -> &Self {
        assert_has(&self.stdout, text);
        self
    }

    /// Expects a text on the standard error.
    #[track_caller]
    pub fn tells(&self, text: &str) -> &Self {
        assert_has(&self.stderr, text);
        self
    }

    /// Parses the standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).expect("JSON")
    }

    /// Parses each line of the standard output as JSON.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

/// Expects a text to contain another.
#[track_caller]
pub fn assert_has(text: &str, part: &str) {
    assert!(text.contains(part), "no {part:?} in\n{text}");
}

fn run(command: &mut Command) -> Ended {
    command.output().expect("the program starts").into()
}

/// Waits for a process to end.
pub fn end(child: Child) -> Ended {
    child.wait_with_output().expect("it ends").into()
}

/// Kills a process.
pub fn kill(mut child: Child) {
    child.kill().expect("it runs");
    child.wait().expect("it ends");
}

/// Polls until there is a value.
#[track_caller]
pub fn wait<T>(until: impl Fn() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = until() {
            return found;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "timed out");
        sleep(Duration::from_millis(5));
    }
}

/// Arguments that set keys, each as in `train.epochs=3`.
pub fn set<'a>(settings: &[&'a str]) -> Vec<&'a str> {
    settings.iter().flat_map(|setting| ["--set", *setting]).collect()
}

/// Sends a signal, such as `-INT`, to a process.
pub fn send(signal: &str, pid: u32) {
    let status = Command::new("kill").args([signal, &pid.to_string()]).status();
    assert!(status.expect("kill runs").success());
}

/// What a run's `run.json` says.
pub fn info(run: &Path) -> Value {
    serde_json::from_slice(&fs::read(run.join("run.json")).expect("run.json")).expect("JSON")
}

/// Replaces the value of a key in a run's `run.json`.
pub fn edit(run: &Path, key: &str, value: Value) {
    let mut info = info(run);
    info[key] = value;
    fs::write(run.join("run.json"), info.to_string()).expect("a file");
}

/// The names of all files below a folder, sorted.
pub fn files(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder").map(|entry| entry.expect("an entry")) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path.strip_prefix(folder).expect("below").display().to_string());
            }
        }
    }
    files.sort();
    files
}

/// The cells of a column of a table with a header.
pub fn column(table: &str, name: &str) -> Vec<String> {
    let mut table = csv::Reader::from_reader(table.as_bytes());
    let header = table.headers().expect("a header").clone();
    let column = header.iter().position(|head| head == name);
    let column = column.unwrap_or_else(|| panic!("{name} in {header:?}"));
    table.records().map(|row| row.expect("a row")[column].to_owned()).collect()
}

/// The name of a file or folder.
pub fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Whether a folder's name begins with a dot, as while it is being created.
fn is_hidden(path: &Path) -> bool {
    name(path).starts_with('.')
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
