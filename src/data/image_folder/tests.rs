use super::*;
use crate::spec::DatasetName;
use image::{Rgb, RgbImage};
use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

fn config(channels: usize) -> spec::Data {
    spec::Data {
        dataset: DatasetName::ImageFolder,
        image_size: [4, 6],
        channels,
        ..spec::Data::default()
    }
}

fn save(folder: &Path, name: &str, color: [u8; 3]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    RgbImage::from_pixel(6, 4, Rgb(color)).save(path).unwrap();
}

fn problem(folder: &Path, config: &spec::Data) -> String {
    load(folder, config).err().expect("an error").to_string()
}

#[test]
fn a_missing_folder_is_reported_once_and_with_the_key_that_sets_it() {
    let base = tempfile::tempdir().unwrap();
    let folder = base.path().join("none");
    let told = format!(
        "there is no folder `{}`: say where your images are with `data.root`",
        folder.display()
    );
    assert_eq!(problem(&folder, &config(3)), told);
}

#[test]
fn train_and_test_folders_are_the_parts_and_the_folders_below_the_classes() {
    let folder = tempfile::tempdir().unwrap();
    for (name, color) in [
        ("train/dog/a.png", [200, 0, 0]),
        ("train/cat/b.PNG", [0, 200, 0]),
        ("test/dog/deep/c.png", [0, 0, 200]),
    ] {
        save(folder.path(), name, color);
    }
    fs::write(folder.path().join("train/notes.txt"), "not an image").unwrap();
    fs::write(folder.path().join("train/dog/.hidden.png"), "not an image").unwrap();
    let parts = load(folder.path(), &config(3)).unwrap();
    assert_eq!(parts.classes, ["cat", "dog"]);
    assert_eq!((parts.train.len(), parts.test.len()), (2, 1));
    assert_eq!(parts.train.size, Size::new(4, 6, 3));
    for index in 0..2 {
        let expected = if parts.train.labels[index] == 0 { [0, 200, 0] } else { [200, 0, 0] };
        assert_eq!(parts.train.get(index)[..3], expected);
    }
    assert_eq!((parts.test.labels[0], &parts.test.get(0)[..3]), (1, &[0, 0, 200][..]));
    assert_eq!(parts.warnings, Vec::<String>::new());
}

#[test]
fn without_parts_a_tenth_of_the_images_is_for_testing_and_stays_so() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..150_u8 {
        save(folder.path(), &format!("{index}.png"), [index, 0, 0]);
    }
    let before = load(folder.path(), &config(3)).unwrap();
    assert!((5..=28).contains(&before.test.len()), "{} test images", before.test.len());
    assert_eq!(before.train.len() + before.test.len(), 150);
    assert!(before.classes.is_empty() && before.train.labels.is_empty());

    let reds = |images: &Images| -> BTreeSet<u8> {
        (0..images.len()).map(|index| images.get(index)[0]).collect()
    };
    for index in 150..200_u8 {
        save(folder.path(), &format!("{index}.png"), [index, 0, 0]);
    }
    let after = load(folder.path(), &config(3)).unwrap();
    assert!(reds(&before.test).is_subset(&reds(&after.test)));
    assert!(reds(&before.train).is_subset(&reds(&after.train)));
}

#[test]
fn two_images_are_enough_for_two_parts_and_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "one.png", [1, 2, 3]);
    assert!(problem(folder.path(), &config(1)).contains("has only one image"));
    save(folder.path(), "two.png", [1, 2, 3]);
    let parts = load(folder.path(), &config(1)).unwrap();
    assert_eq!((parts.train.len(), parts.test.len()), (1, 1));
}

#[test]
fn the_first_images_are_a_mixture_of_classes() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..40 {
        save(folder.path(), &format!("class{}/{index}.png", index / 20), [9, 9, 9]);
    }
    let limited = spec::Data { train_limit: Some(12), ..config(1) };
    let parts = load(folder.path(), &limited).unwrap();
    assert_eq!(parts.train.len(), 12);
    assert!(parts.train.labels.contains(&0) && parts.train.labels.contains(&1));
}

