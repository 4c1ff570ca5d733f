use super::*;

#[test]
fn of_repeated_trainings_the_highest_number_counts() {
    let base = tempfile::tempdir().unwrap();
    for folder in ["a-ab", "a-ab-10", "a-ab-10.bak", "a-ab-9", "b.bak"] {
        write(base.path(), folder, &folder[..1], Status::Completed);
    }
    for copy in ["a-ab", "a-ab-10.bak", "a-ab-9"] {
        let of = base.path().join("a-ab-10").join(RUN_JSON);
        fs::copy(of, base.path().join(copy).join(RUN_JSON)).unwrap();
    }
    let runs = scan(base.path()).unwrap();
    let newest = newest(&runs);
    assert_eq!(newest.len(), 1, "copies do not count");
    assert_eq!(newest[&("a", "ab")].folder(), "a-ab-10");
}

fn write(runs: &Path, folder: &str, name: &str, status: Status) -> PathBuf {
    let path = runs.join(folder);
    fs::create_dir_all(&path).unwrap();
    let info = RunInfo { status, ..RunInfo::new(name, "ab") };
    info.write(&path.join(RUN_JSON)).unwrap();
    path
}

/// Two runs, one broken, one torn, a sweep of two, and entries that are not runs.
fn runs() -> tempfile::TempDir {
    let base = tempfile::tempdir().unwrap();
    let runs = base.path();
    write(runs, "ae-00000001", "ae", Status::Completed);
    write(runs, "dae-00000002", "dae", Status::Running);
    fs::create_dir(runs.join("lost-00000003")).unwrap();
    fs::write(runs.join("lost-00000003/resolved.toml"), "").unwrap();
    let torn = write(runs, "torn-00000004", "torn", Status::Completed);
    fs::write(torn.join(RUN_JSON), "{\"format\": 1, \"sta").unwrap();
    write(runs, "sigmas/dae-00000005", "dae_1", Status::Failed);
    write(runs, "sigmas/dae-00000006", "dae_2", Status::Diverged);
    write(runs, ".new-00000007-1", "half", Status::Running);
    fs::create_dir(runs.join("notes")).unwrap();
    fs::write(runs.join("report.html"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", runs.join("link")).unwrap();
    base
}

#[test]
fn runs_in_any_state_are_listed_and_nothing_else() {
    let base = runs();
    let listed: Vec<_> = scan(base.path())
        .unwrap()
        .into_iter()
        .map(|run| (run.folder(), run.sweep.clone(), run.info().map(|info| info.status)))
        .collect();
    let sweep = Some("sigmas".to_owned());
    assert_eq!(
        listed,
        [
            ("ae-00000001".into(), None, Some(Status::Completed)),
            ("dae-00000002".into(), None, Some(Status::Interrupted)),
            ("lost-00000003".into(), None, None),
            ("dae-00000005".into(), sweep.clone(), Some(Status::Failed)),
            ("dae-00000006".into(), sweep, Some(Status::Diverged)),
            ("torn-00000004".into(), None, None),
        ]
    );
}

#[test]
fn runs_deeper_down_do_not_belong_to_a_sweep() {
    let base = runs();
    let folders: Vec<_> =
        scan_sweep(base.path()).unwrap().into_iter().map(|run| run.folder()).collect();
    assert_eq!(folders, ["ae-00000001", "dae-00000002", "lost-00000003", "torn-00000004"]);
    assert_eq!(scan_sweep(&base.path().join("none")).unwrap(), []);
}

#[test]
fn broken_runs_say_why() {
    let base = runs();
    let reasons: Vec<_> = scan(base.path())
        .unwrap()
        .into_iter()
        .filter_map(|run| match run.state {
            Readback::Broken(reason) => Some(reason),
            Readback::Known(_) | Readback::Changed(..) => None,
        })
        .collect();
    assert!(reasons[0].contains("lost-00000003") && reasons[0].contains("run.json: is gone"));
    assert!(reasons[1].contains("torn-00000004") && reasons[1].contains("line 1"));
}

#[test]
fn a_run_is_as_it_says_while_its_process_lives() {
    let base = runs();
    let path = base.path().join("dae-00000002");
    let lock = lock::take(&path.join(lock::NAME), std::time::Duration::ZERO).unwrap();
    assert_eq!(RunSummary::read(&path).info().unwrap().status, Status::Running);
    drop(lock);
    assert_eq!(RunSummary::read(&path).info().unwrap().status, Status::Interrupted);
}

#[test]
fn a_missing_folder_has_no_runs_and_a_file_is_an_error() {
    let base = runs();
    assert_eq!(scan(&base.path().join("none")).unwrap(), []);
    let error = scan(&base.path().join("report.html/below")).unwrap_err().to_string();
    assert!(error.contains("report.html"), "{error}");
    assert!(!error.contains("IO error"), "the path once: {error}");
}

#[test]
fn a_run_whose_resolved_experiment_was_changed_or_removed_is_broken_and_keeps_its_facts() {
    let base = tempfile::tempdir().unwrap();
    let path = write(base.path(), "ae-00000001", "ae", Status::Completed);
    let (file, text) = (path.join(RESOLVED), "[task.noise]\nsigma = 0.5\n");
    let read = || RunSummary::read(&path);
    fs::write(&file, "anything").unwrap();
    assert!(matches!(read().state, Readback::Known(_)), "runs of old versions have no digest");
    let resolved_digest = Some(digest::sha256(text.as_bytes()));
    let info = RunInfo { resolved_digest, ..read().info().unwrap().clone() };
    info.write(&path.join(RUN_JSON)).unwrap();
    fs::write(&file, text).unwrap();
    assert!(matches!(read().state, Readback::Known(_)));
    let broken = |told: &str| {
        let run = read();
        let Readback::Changed(_, reason) = &run.state else { panic!("{run:?}") };
        assert!(reason.contains(told) && reason.contains("restores the file"), "{reason}");
        assert_eq!((run.state.word(), run.info()), ("broken", Some(&info)));
    };
    for changed in ["[task.noise]\nsigma = 0.9\n", "", "[task.noise"] {
        fs::write(&file, changed).unwrap();
        broken("resolved.toml: was changed since the run was trained");
    }
    fs::remove_file(&file).unwrap();
    broken("resolved.toml: is gone");
}

#[test]
fn a_run_that_may_not_be_opened_is_listed_as_broken() {
    use std::os::unix::fs::PermissionsExt;
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: root may open any folder");
        return;
    }
    let base = tempfile::tempdir().unwrap();
    for folder in ["ae-00000001", "night"] {
        let path = write(base.path(), folder, "ae", Status::Completed);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    }
    let runs = scan(base.path()).unwrap();
    let [run] = &runs[..] else { panic!("only one is named like a run: {runs:?}") };
    let [(_, error)] = &unreadable(base.path()).unwrap()[..] else { panic!("the other") };
    assert!(error.to_string().contains("night: Permission denied"), "{error}");
    assert!(run.state.to_string().contains("Permission denied"), "{}", run.state);
    assert!(is_run(&run.path));
    for entry in fs::read_dir(base.path()).unwrap() {
        fs::set_permissions(entry.unwrap().path(), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_folder_that_cannot_be_read_says_why_and_any_other_does_not() {
    let base = runs();
    assert!(unreadable(base.path()).unwrap().is_empty());
    let error = problem(&base.path().join("report.html")).unwrap().to_string();
    assert!(error.contains("report.html") && error.contains("a folder is needed"), "{error}");
}

#[test]
fn a_pipe_in_the_place_of_a_run_json_is_broken_and_blocks_nothing() {
    let base = tempfile::tempdir().unwrap();
    let path = write(base.path(), "ae-00000001", "ae", Status::Completed);
    fs::remove_file(path.join(RUN_JSON)).unwrap();
    let made = std::process::Command::new("mkfifo").arg(path.join(RUN_JSON)).status().unwrap();
    assert!(made.success());
    let state = RunSummary::read(&path).state.to_string();
    assert!(state.contains("it is not a regular file"), "{state}");
}
