//! File names of the results: like those of the images, and unique.

pub use crate::data::image_folder::{SHEET, TABLE};

use std::{
    collections::{HashMap, HashSet},
    ffi::OsString,
    path::{Path, PathBuf},
};

/// Paths of an image's results, relative to the output folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The network's output.
    pub output: PathBuf,
    /// The network's input, if noise was added.
    pub corrupted: Option<PathBuf>,
}

impl Names {
    /// Returns the paths of all results.
    pub fn all(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.output].into_iter().chain(&self.corrupted)
    }
}

/// Returns names for the results of each of `images`, which are file names.
///
/// `a.jpg` becomes `a.png`. If there is an `a.png` too, they become `a_jpg.png` and `a_png.png`; if a name
/// is still taken, a number is appended. Names that differ only in case count as equal, as on some file
/// systems they are.
pub fn names(images: &[PathBuf], corrupt: bool) -> Vec<Names> {
    let mut wanted: HashMap<String, usize> = HashMap::new();
    for image in images {
        *wanted.entry(key(&image.with_extension("png"))).or_default() += 1;
    }
    // A file cannot share a folder's name.
    let folders = images.iter().flat_map(|image| image.ancestors().skip(1));
    let mut taken: HashSet<String> = folders.map(key).collect();
    // No result can have the name of the table, since all of them end in `.png`.
    taken.insert(key(Path::new(SHEET)));

    let contested = |image: &PathBuf| wanted[&key(&image.with_extension("png"))] > 1;
    let mut names = vec![None; images.len()];
    // Undisputed names are claimed first, so that no other image takes them.
    for disputed in [false, true] {
        for (name, image) in names.iter_mut().zip(images) {
            if contested(image) == disputed {
                *name = Some(claim(image, disputed, corrupt, &mut taken));
            }
        }
    }
    names.into_iter().flatten().collect()
}

/// Most bytes in a file name on common file systems.
const LONGEST: usize = 255;

fn claim(image: &Path, disputed: bool, corrupt: bool, taken: &mut HashSet<String>) -> Names {
    let mut stem = image.file_stem().unwrap_or_default().to_owned();
    if let Some(extension) = image.extension().filter(|_| disputed) {
        stem.push("_");
        stem.push(extension);
    }
    let mut number = 1;
    loop {
        let named = |tail: &str| {
            let tail = if number > 1 { format!("-{number}{tail}") } else { tail.to_owned() };
            let mut name = OsString::from(&stem);
            if let Some(text) = stem.to_str() {
                let kept = text.floor_char_boundary(LONGEST - tail.len());
                name = text[..kept].into();
            }
            name.push(tail);
            image.with_file_name(name)
        };
        let names =
            Names { output: named(".png"), corrupted: corrupt.then(|| named("_corrupted.png")) };
        if names.all().all(|name| !taken.contains(&key(name))) {
            taken.extend(names.all().map(|name| key(name)));
            return names;
        }
        number += 1;
    }
}

/// Returns a key that is the same for names that count as equal.
fn key(name: &Path) -> String {
    // Names that are not Unicode may collide; a number is then appended.
    name.to_string_lossy().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn outputs(images: &[&str], corrupt: bool) -> Vec<String> {
        let images: Vec<PathBuf> = images.iter().map(PathBuf::from).collect();
        let names = names(&images, corrupt);
        names.iter().map(|names| names.output.display().to_string()).collect()
    }

    #[test]
    fn names_stay_and_only_the_ending_changes() {
        assert_eq!(
            outputs(&["a.jpg", "below/b.PNG", "scan", "v1.2.jpeg"], false),
            ["a.png", "below/b.png", "scan.png", "v1.2.png"]
        );
    }

    #[test]
    fn images_of_one_stem_keep_their_endings_whatever_their_order() {
        assert_eq!(outputs(&["a.jpg", "a.png"], false), ["a_jpg.png", "a_png.png"]);
        assert_eq!(outputs(&["A.png", "a.jpg"], false), ["A_png.png", "a_jpg.png"]);
        let three = ["a.jpg", "a.png", "a_png.png"];
        assert_eq!(outputs(&three, false), ["a_jpg.png", "a_png-2.png", "a_png.png"]);
        assert_eq!(outputs(&["1.png", "1.png"], false), ["1_png.png", "1_png-2.png"]);
    }

    #[test]
    fn names_of_the_sheet_corrupted_images_and_folders_are_taken() {
        assert_eq!(outputs(&["_sheet.jpg"], false), ["_sheet-2.png"]);
        assert_eq!(outputs(&["a.png", "a_corrupted.png"], false), ["a.png", "a_corrupted.png"]);
        assert_eq!(outputs(&["a.png", "a_corrupted.png"], true), ["a.png", "a_corrupted-2.png"]);
        assert_eq!(outputs(&["x.jpg", "x.png/1.png"], false), ["x-2.png", "x.png/1.png"]);
    }

    #[test]
    fn names_too_long_for_a_file_are_cut() {
        let long = format!("{}é.jpg", "x".repeat(249));
        let [one, other] = &outputs(&[&long, &long.replace("é", "è")], true)[..] else {
            panic!()
        };
        // With `_corrupted`, both would be the same.
        assert_eq!(one, &format!("{}é.png", "x".repeat(249)));
        assert_eq!(other, &format!("{}-2.png", "x".repeat(249)));
    }

    proptest! {
        #[test]
        fn no_two_results_share_a_name(
            images in prop::collection::vec("([ab]/)?[abA](_png|_corrupted|-2)?(\\.(png|jpg|PNG))?", 0..12),
            corrupt: bool,
        ) {
            let images: Vec<PathBuf> = images.iter().map(PathBuf::from).collect();
            let names = names(&images, corrupt);
            prop_assert_eq!(names.len(), images.len());
            let keys: Vec<String> = names.iter().flat_map(Names::all).map(|name| key(name)).collect();
            let distinct: HashSet<&String> = keys.iter().collect();
            prop_assert_eq!(distinct.len(), keys.len());
            for (name, image) in names.iter().zip(&images) {
                prop_assert_eq!(name.output.parent(), image.parent());
            }
        }
    }
}
