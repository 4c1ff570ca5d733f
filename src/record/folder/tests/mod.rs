mod processes;

use super::*;
use crate::record::{self, RunSummary, checkpoint};
use std::fs;

pub(super) const IDENTITY: &str =
    "0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
const FILES: &[(&str, &str)] = &[("experiment.toml", "# as given\n"), ("resolved.toml", "a = 1\n")];

fn run<'a>(runs_dir: &'a Path, name: &str) -> NewRun<'a> {
    NewRun { runs_dir, info: RunInfo::new(name, IDENTITY), files: FILES, result_files: &[] }
}

pub(super) fn create(runs_dir: &Path, name: &str) -> RunFolder {
    match RunFolder::open_or_create(&run(runs_dir, name), false).unwrap() {
        Opened::New(folder) => folder,
        other => panic!("{other:?}"),
    }
}

fn reopen(runs_dir: &Path, name: &str) -> RunFolder {
    match RunFolder::open_or_create(&run(runs_dir, name), false).unwrap() {
        Opened::Existing(folder) => folder,
        other => panic!("{other:?}"),
    }
}

fn status(path: &Path) -> Status {
    RunSummary::read(path).info().unwrap().status
}

#[test]
fn a_new_run_has_its_first_files_and_is_running() {
    let runs = tempfile::tempdir().unwrap();
    let folder = create(runs.path(), "dae");
    assert_eq!(folder.path(), runs.path().join("dae-0a1b2c3d"));
    assert_eq!(fs::read_to_string(folder.file("experiment.toml")).unwrap(), "# as given\n");
    assert_eq!(run_json::read(&folder.file("run.json")).unwrap(), *folder.info());
    assert!(folder.file("checkpoints").is_dir() && folder.file("figures").is_dir());
    assert_eq!(status(folder.path()), Status::Running);
}

#[test]
fn a_running_run_whose_lock_is_gone_is_interrupted() {
    let runs = tempfile::tempdir().unwrap();
    let path = create(runs.path(), "dae").path().to_path_buf();
    assert_eq!(status(&path), Status::Interrupted);
    let mut folder = reopen(runs.path(), "dae");
    assert_eq!(folder.info().status, Status::Interrupted);
    // Opening alone changes nothing.
    assert_eq!(run_json::read(&path.join("run.json")).unwrap().status, Status::Running);
    let fresh = RunInfo { threads: 7, ..RunInfo::new("dae", IDENTITY) };
    folder.resume(&fresh).unwrap();
    let info = run_json::read(&path.join("run.json")).unwrap();
    assert_eq!((info.status, info.resumes, info.threads), (Status::Running, 1, 7));
}

#[test]
fn a_completed_run_is_opened_without_its_lock_and_unchanged() {
    let runs = tempfile::tempdir().unwrap();
    let mut folder = create(runs.path(), "dae");
    folder.finish(Status::Completed, "all 2 epochs done").unwrap();
    let text = fs::read(folder.file("run.json")).unwrap();
    // Still locked by `folder`.
    let opened = RunFolder::open_or_create(&run(runs.path(), "dae"), false).unwrap();
    let Opened::Completed(path, info) = opened else { panic!("{opened:?}") };
    assert_eq!(path, folder.path());
    assert_eq!(info.stop_reason.as_deref(), Some("all 2 epochs done"));
    assert!(info.finished.is_some());
    assert_eq!(fs::read(folder.file("run.json")).unwrap(), text);
}

#[test]
fn force_starts_beside_the_old_runs_and_the_newest_counts_from_then_on() {
    let runs = tempfile::tempdir().unwrap();
    create(runs.path(), "dae").finish(Status::Completed, "done").unwrap();
    for number in 2..=11 {
        let opened = RunFolder::open_or_create(&run(runs.path(), "dae"), true).unwrap();
        let Opened::New(folder) = opened else { panic!("{opened:?}") };
        assert_eq!(folder.path(), runs.path().join(format!("dae-0a1b2c3d-{number}")));
    }
    assert_eq!(reopen(runs.path(), "dae").path(), runs.path().join("dae-0a1b2c3d-11"));
}

#[test]
fn failed_and_diverged_runs_can_be_tried_again() {
    let runs = tempfile::tempdir().unwrap();
    for failure in [Status::Failed, Status::Diverged] {
        let name = failure.name();
        let mut folder = create(runs.path(), name);
        folder.update(|info| info.error = Some("out of memory".into())).unwrap();
        folder.finish(failure, "it went wrong").unwrap();
        drop(folder);
        let mut folder = reopen(runs.path(), name);
        assert_eq!(folder.info().status, failure);
        folder.resume(&RunInfo::new(name, IDENTITY)).unwrap();
        assert_eq!((folder.info().error.as_ref(), folder.info().finished), (None, None));
    }
}

