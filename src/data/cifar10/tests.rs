use super::*;
use flate2::{Compression, write::GzEncoder};
use std::fs;

/// Two records a file: label, then planes that count up from 10, 20 and 30.
fn records(first_label: u8) -> Vec<u8> {
    (0..2_u8)
        .flat_map(|index| {
            let mut record = vec![first_label + index];
            for plane in [10_u8, 20, 30] {
                record
                    .extend((0..PLANE).map(|at| plane.wrapping_add(index).wrapping_add(at as u8)));
            }
            record
        })
        .collect()
}

fn write_files(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    for (label, name) in FILES.iter().enumerate() {
        fs::write(folder.join(name), records(label as u8)).unwrap();
    }
}

fn write_archive(path: &Path, names: &[&str]) {
    let gz = GzEncoder::new(File::create(path).unwrap(), Compression::fast());
    let mut archive = tar::Builder::new(gz);
    for name in names.iter().rev() {
        let label = FILES.iter().position(|file| file == name).unwrap();
        let bytes = records(label as u8);
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, format!("{INNER}/{name}"), &bytes[..]).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap();
}

#[test]
fn planes_become_pixels_and_files_keep_their_order() {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path());
    let parts = load(folder.path(), false).unwrap();
    assert_eq!(parts.train.labels, [0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
    assert_eq!(parts.test.labels, [5, 6]);
    assert_eq!(parts.train.size, Size::new(32, 32, 3));
    assert_eq!(parts.train.get(0)[..6], [10, 20, 30, 11, 21, 31]);
    assert_eq!(parts.test.get(1)[..3], [11, 21, 31]);
}

#[test]
fn the_inner_folder_and_the_archive_hold_the_same() {
    let (flat, nested) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let packed = tempfile::tempdir().unwrap();
    write_files(flat.path());
    write_files(&nested.path().join(INNER));
    write_archive(&packed.path().join("cifar-10-binary.tar.gz"), &FILES);
    let expected = load(flat.path(), false).unwrap();
    for folder in [nested, packed] {
        let parts = load(folder.path(), false).unwrap();
        assert_eq!((parts.train, parts.test), (expected.train.clone(), expected.test.clone()));
    }
}

fn problem(folder: &Path, verify: bool) -> String {
    load(folder, verify).err().expect("an error").to_string()
}

#[test]
fn an_archive_with_other_content_is_an_error_with_both_checksums_and_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    write_archive(&folder.path().join("cifar-10-binary.tar.gz"), &FILES);
    let text = problem(folder.path(), true);
    assert!(text.contains("c32a1d4ab5d03f1284b67883e8d87530"), "{text}");
    assert!(text.contains("data.verify=false"), "{text}");
}

#[test]
fn an_archive_that_lacks_a_file_or_is_truncated_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cifar-10-binary.tar.gz");
    write_archive(&path, &FILES[1..]);
    assert!(problem(folder.path(), false).contains("lacks `data_batch_1.bin`"));
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    assert!(problem(folder.path(), false).contains("damaged archive"));
}

#[test]
fn a_truncated_file_a_wrong_count_and_a_wrong_label_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    write_files(folder.path());
    assert!(problem(folder.path(), true).contains("2 images"));
    let path = folder.path().join("data_batch_3.bin");
    fs::write(&path, &records(0)[..5000]).unwrap();
    let text = problem(folder.path(), false);
    assert!(text.contains("data_batch_3.bin") && text.contains("5000 bytes"), "{text}");
    fs::write(&path, records(9)).unwrap();
    assert!(problem(folder.path(), false).contains("label 10 of image 1"));
}

#[test]
fn missing_files_are_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let text = problem(folder.path(), true);
    for part in ["CIFAR-10", "cifar-10-binary.tar.gz", "data fetch cifar10", "synthetic_scenes"] {
        assert!(text.contains(part), "{text}");
    }
    write_files(folder.path());
    fs::remove_file(folder.path().join("test_batch.bin")).unwrap();
    let text = problem(folder.path(), true);
    assert!(text.contains("incomplete") && text.contains("test_batch.bin is not"), "{text}");
}
