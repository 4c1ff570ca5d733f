//! What other programs call things, for suggestions.
//!
//! All names but our own are written without case, `_`, `-` and blanks.

/// Our words, each with the others that are used for the same: keys and names of values. A word may occur several
/// times; the first of our words that is valid in its place is meant.
pub(super) const SYNONYMS: [(&str, &[&str]); 61] = [
    // [experiment]
    ("seed", &["randomseed", "randomstate", "manualseed", "rngseed"]),
    ("device", &["gpu", "gpus", "accelerator", "cuda", "usecuda", "usegpu"]),
    ("description", &["notes", "comment"]),
    // [data]
    ("dataset", &["name", "dataname"]),
    ("root", &["path", "dir", "folder", "directory", "datadir", "datapath", "dataroot"]),
    ("train_limit", &["ntrain", "numtrain", "subset", "limit", "maxsamples", "nsamples"]),
    ("test_limit", &["ntest", "numtest"]),
    ("validation_split", &["valsplit", "valfraction", "valsize", "valratio"]),
    ("image_size", &["size", "resize", "inputshape", "inputsize", "imgsize", "resolution"]),
    ("fashion_mnist", &["fmnist"]),
    ("image_folder", &["folder", "images", "custom"]),
    // [task]
    ("reconstruct", &["autoencode", "autoencoder", "ae"]),
    ("noise", &["corruption", "noising"]),
    ("sigma", &["std", "stddev", "noisestd", "noisefactor", "noiselevel", "level", "strength"]),
    (
        "amount",
        &["ratio", "fraction", "probability", "prob", "p", "noiselevel", "level", "strength"],
    ),
    ("gaussian", &["normal", "awgn"]),
    ("masking", &["dropout", "blackout", "zero"]),
    ("salt_and_pepper", &["impulse", "snp"]),
    // [model]
    ("mlp", &["dense", "fc", "fullyconnected", "feedforward"]),
    ("conv", &["cnn", "convolutional"]),
    (
        "filters",
        &["channels", "nfilters", "numfilters", "widths", "layers", "units", "outchannels"],
    ),
    ("hidden", &["layers", "units", "neurons", "layersizes", "hiddendim", "hiddendims", "widths"]),
    ("kernel_size", &["kernel", "kernels", "ksize", "filtersize"]),
    ("latent_dim", &["latent", "latentsize", "bottleneck", "bottleneckdim", "bottlenecksize"]),
    ("latent_dim", &["codedim", "codesize", "zdim", "z", "nlatent", "encodingdim", "embeddingdim"]),
    ("activation", &["nonlinearity", "act"]),
    ("output_activation", &["finalactivation", "lastactivation"]),
    ("initializer", &["kernelinitializer", "weightinit"]),
    ("init", &["weights", "pretrained", "checkpointpath", "ckptpath"]),
    ("linear", &["identity", "none", "logistic", "logisticregression"]),
    ("silu", &["swish"]),
    ("glorot_uniform", &["xavier", "xavieruniform"]),
    ("glorot_normal", &["xaviernormal"]),
    ("he_uniform", &["kaiming", "kaiminguniform"]),
    ("he_normal", &["kaimingnormal"]),
    // [train]
    ("epochs", &["epoch", "nepochs", "numepochs", "maxepochs", "nbepoch", "numtrainepochs"]),
    ("batch_size", &["batch", "bs", "minibatch", "minibatchsize"]),
    ("loss", &["criterion", "lossfn", "lossfunction", "objective"]),
    ("optimizer", &["optim", "opt"]),
    ("learning_rate", &["lr", "baselr", "initiallr", "stepsize", "learningrateinit", "eta"]),
    ("weight_decay", &["wd", "l2", "l2reg"]),
    ("schedule", &["scheduler", "lrscheduler", "lrschedule", "lrdecay"]),
    ("clip", &["gradclip", "gradientclipping", "maxgradnorm", "clipgradnorm"]),
    ("norm", &["clipnorm", "maxnorm"]),
    ("metric", &["monitor", "metrics", "bestmetric", "objective"]),
    ("min_delta", &["delta", "tolerance", "tol"]),
    ("bce", &["binarycrossentropy", "crossentropy", "bceloss", "bcewithlogits", "logloss"]),
    ("mse", &["meansquarederror", "mseloss", "l2", "l2loss"]),
    ("mae", &["meanabsoluteerror", "l1", "l1loss"]),
    ("polynomial", &["linear", "poly"]),
    ("constant", &["none", "fixed"]),
    // [evaluate]
    ("noise_sigmas", &["noiselevels", "sigmas", "levels"]),
    // [sweep]
    ("repeats", &["seeds", "nseeds", "numseeds", "replicates", "runs", "nruns"]),
    ("count", &["ntrials", "numtrials", "niter", "n"]),
    ("prune", &["pruner", "pruning", "earlyterminate"]),
    // A kind, and tables
    ("kind", &["type", "name", "target", "classname"]),
    ("extends", &["defaults", "base", "inherits", "inherit", "parent"]),
    ("model", &["network", "net", "autoencoder", "architecture", "arch"]),
    ("train", &["training", "trainer", "fit"]),
    ("evaluate", &["eval", "test", "testing", "evaluation"]),
    ("figures", &["plot", "plots", "plotting", "visualization"]),
];

