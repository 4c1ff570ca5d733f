//! `noise_levels.csv`: results of a denoising run at each tested noise level, and the quality of the noisy images
//! themselves.

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
const RESULTS: &str = "loss,mse,mae,psnr,ssim,input_mse,input_mae,input_psnr,input_ssim";

/// The result of a denoising run at one noise level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TestedLevel {
    /// Level of the noise: its sigma or amount.
    pub level: f64,
    /// Result over the test images.
    pub result: Evaluation,
    /// Quality of the noisy images, left as they are; `None` in files of old versions.
    pub input: Option<Quality>,
}

impl TestedLevel {
    /// Returns the results of the network by column name, in the file's order.
    pub fn values(&self) -> [(&'static str, f64); 5] {
        self.result.values()
    }

    /// Returns a value of the noisy images, by the column of the result that it is to be compared with.
    pub fn input_value(&self, column: &str) -> Option<f64> {
        self.input?.values().into_iter().find(|(name, _)| *name == column).map(|(_, value)| value)
    }

    fn line(&self) -> String {
        let values = self.values().map(|(_, value)| Some(value));
        let input = [0, 1, 2, 3].map(|place| Some(self.input?.values()[place].1));
        let cells = iter::once(Some(self.level)).chain(values).chain(input).map(cell);
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
        Ok(Self { level: row.need(kind.name())?, result, input: input(row)? })
    }
}

/// Returns the quality of the noisy images, unless a column is missing.
fn input(row: &Row) -> Result<Option<Quality>> {
    let columns = ["input_mse", "input_mae", "input_psnr", "input_ssim"].map(|name| row.get(name));
    let [mse, mae, psnr, ssim] = columns;
    let all = (mse?, mae?, psnr?, ssim?);
    let (Some(mse), Some(mae), Some(psnr), Some(ssim)) = all else { return Ok(None) };
    Ok(Some(Quality { mse, mae, psnr, ssim }))
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
        let input = Some(Quality { mse: 0.5, mae: 0.75, psnr: 3.0, ssim: 0.0 });
        TestedLevel { level, result: Evaluation { loss: 0.1 + 0.2, quality }, input }
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
                "{name},loss,mse,mae,psnr,ssim,input_mse,input_mae,input_psnr,input_ssim\n\
                 0.5,0.30000000000000004,1e-7,0.25,20.0,-0.5,0.5,0.75,3.0,0.0\n\
                 1.0,0.30000000000000004,1e-7,0.25,20.0,-0.5,0.5,0.75,3.0,0.0\n"
            );
            assert_eq!(fs::read_to_string(&path).unwrap(), expected);
            assert_eq!(read(&path).unwrap(), levels);
        }
    }

    #[test]
    fn a_file_of_an_old_version_has_no_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise_levels.csv");
        fs::write(&path, "sigma,loss,mse,mae,psnr,ssim\n0.5,0.3,1e-7,0.25,20.0,-0.5\n").unwrap();
        let [old] = read(&path).unwrap()[..] else { panic!("one level") };
        assert_eq!((old.result.quality, old.input), (level(0.5).result.quality, None));
    }

    #[test]
    fn a_damaged_file_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("noise_levels.csv");
        write(&path, LevelKind::Sigma, &[level(0.5)]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for (damaged, expected) in [
            (text.replace("0.25,20", "x,20"), "noise_levels.csv: line 2: column mae has \"x\""),
            (text.replace(",-0.5", ""), "noise_levels.csv: line 2 has 9 cells"),
            (text.replace("sigma", "x"), "noise_levels.csv: line 2: column sigma has no value"),
        ] {
            fs::write(&path, damaged).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
