//! Downloads from local servers that behave, close early, send wrong content, hang or refuse.

mod existing;
mod resumed;
mod server;

use flate2::{Compression, write::GzEncoder};
use runner::data::fetch::{Fetched, Progress, RetryPolicy, fetch, fetch_files};
use runner::data::{Check, Error, RemoteFile};
use runner::spec::DatasetName;
use server::{Reply, Server};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::time::Duration;
use tempfile::TempDir;

const NAME: &str = "pictures.gz";

/// A gzip file of incompressible content.
fn content() -> Vec<u8> {
    let mut state = 1_u32;
    let bytes: Vec<u8> = (0..200_000)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .collect();
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    gz.write_all(&bytes).unwrap();
    gz.finish().unwrap()
}

/// The file of [`content`], verified by the SHA-256 of the uncompressed bytes.
const FILE: RemoteFile = RemoteFile { name: NAME, check: Check::UncompressedSha256(SUM) };
const SUM: &str = "8006993938aa28eb2188163351aabcb20fe8a877b2b6b123d259b69700c80aec";

/// Waits longer than any server in these tests takes unless it hangs on purpose.
const PATIENT: RetryPolicy =
    RetryPolicy { silence: Duration::from_secs(10), attempts: 3, pause: Duration::from_millis(5) };
/// For servers that hang on purpose.
const HASTY: RetryPolicy = RetryPolicy { silence: Duration::from_millis(300), ..PATIENT };

struct Outcome {
    folder: TempDir,
    result: Result<Fetched, Error>,
    problems: Vec<String>,
}

impl Outcome {
    fn path(&self) -> PathBuf {
        self.folder.path().join(NAME)
    }

    /// Asserts that the file is complete and the only one in the folder.
    fn assert_fetched(&self) {
        assert!(self.result.is_ok(), "{:?}", self.result);
        assert_eq!(fs::read(self.path()).unwrap(), content());
        assert_eq!(names(self.folder.path()), [NAME]);
    }

