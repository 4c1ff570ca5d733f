use super::*;
use crate::{
    record::{
        BestEpoch, Status,
        folder::tests::{IDENTITY, create},
        scan,
    },
    spec::Metric,
    train::{Snapshot, TrainState},
};

#[test]
fn a_kill_during_removal_leaves_no_run_and_is_cleaned_up() {
    let runs = tempfile::tempdir().unwrap();
    let mut folder = create(runs.path(), "dae");
    folder.finish(Status::Completed, "done").unwrap();
    let path = folder.path().to_path_buf();
    drop(folder);
    // As if the process ended after the first step, and in the middle of the second.
    let hidden = runs.path().join(folder_name::old("0a1b2c3d"));
    fs::rename(&path, &hidden).unwrap();
    fs::remove_file(hidden.join("log.txt")).unwrap_or_default();
    assert_eq!(scan(runs.path()).unwrap(), []);
    let leftovers = Leftover::in_folder(runs.path()).unwrap();
    assert_eq!(leftovers.iter().map(|item| &item.path).collect::<Vec<_>>(), [&hidden]);
    assert_eq!(create(runs.path(), "dae").path(), path, "it is trained again");
    assert!(!hidden.exists());
    assert_eq!(leftovers[0].remove().unwrap(), None, "it is already gone");
}

#[test]
fn a_run_in_use_or_changed_since_it_was_read_is_kept() {
    let runs = tempfile::tempdir().unwrap();
    let mut folder = create(runs.path(), "dae");
    let path = folder.path().to_path_buf();
    folder.finish(Status::Failed, "an error").unwrap();
    let failed = RunSummary::read(&path);
    let why = remove(&failed, || Ok(None)).unwrap().unwrap();
    assert!(why.starts_with("another process is training it (process "), "{why}");
    let part = path.join("checkpoints/.1-0.part");
    fs::write(&part, "x").unwrap();
    let leftover = Leftover::in_run(&path).unwrap().remove(0);
    assert!(leftover.remove().unwrap().is_some() && part.exists());
    folder.update(|info| info.status = Status::Interrupted).unwrap();
    drop(folder);
    assert_eq!(remove(&failed, || Ok(None)).unwrap().as_deref(), Some("it has just changed"));
    assert_eq!(leftover.remove().unwrap(), None);
    assert!(path.exists() && !part.exists());
    let wanted = || Ok(Some("wanted".to_owned()));
    assert_eq!(remove(&RunSummary::read(&path), wanted).unwrap().as_deref(), Some("wanted"));
    assert!(path.exists());
    assert_eq!(remove(&RunSummary::read(&path), || Ok(None)).unwrap(), None);
    assert!(!path.exists());
    assert_eq!(fs::read_dir(runs.path()).unwrap().count(), 1, "the lock");
}

#[test]
fn an_interrupted_run_whose_file_still_says_running_can_be_removed() {
    let runs = tempfile::tempdir().unwrap();
    let path = create(runs.path(), "dae").path().to_path_buf();
    assert_eq!(remove(&RunSummary::read(&path), || Ok(None)).unwrap(), None);
    assert!(!path.exists());
}

#[test]
fn no_checkpoint_is_removed_if_the_best_weights_are_damaged() {
    let runs = tempfile::tempdir().unwrap();
    let mut folder = create(runs.path(), "dae");
    let path = folder.path().to_path_buf();
    let save = |to: &Path, epoch: usize| {
        let mut snapshot = Snapshot { tensors: Vec::new(), state: TrainState::default() };
        snapshot.state.epoch = epoch;
        Checkpoint { identity: IDENTITY.into(), snapshot }.save(to).unwrap();
    };
    let (last, best) = (checkpoint::last_path(&path), checkpoint::best_path(&path));
    let best_epoch = BestEpoch { metric: Metric::ValLoss, epoch: 2, value: 0.5 };
    folder.update(|info| info.best = Some(best_epoch)).unwrap();
    folder.finish(Status::Completed, "done").unwrap();
    drop(folder);
    save(&last, 3);
    save(&checkpoint::epoch_path(&path, 1), 1);
    let run = RunSummary::read(&path);
    let spare = || spare_checkpoints(&path, run.info().unwrap()).unwrap().len();
    assert_eq!(spare(), 0, "there are no best weights");
    save(&best, 1);
    let why = remove_checkpoints(&run).unwrap().unwrap();
    assert!(why.contains("has the weights of epoch 1, but the best epoch was 2"), "{why}");
    fs::write(&best, "torn").unwrap();
    let why = remove_checkpoints(&run).unwrap().unwrap();
    assert!(why.contains("best weights cannot be used"), "{why}");
    assert_eq!(spare(), 2);
    save(&best, 2);
    assert_eq!(remove_checkpoints(&run).unwrap(), None);
    assert_eq!((spare(), best.exists()), (0, true));
}
