//! Finds the commit of a working tree by reading git's own files.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Returns the commit that is checked out in `folder` or in its nearest parent that is a git working tree.
///
/// `None` outside of git, before the first commit, or if git does not keep its references in files.
pub(super) fn commit(folder: &Path) -> Option<String> {
    let git = folder.ancestors().find_map(git_folder)?;
    let head = fs::read_to_string(git.join("HEAD")).ok()?;
    let Some(reference) = head.trim().strip_prefix("ref:") else { return hash(&head) };
    let reference = reference.trim();
    // A linked working tree has its own HEAD, but its branches are in the main tree's folder.
    let common = match fs::read_to_string(git.join("commondir")) {
        Ok(common) => git.join(common.trim()),
        Err(_) => git.clone(),
    };
    let loose = [&git, &common].into_iter().find_map(|folder| {
        fs::read_to_string(folder.join(reference)).ok().and_then(|text| hash(&text))
    });
    loose.or_else(|| packed(&fs::read_to_string(common.join("packed-refs")).ok()?, reference))
}

/// Returns the git folder of a working tree: `.git` itself, or the folder that a `.git` file names.
fn git_folder(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    Some(folder.join(text.strip_prefix("gitdir:")?.trim()))
}

fn packed(text: &str, reference: &str) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find_map(|(commit, name)| (name == reference).then(|| hash(commit)).flatten())
}

/// Returns `text` if it is a commit hash, SHA-1 or SHA-256.
fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    let hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (hex && matches!(text.len(), 40 | 64)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_commit_is_found_wherever_git_keeps_it() {
        let packed =
            format!("# pack-refs\n{} refs/heads/x\n{COMMIT} refs/heads/main\n", "f".repeat(40));
        for files in [
            &[(".git/HEAD", COMMIT)] as &[_],
            &[(".git/HEAD", "ref: refs/heads/main\n"), (".git/refs/heads/main", COMMIT)],
            &[(".git/HEAD", "ref: refs/heads/main\n"), (".git/packed-refs", &packed)],
        ] {
            let folder = tree(files);
            fs::create_dir_all(folder.path().join("deep/below")).unwrap();
            assert_eq!(commit(folder.path()).as_deref(), Some(COMMIT));
            assert_eq!(commit(&folder.path().join("deep/below")).as_deref(), Some(COMMIT));
        }
    }

    #[test]
    fn the_commit_of_a_linked_working_tree_is_found_in_the_main_one() {
        let folder = tree(&[
            ("main/.git/refs/heads/side", COMMIT),
            ("main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n"),
            ("main/.git/worktrees/side/commondir", "../..\n"),
            ("side/.git", "gitdir: ../main/.git/worktrees/side\n"),
        ]);
        assert_eq!(commit(&folder.path().join("side")).as_deref(), Some(COMMIT));
    }

    #[test]
    fn a_repository_without_a_commit_has_none() {
        let folder = tree(&[(".git/HEAD", "ref: refs/heads/main\n")]);
        assert_eq!(commit(folder.path()), None);
        let folder = tree(&[(".git/HEAD", "nonsense")]);
        assert_eq!(commit(folder.path()), None);
    }
}