#[test]
fn unreadable_images_are_left_out_named_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..40_u8 {
        save(folder.path(), &format!("{index}.png"), [index, index, index]);
    }
    for index in 0..7 {
        fs::write(folder.path().join(format!("broken{index}.jpg")), "nothing").unwrap();
    }
    let tolerant = spec::Data { max_unreadable: 0.2, ..config(1) };
    let parts = load(folder.path(), &tolerant).unwrap();
    assert_eq!(parts.train.len() + parts.test.len(), 40);
    // No hole is left where a broken image was.
    assert_eq!(
        (0..parts.train.len()).filter(|&at| parts.train.get(at)[0] == 0).count()
            + (0..parts.test.len()).filter(|&at| parts.test.get(at)[0] == 0).count(),
        1
    );
    let [warning] = &parts.warnings[..] else { panic!("{:?}", parts.warnings) };
    assert!(warning.contains("7 of 47") && warning.contains("and 2 more"), "{warning}");
    let listed: Vec<&str> = warning.lines().filter(|line| line.contains("broken")).collect();
    assert!(listed.len() == 5 && listed.is_sorted(), "{warning}");
    assert!(warning.ends_with("and 2 more; `runner apply` on this folder names all of them"));

    let text = problem(folder.path(), &config(1));
    assert_eq!(text.matches("broken").count(), 7, "{text}");
    assert!(text.contains("7 of 47") && text.contains("data.max_unreadable"), "{text}");
}

#[test]
fn images_beside_class_folders_take_the_classes_away_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a/1.png", "b/2.png", "3.png"] {
        save(folder.path(), name, [5, 5, 5]);
    }
    let parts = load(folder.path(), &config(1)).unwrap();
    assert!(parts.classes.is_empty() && parts.train.labels.is_empty());
    assert!(parts.warnings[0].contains("without classes"));
}

#[test]
fn more_classes_than_labels_can_represent_are_ignored_with_a_warning() {
    let names: Vec<String> = (0..=CLASSES).map(|index| index.to_string()).collect();
    let of = |count: usize| classes(names[..count].iter().map(|name| Some(name.as_str())));
    let (most, warning) = of(CLASSES);
    assert_eq!((most.len(), warning), (CLASSES, None));
    let (none, warning) = of(CLASSES + 1);
    let warning = warning.expect("a warning");
    assert!(none.is_empty() && warning.contains("65537 folders"), "{warning}");
}

#[test]
fn an_empty_folder_and_a_file_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let text = problem(folder.path(), &config(1));
    assert!(text.contains(&folder.path().display().to_string()), "{text}");
    save(folder.path(), "1.png", [1, 0, 0]);
    let text = problem(&folder.path().join("1.png"), &config(1));
    assert!(text.contains("there is no folder"), "{text}");
}

/// Returns the size of each part if every given folder contains one image.
fn parts_of(folders: &[&str]) -> Result<(usize, usize), String> {
    let folder = tempfile::tempdir().unwrap();
    for name in folders {
        save(folder.path(), &format!("{name}/1.png"), [7, 7, 7]);
    }
    let parts = load(folder.path(), &config(1)).map_err(|error| error.to_string())?;
    Ok((parts.train.len(), parts.test.len()))
}

#[test]
fn the_usual_names_of_validation_folders_are_taken_for_the_test_part() {
    for name in ["val", "valid", "validation", "test"] {
        let found = parts_of(&["train/a", "train/b", &format!("{name}/a")]);
        assert_eq!(found, Ok((2, 1)), "{name}");
    }
}

#[test]
fn parts_in_capital_letters_are_not_mixed_as_classes() {
    assert_eq!(parts_of(&["Train/a", "Train/b", "TEST/a"]), Ok((2, 1)));
    let text = parts_of(&["Training/a", "Test/a"]).unwrap_err();
    assert!(text.contains("has a folder `Test`"), "{text}");
    assert_eq!(parts_of(&["Valid/a", "Invalid/a"]), Ok((1, 1)), "classes of images");
}

#[test]
fn a_image_that_is_also_linked_to_is_in_one_part_only() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..20_u8 {
        save(folder.path(), &format!("b/{index}.png"), [index, 0, 0]);
    }
    // Sorted before and after their targets.
    symlink(folder.path().join("b"), folder.path().join("a")).unwrap();
    symlink(folder.path().join("b/1.png"), folder.path().join("c.png")).unwrap();
    let parts = load(folder.path(), &config(1)).unwrap();
    assert_eq!(parts.train.len() + parts.test.len(), 20);
    assert!(parts.test_files.iter().all(|file| file.starts_with("b/")), "{:?}", parts.test_files);
}

