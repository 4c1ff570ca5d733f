use super::*;
use crate::{data::published::MNIST, digest::sha256};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::fs;
use std::io::Write;

const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

fn bytes(dims: &[u32], values: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, UNSIGNED_BYTE, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.extend(values);
    bytes
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

/// Three training images of 2 x 3, two test images.
fn contents() -> [Vec<u8>; 4] {
    [
        bytes(&[3, 2, 3], &(0..18).collect::<Vec<u8>>()),
        bytes(&[3], &[7, 0, 9]),
        bytes(&[2, 2, 3], &(100..112).collect::<Vec<u8>>()),
        bytes(&[2], &[1, 2]),
    ]
}

fn write(folder: &Path) {
    for (name, content) in NAMES.iter().zip(contents()) {
        fs::write(folder.join(name), content).unwrap();
    }
}

fn problem(folder: &Path, verify: bool) -> String {
    load(&MNIST, folder, verify).err().expect("an error").to_string()
}

fn parse_problem(bytes: &[u8]) -> String {
    match parse(&mut &bytes[..]) {
        Err(Problem::Content(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_plain_or_gzipped(
        (dims, values) in prop::collection::vec(1_u32..7, 1..4).prop_flat_map(|dims| {
            let count = dims.iter().product::<u32>() as usize;
            (Just(dims), prop::collection::vec(any::<u8>(), count))
        })
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let plain = bytes(&dims, &values);
        for content in [gzipped(&plain), plain.clone()] {
            fs::write(&path, content).unwrap();
            let idx = read(&path).unwrap();
            prop_assert_eq!(&idx.values, &values);
            prop_assert_eq!(&idx.dims, &dims.iter().map(|&dim| dim as usize).collect::<Vec<_>>());
            prop_assert_eq!(&idx.sha256, &sha256(&plain));
        }
    }

    #[test]
    fn a_file_of_any_other_length_is_an_error(cut in 0_usize..30, more in 1_usize..5) {
        let whole = bytes(&[3, 2, 3], &[5; 18]);
        let end = whole.len() - 1 - cut.min(whole.len() - 1);
        prop_assert!(parse(&mut &whole[..end]).is_err());
        let long = [&whole[..], &vec![0; more]].concat();
        prop_assert!(parse_problem(&long).contains("more follow"));
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
        magic in any::<bool>(),
    ) {
        let bytes = if magic { [&[0, 0, 8, 2][..], &bytes].concat() } else { bytes };
        let _ = parse(&mut &bytes[..]);
    }
}

#[test]
fn a_damaged_file_is_described_in_numbers() {
    assert!(parse_problem(&[0, 0]).contains("too short"));
    assert!(parse_problem(b"<html>").contains("begins with 3c68746d"));
    assert!(parse_problem(&[0, 0, 0x0d, 1, 0, 0, 0, 0]).contains("type 0x0d"));
    let cut = bytes(&[3, 2, 3], &[0; 11]);
    let text = parse_problem(&cut);
    assert!(text.contains("[3, 2, 3] = 18 values") && text.contains("only 11"), "{text}");
    assert!(parse_problem(&bytes(&[u32::MAX; 3], &[])).contains("declares"));
}

#[test]
fn a_damaged_gzip_file_says_so_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.gz");
    let whole = gzipped(&bytes(&[4], &[1, 2, 3, 4]));
    for content in [&whole[..whole.len() - 9], &[&whole[..], b"tail"].concat()] {
        fs::write(&path, content).unwrap();
        let text = read(&path).unwrap_err().to_string();
        assert!(text.contains("labels.gz") && text.contains("damaged gzip"), "{text}");
    }
}

#[test]
fn a_damaged_file_of_a_data_set_says_how_to_get_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let whole = gzipped(&contents()[3]);
    fs::remove_file(folder.path().join(NAMES[3])).unwrap();
    fs::write(folder.path().join(format!("{}.gz", NAMES[3])), &whole[..whole.len() - 9]).unwrap();
    let text = problem(folder.path(), false);
    assert!(text.contains("damaged gzip data"), "{text}");
    let advice = ".\nDelete the file and run `runner data fetch mnist`.";
    assert!(text.ends_with(advice), "{text}");
}

#[test]
fn four_files_make_a_data_set_by_any_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let [images, labels, test_images, test_labels] = contents();
    for (name, content) in [
        ("train-images.idx3-ubyte", images),
        ("train-labels-idx1-ubyte.gz", gzipped(&labels)),
        ("t10k-images.idx3-ubyte.gz", gzipped(&test_images)),
        ("t10k-labels-idx1-ubyte", test_labels),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    let parts = load(&MNIST, folder.path(), false).unwrap();
    assert_eq!(parts.train.size, Size::new(2, 3, 1));
    assert_eq!(parts.train.get(2), [12, 13, 14, 15, 16, 17]);
    assert_eq!((parts.train.labels, parts.test.labels), (vec![7, 0, 9], vec![1, 2]));
    assert_eq!(parts.classes.len(), 10);
}

#[test]
fn other_content_than_published_is_refused_unless_accepted() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let text = problem(folder.path(), true);
    let got = sha256(&contents()[0]);
    for part in [
        "train-images-idx3-ubyte",
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        &got,
        "data.verify = false",
    ] {
        assert!(text.contains(part), "{text}");
    }
    assert!(load(&MNIST, folder.path(), false).is_ok());
}

#[test]
fn files_that_do_not_belong_together_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for (file, content, expected) in [
        (0, bytes(&[18], &[0; 18]), "expected [images, rows, columns]"),
        (0, bytes(&[0, 2, 3], &[]), "no images"),
        (1, bytes(&[2], &[1, 2]), "expected [3]: a label for each image"),
        (1, bytes(&[3], &[1, 10, 2]), "label 10 of image 1, expected 0 to 9"),
        (2, bytes(&[2, 3, 2], &[0; 12]), "images of 3x2x1, but the training images are 2x3x1"),
    ] {
        write(folder.path());
        fs::write(folder.path().join(NAMES[file]), content).unwrap();
        let text = problem(folder.path(), false);
        assert!(text.contains(expected) && text.contains(NAMES[file]), "{text}");
    }
}

#[test]
fn missing_files_are_named_with_the_folder_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let text = problem(folder.path(), true);
    for part in [
        "MNIST is not in",
        &folder.path().display().to_string(),
        "t10k-labels-idx1-ubyte",
        "runner data fetch mnist",
        "RUNNER_DATA_DIR",
        "data.root",
        "--set data.dataset=synthetic_digits",
    ] {
        assert!(text.contains(part), "{text}");
    }
    write(folder.path());
    fs::remove_file(folder.path().join(NAMES[1])).unwrap();
    let text = problem(folder.path(), true);
    assert!(text.contains("incomplete") && text.contains("train-labels-idx1-ubyte[.gz] is not"));
    assert!(text.contains("t10k-labels-idx1-ubyte are there"), "{text}");
    fs::remove_file(folder.path().join(NAMES[0])).unwrap();
    assert!(problem(folder.path(), true).contains("train-labels-idx1-ubyte[.gz] are not"));
}
