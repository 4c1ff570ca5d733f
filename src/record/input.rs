//! How good the inputs of a network are by themselves.

use crate::words::{figure, shortlist};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How close the noisy or gray test images, left as they are, come to the targets, and whether a trained network comes
/// closer. Gray images are compared with those in colour as red, green and blue alike.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct InputQuality {
    /// Mean squared error of the inputs.
    pub mse: f64,
    /// Peak signal-to-noise ratio of the inputs in dB.
    pub psnr: f64,
    /// Mean squared error of the network's outputs for them, with its best weights.
    pub output_mse: f64,
}

impl InputQuality {
    /// Says in words that the outputs are worse than the inputs; `None` if they are not.
    pub fn warning(&self) -> Option<String> {
        let Self { mse, output_mse, .. } = *self;
        (mse < output_mse).then(|| {
            format!("worse than its inputs: mse {}, theirs {}", figure(output_mse), figure(mse))
        })
    }
}

impl fmt::Display for InputQuality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mse, psnr, output_mse } = *self;
        let [mse_text, psnr, output] = [mse, psnr, output_mse].map(figure);
        let verdict = if mse < output_mse { ", which is worse" } else { "" };
        write!(
            f,
            "mse {mse_text}, psnr {psnr} dB as they are; the outputs have mse {output}{verdict}"
        )
    }
}

/// At most this many outputs are named.
const NAMED: usize = 8;

/// Describes the outputs of `what` if their mean squared error is larger than that of the inputs, unless these are
/// perfect, as at a noise level of 0.
pub fn worse(what: &str, output: f64, input: f64) -> Option<String> {
    (input > 0.0 && output > input)
        .then(|| format!("{what} ({}, input {})", figure(output), figure(input)))
}

/// Says which outputs are worse than their inputs, as [described](worse); `None` if there are none.
pub fn all_worse(worse: Vec<String>) -> Option<String> {
    let named = shortlist(worse.into_iter(), NAMED).join("; ");
    let said = format!("by mse, these outputs are worse than the inputs themselves: {named}");
    (!named.is_empty()).then_some(said)
}
