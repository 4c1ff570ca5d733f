//! Arguments of `runner export`.

use super::TrainedArgs;
use crate::export::Part;
use clap::{Args, ValueEnum, builder::PossibleValue};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "The file's extension selects the format. `.onnx`: the network for onnxruntime and others, \
opset 17; images are 32-bit floats in [0, 1] of shape (batch, height, width, channels), any number of them \
at once. `.safetensors`: the weights alone, with the names and layouts of checkpoints, which are Keras's; \
model.init takes those of a whole network.\n\n\
Exit status: 0 written; 1 it cannot be written, or the run has no trained weights yet; 2 wrong usage, or \
the file already exists."
)]
pub struct ExportArgs {
    /// A run's folder, or the start of its name in the folder of runs; or SWEEP@best, the best run of its best combination
    pub run: String,
    /// File to write, ending in .onnx or .safetensors; folders above it are created if missing
    #[arg(long, short, value_name = "FILE")]
    pub out: PathBuf,
    /// How much of the network
    #[arg(long, value_name = "PART", default_value = "autoencoder")]
    pub part: Part,
    #[command(flatten)]
    pub trained: TrainedArgs,
    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub json: bool,
}

impl ValueEnum for Part {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Autoencoder, Self::Encoder, Self::Decoder]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(match self {
            Self::Autoencoder => "From images to images; an ONNX file outputs the codes as well",
            Self::Encoder => "From images to codes",
            Self::Decoder => "From codes to images",
        }))
    }
}
