//! Names of run folders: `<name>-<hash8>`, `<name>-<hash8>-2` and so on.

use super::{Error, Result, RunInfo, files::entries};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process,
};

/// Prefixes of folders that are being created and of those being removed.
const HIDDEN: [&str; 2] = [".new-", ".old-"];

/// `<name>-<hash8>`.
pub(super) struct BaseName(String);

impl BaseName {
    pub(super) fn new(name: &str, hash8: &str) -> Result<Self> {
        let reason = if name.is_empty() {
            "it is empty"
        } else if name.starts_with('.') {
            "it begins with a dot, as hidden files do"
        } else if name.contains(['/', '\\']) {
            "it contains a slash"
        } else if name.contains(char::is_control) {
            "it contains a control character"
        } else if name.len() > 200 {
            "it is longer than 200 bytes"
        } else {
            return Ok(Self(format!("{name}-{hash8}")));
        };
        Err(Error::Name { name: name.to_owned(), reason })
    }

    /// Returns the folder with the highest number.
    pub(super) fn newest(&self, runs_dir: &Path) -> Result<Option<PathBuf>> {
        let number = self.highest(runs_dir)?;
        Ok(number.map(|number| runs_dir.join(self.numbered(number))))
    }

    /// Returns the first name after all that are taken.
    pub(super) fn next(&self, runs_dir: &Path) -> Result<String> {
        Ok(self.numbered(self.highest(runs_dir)?.unwrap_or(0) + 1))
    }

    fn numbered(&self, number: u32) -> String {
        if number == 1 { self.0.clone() } else { format!("{}-{number}", self.0) }
    }

    fn highest(&self, runs_dir: &Path) -> Result<Option<u32>> {
        Ok(entries(runs_dir)?
            .iter()
            .filter_map(|path| self.number_of(path.file_name()?.to_str()?))
            .max())
    }

    /// Returns the number in a folder's name; 1 if it has none.
    fn number_of(&self, folder: &str) -> Option<u32> {
        let rest = folder.strip_prefix(&self.0)?;
        if rest.is_empty() {
            return Some(1);
        }
        let digits = rest.strip_prefix('-')?;
        // Never as long as the hash, so that it is not the hash of a longer name that starts like this one.
        let number = digits.parse().ok().filter(|number| (2..10_000_000).contains(number))?;
        (format!("{number}") == digits).then_some(number)
    }
}

/// Returns the first 8 digits of a run's identity, which are part of its folder's name; fewer if it has fewer.
pub fn hash8(identity: &str) -> &str {
    identity.get(..8).unwrap_or(identity)
}

/// Returns the name of a run's first folder.
pub fn first_name(name: &str, identity: &str) -> String {
    format!("{name}-{}", hash8(identity))
}

/// Returns the run's first folder name if `folder` is one of its names; `None` for a copy.
pub fn first_of(info: &RunInfo, folder: &str) -> Option<String> {
    number_of(info, folder).map(|_| first_name(&info.name, &info.identity))
}

/// Orders the folders of a run: the highest number is current. Folders with other names, such as copies, come
/// before all of these, as no training resumes in them.
pub fn by_number(info: &RunInfo, folder: &str) -> impl Ord + use<> {
    // Among other names, a longer one has the longer number, if any.
    (number_of(info, folder), folder.len(), folder.to_owned())
}

/// Returns the number in the name of a run's folder, 1 for the first; `None` for a name that the run was not
/// given.
pub fn number_of(info: &RunInfo, folder: &str) -> Option<u32> {
    BaseName::new(&info.name, hash8(&info.identity)).ok()?.number_of(folder)
}

/// Returns the hash in a folder's name, if the name is one that runs are given.
pub fn hash8_of(folder: &str) -> Option<&str> {
    let is_hash = |text: &&str| text.len() == 8 && text.chars().all(|c| c.is_ascii_hexdigit());
    let (rest, last) = folder.rsplit_once('-')?;
    // A number is shorter than a hash.
    Some(last).filter(is_hash).or_else(|| {
        let is_number = last.chars().all(|c| c.is_ascii_digit());
        rest.rsplit_once('-').map(|(_, last)| last).filter(|last| is_number && is_hash(last))
    })
}

/// Returns a name for a folder that is being created; only one process at a time creates one.
pub(super) fn new(hash8: &str) -> String {
    format!("{}{hash8}-{}", HIDDEN[0], process::id())
}

/// Returns a name for a folder that is being removed; only one process at a time removes one.
pub(super) fn old(hash8: &str) -> String {
    format!("{}{hash8}-{}", HIDDEN[1], process::id())
}

