//! Writes event files for TensorBoard: the rows of `metrics.csv`, then the image sheets.
//!
//! The file is derived from the run's other files: a scalar for each value of `metrics.csv`, at its epoch, at
//! the time given by `run.json` and `timings.csv`. A resumed run therefore cuts the file to the epochs in its
//! checkpoint, and rewrites it if it is torn or belongs to an earlier start.
//!
//! The format is TensorFlow's: each record is a length, its checksum, a protobuf message, and its checksum.

mod event;

use super::{
    Error, FIGURES, METRICS, Result, RunInfo, TIMINGS, Timing, atomic, figure_names,
    files::{self, make_folder},
    metrics, timings,
};
use crate::train::EpochMetrics;
use event::{Event, Image, RGB, Value, record};
use image::{ImageFormat, ImageReader};
use std::{
    fs::{File, OpenOptions},
    io::{Cursor, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// Name of the file's folder in a run's folder. TensorBoard treats each folder as a run.
pub const FOLDER: &str = "tensorboard";

/// TensorBoard only reads files with `tfevents` in their names.
pub(super) const FILE: &str = "events.out.tfevents.0.runner";

/// Figures to leave out: TensorBoard plots the scalars itself, and the last shows the network.
const NO_SHEETS: [&str; 4] =
    [figure_names::LOSS, figure_names::QUALITY, figure_names::LEARNING_RATE, figure_names::MODEL];

/// An event file, open for appending.
#[derive(Debug)]
pub struct EventFile {
    path: PathBuf,
    file: File,
    /// Start of the run in seconds since 1970, and seconds of training so far.
    started: f64,
    trained: f64,
}

impl EventFile {
    /// Opens or creates the file of the run in a folder, whose `metrics.csv` and `timings.csv` end where
    /// training resumes. It then has exactly those rows.
    ///
    /// # Errors
    /// Any I/O error, and rows that cannot be read.
    pub fn open(run: &Path, info: &RunInfo) -> Result<Self> {
        let rows = metrics::read(&run.join(METRICS))?;
        let timings = timings::read(&run.join(TIMINGS))?;
        let folder = run.join(FOLDER);
        make_folder(&folder)?;
        Self::open_with(&folder.join(FILE), began(info, &timings), &rows, &timings)
    }

    fn open_with(
        path: &Path,
        started: f64,
        rows: &[EpochMetrics],
        timings: &[Timing],
    ) -> Result<Self> {
        let mut trained = 0.0;
        let mut bytes = record(&Event::version(started));
        for row in rows {
            let timing = timings.iter().find(|timing| timing.epoch == row.epoch);
            trained += timing.map_or(0.0, |timing| timing.seconds);
            bytes.extend(record(&Event::scalars(started + trained, row)));
        }
        let same = files::read(path).is_ok_and(|known| known.starts_with(&bytes));
        if !same {
            atomic::write(path, &bytes)?;
        }
        let file = OpenOptions::new()
            .append(true)
            .open(path)
            .and_then(|file| file.set_len(bytes.len() as u64).map(|()| file))
            .map_err(Error::io("open", path))?;
        Ok(Self { path: path.to_path_buf(), file, started, trained })
    }

    /// Appends an epoch that took `seconds`.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn append(&mut self, row: &EpochMetrics, seconds: f64) -> Result<()> {
        self.trained += seconds;
        self.write(&Event::scalars(self.started + self.trained, row))
    }

    /// Appends the image sheets among the figures of the run in a folder, at the last of its `epochs`. Other
    /// files among them are the user's.
    ///
    /// # Errors
    /// Any I/O error.
    pub fn append_sheets(&mut self, run: &Path, epochs: usize) -> Result<()> {
        for name in figure_names::ALL.iter().filter(|name| !NO_SHEETS.contains(name)) {
            let Some(stem) = name.strip_suffix(".png") else { continue };
            let figure = run.join(FIGURES).join(name);
            let png = match files::read(&figure) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                read => read.map_err(Error::io("read", &figure))?,
            };
            let (width, height) = ImageReader::with_format(Cursor::new(&png), ImageFormat::Png)
                .into_dimensions()
                .map_err(|error| Error::broken(&figure, error.to_string()))?;
            let image = Image {
                height: height.cast_signed(),
                width: width.cast_signed(),
                colorspace: RGB,
                encoded_image_string: png,
            };
            let value = Value { image: Some(image), ..Value::tagged(&format!("figures/{stem}")) };
            self.write(&Event::of(self.started + self.trained, epochs, vec![value]))?;
        }
        self.file.sync_all().map_err(Error::io("write", &self.path))
    }

    /// Appends a record with a single write. If that fails, the run ends, and [`open`](Self::open) cuts off what is torn.
    fn write(&mut self, event: &Event) -> Result<()> {
        self.file.write_all(&record(event)).map_err(Error::io("write", &self.path))
    }
}

