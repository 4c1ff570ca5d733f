//! `runner data fetch` and `runner data info`.

use super::{
    args::{DataArgs, DataCommand, FetchArgs},
    exit::{Exit, Result},
    output,
};
use crate::{
    data::{
        self,
        fetch::{self, Progress, RetryPolicy},
    },
    run::workplace::data_dir,
    spec::DatasetName,
    words::{bytes, counted},
};
use clap::ValueEnum;
use indicatif::ProgressBar;
use std::{fs, time::Duration};

/// Fetches a data set, or shows which data sets are present.
pub fn data(args: &DataArgs) -> Result {
    match &args.command {
        DataCommand::Fetch(args) => fetch(args),
        DataCommand::Info => info(),
    }
}

fn fetch(args: &FetchArgs) -> Result {
    let folder = data::locate(args.dataset, args.to.as_deref(), data_dir().as_deref());
    let retries =
        RetryPolicy { silence: Duration::from_secs(args.timeout.into()), ..RetryPolicy::default() };
    let mut display = DownloadProgress::default();
    let fetched = fetch::fetch(args.dataset, &folder, &args.mirror, retries, &mut |progress| {
        display.show(progress);
    });
    display.clear();
    let fetched = fetched?;
    output::result(format!(
        "{}: {} fetched, {} already present",
        fetched.folder.display(),
        counted(fetched.downloaded.len(), "file"),
        fetched.present.len()
    ))?;
    Ok(Exit::Done)
}

/// Shows the progress of a download: a bar per file in a terminal, a line per file otherwise.
#[derive(Default)]
struct DownloadProgress {
    bar: Option<ProgressBar>,
}

impl DownloadProgress {
    fn show(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Bytes { file, have, total } => self.bytes(file, have, total),
            Progress::Present(file) => output::note(format!("{file}: already present")),
            Progress::Waiting(file) => {
                output::note(format!("{file}: another process is fetching it; waiting"));
            }
            Progress::Problem { file, reason } => output::note(format!("{file}: {reason}")),
            Progress::Done(file) => {
                self.clear();
                output::note(format!("{file}: done, verified"));
            }
        }
    }

    fn bytes(&mut self, file: &str, have: u64, total: Option<u64>) {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
            bar.set_style(output::style(
                "{prefix} {bar:30.cyan/blue} {bytes}/{total_bytes} {bytes_per_sec} {eta} left",
            ));
            bar.set_prefix(file.to_owned());
            output::show(bar)
        });
        bar.set_position(have);
    }

    fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            output::remove(&bar);
        }
    }
}

fn info() -> Result {
    let mut lines = Vec::new();
    for &dataset in DatasetName::value_variants() {
        let name = dataset.name();
        let folder = data::locate(dataset, None, data_dir().as_deref());
        let place = folder.display();
        let fetch = format!("`runner data fetch {name}` downloads it");
        lines.push(match data::files(dataset, &folder) {
            Ok(files) => {
                let sizes = files.iter().filter_map(|file| Some(fs::metadata(file).ok()?.len()));
                let total = bytes(sizes.sum());
                format!("{name:<17} {}, {total} in {place}", counted(files.len(), "file"))
            }
            Err(data::Error::Missing { absent, present, .. }) if !present.is_empty() => {
                format!("{name:<17} incomplete in {place}: no {}; {fetch}", absent.join(", no "))
            }
            Err(_) => format!("{name:<17} not in {place}; {fetch}"),
        });
    }
    for dataset in [DatasetName::SyntheticDigits, DatasetName::SyntheticScenes] {
        lines.push(format!("{:<17} synthetic, nothing to download", dataset.name()));
    }
    output::result(lines.join("\n"))?;
    Ok(Exit::Done)
}
