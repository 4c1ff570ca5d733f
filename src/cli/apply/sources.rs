//! Finds the images that the arguments name.

use crate::{
    data::image_folder::{is_image, is_other_image, is_passed_over},
    disk::canonical,
};
use std::{
    collections::HashSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};
use walkdir::{DirEntry, WalkDir};

/// What `-` stands for.
const STDIN: &str = "/dev/stdin";

/// A file to read, which may turn out not to be an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Its path.
    pub path: PathBuf,
    /// Its path relative to the folder that was given, or the name of a file that was given itself.
    pub name: PathBuf,
}

impl Source {
    /// Whether it is a pipe or a device, which may give nothing for ever; not standard input, from which an image is
    /// asked for with `-`.
    pub fn may_wait(&self) -> bool {
        self.path != Path::new(STDIN)
            && fs::metadata(&self.path).is_ok_and(|found| !found.is_file())
    }
}

/// Everything that the arguments name.
#[derive(Debug, Default)]
pub struct Sources {
    /// Every image once, in the order of the arguments; images of a folder are sorted by name.
    pub images: Vec<Source>,
    /// Folders that cannot be read, and why.
    pub problems: Vec<(PathBuf, String)>,
    /// Images of unsupported formats in the folders.
    pub left_out: Vec<PathBuf>,
}

impl Sources {
    /// Finds the files among `arguments`, whatever their names, and the images below the folders.
    ///
    /// Hidden files and folders are skipped, and so are folders of results, such as `out`. With more than one
    /// folder, names begin with the folder's name.
    pub fn find(arguments: &[PathBuf], out: &Path) -> Self {
        let out = fs::canonicalize(out).ok();
        let several = arguments.iter().filter(|path| path.is_dir()).count() > 1;
        let mut sources = Self::default();
        for argument in arguments {
            if argument == Path::new("-") {
                let (path, name) = (STDIN.into(), "stdin".into());
                sources.images.push(Source { path, name });
            } else if argument.is_dir() {
                let prefix = if several { folder_name(argument) } else { PathBuf::new() };
                sources.walk(argument, &prefix, out.as_deref());
            } else {
                let name = argument.file_name().unwrap_or(argument.as_os_str()).into();
                sources.images.push(Source { path: argument.clone(), name });
            }
        }
        let mut seen = HashSet::new();
        sources.images.retain(|source| seen.insert(entry(&source.path)));
        sources
    }

    fn walk(&mut self, folder: &Path, prefix: &Path, out: Option<&Path>) {
        let wanted = |found: &DirEntry| {
            let is_out = found.file_type().is_dir()
                && out.is_some_and(|out| fs::canonicalize(found.path()).is_ok_and(|at| at == out));
            !is_passed_over(found) && (found.depth() == 0 || !is_out)
        };
        let walk = WalkDir::new(folder).follow_links(true).sort_by_file_name();
        for found in walk.into_iter().filter_entry(wanted) {
            match found {
                Ok(found) if !found.file_type().is_file() => {}
                Ok(found) if is_image(found.path()) => {
                    let below = found.path().strip_prefix(folder).unwrap_or(found.path());
                    self.images
                        .push(Source { name: prefix.join(below), path: found.path().into() });
                }
                Ok(found) if is_other_image(found.path()) => {
                    self.left_out.push(found.into_path());
                }
                Ok(_) => {}
                Err(error) => {
                    let path = error.path().unwrap_or(folder).to_path_buf();
                    let reason = error.io_error().map_or(error.to_string(), ToString::to_string);
                    self.problems.push((path, reason));
                }
            }
        }
    }
}

/// Returns the images in a folder of results that are not among `written`, which are relative to it.
pub fn others(out: &Path, written: &HashSet<&Path>) -> Vec<PathBuf> {
    let walk = WalkDir::new(out).sort_by_file_name().into_iter();
    let found = walk.filter_entry(|found| !is_passed_over(found)).flatten();
    let images = found.filter(|found| found.file_type().is_file() && is_image(found.path()));
    let is_other =
        |found: &DirEntry| found.path().strip_prefix(out).is_ok_and(|name| !written.contains(name));
    images.filter(is_other).map(DirEntry::into_path).collect()
}

