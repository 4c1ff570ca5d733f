//! Reports on made-up folders.

use super::*;
use crate::record::Status;
use std::fs;

/// The plan of a sweep over sizes with runs in these folders.
pub(in crate::report) fn plan(folders: &[&str]) -> SweepFile {
    let points = folders.iter().map(|folder| Planned::made_up(folder));
    let description = "All night.".into();
    SweepFile { description, ..SweepFile::made_up(Metric::ValPsnr, points) }
}

#[test]
fn a_sweeps_own_report_leaves_out_runs_no_longer_in_its_plan() {
    let folder = folder(0);
    let sweep = folder.path().join("night");
    for (folder, name, identity) in
        [("old-0000aaaa", "old", "0000aaaa"), ("new-0000bbbb-2", "new", "0000bbbb")]
    {
        run_in(&sweep.join(folder), &RunInfo::new(name, identity));
    }
    // The plan has its first folder, from before it was trained again.
    plan(&["new-0000bbbb", "point", "next-0000cccc"]).write(&sweep).unwrap();
    let names = |folders: &[PathBuf]| {
        let report = Report::read(folders).unwrap();
        report.runs.into_iter().map(|run| run.name).collect::<Vec<_>>()
    };
    let report = Report::read(std::slice::from_ref(&sweep)).unwrap();
    assert_eq!(
        (&report.strays, &report.waiting),
        (&vec!["old-0000aaaa".into()], &vec![Planned::made_up("next-0000cccc")])
    );
    let expected = "1 run no longer part of this sweep and left out: old-0000aaaa.";
    assert!(report.summary().wrong.iter().any(|line| line == expected), "{report:?}");
    assert_eq!(names(std::slice::from_ref(&sweep)), ["new", "point"]);
    assert_eq!(names(&[sweep.join("old-0000aaaa")]), ["old"], "requested by itself");

    run_in(&folder.path().join("alone-0000dddd"), &RunInfo::new("alone", "0000dddd"));
    let all = Report::read(&[folder.path().to_owned()]).unwrap();
    assert_eq!((all.is_sweep, &all.strays), (false, &vec!["night/old-0000aaaa".into()]));
    let expected = "1 run no longer part of its sweep and left out: night/old-0000aaaa.";
    assert!(all.summary().wrong.iter().any(|line| line == expected), "{all:?}");
}

#[test]
fn planned_repeats_that_have_not_begun_are_counted_with_their_experiment() {
    let folder = folder(0);
    let sweep = folder.path().join("night");
    let names = ["a-0000aaaa", "b-0000bbbb", "c-0000cccc", "d-0000dddd"];
    let mut file = plan(&names);
    for (point, (size, seed)) in file.points.iter_mut().zip([(2, 1), (2, 2), (2, 3), (4, 1)]) {
        point.values.insert("model.latent_dim".into(), size.into());
        // If seeds are swept themselves.
        point.values.insert("experiment.seed".into(), seed.into());
    }
    file.write(&sweep).unwrap();
    let mut info = RunInfo::new("a", "0000aaaa");
    info.status = Status::Completed;
    run_in(&sweep.join(names[0]), &info);
    let report = Report::read(&[sweep]).unwrap();
    let [group] = &report.groups[..] else { panic!("{report:?}") };
    assert_eq!((group.waiting, group.counted(&report.runs).as_str()), (2, "1 of 3"));
}

#[test]
fn renamed_folders_do_not_replace_planned_runs() {
    let folder = folder(0);
    let sweep = folder.path().join("night");
    plan(&["point", "new-0000bbbb", "old-0000aaaa"]).write(&sweep).unwrap();
    for (folder, name, identity) in [
        ("new-0000bbbb", "new", "0000bbbb"),
        ("new-0000bbbb.bak", "new", "0000bbbb"),
        ("old-0000aaaa.bak", "old", "0000aaaa"),
    ] {
        run_in(&sweep.join(folder), &RunInfo::new(name, identity));
    }
    let report = Report::read(&[sweep]).unwrap();
    let names: Vec<&str> = report.runs.iter().map(|run| run.name.as_str()).collect();
    assert_eq!(names, ["new", "point"]);
    let waiting = report.waiting.into_iter().map(|run| run.name).collect();
    let left_out = [report.replaced, report.strays, waiting].concat();
    assert_eq!(left_out, ["new-0000bbbb.bak", "old-0000aaaa.bak", "old-0000aaaa"]);
}

