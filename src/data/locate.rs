//! Which folder holds a data set.

use crate::spec::DatasetName;
use std::path::{Path, PathBuf};

/// The folder of a data set's files, whether it exists or not; `None` when it needs no files.
///
/// `root` (`data.root`) when given; else the folder named like the data set in `env_dir`
/// (`RUNNER_DATA_DIR`, ignored when empty), or in `data` below the current folder.
pub fn locate(
    dataset: DatasetName,
    root: Option<&Path>,
    env_dir: Option<&Path>,
) -> Option<PathBuf> {
    match dataset {
        DatasetName::SyntheticDigits | DatasetName::SyntheticScenes => None,
        _ => Some(root.map_or_else(
            || {
                let data = env_dir.filter(|dir| !dir.as_os_str().is_empty());
                data.unwrap_or(Path::new("data")).join(dataset.name())
            },
            Path::to_path_buf,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_wins_over_the_environment_and_that_over_the_default() {
        let find = |root, env| locate(DatasetName::Mnist, root, env);
        let (root, env) = (Path::new("pictures"), Path::new("shared"));
        assert_eq!(find(Some(root), Some(env)), Some("pictures".into()));
        assert_eq!(find(None, Some(env)), Some("shared/mnist".into()));
        assert_eq!(find(None, Some(Path::new(""))), Some("data/mnist".into()));
        assert_eq!(find(None, None), Some("data/mnist".into()));
    }

    #[test]
    fn drawn_pictures_have_no_folder() {
        assert_eq!(locate(DatasetName::SyntheticDigits, Some(Path::new("x")), None), None);
    }

    #[test]
    fn folders_are_named_as_the_configuration_names_data_sets() {
        for dataset in [
            DatasetName::SyntheticDigits,
            DatasetName::SyntheticScenes,
            DatasetName::Mnist,
            DatasetName::FashionMnist,
            DatasetName::Cifar10,
            DatasetName::ImageFolder,
        ] {
            assert_eq!(serde_json::to_value(dataset).unwrap(), dataset.name());
        }
    }
}