#[test]
fn images_that_links_put_into_both_parts_are_counted_in_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["train/1.png", "train/2.png", "test/3.png"] {
        save(folder.path(), name, [7, 7, 7]);
    }
    symlink(folder.path().join("train/1.png"), folder.path().join("test/4.png")).unwrap();
    let parts = load(folder.path(), &config(1)).unwrap();
    let [warning] = &parts.warnings[..] else { panic!("{:?}", parts.warnings) };
    assert!(warning.starts_with("1 of 2 images in `test` are also in `train`"), "{warning}");
}

#[test]
fn a_validation_folder_next_to_both_parts_is_reported_as_unused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["train/1.png", "test/2.png", "val/3.png"] {
        save(folder.path(), name, [7, 7, 7]);
    }
    let parts = load(folder.path(), &config(1)).unwrap();
    assert_eq!((parts.train.len(), parts.test.len()), (1, 1));
    let [warning] = &parts.warnings[..] else { panic!("{:?}", parts.warnings) };
    assert!(warning.contains("val") && warning.contains("not used"), "{warning}");
}

#[test]
fn one_part_without_the_other_is_refused_instead_of_mixed_into_the_training() {
    for (folders, existing, missing) in [
        (["training/a", "test/a"], "`test`", "no folder `train`"),
        (["training/a", "val/a"], "`val`", "no folder `train`"),
        (["train/a", "testing/a"], "`train`", "no folder of test images"),
    ] {
        let text = parts_of(&folders).unwrap_err();
        assert!(text.contains(&format!("has a folder {existing}")), "{text}");
        assert!(text.contains(missing) && text.contains("another name"), "{text}");
    }
}

#[test]
fn results_of_apply_are_not_data() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["1.png", "2.png", "out/1.png", "out/cats/2.png", "other/3.png"] {
        save(folder.path(), name, [1, 0, 0]);
    }
    fs::write(folder.path().join("out").join(TABLE), "").unwrap();
    let Parts { train, test, .. } = load(folder.path(), &config(1)).unwrap();
    assert_eq!(train.len() + test.len(), 3);
}

#[test]
fn a_dangling_link_counts_as_an_unreadable_image() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..39_u8 {
        save(folder.path(), &format!("{index}.png"), [index, 0, 0]);
    }
    symlink(folder.path().join("gone.png"), folder.path().join("link.png")).unwrap();
    symlink(folder.path().join("gone.png"), folder.path().join(".link.png")).unwrap();
    let tolerant = spec::Data { max_unreadable: 0.1, ..config(1) };
    let parts = load(folder.path(), &tolerant).unwrap();
    assert_eq!(parts.train.len() + parts.test.len(), 39);
    assert!(parts.warnings[0].contains("1 of 40") && parts.warnings[0].contains("link.png"));
    let text = problem(folder.path(), &config(1));
    assert!(text.contains("1 of 40") && text.contains("data.max_unreadable"), "{text}");
}

#[test]
fn what_cannot_be_a_folder_of_images_does_not_affect_the_others() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "1.png", [1, 0, 0]);
    save(folder.path(), "2.png", [2, 0, 0]);
    let closed = folder.path().join("lost+found");
    fs::create_dir(&closed).unwrap();
    // Root ignores permissions.
    save(folder.path(), "lost+found/3.png", [3, 0, 0]);
    symlink("self", folder.path().join("self")).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // A link back to where it is holds no other images.
    symlink(folder.path(), folder.path().join("circle")).unwrap();
    let parts = load(folder.path(), &config(1)).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!((parts.train.len(), parts.test.len()), (1, 1));
    let told = |warning: &String| warning.contains("circle` is skipped: it leads back");
    assert!(parts.warnings.iter().any(told), "{:?}", parts.warnings);
    // It is no image.
    assert!(!parts.warnings.iter().any(|text| text.contains("images")), "{:?}", parts.warnings);
}

#[test]
fn a_folder_that_cannot_be_read_is_an_error_as_a_class_would_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    save(folder.path(), "1.png", [1, 0, 0]);
    save(folder.path(), "cats/2.png", [2, 0, 0]);
    // Root ignores permissions, so this is a link to a disk that is not mounted.
    symlink(folder.path().join("disk/dogs"), folder.path().join("dogs")).unwrap();
    let text = problem(folder.path(), &config(1));
    assert!(text.contains("dogs") && text.contains("it may be a folder of images"), "{text}");
}
