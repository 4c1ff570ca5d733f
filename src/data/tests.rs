use super::*;

fn drawn(change: impl FnOnce(&mut spec::Data)) -> Result<Dataset, Error> {
    let mut config =
        spec::Data { train_limit: Some(20), test_limit: Some(5), ..spec::Data::default() };
    change(&mut config);
    load(&config, None)
}

#[test]
fn without_a_split_the_test_images_validate() {
    let data = drawn(|_| {}).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (20, 5));
    assert!(data.held_out.is_none());
    assert_eq!(data.validation(), &data.test);
    assert_eq!((data.name, data.classes.len()), (DatasetName::SyntheticDigits, 10));
}

#[test]
fn a_split_keeps_the_last_training_images_for_validation() {
    let whole = drawn(|_| {}).unwrap();
    let split = drawn(|config| config.validation_split = 0.3).unwrap();
    assert_eq!((split.train.len(), split.validation().len(), split.test.len()), (14, 6, 5));
    assert_eq!(split.train.get(13), whole.train.get(13));
    assert_eq!(split.validation().get(0), whole.train.get(14));
    assert_eq!(split.validation().labels[..], whole.train.labels[14..]);
    assert_eq!(split.test, whole.test);
    assert_eq!(split.train.pixels.capacity(), split.train.pixels.len());
    assert_eq!((split.counts().validation(), split.counts().all()), (6, 25));
}

#[test]
fn a_split_keeps_as_many_images_as_keras() {
    // n - int(math.floor(n * (1.0 - split))) in Python, over all n from 10 to 70,000.
    for (validation_split, sum) in [
        (0.05, 122_534_991),
        (0.1, 245_034_991),
        (0.15, 367_538_488),
        (0.2, 490_034_987),
        (0.3, 735_043_148),
    ] {
        let config = spec::Data { validation_split, ..spec::Data::default() };
        assert_eq!((10..=70_000).map(|n| config.held_out(n)).sum::<usize>(), sum);
    }
    let config = spec::Data { validation_split: 0.1, ..spec::Data::default() };
    assert_eq!([1000, 1001, 60_000].map(|n| config.held_out(n)), [100, 101, 6000]);
}

#[test]
fn a_part_with_nothing_left_is_an_error() {
    for (limit, split, part) in
        [(1, 0.9, "training"), (1, 0.1, "training"), (9, 1e-17, "validation")]
    {
        let result = drawn(|config| {
            config.train_limit = Some(limit);
            config.validation_split = split;
        });
        let text = result.expect_err("an error").to_string();
        assert!(text.contains(&format!("no {part} image")), "{text}");
        assert!(text.contains(&format!("`data.validation_split` = {split:?} of")), "{text}");
        let config = spec::Data {
            train_limit: Some(limit),
            test_limit: Some(5),
            validation_split: split,
            ..spec::Data::default()
        };
        assert_eq!(check_split(&config).expect_err("an error").to_string(), text);
    }
}

/// Changing this digest would change the identity of every existing run.
#[test]
fn the_digest_does_not_change_between_versions() {
    let part = |pixels: [u8; 2]| Images {
        size: crate::arch::Size::new(1, 2, 1),
        pixels: pixels.to_vec(),
        labels: vec![258],
    };
    let parts = dataset::Parts {
        train: part([1, 2]),
        test: part([3, 4]),
        test_files: vec!["4.png".into()],
        classes: vec!["a".into(), "bc".into()],
        warnings: Vec::new(),
    };
    let data = parts.into_dataset(&spec::Data::default()).unwrap();
    assert_eq!(data.digest, "1a6fbdd144a46d03812a58704f340eeb78a14daf9c5d37dc3607a5b8046d561b");
}

#[test]
fn the_digest_covers_everything_that_affects_training() {
    let base = drawn(|_| {}).unwrap();
    assert_eq!(base.digest, drawn(|_| {}).unwrap().digest);
    assert_eq!(base.digest.len(), 64);
    let others = [
        drawn(|config| config.train_limit = Some(19)),
        drawn(|config| config.test_limit = Some(4)),
        drawn(|config| config.validation_split = 0.3),
        drawn(|config| config.dataset = DatasetName::SyntheticScenes),
    ];
    let mut digests: Vec<String> = others.into_iter().map(|data| data.unwrap().digest).collect();
    digests.push(base.digest);
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 5);
}

#[test]
fn files_are_looked_for_in_the_data_folder_of_the_environment() {
    let config = spec::Data { dataset: DatasetName::FashionMnist, ..spec::Data::default() };
    let folder = tempfile::tempdir().unwrap();
    let text = load(&config, Some(folder.path())).expect_err("nothing is there").to_string();
    let expected = folder.path().join("fashion_mnist");
    assert!(text.contains(&expected.display().to_string()), "{text}");
    assert!(text.contains("runner data fetch fashion_mnist"), "{text}");
}

/// An IDX file of bytes, all 0.
fn idx_file(dims: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, dims.len() as u8];
    bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
    bytes.resize(bytes.len() + dims.iter().product::<u32>() as usize, 0);
    bytes
}

#[test]
fn files_with_images_of_an_unexpected_size_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let written = |side: u32| {
        for (part, count) in [("train", 5), ("t10k", 3)] {
            let file = |what: &str| folder.path().join(format!("{part}-{what}-ubyte"));
            std::fs::write(file("images-idx3"), idx_file(&[count, side, side])).unwrap();
            std::fs::write(file("labels-idx1"), idx_file(&[count])).unwrap();
        }
        let config = spec::Data {
            dataset: DatasetName::Mnist,
            root: Some(folder.path().to_path_buf()),
            verify: false,
            ..spec::Data::default()
        };
        load(&config, None)
    };
    assert_eq!(written(28).unwrap().train.len(), 5);
    let text = written(32).expect_err("another size").to_string();
    for part in ["images of 32x32x1", "`mnist` has 28x28x1", "image_size = [32, 32]"] {
        assert!(text.contains(part), "{text}");
    }
    assert!(text.contains(&folder.path().display().to_string()), "{text}");
}