/// Returns the start of the first epoch, in seconds since 1970. Epochs taken over from another run lie before
/// the start of this one.
fn began(info: &RunInfo, timings: &[Timing]) -> f64 {
    info.started.as_second() as f64 - info.seconds_before(timings)
}

#[cfg(test)]
mod tests {
    use super::{event::masked, *};
    use crate::spec::Metric;
    use prost::Message;
    use std::fs;

    fn row(epoch: usize) -> EpochMetrics {
        EpochMetrics {
            epoch,
            step: 10 * epoch as u64,
            values: [(Metric::ValLoss, 1.0 / epoch as f64)].into(),
            learning_rate: Some(0.001),
        }
    }

    fn timing(epoch: usize) -> Timing {
        Timing { epoch, seconds: 2.0, images_per_second: 1.0, peak_memory_mib: None }
    }

    /// Decodes the records of a file and checks their checksums.
    fn events(path: &Path) -> Vec<Event> {
        let bytes = fs::read(path).unwrap();
        let mut rest = &bytes[..];
        let mut events = Vec::new();
        while !rest.is_empty() {
            let length = u64::from_le_bytes(rest[..8].try_into().unwrap()) as usize;
            let sum = |at: usize| u32::from_le_bytes(rest[at..at + 4].try_into().unwrap());
            assert_eq!(sum(8), masked(&rest[..8]));
            assert_eq!(sum(12 + length), masked(&rest[12..12 + length]));
            events.push(Event::decode(&rest[12..12 + length]).unwrap());
            rest = &rest[16 + length..];
        }
        events
    }

    #[test]
    fn epochs_taken_over_from_another_run_come_before_this_one_began() {
        let mut info = RunInfo::new("longer", "ab");
        let timings: Vec<_> = (1..=3).map(timing).collect();
        let own = began(&info, &timings);
        info.continued_after = Some(2);
        let before = own - began(&info, &timings);
        assert!((before - 4.0).abs() < 1e-9, "{before}");
    }

    #[test]
    fn the_checksum_matches_the_published_example() {
        // CRC-32C of 32 zero bytes, from RFC 3720, B.4.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(masked(&[0; 32]), 0x8a91_36aa_u32.rotate_right(15).wrapping_add(0xa282_ead8));
    }

    #[test]
    fn a_resumed_run_has_each_epoch_once_wherever_it_was_killed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let rows: Vec<_> = (1..=3).map(row).collect();
        let timings: Vec<_> = (1..=3).map(timing).collect();
        let mut file = EventFile::open_with(&path, 100.0, &[], &[]).unwrap();
        for row in &rows {
            file.append(row, 2.0).unwrap();
        }
        let whole = fs::read(&path).unwrap();
        let steps = |path: &Path| events(path).iter().map(|event| event.step).collect::<Vec<_>>();
        assert_eq!(steps(&path), [0, 1, 2, 3]);
        // Killed after the row of epoch 3 was written, but before its checkpoint.
        let mut file = EventFile::open_with(&path, 100.0, &rows[..2], &timings[..2]).unwrap();
        assert_eq!(steps(&path), [0, 1, 2]);
        file.append(&rows[2], 2.0).unwrap();
        assert!(fs::read(&path).unwrap() == whole);
        // Killed in the middle of a record, or the file belongs to an earlier start.
        for broken in [&whole[..whole.len() - 3], b"nonsense"] {
            fs::write(&path, broken).unwrap();
            EventFile::open_with(&path, 100.0, &rows, &timings).unwrap();
            assert!(fs::read(&path).unwrap() == whole);
        }
        assert!((events(&path)[3].wall_time - 106.0).abs() < 1e-9);
    }

    #[test]
    fn images_that_a_user_puts_among_the_figures_are_no_sheets_and_do_no_harm() {
        let folder = tempfile::tempdir().unwrap();
        let figures = folder.path().join(FIGURES);
        fs::create_dir_all(figures.join("folder.png")).unwrap();
        fs::write(figures.join("mine.png"), "not an image").unwrap();
        for name in ["mine.2.png", figure_names::LOSS, figure_names::GRAY, figure_names::DENOISING]
        {
            image::RgbImage::new(3, 2).save(figures.join(name)).unwrap();
        }
        let path = folder.path().join(FILE);
        let mut file = EventFile::open_with(&path, 100.0, &[], &[]).unwrap();
        file.append_sheets(folder.path(), 1).unwrap();
        let summaries = events(&path).into_iter().filter_map(|event| event.summary);
        let tags: Vec<_> =
            summaries.flat_map(|summary| summary.value).map(|value| value.tag).collect();
        assert_eq!(tags, ["figures/denoising", "figures/gray"]);
    }
}