/// Normalizes a path, so that two paths of the same directory entry are equal.
///
/// Links to folders above it are followed, but not the entry itself: a file that replaces a link does not
/// touch the target of the link.
pub fn entry(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|parent| *parent != Path::new(""));
    let name = path.file_name().unwrap_or(OsStr::new(""));
    match fs::canonicalize(parent.unwrap_or(Path::new("."))) {
        Ok(parent) => parent.join(name),
        // The folder does not exist, so neither does the entry.
        Err(_) => path.to_path_buf(),
    }
}

/// Returns the name of a folder, even for a path such as `.`.
fn folder_name(folder: &Path) -> PathBuf {
    canonical(folder).file_name().unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let base = tempfile::tempdir().unwrap();
        for file in files {
            let path = base.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        base
    }

    fn names(sources: &Sources) -> Vec<&str> {
        sources.images.iter().map(|source| source.name.to_str().unwrap()).collect()
    }

    #[test]
    fn folders_are_walked_by_name_without_hidden_files_results_and_other_files() {
        let base = tree(&[
            "in/b.PNG",
            "in/a/2.jpeg",
            "in/a/1.jpg",
            "in/notes.txt",
            "in/a/3.GIF",
            "in/scans.gif/4.png",
            "in/.thumbs/b.png",
            "in/.b.png",
            "in/out/old.png",
        ]);
        let found = Sources::find(&[base.path().join("in")], &base.path().join("in/out"));
        assert_eq!(names(&found), ["a/1.jpg", "a/2.jpeg", "b.PNG", "scans.gif/4.png"]);
        assert_eq!(found.left_out, [base.path().join("in/a/3.GIF")]);
        assert!(found.problems.is_empty());
    }

    #[test]
    fn results_of_earlier_calls_are_no_images_wherever_they_are() {
        let base = tree(&["in/1.png", "in/_sheet.png", "in/old/_images.csv", "in/old/1.png"]);
        let of = |folder: &str| Sources::find(&[base.path().join(folder)], Path::new("no"));
        assert_eq!(names(&of("in")), ["1.png", "_sheet.png"]);
        // Unless the folder of results is named itself.
        fs::write(base.path().join("in/old/_sheet.png"), "").unwrap();
        assert_eq!(names(&of("in/old")), ["1.png"]);
    }

    #[test]
    fn images_of_earlier_calls_are_found() {
        let base =
            tree(&["_images.csv", "_sheet.png", "a.png", "b.jpg", "c/d.png", "e.txt", ".f.png"]);
        let written = HashSet::from(["a.png", "g.png"].map(Path::new));
        let found = others(base.path(), &written);
        assert_eq!(found, ["b.jpg", "c/d.png"].map(|name| base.path().join(name)));
        assert!(others(&base.path().join("none"), &written).is_empty());
    }

    #[test]
    fn a_image_named_twice_comes_once_and_files_need_no_ending() {
        let base = tree(&["in/a.png", "scan"]);
        let at = |name: &str| base.path().join(name);
        let arguments = [at("scan"), at("in/../in/a.png"), at("in"), at("none.png")];
        let found = Sources::find(&arguments, &at("out"));
        assert_eq!(names(&found), ["scan", "a.png", "none.png"]);
    }

    #[test]
    fn images_of_two_folders_keep_the_folders_names() {
        let base = tree(&["cats/1.png", "dogs/1.png"]);
        let found =
            Sources::find(&[base.path().join("cats"), base.path().join("dogs/.")], Path::new("no"));
        assert_eq!(names(&found), ["cats/1.png", "dogs/1.png"]);
    }

    #[test]
    fn a_loop_of_links_is_reported_and_not_followed_forever() {
        let base = tree(&["in/a.png"]);
        std::os::unix::fs::symlink(base.path().join("in"), base.path().join("in/again")).unwrap();
        let found = Sources::find(&[base.path().join("in")], Path::new("no"));
        assert_eq!(names(&found), ["a.png"]);
        assert_eq!(found.problems.len(), 1, "{:?}", found.problems);
    }
}
