//! What is said of shorter runs.

use super::Shorter;
use crate::{
    record,
    train::TrainState,
    words::{counted, thousands},
};

pub fn continues(shorter: &Shorter, state: &TrainState, epochs: usize) -> String {
    let path = shorter.run.path.display();
    let continues = if shorter.planned == epochs { "takes over" } else { "continues" };
    let trained = match (state.epoch, state.batch) {
        (done, _) if state.early.stopped => {
            return format!("{continues} {path}, which stopped early after epoch {done}");
        }
        (0, batch) => {
            format!("{} of the first of {}", counted(batch, "batch"), counted(epochs, "epoch"))
        }
        (done, _) => format!("{} of {}", thousands(done), counted(epochs, "epoch")),
    };
    format!("{continues} {path}, trained for {trained}")
}

pub fn laid_out(Shorter { run, planned, .. }: &Shorter, schedule: &str) -> String {
    let epochs = counted(*planned, "epoch");
    format!(
        "{} is not continued: its {schedule} schedule was laid out for its {epochs}",
        run.folder()
    )
}

pub fn trained_elsewhere(Shorter { run, info, planned, .. }: &Shorter) -> String {
    let (done, epochs) = (thousands(info.epochs), counted(*planned, "epoch"));
    format!(
        "{} is not continued: another process is training it, {done} of {epochs} so far",
        run.folder()
    )
}

pub fn not_continued(shorter: &Shorter, error: &record::Error) -> String {
    format!("{error}; {} is not continued", shorter.run.folder())
}
