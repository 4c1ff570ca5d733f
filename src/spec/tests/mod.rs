//! Tests of loading experiment files.

/// Defines a test that compares the messages about a case with the snapshot of the same name.
macro_rules! mistake {
    ($name:ident, $case:expr) => {
        #[test]
        fn $name() {
            insta::assert_snapshot!(stringify!($name), $case.wrong());
        }
    };
}

mod dropped;
mod familiar;
mod layers;
mod limits;
mod mistakes;
mod network;
mod points;
mod properties;
mod random;
mod reload;
mod spreads;
mod sweep_mistakes;
mod sweeps;

use super::{Diagnostics, Loaded, Overrides, load};
use std::{fs, path::PathBuf};
use tempfile::TempDir;

/// A folder with experiment files; the last one written is loaded.
struct Case {
    folder: TempDir,
    file: PathBuf,
    overrides: Overrides,
}

/// A case of one file, `trial.toml`.
fn trial(text: &str) -> Case {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let case = Case { file: PathBuf::new(), folder, overrides: Overrides::default() };
    case.file("trial.toml", text)
}

impl Case {
    fn file(mut self, name: &str, text: impl AsRef<[u8]>) -> Self {
        self.file = self.folder.path().join(name);
        fs::create_dir_all(self.file.parent().expect("a parent")).expect("a folder");
        fs::write(&self.file, text).expect("a file");
        self
    }

    fn set(mut self, argument: &str) -> Self {
        self.overrides.set.push(argument.to_owned());
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.overrides.env.push((name.to_owned(), value.to_owned()));
        self
    }

    fn load(&self) -> Result<Loaded, Diagnostics> {
        load(&self.file, &self.overrides)
    }

    /// Loads the file, which must be valid.
    #[track_caller]
    fn ok(&self) -> Loaded {
        self.load().unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// Returns the messages of an invalid file, without the folder's name.
    #[track_caller]
    fn wrong(&self) -> String {
        match self.load() {
            Ok(_) => panic!("loaded without a mistake"),
            Err(problems) => self.relative(&problems.to_string()),
        }
    }

    fn relative(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.folder.path().display()), "")
    }
}