    fn error(&self) -> String {
        assert!(!self.path().exists(), "a file with wrong content got its final name");
        self.result.as_ref().expect_err("an error").to_string()
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn fetch_into(folder: TempDir, servers: &[&Server]) -> Outcome {
    fetch_with(PATIENT, folder, servers)
}

fn fetch_with(retries: RetryPolicy, folder: TempDir, servers: &[&Server]) -> Outcome {
    let mirrors: Vec<String> = servers.iter().map(|server| server.url()).collect();
    let mut problems = Vec::new();
    let result = fetch_files(&[FILE], folder.path(), &mirrors, retries, &mut |progress| {
        if let Progress::Problem { reason, .. } = progress {
            problems.push(reason.to_owned());
        }
    });
    Outcome { folder, result, problems }
}

fn fetch_from(servers: &[&Server]) -> Outcome {
    fetch_into(tempfile::tempdir().unwrap(), servers)
}

/// A folder where an earlier fetch left `part`.
fn with_part(part: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(format!("{NAME}.part")), part).unwrap();
    folder
}

#[test]
fn a_file_is_downloaded_only_once() {
    let server = Server::new(|request, _| Reply::file(content(), request));
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    let mut go = || {
        fetch_files(&[FILE], folder.path(), &[server.url()], PATIENT, &mut |progress| {
            if let Progress::Bytes { have, total, .. } = progress {
                seen.push((have, total));
            }
        })
        .unwrap()
    };
    let path = folder.path().join(NAME);
    assert_eq!(go().downloaded, std::slice::from_ref(&path));
    let again = go();
    assert_eq!((again.downloaded, again.present), (vec![], vec![path.clone()]));
    assert_eq!(fs::read(path).unwrap(), content());
    assert_eq!(server.requests().len(), 1);
    assert_eq!(server.requests()[0].path, format!("/{NAME}"));
    let len = content().len() as u64;
    assert_eq!(seen.first(), Some(&(0, Some(len))));
    assert_eq!(seen.last(), Some(&(len, Some(len))));
    assert!(seen.is_sorted());
}

#[test]
fn a_mirror_with_wrong_content_is_skipped() {
    let liar = Server::new(|_, _| Reply::ok(b"<html>Please log in to the hotel</html>".to_vec()));
    let honest = Server::new(|request, _| Reply::file(content(), request));
    let outcome = fetch_from(&[&liar, &honest]);
    outcome.assert_fetched();
    assert!(outcome.problems[0].contains("not the published file"), "{:?}", outcome.problems);
    assert_eq!((liar.requests().len(), honest.requests()[0].from), (1, None));
}

#[test]
fn if_every_mirror_has_wrong_content_no_file_remains_and_the_error_names_them() {
    let other = Server::new(|_, _| {
        let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
        gz.write_all(b"other pictures").unwrap();
        Reply::ok(gz.finish().unwrap())
    });
    let outcome = fetch_from(&[&other]);
    let text = outcome.error();
    assert!(text.contains(SUM) && text.contains(&other.url()), "{text}");
    assert_eq!(names(outcome.folder.path()), [""; 0]);
}

#[test]
fn a_file_cut_short_by_a_wrong_length_is_rejected() {
    let short = content().len() - 1000;
    let liar = Server::new(move |_, _| Reply::ok(content()).claim_length(short));
    let outcome = fetch_from(&[&liar]);
    assert!(outcome.error().contains("not a complete gzip file"), "{}", outcome.error());
}

#[test]
fn a_length_that_is_too_long_is_an_interrupted_download() {
    let long = content().len() + 1000;
    let liar = Server::new(move |_, _| Reply::ok(content()).claim_length(long));
    let honest = Server::new(|request, _| Reply::file(content(), request));
    let outcome = fetch_from(&[&liar, &honest]);
    outcome.assert_fetched();
    assert!(outcome.problems[0].contains("interrupted after"), "{:?}", outcome.problems);
}

#[test]
fn a_silent_server_times_out() {
    let silent = Server::new(|_, _| Reply::hang());
    let outcome = fetch_with(HASTY, tempfile::tempdir().unwrap(), &[&silent]);
    assert!(outcome.error().contains("no answer for 0.3 s"), "{}", outcome.error());
    assert_eq!(silent.requests().len(), HASTY.attempts as usize);
}

#[test]
fn a_server_that_hangs_halfway_is_asked_for_the_rest() {
    let server = Server::new(|request, count| match count {
        0 => Reply::file(content(), request).hang_after(70_000),
        _ => Reply::file(content(), request),
    });
    fetch_with(HASTY, tempfile::tempdir().unwrap(), &[&server]).assert_fetched();
    assert_eq!(server.requests()[1].from, Some(70_000));
}

#[test]
fn a_missing_file_is_not_requested_twice() {
    let empty = Server::new(|_, _| Reply::new(404, b"not here".to_vec()));
    let honest = Server::new(|request, _| Reply::file(content(), request));
    fetch_from(&[&empty, &honest]).assert_fetched();
    assert_eq!(empty.requests().len(), 1);
    let outcome = fetch_from(&[&empty]);
    assert!(outcome.error().contains("404"), "{}", outcome.error());
}

#[test]
fn a_server_error_is_retried() {
    let server = Server::new(|request, count| match count {
        0 => Reply::new(500, Vec::new()),
        1 => Reply::new(503, Vec::new()),
        _ => Reply::file(content(), request),
    });
    fetch_from(&[&server]).assert_fetched();
    let broken = Server::new(|_, _| Reply::new(500, Vec::new()));
    assert!(fetch_from(&[&broken]).error().contains("500"));
    assert_eq!(broken.requests().len(), PATIENT.attempts as usize);
}

#[test]
fn a_failed_download_keeps_its_part_for_the_next_command() {
    let server = Server::new(|request, count| match count {
        0 => Reply::file(content(), request).cut_off(9_000),
        _ => Reply::new(404, Vec::new()),
    });
    let outcome = fetch_from(&[&server]);
    outcome.error();
    let part = outcome.folder.path().join(format!("{NAME}.part"));
    assert_eq!(fs::read(part).unwrap(), content()[..9_000]);
}

#[test]
fn two_fetches_at_once_take_turns() {
    let server =
        Server::new(|request, _| Reply::file(content(), request).after(Duration::from_millis(150)));
    let folder = tempfile::tempdir().unwrap();
    let barrier = Barrier::new(4);
    let fetched: Vec<Fetched> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let mirrors = [server.url()];
                    fetch_files(&[FILE], folder.path(), &mirrors, PATIENT, &mut |_| {}).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(fetched.iter().filter(|fetched| !fetched.downloaded.is_empty()).count(), 1);
    assert_eq!(server.requests().len(), 1);
    assert_eq!(fs::read(folder.path().join(NAME)).unwrap(), content());
    assert_eq!(names(folder.path()), [NAME]);
}

#[test]
fn an_archive_is_checked_by_its_md5() {
    let server = Server::new(|_, _| Reply::ok(b"abc".to_vec()));
    let folder = tempfile::tempdir().unwrap();
    let go = |check| {
        let files = [RemoteFile { name: "a.tar.gz", check }];
        fetch_files(&files, folder.path(), &[server.url()], PATIENT, &mut |_| {})
    };
    // RFC 1321, A.5.
    assert!(go(Check::Md5("900150983cd24fb0d6963f7d28e17f72")).is_ok());
    let text = go(Check::Md5("d41d8cd98f00b204e9800998ecf8427e")).unwrap_err().to_string();
    assert!(text.contains("its MD5 is 900150983cd24fb0d6963f7d28e17f72"), "{text}");
}

#[test]
fn published_files_are_requested_by_name() {
    let server = Server::new(|_, _| Reply::new(404, Vec::new()));
    let folder = tempfile::tempdir().unwrap();
    for mirror in [server.url(), format!("{}/deep", server.url())] {
        let result = fetch(DatasetName::Mnist, folder.path(), &[mirror], PATIENT, &mut |_| {});
        assert!(matches!(result, Err(Error::Download { .. })), "{result:?}");
    }
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/train-images-idx3-ubyte.gz", "/deep/train-images-idx3-ubyte.gz"]);
}

#[test]
fn errors_say_why_a_fetch_is_impossible() {
    let folder = tempfile::tempdir().unwrap();
    let why = |dataset, folder: &Path| {
        fetch(dataset, folder, &[], PATIENT, &mut |_| {}).unwrap_err().to_string()
    };
    let text = why(DatasetName::ImageFolder, folder.path());
    assert!(text.contains("`image_folder`") && text.contains("mnist"), "{text}");
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let text = why(DatasetName::Mnist, &file);
    assert!(text.contains("cannot create") && text.contains("file"), "{text}");
    let text = fetch_files(&[FILE], folder.path(), &["no address".into()], PATIENT, &mut |_| {})
        .unwrap_err()
        .to_string();
    assert!(text.contains("no address/pictures.gz"), "{text}");
}