/// Returns the folders that are being created or removed, or were when their process was killed.
pub(super) fn hidden_in(runs_dir: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = entries(runs_dir)?;
    paths.retain(|path| {
        let name = path.file_name().and_then(OsStr::to_str);
        name.is_some_and(is_hidden) && path.is_dir() && !path.is_symlink()
    });
    Ok(paths)
}

/// Whether [`new`] or [`old`] gives such a name; other names with the same prefix belong to the user.
fn is_hidden(name: &str) -> bool {
    let rest = HIDDEN.iter().find_map(|start| name.strip_prefix(start));
    let parts = rest.and_then(|rest| rest.split_once('-'));
    parts.is_some_and(|(hash8, process)| {
        let digits =
            |text: &str, radix| !text.is_empty() && text.chars().all(|c| c.is_digit(radix));
        hash8.len() == 8 && digits(hash8, 16) && digits(process, 10)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn numbers_are_recognized_only_in_names_of_the_run() {
        let base = BaseName::new("dae", "0a1b2c3d").unwrap();
        for (folder, number) in [
            ("dae-0a1b2c3d", Some(1)),
            ("dae-0a1b2c3d-2", Some(2)),
            ("dae-0a1b2c3d-10", Some(10)),
            ("dae-0a1b2c3d-1", None),
            ("dae-0a1b2c3d-02", None),
            ("dae-0a1b2c3d-+2", None),
            ("dae-0a1b2c3d-12345678", None),
            ("dae-0a1b2c3d2", None),
            ("dae-0a1b2c3d-", None),
            ("dae-ffffffff", None),
        ] {
            assert_eq!(base.number_of(folder), number, "{folder}");
        }
    }

    #[test]
    fn the_hash_is_found_only_in_names_that_runs_are_given() {
        for (name, hash8) in
            [("dae", "0a1b2c3d"), ("a-b-12345678", "87654321"), ("x-2", "00000000")]
        {
            let base = BaseName::new(name, hash8).unwrap();
            for number in [1, 2, 10, 9_999_999] {
                assert_eq!(hash8_of(&base.numbered(number)), Some(hash8));
            }
        }
        for folder in
            ["dae", "0a1b2c3d", "dae-0a1b2c3d.bak", "dae-0a1b2c3-2", "dae-0a1b2c3d-x", "-", ""]
        {
            assert_eq!(hash8_of(folder), None, "{folder}");
        }
    }

    #[test]
    fn only_folders_that_the_program_creates_or_removes_count_as_hidden() {
        let runs = tempfile::tempdir().unwrap();
        let own = [new("0a1b2c3d"), old("0a1b2c3d")].map(|name| runs.path().join(name));
        for folder in &own {
            fs::create_dir(folder).unwrap();
        }
        for name in [
            ".new-",
            ".new-ideas",
            ".new-ideas-2026",
            ".new-0a1b2c3d",
            ".new-0a1b2c3d-",
            ".new-0a1b2c3d-x",
            ".new-0a1b2c3d-1-2",
            ".new-0a1b2c3d4-1",
            ".newer-0a1b2c3d-1",
        ] {
            fs::create_dir(runs.path().join(name)).unwrap();
        }
        fs::write(runs.path().join(".new-0a1b2c3d-0"), "a file").unwrap();
        let mut found = hidden_in(runs.path()).unwrap();
        found.sort();
        assert_eq!(found, own);
    }

    #[test]
    fn a_copy_under_another_name_sorts_before_the_run_itself() {
        let info = RunInfo::new("dae", "0a1b2c3d4e5f");
        let mut folders = ["dae-0a1b2c3d-10", "dae-0a1b2c3d.bak", "dae-0a1b2c3d-9", "dae-0a1b2c3d"];
        folders.sort_by_key(|folder| by_number(&info, folder));
        let expected = ["dae-0a1b2c3d.bak", "dae-0a1b2c3d", "dae-0a1b2c3d-9", "dae-0a1b2c3d-10"];
        assert_eq!(folders, expected);
    }

    #[test]
    fn names_that_would_leave_the_runs_folder_are_rejected() {
        for name in ["", ".", "..", ".x", "a/b", "a\\b", "a\nb", "a\0b", &"x".repeat(201)] {
            assert!(BaseName::new(name, "0a1b2c3d").is_err(), "{name:?}");
        }
        for name in ["a b", "it's \"quoted\"", "опыт", "a.b_c-d"] {
            assert!(BaseName::new(name, "0a1b2c3d").is_ok(), "{name:?}");
        }
    }
}
