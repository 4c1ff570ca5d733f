use super::{run::LISTED, *};
use crate::{
    record::{
        BestEpoch, RESOLVED, RUN_JSON, RunInfo, Status,
        sweep_json::{Planned, SweepFile},
    },
    spec::Metric,
};

/// Creates a folder of runs with a sweep over the size of the code, two seeds each; `stands` has the
/// status and metric of each run.
fn sweep_of(metric: Metric, stands: [(Status, f64); 4]) -> tempfile::TempDir {
    let base = tempfile::tempdir().unwrap();
    let sweep = base.path().join("night");
    let planned = |index: usize| Planned {
        name: format!("r{index}"),
        values: [("model.latent_dim".to_owned(), (index / 2).into())].into_iter().collect(),
        repeat: index % 2,
        ..Planned::made_up(&format!("r{index}-ab"))
    };
    for (index, (status, value)) in stands.into_iter().enumerate() {
        let folder = sweep.join(planned(index).folder);
        fs::create_dir_all(&folder).unwrap();
        let best = Some(BestEpoch { metric, epoch: 1, value });
        let info = RunInfo { status, best, ..RunInfo::new(planned(index).name, "ab") };
        info.write(&folder.join(RUN_JSON)).unwrap();
        let text = format!("data.dataset = \"mnist\"\ndata.test_limit = {index}\n");
        fs::write(folder.join(RESOLVED), text).unwrap();
    }
    SweepFile::made_up(metric, (0..4).map(planned)).write(&sweep).unwrap();
    base
}

fn found(base: &Path, wanted: &str) -> std::result::Result<String, String> {
    run(base, wanted).map(|run| run.folder()).map_err(|failure| failure.message().to_owned())
}

#[test]
fn the_best_run_is_one_of_the_best_combination() {
    let done = |value| (Status::Completed, value);
    // The best single value belongs to a lucky seed.
    let four = [done(0.1), done(0.9), done(0.4), done(0.3)];
    let base = sweep_of(Metric::ValLoss, four);
    assert_eq!(found(base.path(), "night@best").unwrap(), "r3-ab");
    let by_path = base.path().join("night@best");
    assert_eq!(found(Path::new("none"), by_path.to_str().unwrap()).unwrap(), "r3-ab");
    let base = sweep_of(Metric::ValPsnr, four);
    assert_eq!(found(base.path(), "night@best").unwrap(), "r1-ab", "more is better");
    let base = sweep_of(Metric::ValLoss, [done(0.1), (Status::Running, 0.0), done(0.4), done(0.3)]);
    assert_eq!(found(base.path(), "night@best").unwrap(), "r0-ab", "only complete runs count");
}

#[test]
fn a_sweep_without_a_best_run_says_why() {
    let base = sweep_of(Metric::ValLoss, [(Status::Interrupted, 0.1); 4]);
    let why = found(base.path(), "night@best").unwrap_err();
    assert!(why.contains("no run of the sweep is complete yet"), "{why}");
    let plan = SweepFile::path(&base.path().join("night"));
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(&plan, text.replace("\"comparable\": true", "\"comparable\": false")).unwrap();
    let why = found(base.path(), "night@best").unwrap_err();
    assert!(why.contains("They differ in data.test_limit, so their"), "{why}");
    for index in 0..4 {
        fs::remove_file(base.path().join(format!("night/r{index}-ab/{RESOLVED}"))).unwrap();
    }
    let why = found(base.path(), "night@best").unwrap_err();
    assert!(why.contains("They validate on other images"), "{why}");
}

#[test]
fn other_names_with_an_at_are_looked_up_or_explained() {
    let base = sweep_of(Metric::ValLoss, [(Status::Completed, 0.1); 4]);
    let copy = base.path().join("r@old-ab");
    fs::create_dir(&copy).unwrap();
    RunInfo::new("r@old", "ab").write(&copy.join(RUN_JSON)).unwrap();
    assert_eq!(found(base.path(), "r@old").unwrap(), "r@old-ab");
    for (wanted, part) in [
        ("night@bset", "night@best is the best run of the sweep"),
        ("nigth@best", "did you mean night@best?"),
        ("other@best", "there is no run or sweep \"other@best\""),
    ] {
        let why = found(base.path(), wanted).unwrap_err();
        assert!(why.contains(part), "{why}");
    }
    let why = found(base.path(), "night").unwrap_err();
    assert!(why.contains("night/r3-ab; name one of them, or night@best"), "{why}");
    let why = found(base.path(), base.path().join("night").to_str().unwrap()).unwrap_err();
    assert!(why.contains("fits several runs: r0-ab,") && why.ends_with("/night@best"), "{why}");
}

fn write(runs: &Path, folder: &str, name: &str) {
    let path = runs.join(folder);
    fs::create_dir_all(&path).unwrap();
    RunInfo::new(name, "ab").write(&path.join(RUN_JSON)).unwrap();
}

#[test]
fn only_a_few_of_many_matching_runs_are_named() {
    let base = tempfile::tempdir().unwrap();
    for index in 0..LISTED + 2 {
        write(base.path(), &format!("run{index:02}"), "r");
    }
    let message = found(base.path(), "run").unwrap_err();
    assert!(message.starts_with("\"run\" fits several runs: run00, run01"), "{message}");
    assert!(message.ends_with("run07 and 2 more; name one of them"), "{message}");
}

