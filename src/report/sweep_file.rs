//! `sweep.json`: what a sweep planned, of which a report needs the rest that has not begun.

use super::run::metric_named;
use crate::{record::SWEEP_JSON, spec::Metric};
use serde::Deserialize;
use std::{fs, path::Path};

/// What a report needs of the file. Fields that are not there are empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SweepFile {
    /// Name of the sweep.
    pub name: String,
    /// A sentence about it.
    pub description: String,
    /// The swept keys, in the order of the experiment file.
    pub keys: Vec<String>,
    /// What its runs are compared by.
    metric: Option<Measure>,
    /// Its runs, begun or not, in the order in which they are trained.
    pub points: Vec<PlannedRun>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Measure {
    name: String,
}

/// A run of the plan.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct PlannedRun {
    /// Name of the run.
    pub name: String,
    /// Name of its folder, once it has one.
    pub folder: Option<String>,
}

impl SweepFile {
    /// Reads the file of a sweep's folder; `None` where there is none or it cannot be understood,
    /// because runs are told from their own folders alone then.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(SWEEP_JSON)).ok()?).ok()
    }

    /// What its runs are compared by, if this program knows it.
    pub fn metric(&self) -> Option<Metric> {
        metric_named(&self.metric.as_ref()?.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_and_what_is_no_plan_is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(SweepFile::read(folder.path()), None);
        let text = r#"{"format": 1, "name": "s", "keys": ["train.epochs"],
            "metric": {"name": "val_psnr", "direction": "higher"},
            "points": [{"name": "epochs=1", "values": {"train.epochs": 1}, "folder": "epochs=1-00"}]}"#;
        fs::write(folder.path().join(SWEEP_JSON), text).unwrap();
        let file = SweepFile::read(folder.path()).unwrap();
        assert_eq!(file.metric(), Some(Metric::ValPsnr));
        assert_eq!(file.points[0].folder.as_deref(), Some("epochs=1-00"));
        fs::write(folder.path().join(SWEEP_JSON), "{").unwrap();
        assert_eq!(SweepFile::read(folder.path()), None);
    }
}