/// Keys that do not exist, with what there is instead.
const ABSENT: [(&[&str], &str); 15] = [
    (&["extends"], "it belongs at the top of the file, before the first table"),
    (&["dropout", "dropoutrate"], "networks have no dropout"),
    (&["padding"], "padding is always \"same\": only `strides` make images smaller"),
    (
        &["batchnorm", "usebatchnorm", "batchnormalization", "layernorm", "normalization"],
        "networks have no normalization layers",
    ),
    (
        &["pooling", "maxpool", "maxpooling", "poolsize"],
        "networks have no pooling layers: `strides` make images smaller",
    ),
    (&["bias", "usebias"], "all layers have biases"),
    (
        &[
            "augment",
            "augmentation",
            "augmentations",
            "augmenttrain",
            "dataaugmentation",
            "transforms",
            "transform",
            "flip",
            "randomflip",
            "rotation",
        ],
        "images are not augmented: all that can change in them between epochs is noise, with `resample = \"epoch\"`",
    ),
    (
        &["skip", "skips", "skipconnections", "useskip", "residual", "unet", "resnet"],
        "networks have no skip connections: all that the decoder knows of an image is its code",
    ),
    (
        &["vae", "variational", "betavae", "kl", "klweight"],
        "networks are plain autoencoders: codes are not sampled, and no term of the loss is about them",
    ),
    (
        &["colorspace", "colourspace", "colormode", "lab", "cielab", "yuv", "ycbcr", "hsv"],
        "colours are RGB: `task.kind = \"colorize\"` predicts all three channels from gray",
    ),
    (&["repeats", "retries", "prune"], "it is a key of [sweep], as in `sweep.repeats`"),
    (
        &["workers", "numworkers", "nworkers", "threads", "numthreads", "jobs", "njobs"],
        "it is an option of the command: `--threads N`, and `--jobs N` for the runs of a sweep",
    ),
    (
        &["outputdir", "outdir", "savedir", "logdir", "resultsdir", "runsdir"],
        "it is an option of the command: `--runs-dir FOLDER`",
    ),
    (&["resume", "resumefrom"], "none is needed: the same command resumes"),
    (&["verbose"], "it is an option of the command: `--quiet`"),
];

/// Keys of one kind of a table, each with what does the same beside the others.
const BESIDE: [(&str, &str); 1] = [(
    "train.schedule.warmup",
    "`train.warmup_steps` raises the learning rate at the start of any schedule",
)];

/// Returns our words for a plain name of another program.
pub(super) fn meanings(plain: &str) -> impl Iterator<Item = &'static str> + '_ {
    SYNONYMS.iter().filter(move |(_, others)| others.contains(&plain)).map(|(ours, _)| *ours)
}

/// Returns what there is instead of a key that does not exist, given its plain name.
pub(super) fn absent(plain: &str) -> Option<&'static str> {
    ABSENT.iter().find(|(names, _)| names.contains(&plain)).map(|(_, instead)| *instead)
}

/// Returns what does the same as a key that only some kinds of its table have, given its path.
pub(super) fn beside(path: &str) -> Option<&'static str> {
    BESIDE.iter().find(|(key, _)| *key == path).map(|(_, instead)| *instead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::suggest::plain;

    #[test]
    fn all_foreign_words_are_plain_and_none_is_listed_twice_for_the_same() {
        let mut seen = std::collections::HashSet::new();
        for (ours, others) in SYNONYMS {
            for other in others {
                assert_eq!(plain(other), *other);
                assert!(seen.insert((ours, other)), "{other} for {ours}");
            }
        }
        assert!(ABSENT.iter().flat_map(|(names, _)| *names).all(|name| plain(name) == *name));
    }
}