#[test]
fn starting_over_leaves_no_checkpoint_and_no_row() {
    let runs = tempfile::tempdir().unwrap();
    let mut folder = create(runs.path(), "dae");
    for file in [checkpoint::last_path(folder.path()), checkpoint::epoch_path(folder.path(), 1)] {
        fs::write(file, "x").unwrap();
    }
    for table in [METRICS, TIMINGS] {
        fs::write(folder.file(table), "x").unwrap();
    }
    folder.update(|info| info.epochs = 3).unwrap();
    folder.start_over(&RunInfo::new("dae", IDENTITY)).unwrap();
    assert!(checkpoint::files(folder.path()).unwrap().is_empty());
    for table in [METRICS, TIMINGS] {
        assert!(!folder.file(table).exists(), "{table}");
    }
    assert_eq!((folder.info().epochs, folder.info().resumes), (0, 1));
}

#[test]
fn only_the_newest_epoch_checkpoints_are_kept() {
    let runs = tempfile::tempdir().unwrap();
    let folder = create(runs.path(), "dae");
    for epoch in [2, 4, 10, 10_000] {
        fs::write(checkpoint::epoch_path(folder.path(), epoch), "x").unwrap();
    }
    for file in
        [checkpoint::last_path(folder.path()), folder.file("checkpoints/epochs.safetensors")]
    {
        fs::write(file, "x").unwrap();
    }
    checkpoint::keep_newest(folder.path(), 2).unwrap();
    assert_eq!(checkpoint::epochs(folder.path()).unwrap(), [10, 10_000]);
    assert_eq!(checkpoint::files(folder.path()).unwrap().len(), 4);
    checkpoint::keep_newest(folder.path(), 5).unwrap();
    assert_eq!(checkpoint::epochs(folder.path()).unwrap(), [10, 10_000]);
}

#[test]
fn leftovers_of_killed_processes_are_removed() {
    let runs = tempfile::tempdir().unwrap();
    let half = runs.path().join(".new-0a1b2c3d-1");
    fs::create_dir_all(half.join("checkpoints")).unwrap();
    drop(create(runs.path(), "dae"));
    assert!(!half.exists());
    let parts = ["", "checkpoints", "figures", "tensorboard"]
        .map(|name| runs.path().join("dae-0a1b2c3d").join(name).join(".1-0.part"));
    for part in &parts {
        fs::create_dir_all(part.parent().unwrap()).unwrap();
        fs::write(part, "half").unwrap();
    }
    drop(reopen(runs.path(), "dae"));
    assert!(parts.iter().all(|part| !part.exists()));
}

#[test]
fn odd_names_and_folders_work() {
    let base = tempfile::tempdir().unwrap();
    let runs = base.path().join("мои 'runs'/\"två\" $HOME");
    for name in ["a b", "it's \"quoted\"", "опыт-日本"] {
        let path = create(&runs, name).path().to_path_buf();
        assert_eq!(reopen(&runs, name).path(), path);
    }
    assert_eq!(record::scan(&runs).unwrap().len(), 3);
}

#[test]
fn a_folder_of_another_run_or_without_its_description_is_not_touched() {
    let runs = tempfile::tempdir().unwrap();
    let path = create(runs.path(), "dae").path().to_path_buf();
    let mut other = run(runs.path(), "dae");
    other.info.identity.replace_range(60.., "0000");
    let error = RunFolder::open_or_create(&other, false).unwrap_err().to_string();
    assert!(error.contains("another experiment") && error.contains("--force"), "{error}");
    fs::remove_file(path.join("run.json")).unwrap();
    let error = RunFolder::open_or_create(&run(runs.path(), "dae"), false).unwrap_err();
    assert!(error.to_string().contains("run.json"), "{error}");
    assert!(matches!(
        RunFolder::open_or_create(&run(runs.path(), "dae"), true).unwrap(),
        Opened::New(_)
    ));
}

#[test]
fn a_runs_folder_that_cannot_be_written_is_an_error_that_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let base = tempfile::tempdir().unwrap();
    let file = base.path().join("file");
    fs::write(&file, "").unwrap();
    let error = RunFolder::open_or_create(&run(&file, "dae"), false).unwrap_err().to_string();
    assert!(error.contains("file") && error.contains("folder"), "{error}");

    let closed = base.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: root may write to any folder");
        return;
    }
    let error = RunFolder::open_or_create(&run(&closed, "dae"), false).unwrap_err().to_string();
    assert!(error.contains("closed") && error.contains("--runs-dir"), "{error}");
    let below = RunFolder::open_or_create(&run(&closed.join("below"), "dae"), false).unwrap_err();
    assert!(below.to_string().contains("permissions"), "{below}");
}