#[test]
fn of_repeated_trainings_the_highest_number_is_found() {
    let base = tempfile::tempdir().unwrap();
    for folder in ["a-ab", "a-ab-10", "a-ab-10.bak", "a-ab-9"] {
        write(base.path(), folder, "a");
    }
    for copy in ["a-ab", "a-ab-10.bak", "a-ab-9"] {
        let of = base.path().join("a-ab-10").join(RUN_JSON);
        fs::copy(of, base.path().join(copy).join(RUN_JSON)).unwrap();
    }
    assert_eq!(found(base.path(), "a").unwrap(), "a-ab-10", "all started in the same second");
}

#[test]
fn a_clock_that_was_set_back_does_not_make_an_older_training_the_newest() {
    let base = tempfile::tempdir().unwrap();
    for (folder, start) in [("a-ab", "2026-05-02T00:00:00Z"), ("a-ab-2", "2026-05-01T00:00:00Z")] {
        let info = RunInfo { started: start.parse().unwrap(), ..RunInfo::new("a", "ab") };
        fs::create_dir(base.path().join(folder)).unwrap();
        info.write(&base.path().join(folder).join(RUN_JSON)).unwrap();
    }
    assert_eq!(found(base.path(), "a").unwrap(), "a-ab-2");
}

#[test]
fn runs_are_found_by_all_their_names() {
    let base = tempfile::tempdir().unwrap();
    for (folder, name) in [
        ("ae-00000001", "ae"),
        ("dae-00000002", "dae"),
        ("torn-00000004", "torn"),
        ("sigmas/dae-00000005", "dae_1"),
        ("sigmas/dae-00000006", "dae_2"),
        ("sigmas/dae-00000006/backup", "dae_2"),
        (".new-00000007-1", "half"),
    ] {
        write(base.path(), folder, name);
    }
    fs::write(base.path().join("torn-00000004/run.json"), "{\"format\": 1, \"sta").unwrap();
    fs::create_dir(base.path().join("notes")).unwrap();
    let found = |wanted: &str| found(base.path(), wanted);
    for (wanted, folder) in [
        ("ae-00000001", "ae-00000001"),
        ("ae", "ae-00000001"),
        ("dae", "dae-00000002"),
        ("dae_2", "dae-00000006"),
        ("sigmas/dae_2", "dae-00000006"),
        ("sigmas/dae-00000005/", "dae-00000005"),
        ("torn", "torn-00000004"),
        (base.path().join("ae-00000001").to_str().unwrap(), "ae-00000001"),
    ] {
        assert_eq!(found(wanted).unwrap(), folder, "{wanted}");
    }
    assert_eq!(run(base.path(), "sigmas/dae-00000005").unwrap().sweep.as_deref(), Some("sigmas"));
    let error = found("dae-0").unwrap_err();
    assert!(error.contains("dae-00000002, sigmas/dae-00000005"), "{error}");
    for (wanted, near) in [
        ("ae-00000009", "ae-00000001"),
        ("tron", "torn-00000004"),
        ("sgimas/dae-00000006", "sigmas/dae-00000006"),
        ("dea-00000005", "sigmas/dae-00000005"),
    ] {
        let error = found(wanted).unwrap_err();
        assert!(error.contains(&format!("did you mean {near}?")), "{error}");
    }
    assert!(!found("experiment").unwrap_err().contains("did you mean"));
    assert!(found(".new-00000007-1").is_err());
    let nothing = run(&base.path().join("notes"), "ae").unwrap_err();
    let told = "it holds none; `runner FILE.toml` trains some";
    assert!(nothing.message().contains(told), "{}", nothing.message());
}

#[test]
fn a_run_that_is_named_in_full_is_found_without_reading_the_others() {
    let base = sweep_of(Metric::ValLoss, [(Status::Completed, 0.1); 4]);
    let [r0, night] = ["night/r0-ab", "night"].map(|name| base.path().join(name));
    assert_eq!(run(base.path(), "night/r0-ab").unwrap().path, r0);
    // The experiment of the whole sweep is no run.
    fs::write(night.join(RESOLVED), "").unwrap();
    assert!(found(base.path(), "night").unwrap_err().contains("fits several runs"));
    fs::remove_file(night.join(RESOLVED)).unwrap();
    for index in 0..4 {
        fs::remove_dir_all(night.join(format!("r{index}-ab"))).unwrap();
    }
    let none = found(base.path(), "night").unwrap_err();
    assert_eq!(none, "no run of the sweep \"night\" has begun");
    // A part of its name is enough to be asked about it, and a similar run is nearer.
    fs::rename(&night, base.path().join("noise_night")).unwrap();
    write(base.path(), "noise_night/sigma=1-00000001", "sigma=1");
    let error = |wanted: &str| found(base.path(), wanted).unwrap_err();
    assert!(error("night").ends_with("did you mean noise_night?"), "{}", error("night"));
    assert!(error("nosie_night@best").ends_with("did you mean noise_night@best?"));
    let run = "noise_night/sigma=1-00000001";
    assert!(error("noise_night/sigma=2-00000001").ends_with(&format!("did you mean {run}?")));
}
