//! Locates the folder of a data set.

use crate::spec::DatasetName;
use std::path::{Path, PathBuf};

/// Returns the folder of a data set's files, whether it exists or not.
///
/// This is `root` (`data.root`) if given, else the folder named after the data set in `env_dir`
/// (`RUNNER_DATA_DIR`, ignored if empty), or in `data` below the current folder.
pub fn locate(dataset: DatasetName, root: Option<&Path>, env_dir: Option<&Path>) -> PathBuf {
    let data = env_dir.filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("data"));
    root.map_or_else(|| data.join(dataset.name()), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_wins_over_the_environment_and_that_over_the_default() {
        let find = |root, env| locate(DatasetName::Mnist, root, env);
        let (root, env) = (Path::new("images"), Path::new("shared"));
        assert_eq!(find(Some(root), Some(env)), Path::new("images"));
        assert_eq!(find(None, Some(env)), Path::new("shared/mnist"));
        assert_eq!(find(None, Some(Path::new(""))), Path::new("data/mnist"));
        assert_eq!(find(None, None), Path::new("data/mnist"));
    }

    #[test]
    fn folders_have_the_names_that_data_sets_have_in_the_configuration() {
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
