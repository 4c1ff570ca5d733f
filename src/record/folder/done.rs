//! Whether a completed run is left as it is.

use crate::{
    digest,
    record::{FORMAT, METRICS, RESOLVED, RunInfo, checkpoint, files, metrics, samples},
};
use std::path::Path;

/// Whether nothing remains to be done for a completed run: its resolved experiment is `resolved`, and all of
/// its `results` are there and were made for that, as far as they can be rebuilt.
pub fn is_done(run: &Path, info: &RunInfo, resolved: Option<&str>, results: &[String]) -> bool {
    let has_results = || !info.results_pending && missing(run, info, results).is_empty();
    info.format == FORMAT
        && resolved.is_none_or(|text| is_described_by(run, info, text))
        && (has_results() || !can_be_rebuilt(run, info))
}

/// Whether a run has this resolved experiment. The identity leaves out settings that do not affect training;
/// if those change, the results have to be rebuilt.
pub(super) fn is_described_by(run: &Path, info: &RunInfo, resolved: &str) -> bool {
    // The file may have been changed to these settings after the results were made.
    let is_digest = |digest: &String| *digest == digest::sha256(resolved.as_bytes());
    info.resolved_digest.as_ref().is_none_or(is_digest)
        && files::read(&run.join(RESOLVED)).is_ok_and(|known| known == resolved.as_bytes())
}

/// Returns those of its `results`, files in its folder, that a completed run no longer has.
pub fn missing<'r>(run: &Path, info: &RunInfo, results: &'r [String]) -> Vec<&'r str> {
    // Old versions did not write this one.
    let is_expected = |name: &&str| *name != samples::SAMPLES || info.samples.is_some();
    let names = results.iter().map(String::as_str).filter(is_expected);
    names.filter(|name| !run.join(name).exists()).collect()
}

/// Whether the files are there that results are rebuilt from: the weights of the best epoch, and a whole row
/// for each epoch.
fn can_be_rebuilt(run: &Path, info: &RunInfo) -> bool {
    let [last, best] =
        [checkpoint::last_path(run), checkpoint::best_path(run)].map(|path| path.exists());
    let has_weights = match &info.best {
        Some(known) if known.epoch == info.epochs => last || best,
        Some(_) => best,
        None => last,
    };
    has_weights && metrics::of_first(&run.join(METRICS), info.epochs).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{BestEpoch, Status, files::make_folder, samples::Layout},
        spec::Metric,
        train::EpochMetrics,
    };
    use std::{collections::BTreeMap, fs};

    const RESULT: &str = "model.txt";

    /// A completed run of two epochs in a folder, the first of which was the best.
    fn completed(run: &Path) -> RunInfo {
        let epochs = [1, 2].map(|epoch| EpochMetrics {
            epoch,
            step: epoch as u64,
            values: BTreeMap::new(),
            learning_rate: None,
        });
        metrics::write(&run.join(METRICS), &epochs).unwrap();
        fs::write(run.join(RESULT), "layers").unwrap();
        make_folder(&run.join("checkpoints")).unwrap();
        for path in [checkpoint::last_path(run), checkpoint::best_path(run)] {
            fs::write(path, "weights").unwrap();
        }
        let best = Some(BestEpoch { metric: Metric::ValLoss, epoch: 1, value: 0.5 });
        let info = RunInfo::new("dae", "0a1b2c3d");
        RunInfo { status: Status::Completed, epochs: 2, best, ..info }
    }

    #[test]
    fn a_run_is_done_unless_a_result_is_missing_that_can_be_rebuilt() {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path();
        let info = completed(run);
        let results = [RESULT.to_owned()];
        let done = |info: &RunInfo| is_done(run, info, None, &results);
        assert!(done(&info));
        fs::remove_file(run.join(RESULT)).unwrap();
        assert!(!done(&info));
        assert_eq!(missing(run, &info, &results), [RESULT]);
        // Removed by `runner clean --checkpoints`.
        fs::remove_file(checkpoint::last_path(run)).unwrap();
        assert!(!done(&info));
        fs::rename(run.join(METRICS), run.join("kept.csv")).unwrap();
        assert!(done(&info), "without its rows");
        fs::rename(run.join("kept.csv"), run.join(METRICS)).unwrap();
        let whole = fs::read_to_string(run.join(METRICS)).unwrap();
        fs::write(run.join(METRICS), whole.replace(",val_ssim,", ",ssim,")).unwrap();
        assert!(done(&info), "without a column");
        fs::write(run.join(METRICS), whole).unwrap();
        fs::remove_file(checkpoint::best_path(run)).unwrap();
        assert!(done(&info), "without its weights");
        fs::write(checkpoint::last_path(run), "weights").unwrap();
        assert!(done(&info), "with other weights than the best");
        let last = info.best.map(|best| BestEpoch { epoch: 2, ..best });
        assert!(!done(&RunInfo { best: last, ..info }));
    }

    #[test]
    fn a_run_whose_results_were_not_rebuilt_to_the_end_is_not_done() {
        let folder = tempfile::tempdir().unwrap();
        let info = RunInfo { results_pending: true, ..completed(folder.path()) };
        let results = [RESULT.to_owned()];
        assert!(!is_done(folder.path(), &info, None, &results));
        assert!(is_done(
            folder.path(),
            &RunInfo { results_pending: false, ..info },
            None,
            &results
        ));
    }

    #[test]
    fn samples_are_not_missed_in_a_run_of_a_version_that_wrote_none() {
        let folder = tempfile::tempdir().unwrap();
        let info = completed(folder.path());
        let results = [samples::SAMPLES.to_owned()];
        assert!(is_done(folder.path(), &info, None, &results));
        let info = RunInfo { samples: Some(Layout { columns: 8, levels: Vec::new() }), ..info };
        assert!(!is_done(folder.path(), &info, None, &results));
    }
}
