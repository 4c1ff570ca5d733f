//! Files that exist before the fetch.

use super::*;
use std::io::Read;

#[test]
fn an_existing_file_with_other_content_is_replaced() {
    let server = Server::new(|request, _| Reply::file(content(), request));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(NAME), "an older download").unwrap();
    let outcome = fetch_into(folder, &[&server]);
    outcome.assert_fetched();
    assert!(outcome.problems[0].contains("replaced"), "{:?}", outcome.problems);
}

/// Returns the uncompressed [`content`].
fn unpacked() -> Vec<u8> {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&content()[..]).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn an_existing_uncompressed_file_is_not_fetched() {
    let server = Server::new(|request, _| Reply::file(content(), request));
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("pictures");
    fs::write(&plain, unpacked()).unwrap();
    let outcome = fetch_into(folder, &[&server]);
    assert_eq!(outcome.result.as_ref().unwrap().present, [plain]);
    assert_eq!((server.requests().len(), outcome.problems.len()), (0, 0));
}

#[test]
fn an_uncompressed_file_with_other_content_is_reported_and_kept() {
    let server = Server::new(|request, _| Reply::file(content(), request));
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("pictures");
    fs::write(&plain, "drawings").unwrap();
    let outcome = fetch_into(folder, &[&server]);
    assert_eq!(outcome.result.as_ref().unwrap().downloaded, [outcome.path()]);
    assert!(outcome.problems[0].contains("should be deleted"), "{:?}", outcome.problems);
    assert_eq!(fs::read(plain).unwrap(), b"drawings");
}

#[test]
fn an_existing_unpacked_archive_is_not_fetched() {
    let server = Server::new(|_, _| Reply::new(404, Vec::new()));
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("cifar-10-batches-bin");
    fs::create_dir(&inner).unwrap();
    let batches = (1..=5).map(|batch| format!("data_batch_{batch}.bin"));
    let files: Vec<_> =
        batches.chain(["test_batch.bin".to_owned()]).map(|name| inner.join(name)).collect();
    let fetch = || {
        let dataset = DatasetName::Cifar10;
        fetch(dataset, folder.path(), &[server.url()], PATIENT, &mut |_| {})
    };
    for file in &files {
        assert!(fetch().is_err(), "without {}", file.display());
        fs::write(file, "pictures").unwrap();
    }
    let asked = server.requests().len();
    assert_eq!(fetch().unwrap().present, files);
    assert_eq!(server.requests().len(), asked);
}
