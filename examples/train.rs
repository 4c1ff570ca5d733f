//! Trains the experiment of a file from a program of your own, for a minute at most:
//! `cargo run --release --example train -- experiments/quickstart.toml`. Started again, it goes on where it
//! stopped; a complete run is not trained again.

use runner::{
    plan::Plan,
    run::{DataCache, Monitor, Trial, Workplace},
    spec::{self, Metric, Overrides},
    train::EpochMetrics,
};
use std::{
    env,
    error::Error,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

/// Prints each epoch. There are more events, which do nothing by default.
struct Lines;

impl Monitor for Lines {
    fn on_epoch(&mut self, metrics: &EpochMetrics, took: Duration, _images: usize) {
        let val_loss = metrics.value(Metric::ValLoss).unwrap_or(f64::NAN);
        println!("epoch {}: val_loss {val_loss:.5}, {:.1} s", metrics.epoch, took.as_secs_f64());
    }
}

fn train(file: &Path) -> Result<(), Box<dyn Error>> {
    let mut loaded = spec::load(file, &Overrides::default())?;
    // A file with a `[sweep]` has a point for each run; this trains the first.
    let plan = Plan::new(loaded.points.remove(0));
    // All cores. A workplace, and the images in a cache, serve any number of trials.
    let (workplace, mut cache) = (Workplace::new(None)?, DataCache::default());
    // Asked after each batch, from any thread: a flag that another thread sets would do as well.
    let end = Instant::now() + Duration::from_mins(1);
    let stop = || (Instant::now() > end).then(|| "stopped after a minute".to_owned());
    let trial =
        Trial { stop: &stop, ..Trial::new(&loaded.text, &plan, Path::new("runs"), &workplace)? };
    let ended = trial.run(&mut cache, &mut Lines)?;
    println!("{}: {}", ended.folder.display(), ended.info.status);
    if let Some(best) = ended.info.best {
        println!("best {} {:.5} in epoch {}", best.metric.name(), best.value, best.epoch);
    }
    Ok(())
}

fn main() -> ExitCode {
    let Some(file) = env::args_os().nth(1) else {
        eprintln!("usage: cargo run --release --example train -- FILE.toml");
        return ExitCode::from(2);
    };
    if let Err(error) = train(Path::new(&file)) {
        // Shows mistakes in the file with their lines.
        eprintln!("{error}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
