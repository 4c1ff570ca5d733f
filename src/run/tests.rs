use super::*;
use crate::{
    plan::Plan,
    record::{Status, TIMINGS, timings},
    spec::{Experiment, Point},
    train::EpochMetrics,
};
use std::{fs, thread, time::Duration};

/// Records what a monitor is told.
#[derive(Debug, Default)]
struct Heard {
    starts: Vec<usize>,
    epochs: Vec<usize>,
    notes: Vec<String>,
    ends: usize,
}

impl Monitor for Heard {
    fn on_start(&mut self, _: &str, extent: &Extent<'_>) {
        assert_eq!((extent.epochs, extent.images), (3, 32));
        self.starts.push(extent.state.epoch);
    }

    fn on_epoch(&mut self, metrics: &EpochMetrics, _: Duration, trained: usize) {
        assert!(trained <= 32);
        self.epochs.push(metrics.epoch);
    }

    fn on_message(&mut self, level: Level, text: &str) {
        if level != Level::Info {
            self.notes.push(text.to_owned());
        }
    }

    fn on_end(&mut self) {
        self.ends += 1;
    }
}

const TINY: &str = r#"
data = { dataset = "synthetic_digits", train_limit = 32, test_limit = 8 }
model = { kind = "mlp", hidden = [8], latent_dim = 2 }
train = { epochs = 3, batch_size = 8 }
figures = { codes = "none", interpolations = 0, manifold = 2 }
"#;

fn plan(text: &str) -> Plan {
    let experiment: Experiment = toml::from_str(text).unwrap();
    Plan::new(Point { name: "tiny".to_owned(), experiment, ..Point::default() })
}

#[test]
fn a_run_can_be_stopped_and_pruned_and_continues_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, workplace) = (plan(TINY), Workplace::new(Some(1)).unwrap());
    let trial = || Trial::new(TINY, &plan, folder.path(), &workplace).unwrap();
    let (mut data, mut heard) = (DataCache::default(), Heard::default());
    let mut run = |trial: Trial<'_>| {
        let ended = trial.run(&mut data, &mut heard).unwrap();
        assert!(!ended.skipped);
        (ended.info.status, ended.info.stop_reason.unwrap(), ended.info.epochs)
    };
    let stop = || Some("stopped by a test".to_owned());
    let ended = run(Trial { stop: &stop, ..trial() });
    assert_eq!(
        ended,
        (Status::Interrupted, "stopped by a test in epoch 1, after step 1 of 4".into(), 0)
    );
    // Asked after each epoch but the last.
    let prune = |epoch| match epoch {
        1 => Verdict::Go,
        2 => Verdict::Prune("hopeless".to_owned()),
        _ => panic!("asked after epoch {epoch}"),
    };
    let ended = run(Trial { pruner: Some(&prune), ..trial() });
    assert_eq!(ended, (Status::Pruned, "hopeless".into(), 2));
    // Asked again before the next epoch when it is resumed.
    let ended = run(Trial { pruner: Some(&|_| Verdict::Stop), ..trial() });
    assert_eq!(ended, (Status::Interrupted, "interrupted in epoch 3".into(), 2));
    let ended = run(trial());
    assert_eq!(ended, (Status::Completed, "all 3 epochs done".into(), 3));
    assert_eq!((heard.starts, heard.epochs), (vec![0, 0, 2, 2], vec![1, 2, 3]));
    assert_eq!((heard.notes, heard.ends), (Vec::new(), 4));
}

#[test]
fn an_epoch_that_was_stopped_midway_has_the_time_of_all_its_processes() {
    const PAUSE: Duration = Duration::from_millis(300);
    let folder = tempfile::tempdir().unwrap();
    let (plan, workplace) = (plan(TINY), Workplace::new(Some(1)).unwrap());
    let trial = || Trial::new(TINY, &plan, folder.path(), &workplace).unwrap();
    let pause = || {
        thread::sleep(PAUSE);
        Some("stopped by a test".to_owned())
    };
    let (mut data, spent) = (DataCache::default(), 2.0 * PAUSE.as_secs_f64());
    for _ in 0..2 {
        Trial { stop: &pause, ..trial() }.run(&mut data, &mut ()).unwrap();
    }
    let ended = trial().run(&mut data, &mut ()).unwrap();
    let rows = timings::read(&ended.folder.join(TIMINGS)).unwrap();
    let [first, others @ ..] = &rows[..] else { panic!("no rows") };
    assert!(first.seconds > spent && ended.info.seconds > spent, "{first:?}");
    assert!(others.len() == 2 && others.iter().all(|row| row.seconds < spent), "{others:?}");
    // The rate is that of the last process, which did not pause.
    assert!(first.images_per_second * first.seconds > 32.0, "{first:?}");
    assert_eq!(ended.info.epoch_seconds, None);
}

#[test]
fn an_error_names_the_folder_of_its_run_where_there_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, workplace) = (plan(TINY), Workplace::new(Some(1)).unwrap());
    let trial = Trial::new(TINY, &plan, folder.path(), &workplace).unwrap();
    let stop = || Some("stopped by a test".to_owned());
    let stopped = Trial { stop: &stop, ..trial };
    let ended = stopped.run(&mut DataCache::default(), &mut ()).unwrap();
    // A folder in the place of a file makes writing fail.
    let diagram = ended.folder.join("figures/model.svg");
    fs::remove_file(&diagram).unwrap();
    fs::create_dir(&diagram).unwrap();
    let error = stopped.run(&mut DataCache::default(), &mut ()).unwrap_err();
    assert_eq!(error.folder(), Some(ended.folder.as_path()));
    assert!(error.to_string().contains("model.svg") && !error.is_busy() && !error.is_mistake());
    let info = crate::record::RunSummary::read(&ended.folder);
    let info = info.info().unwrap();
    assert_eq!((info.status, info.error.clone()), (Status::Failed, Some(error.to_string())));

    let elsewhere = "experiment = { device = \"cuda:99\" }";
    let plan = self::plan(elsewhere);
    let error = Trial::new(elsewhere, &plan, folder.path(), &workplace).err().unwrap();
    assert!(error.is_mistake() && error.folder().is_none(), "{error}");
}
