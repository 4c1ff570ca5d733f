//! `noise_levels.csv`: results of a denoising run at each tested noise level.

use super::{
    Result,
    table::{self, Cells, Row, cell},
};
use crate::{
    spec::LevelKind,
    train::{Evaluation, metric::Quality},
};
use std::{iter, path::Path};

/// The columns after the first, which is named after the kind of levels.
const RESULTS: &str = "loss,mse,mae,psnr,ssim";

/// The result of a denoising run at one noise level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestedLevel {
    /// Level of the noise: its sigma or amount.
    pub level: f64,
    /// Result over the test images.
    pub result: Evaluation,
}

impl TestedLevel {
    /// Returns the results by column name, in the file's order.
    pub fn values(&self) -> [(&'static str, f64); 5] {
        self.result.values()
    }

    fn line(&self) -> String {
        let values = self.values().map(|(_, value)| value);
        let cells = iter::once(self.level).chain(values).map(|value| cell(Some(value)));
        cells.collect::<Vec<_>>().join(",")
    }

    fn parse(kind: LevelKind, row: &Row) -> Result<Self> {
        let quality = Quality {
            mse: row.need("mse")?,
            mae: row.need("mae")?,
            psnr: row.need("psnr")?,
            ssim: row.need("ssim")?,
        };
        let result = Evaluation { loss: row.need("loss")?, quality };
        Ok(Self { level: row.need(kind.name())?, result })
    }
}

/// Writes the whole file; `kind` says what its levels are.
///
/// # Errors
/// Any I/O error.
pub fn write(path: &Path, kind: LevelKind, levels: &[TestedLevel]) -> Result<()> {
    let header = format!("{},{RESULTS}", kind.name());
    table::write(path, &header, levels.iter().map(TestedLevel::line))
}

/// Reads all levels; returns none if there is no file because no noise levels were tested.
///
/// # Errors
/// If the file cannot be read or a line of it is not a row; the error names the line.
pub fn read(path: &Path) -> Result<Vec<TestedLevel>> {
    let cells = Cells::read(path)?;
    let has_amounts = cells.check_columns(LevelKind::Amount.name()).is_ok();
    let kind = if has_amounts { LevelKind::Amount } else { LevelKind::Sigma };
    cells.rows(|row| TestedLevel::parse(kind, row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn level(level: f64) -> TestedLevel {
        let quality = Quality { mse: 1e-7, mae: 0.25, psnr: 20.0, ssim: -0.5 };
        TestedLevel { level, result: Evaluation { loss: 0.1 + 0.2, quality } }
    }

    #[test]
    fn levels_read_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise_levels.csv");
        assert_eq!(read(&path).unwrap(), []);
        let levels = [level(0.5), level(1.0)];
        for kind in LevelKind::ALL {
            write(&path, kind, &levels).unwrap();
            let name = kind.name();
            let expected = format!(
                "{name},loss,mse,mae,psnr,ssim\n\
                 0.5,0.30000000000000004,1e-7,0.25,20.0,-0.5\n\
                 1.0,0.30000000000000004,1e-7,0.25,20.0,-0.5\n"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), expected);
            assert_eq!(read(&path).unwrap(), levels);
        }
    }

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise_levels.csv");
        write(&path, LevelKind::Sigma, &[level(0.5)]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for (damaged, expected) in [
            (text.replace("0.25", "x"), "noise_levels.csv: line 2: column mae has \"x\""),
            (text.replace(",-0.5", ""), "noise_levels.csv: line 2 has 5 cells"),
            (text.replace("sigma", "x"), "noise_levels.csv: line 2: column sigma has no value"),
        ] {
            fs::write(&path, damaged).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
