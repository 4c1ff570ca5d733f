use super::*;
use proptest::prelude::*;
use std::fs;

fn row(epoch: usize) -> EpochMetrics {
    let values = BTreeMap::from([(Metric::Loss, 0.25 / epoch as f64), (Metric::ValLoss, 0.1)]);
    EpochMetrics { epoch, step: 10 * epoch as u64, values, learning_rate: Some(1e-7) }
}

/// A file of three epochs.
fn three() -> (tempfile::TempDir, std::path::PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.csv");
    let mut file = MetricsFile::open(&path, 0).unwrap();
    (1..=3).for_each(|epoch| file.append(&row(epoch)).unwrap());
    let text = fs::read_to_string(&path).unwrap();
    (folder, path, text)
}

#[test]
fn missing_values_are_empty_cells_and_numbers_are_short() {
    let (_folder, _, text) = three();
    assert_eq!(
        text.lines().take(2).collect::<Vec<_>>(),
        [
            "epoch,step,loss,val_loss,val_mse,val_mae,val_psnr,val_ssim,learning_rate",
            "1,10,0.25,0.1,,,,,1e-7"
        ]
    );
}

#[test]
fn a_file_cut_off_anywhere_reads_as_its_whole_rows() {
    let (_folder, path, text) = three();
    for len in 0..=text.len() {
        fs::write(&path, &text[..len]).unwrap();
        let whole = text[..len].matches('\n').count().saturating_sub(1);
        assert_eq!(read(&path).unwrap(), (1..=whole).map(row).collect::<Vec<_>>(), "{len}");
    }
}

#[test]
fn a_file_cut_off_anywhere_is_continued_as_if_it_had_not_been() {
    let (_folder, path, text) = three();
    for len in 0..=text.len() {
        let whole = text[..len].matches('\n').count().saturating_sub(1);
        for known in 0..=whole {
            fs::write(&path, &text[..len]).unwrap();
            let mut file = MetricsFile::open(&path, known).unwrap();
            (known + 1..=3).for_each(|epoch| file.append(&row(epoch)).unwrap());
            assert_eq!(fs::read_to_string(&path).unwrap(), text, "{len} bytes, {known} epochs");
        }
    }
}

#[test]
fn rows_in_the_checkpoint_but_not_in_the_file_are_an_error() {
    let (_folder, path, text) = three();
    let error = MetricsFile::open(&path, 4).unwrap_err().to_string();
    assert!(error.contains("3 epochs") && error.contains("after 4"), "{error}");
    let gap = text.replace("2,20,0.125,0.1,,,,,1e-7\n", "");
    assert_ne!(gap, text);
    fs::write(&path, gap).unwrap();
    assert!(MetricsFile::open(&path, 3).is_err());
}

#[test]
fn fewer_rows_than_epochs_are_an_error_unless_the_run_is_being_trained() {
    let rows = [row(1), row(2)];
    let with = |status, epochs| {
        let info = RunInfo { status, epochs, ..RunInfo::new("a", "ab") };
        check(Path::new("metrics.csv"), &rows, &info).map_err(|error| error.to_string())
    };
    // A training process writes its row before `run.json`.
    for fine in [with(Status::Completed, 2), with(Status::Interrupted, 1)] {
        assert_eq!(fine, Ok(()));
    }
    assert_eq!(with(Status::Running, 3), Ok(()));
    let message = with(Status::Completed, 3).unwrap_err();
    assert!(message.starts_with("metrics.csv: has rows for 2 of 3 epochs"), "{message}");
}

#[test]
fn a_file_of_a_run_that_has_lost_a_column_is_an_error() {
    let (folder, path, text) = three();
    let info = RunInfo { status: Status::Completed, epochs: 3, ..RunInfo::new("a", "ab") };
    assert_eq!(of(folder.path(), &info).unwrap().len(), 3);
    // Renamed in the header, and gone from it.
    for (changed, told) in
        [("val_mean_error,", "its header has no val_mae"), ("", "line 2 has 9 cells")]
    {
        fs::write(&path, text.replace("val_mae,", changed)).unwrap();
        let error = of(folder.path(), &info).unwrap_err().to_string();
        assert!(error.contains(told) && error.contains("put it back"), "{error}");
        let error = of_first(&path, 3).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn an_epoch_is_neither_repeated_nor_left_out() {
    let (_folder, path, text) = three();
    let mut file = MetricsFile::open(&path, 3).unwrap();
    assert!(file.append(&row(3)).is_err());
    assert!(file.append(&row(5)).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn columns_are_found_by_name_and_unknown_ones_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("metrics.csv");
    fs::write(&path, "step,epoch,fid,loss\r\n7,1,3.5,0.5\r\n").unwrap();
    let values = BTreeMap::from([(Metric::Loss, 0.5)]);
    assert_eq!(
        read(&path).unwrap(),
        [EpochMetrics { epoch: 1, step: 7, values, learning_rate: None }]
    );
}

proptest! {
    #[test]
    fn rows_come_back_as_they_were(
        values in prop::collection::vec(prop::option::of(prop::num::f64::ANY), 7),
        step in any::<u64>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("metrics.csv");
        let metrics = Metric::ALL.into_iter().zip(&values);
        let row = EpochMetrics {
            epoch: 1,
            step,
            values: metrics.filter_map(|(metric, value)| Some((metric, (*value)?))).collect(),
            learning_rate: values[6],
        };
        MetricsFile::open(&path, 0).unwrap().append(&row).unwrap();
        // Debug text, in which NaN equals NaN and the sign of 0 shows.
        prop_assert_eq!(format!("{:?}", read(&path).unwrap()), format!("{:?}", [row]));
    }
}
