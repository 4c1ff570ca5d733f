use super::*;
use crate::train::EpochMetrics;
use std::fs;

fn full() -> RunInfo {
    let mut info = RunInfo::new("dae \"quoted\" ж", "ab".repeat(32));
    info.git_commit = Some("c".repeat(40));
    info.finished = Some("2026-05-04T03:02:01Z".parse().unwrap());
    info.seconds = 12.3;
    info.best = Some(BestEpoch { metric: Metric::ValPsnr, epoch: 2, value: 41.5 });
    info.metrics = Metric::ALL.map(|metric| (metric, 0.1)).into();
    info.finals = FinalMetric::ALL.map(|metric| (metric, 0.25)).into();
    info.stop_reason = Some("all 10 epochs done".into());
    info
}

fn read_text(text: &str) -> Result<RunInfo> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    fs::write(&path, text).unwrap();
    read(&path)
}

fn text() -> String {
    serde_json::to_string(&full()).unwrap()
}

#[test]
fn a_run_reads_back_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    for info in [full(), RunInfo::new("bare", "")] {
        info.write(&path).unwrap();
        assert_eq!(read(&path).unwrap(), info);
    }
}

#[test]
fn times_are_written_in_utc_to_the_second() {
    assert!(text().contains("\"finished\":\"2026-05-04T03:02:01Z\""), "{}", text());
    let started: Timestamp = "2026-05-04T03:02:01Z".parse().unwrap();
    let text = serde_json::to_string(&RunInfo { started, ..full() }).unwrap();
    assert!(text.contains("\"started\":\"2026-05-04T03:02:01Z\""), "{text}");
    assert_eq!(timestamp::now().subsec_nanosecond(), 0);
}

#[test]
fn unknown_fields_are_ignored_and_optional_ones_may_be_missing() {
    let more = text().replacen('{', "{\"color\":[1,{}],", 1);
    assert_eq!(read_text(&more).unwrap(), full());
    let less = text().replace("\"resumes\":0,", "");
    assert_ne!(less, text());
    assert_eq!(read_text(&less).unwrap(), full());
}

#[test]
fn metrics_are_in_the_order_of_their_names_and_unknown_ones_are_ignored() {
    let text = text();
    for (field, mut names, value) in [
        ("metrics", Metric::ALL.map(Metric::name).to_vec(), "0.1"),
        ("results", FinalMetric::ALL.map(FinalMetric::name).to_vec(), "0.25"),
    ] {
        names.sort_unstable();
        let pairs: Vec<String> = names.iter().map(|name| format!("\"{name}\":{value}")).collect();
        let object = format!("\"{field}\":{{{}}}", pairs.join(","));
        assert!(text.contains(&object), "{object} in {text}");
        let newer = text.replace(&object, &object.replace('{', "{\"of a newer program\":1.5,"));
        assert_ne!(newer, text);
        assert_eq!(read_text(&newer).unwrap(), full());
        let missing = text.replace(&object, &object.replacen(value, "null", 1));
        assert!(read_text(&missing).is_err(), "{field}");
    }
}

#[test]
fn a_complete_run_stays_complete_while_its_results_are_recomputed() {
    let fresh = RunInfo::new("dae", "ab");
    for (status, becomes) in
        [(Status::Completed, Status::Completed), (Status::Interrupted, Status::Running)]
    {
        let mut info = RunInfo { status, error: Some("disk full".into()), ..full() };
        info.reopen(&fresh);
        assert_eq!((info.status, info.results_pending, &info.error), (becomes, true, &None));
        assert_eq!(info.stop_reason.is_some(), status == Status::Completed);
        assert!(info.finals.is_empty(), "they would not match the settings");
        info.end(Status::Completed, "all 10 epochs done");
        assert!(!info.results_pending);
    }
}

#[test]
fn a_newer_format_is_reported_whatever_else_the_file_contains() {
    let error = read_text("{\"format\":7}").unwrap_err();
    assert!(matches!(error, Error::Newer { found: 7, known: FORMAT, .. }), "{error}");
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[test]
fn a_file_cut_off_anywhere_is_an_error_that_names_it() {
    let text = text();
    for len in 0..text.len() {
        let Some(start) = text.get(..len) else { continue };
        let error = read_text(start).unwrap_err().to_string();
        assert!(error.contains("run.json"), "{error}");
    }
}

#[test]
fn the_best_epoch_is_that_of_the_checkpoint_whatever_metric_is_asked_for() {
    let row = |epoch: usize, psnr: f64| EpochMetrics {
        epoch,
        step: 10 * epoch as u64,
        values: [(Metric::ValPsnr, psnr), (Metric::ValLoss, 1.0 / epoch as f64)].into(),
        learning_rate: None,
    };
    let rows = [row(1, 40.0), row(2, 41.5), row(3, 41.0)];
    let info = full();
    assert_eq!(info.best_place(&rows), Some(1));
    assert_eq!(info.best_by(&rows, Metric::ValLoss), Some((2, 0.5)), "not the lowest");
    assert_eq!(info.best_by(&rows, Metric::ValSsim), None);
    assert_eq!(info.best_by(&rows[..1], Metric::ValPsnr), Some((2, 41.5)), "run.json knows it");
    assert_eq!(info.best_by(&rows[..1], Metric::ValLoss), None, "its row was cut off");
    assert_eq!(RunInfo::new("new", "ab").best_place(&rows), None);
}
