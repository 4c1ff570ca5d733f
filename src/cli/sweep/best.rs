//! `SWEEP@best`: a name for the best run of a sweep, whichever run that is.

use super::show::{folder_of, read};
use crate::{
    cli::exit::{Failure, Result},
    record::{self, RunSummary, read::name_of},
    report::{incomparable, run::Run},
    spec::nearest,
    sweep::{Results, Row},
};
use std::path::Path;

/// The part after the `@` in the name of a sweep's best run.
const BEST: &str = "best";

/// Finds a run by name: the best run of a sweep for `SWEEP@best`, otherwise as [`record::find`] does.
///
/// # Errors
/// When no run or more than one has this name, and when a sweep has no best run, or none yet.
pub fn find(runs_dir: &Path, wanted: &str) -> Result<RunSummary> {
    let found = || record::find(runs_dir, wanted).map_err(Failure::usage);
    let split = wanted.rsplit_once('@').filter(|(_, word)| !word.contains('/'));
    let Some((sweep, word)) = split else { return found() };
    let Some(folder) = folder_of(runs_dir, sweep) else {
        // A run's name may contain an `@`.
        return found().map_err(|failure| unknown(runs_dir, sweep, word).unwrap_or(failure));
    };
    if word != BEST {
        return Err(Failure::usage(format!(
            "{wanted:?}: @{word} names no run; {sweep}@{BEST} is the best run of the sweep"
        )));
    }
    best(&folder, &read(&folder)?).map_err(|why| Failure::usage(format!("{wanted:?}: {why}")))
}

/// Returns the sweep in a folder of runs whose name is most similar to `name`; `None` if none is similar or
/// the folder cannot be read. None is similar to a name with an `@`, which [`find`] explains.
pub fn nearest_sweep(runs_dir: &Path, name: &str) -> Option<String> {
    if name.contains('@') {
        return None;
    }
    let sweeps = record::sweeps(runs_dir).ok()?;
    let names: Vec<String> = sweeps.iter().map(|sweep| name_of(sweep)).collect();
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}

/// Explains why a name of the form `SWEEP@WORD` was not found, if it resembles one of a sweep's best run.
fn unknown(runs_dir: &Path, sweep: &str, word: &str) -> Option<Failure> {
    let hint = match nearest_sweep(runs_dir, sweep) {
        Some(near) => format!("did you mean {near}@{BEST}?"),
        None if word == BEST => "`runner list` shows all runs and sweeps".into(),
        None => return None,
    };
    Some(Failure::usage(format!("there is no sweep {sweep:?} in {}; {hint}", runs_dir.display())))
}

/// Returns the best complete run of the best combination of a sweep, or why there is none.
fn best(folder: &Path, results: &Results) -> std::result::Result<RunSummary, String> {
    if !results.comparable {
        return Err(different(folder, results));
    }
    let metric = results.metric;
    let group = results.best_group().map(|(group, _)| group).unwrap_or_default();
    let complete = group.into_iter().filter(|row| row.is_complete());
    let valued = complete.filter_map(|row| Some((row, row.best?.1)));
    let best = metric.mode().best(valued, |(_, value)| *value);
    let (row, _) =
        best.ok_or("no run of the sweep is complete yet; `runner show` shows their status")?;
    Ok(RunSummary::read(&folder.join(&row.folder), Some(&name_of(folder))))
}

/// Explains why the runs of a sweep cannot be compared, naming the keys that change what the metric means.
fn different(folder: &Path, results: &Results) -> String {
    let read = |row: &Row| Run::read(RunSummary::read(&folder.join(&row.folder), None)).ok();
    let runs: Vec<Run> = results.rows.iter().filter_map(read).collect();
    let why = incomparable(&runs.iter().collect::<Vec<_>>(), results.metric);
    // The plan knows that they differ before enough runs have started to show in which keys.
    let why = why.unwrap_or_else(|| "They validate on other images, or their tasks differ".into());
    format!("no run of the sweep is called the best. {why}; name one of them")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{
            BestEpoch, RESOLVED, RUN_JSON, RunInfo, Status,
            sweep_json::{self, SweepFile},
        },
        spec::Metric,
    };
    use std::fs;

    /// Creates a folder of runs with a sweep over the size of the code, two seeds each; `stands` has the
    /// status and metric of each run.
    fn runs(metric: Metric, stands: [(Status, f64); 4]) -> tempfile::TempDir {
        let base = tempfile::tempdir().unwrap();
        let sweep = base.path().join("night");
        let planned = |index: usize| sweep_json::Planned {
            name: format!("r{index}"),
            values: [("model.latent_dim".to_owned(), (index / 2).into())].into_iter().collect(),
            repeat: index % 2,
            seed: index as u64,
            folder: format!("r{index}-ab"),
            estimate: None,
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
        let file = SweepFile {
            format: sweep_json::FORMAT,
            name: "night".into(),
            description: String::new(),
            file: None,
            keys: vec!["model.latent_dim".into()],
            metric: metric.into(),
            comparable: true,
            points: (0..4).map(planned).collect(),
        };
        file.write(&sweep).unwrap();
        base
    }

    fn found(base: &Path, wanted: &str) -> std::result::Result<String, String> {
        find(base, wanted).map(|run| run.folder).map_err(|failure| failure.message().to_owned())
    }

    #[test]
    fn the_best_run_is_one_of_the_best_combination() {
        let done = |value| (Status::Completed, value);
        // The best single value belongs to a lucky seed.
        let four = [done(0.1), done(0.9), done(0.4), done(0.3)];
        let base = runs(Metric::ValLoss, four);
        assert_eq!(found(base.path(), "night@best").unwrap(), "r3-ab");
        let by_path = base.path().join("night@best");
        assert_eq!(found(Path::new("none"), by_path.to_str().unwrap()).unwrap(), "r3-ab");
        let base = runs(Metric::ValPsnr, four);
        assert_eq!(found(base.path(), "night@best").unwrap(), "r1-ab", "more is better");
        let base = runs(Metric::ValLoss, [done(0.1), (Status::Running, 0.0), done(0.4), done(0.3)]);
        assert_eq!(found(base.path(), "night@best").unwrap(), "r0-ab", "only complete runs count");
    }

    #[test]
    fn a_sweep_without_a_best_run_says_why() {
        let base = runs(Metric::ValLoss, [(Status::Interrupted, 0.1); 4]);
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
        let base = runs(Metric::ValLoss, [(Status::Completed, 0.1); 4]);
        let copy = base.path().join("r@old-ab");
        fs::create_dir(&copy).unwrap();
        RunInfo::new("r@old", "ab").write(&copy.join(RUN_JSON)).unwrap();
        assert_eq!(found(base.path(), "r@old").unwrap(), "r@old-ab");
        for (wanted, part) in [
            ("night@bset", "night@best is the best run of the sweep"),
            ("nigth@best", "did you mean night@best?"),
            ("other@best", "there is no sweep \"other\""),
            ("other@word", "there is no run \"other@word\""),
        ] {
            let why = found(base.path(), wanted).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
        let why = found(base.path(), "night").unwrap_err();
        assert!(why.contains("night/r3-ab; name one of them, or night@best"), "{why}");
        let why = found(base.path(), base.path().join("night").to_str().unwrap()).unwrap_err();
        assert!(why.contains("fits several runs: r0-ab,") && why.ends_with("/night@best"), "{why}");
    }
}
