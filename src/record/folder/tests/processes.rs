//! Several processes at one folder, and what killed ones leave.

use super::*;
use crate::record::{Readback, folder_name};
use std::{
    env,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    thread,
};

#[test]
fn a_second_process_is_told_who_trains_the_run() {
    let runs = tempfile::tempdir().unwrap();
    let _first = create(runs.path(), "dae");
    let error = RunFolder::open_or_create(&run(runs.path(), "dae"), false).unwrap_err();
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    let text = error.to_string();
    let process = format!("process {} on ", std::process::id());
    for part in ["dae-0a1b2c3d", &process, "--force"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn of_many_threads_that_start_a_run_at_once_one_does() {
    let runs = tempfile::tempdir().unwrap();
    let results: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| RunFolder::open_or_create(&run(runs.path(), "dae"), false)))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let news = results.iter().filter(|result| matches!(result, Ok(Opened::New(_)))).count();
    let busy = results.iter().filter(|result| matches!(result, Err(Error::Busy { .. }))).count();
    assert_eq!((news, busy), (1, 7), "{results:?}");
}

/// Not a test by itself: the process that the tests below start and kill.
#[test]
#[ignore = "a process for other tests to kill"]
fn child() {
    let Some(runs) = env::var_os("RUNNER_TEST_RUNS").map(PathBuf::from) else { return };
    let opened = RunFolder::open_or_create(&run(&runs, "dae"), false).unwrap();
    let mut folder = match opened {
        Opened::New(folder) => folder,
        Opened::Existing(mut folder) => {
            folder.resume(&RunInfo::new("dae", IDENTITY)).unwrap();
            folder
        }
        Opened::Completed(..) => panic!("{opened:?}"),
    };
    println!("\nopen");
    let mut step = 0;
    loop {
        step += 1;
        folder.update(|info| info.step = step).unwrap();
        atomic::write(&folder.file("model.txt"), vec![b'x'; 100_000]).unwrap();
    }
}

fn start_child(runs: &Path) -> std::process::Child {
    Command::new(env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", "record::folder::tests::processes::child"])
        .env("RUNNER_TEST_RUNS", runs)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn a_run_killed_at_any_moment_reads_as_interrupted_and_can_be_opened() {
    let runs = tempfile::tempdir().unwrap();
    for pause in 0..8 {
        let mut child = start_child(runs.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "open"));
        let path = runs.path().join("dae-0a1b2c3d");
        assert_eq!(status(&path), Status::Running);
        let error = RunFolder::open_or_create(&run(runs.path(), "dae"), false).unwrap_err();
        assert!(error.to_string().contains(&format!("process {} ", child.id())), "{error}");
        thread::sleep(Duration::from_millis(3 * pause));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(status(&path), Status::Interrupted);
        let info = reopen(runs.path(), "dae").info().clone();
        assert_eq!((info.status, info.resumes as u64), (Status::Interrupted, pause));
        if let Ok(text) = fs::read(path.join("model.txt")) {
            assert_eq!(text.len(), 100_000);
        }
    }
}

#[test]
fn a_process_killed_while_it_creates_a_folder_leaves_a_whole_one_or_none() {
    for pause in 0..12 {
        let runs = tempfile::tempdir().unwrap();
        let mut child = start_child(runs.path());
        thread::sleep(Duration::from_millis(2 * pause));
        child.kill().unwrap();
        child.wait().unwrap();
        for run in record::scan(runs.path()).unwrap() {
            assert!(matches!(run.state, Readback::Known(_)), "{run:?}");
        }
        let opened = RunFolder::open_or_create(&run(runs.path(), "dae"), false).unwrap();
        assert!(!matches!(opened, Opened::Completed(..)));
        let hidden = folder_name::hidden_in(runs.path()).unwrap();
        assert!(hidden.is_empty(), "{hidden:?}");
    }
}
