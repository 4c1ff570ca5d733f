//! Names of the figures in a run's folder.

use std::path::Path;

/// Codes of one or two dimensions.
pub const CODES: &str = "codes.png";
/// Principal components of codes.
pub const CODES_PCA: &str = "codes_pca.png";
/// t-SNE embedding of codes.
pub const CODES_TSNE: &str = "codes_tsne.png";
/// True colour, gray and predicted colour side by side.
pub const COLORIZATION: &str = "colorization.png";
/// Original, corrupted and denoised images.
pub const DENOISING: &str = "denoising.png";
/// Gray inputs of a colorizing network.
pub const GRAY: &str = "gray.png";
/// Interpolations from one test image to another.
pub const INTERPOLATION: &str = "interpolation.png";
/// Learning rate over epochs.
pub const LEARNING_RATE: &str = "learning_rate.png";
/// Losses over epochs.
pub const LOSS: &str = "loss.png";
/// Images decoded from a grid of codes.
pub const MANIFOLD: &str = "manifold.png";
/// The network.
pub const MODEL: &str = "model.png";
/// The same images at each noise level.
pub const NOISE_LEVELS: &str = "noise_levels.png";
/// Outputs of a colorizing network.
pub const PREDICTED: &str = "predicted.png";
/// PSNR at each amount of noise.
pub const PSNR_OVER_AMOUNT: &str = "psnr_over_amount.png";
/// PSNR at each sigma of noise.
pub const PSNR_OVER_SIGMA: &str = "psnr_over_sigma.png";
/// PSNR and SSIM over epochs.
pub const QUALITY: &str = "quality.png";
/// Test images and their reconstructions.
pub const RECONSTRUCTION: &str = "reconstruction.png";
/// Traversals along single dimensions of the code.
pub const TRAVERSAL: &str = "traversal.png";
/// Expected outputs of a colorizing network.
pub const TRUE_COLOUR: &str = "true_colour.png";

/// Figures of all kinds of experiments, as images.
pub const ALL: [&str; 19] = [
    CODES,
    CODES_PCA,
    CODES_TSNE,
    COLORIZATION,
    DENOISING,
    GRAY,
    INTERPOLATION,
    LEARNING_RATE,
    LOSS,
    MANIFOLD,
    MODEL,
    NOISE_LEVELS,
    PREDICTED,
    PSNR_OVER_AMOUNT,
    PSNR_OVER_SIGMA,
    QUALITY,
    RECONSTRUCTION,
    TRAVERSAL,
    TRUE_COLOUR,
];

/// Those of them that can also be vector graphics.
pub const PLOTS: [&str; 9] = [
    CODES,
    CODES_PCA,
    CODES_TSNE,
    LEARNING_RATE,
    LOSS,
    MODEL,
    PSNR_OVER_AMOUNT,
    PSNR_OVER_SIGMA,
    QUALITY,
];

/// Returns the name of a plot as vector graphics.
pub fn vector(name: &str) -> String {
    Path::new(name).with_extension("svg").to_string_lossy().into_owned()
}

/// Yields the names of all files of figures.
pub fn files() -> impl Iterator<Item = String> {
    ALL.map(str::to_owned).into_iter().chain(PLOTS.map(vector))
}
