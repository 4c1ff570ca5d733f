//! Checkpoints that are damaged, or not those of the run.

use super::*;

#[test]
fn a_file_cut_off_or_made_longer_anywhere_is_an_error_that_names_it() {
    let (_folder, path) = saved(&example());
    let bytes = fs::read(&path).unwrap();
    for len in 0..bytes.len() {
        fs::write(&path, &bytes[..len]).unwrap();
        let error = Checkpoint::load(&path).unwrap_err().to_string();
        assert!(error.contains("last.safetensors"), "{error}");
    }
    fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
    assert!(Checkpoint::load(&path).is_err());
}

#[test]
fn a_changed_byte_of_the_header_is_an_error_or_another_checkpoint_but_never_a_panic() {
    let example = example();
    let (_folder, path) = saved(&example);
    let bytes = fs::read(&path).unwrap();
    let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    for place in 0..8 + header {
        for change in [0x01, 0x10, 0x80] {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            fs::write(&path, changed).unwrap();
            let _ = Checkpoint::load_for(&path, &example.identity);
        }
    }
}

#[test]
fn a_value_or_state_that_has_changed_since_it_was_saved_is_noticed() {
    let (_folder, path) = saved(&example());
    let whole = fs::read(&path).unwrap();
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().unwrap()) as usize;
    for place in header..whole.len() {
        let mut bytes = whole.clone();
        bytes[place] ^= 1;
        fs::write(&path, &bytes).unwrap();
        let error = Checkpoint::load(&path).unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
        let weights = load_weights(&path, &[]).unwrap_err().to_string();
        assert_eq!(weights, error, "as weights alone");
    }
    let text = String::from_utf8_lossy(&whole).into_owned();
    let at = text.find("wait").expect("a state") + "wait\\\":".len();
    let mut bytes = whole.clone();
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    assert!(Checkpoint::load(&path).is_err());
}

#[test]
fn the_best_weights_are_those_of_the_best_epoch_or_an_error_that_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let (run, path) = (folder.path(), best_path(folder.path()));
    fs::create_dir(path.parent().unwrap()).unwrap();
    let mut example = example();
    let load = |identity: &str| Checkpoint::load_best(run, identity, 2);
    let error = || load("0123456789abcdef").unwrap_err().to_string();
    assert!(
        error().ends_with("best.safetensors: is gone: it had the weights of the best epoch, 2")
    );
    example.snapshot.state.epoch = 3;
    example.save(&path).unwrap();
    assert!(
        error().contains("has the weights of epoch 3, but the best epoch was 2"),
        "{}",
        error()
    );
    example.snapshot.state.epoch = 2;
    example.save(&path).unwrap();
    assert!(load("fedcba9876543210").unwrap_err().to_string().contains("another experiment"));
    assert_eq!(load(&example.identity).unwrap().snapshot.state.epoch, 2);
}

#[test]
fn another_experiments_checkpoint_is_rejected() {
    let example = example();
    let (_folder, path) = saved(&example);
    let error = Checkpoint::load_for(&path, "fedcba9876543210");
    let error = error.unwrap_err().to_string();
    assert!(error.contains("01234567") && error.contains("fedcba98"), "{error}");
}

#[test]
fn a_newer_checkpoint_says_so() {
    let (_folder, path) = saved(&example());
    let bytes = fs::read(&path).unwrap();
    let place = bytes.windows(8).position(|part| part == b"runner 1").unwrap();
    let mut newer = bytes.clone();
    newer[place + 7] = b'2';
    fs::write(&path, newer).unwrap();
    let error = Checkpoint::load(&path).unwrap_err();
    assert!(matches!(error, Error::Newer { found: 2, known: 1, .. }), "{error}");
}