/// Writes a minimal run.
fn run_in(path: &Path, info: &RunInfo) {
    fs::create_dir_all(path).unwrap();
    fs::write(path.join(record::RUN_JSON), serde_json::to_vec(info).unwrap()).unwrap();
    fs::write(path.join(record::RESOLVED), "").unwrap();
}

/// A folder with a sweep of one run, and `beside` minimal runs.
fn folder(beside: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let make = |path: PathBuf, name: &str| {
        let mut info = RunInfo::new(name, name);
        info.status = Status::Completed;
        run_in(&path, &info);
    };
    let sweep = folder.path().join("night");
    make(sweep.join("point"), "point");
    plan(&["point"]).write(&sweep).unwrap();
    for index in 0..beside {
        make(folder.path().join(format!("run{index}")), &format!("run{index}"));
    }
    folder
}

#[test]
fn a_sweep_stays_one_whatever_lies_below_it_and_wherever_its_runs_lie() {
    let (folder, disk) = (folder(0), tempfile::tempdir().unwrap());
    let sweep = folder.path().join("night");
    let point = sweep.join("point");
    let old = RunInfo { status: Status::Completed, ..RunInfo::new("point", "point") };
    run_in(&sweep.join("old/point"), &old);
    run_in(&sweep.join("stray-0000aaaa"), &RunInfo::new("stray", "0000aaaa"));
    for linked in [false, true] {
        if linked {
            fs::rename(&point, disk.path().join("moved")).unwrap();
            std::os::unix::fs::symlink(disk.path().join("moved"), &point).unwrap();
        }
        for folders in [vec![sweep.clone()], vec![sweep.clone(), point.clone()]] {
            let report = Report::read(&folders).unwrap();
            let runs: Vec<&str> = report.runs.iter().map(|run| run.name.as_str()).collect();
            assert_eq!((report.title.as_str(), &runs[..]), ("night", &["point"][..]), "{linked}");
            assert_eq!(report.metric, Metric::ValPsnr);
            assert_eq!((report.strays, report.replaced.len()), (vec!["stray-0000aaaa".into()], 0));
        }
    }
}

#[test]
fn runs_of_two_sweeps_of_one_name_have_distinct_names() {
    let (a, b) = (folder(0), folder(0));
    let sweeps = [&a, &b].map(|folder| folder.path().join("night"));
    let report = Report::read(&sweeps).unwrap();
    let names: Vec<&str> = report.runs.iter().map(|run| run.name.as_str()).collect();
    let paths = sweeps.map(|sweep| sweep.join("point").display().to_string());
    assert_eq!(names, paths);
}

#[test]
fn a_report_on_more_than_a_sweep_does_not_take_the_sweeps_title() {
    let heading = |folders: &[PathBuf]| {
        let report = Report::read(folders).unwrap();
        (report.title, report.description, report.metric)
    };
    let night = ("night".to_owned(), "All night.".to_owned(), Metric::ValPsnr);
    let (alone, more) = (folder(0), folder(1));
    let path = |folder: &tempfile::TempDir, name: &str| folder.path().join(name);
    assert_eq!(heading(&[path(&more, "night")]), night);
    assert_eq!(heading(&[alone.path().to_owned()]), night, "there is nothing but the sweep");
    let (title, description, metric) = heading(&[more.path().to_owned()]);
    let name = more.path().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!((title, description.as_str(), metric), (name, "", Metric::ValLoss));
    let both = [path(&more, "night"), path(&more, "run0")];
    assert_eq!(heading(&both).0, "night, run0");
    let empty = tempfile::tempdir().unwrap();
    assert_ne!(heading(&[path(&alone, "night"), empty.path().to_owned()]).0, "night");
}
