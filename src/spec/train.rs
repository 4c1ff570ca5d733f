//! `[train]`: how the network is trained.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// How the network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Train {
    /// Passes over the training pictures.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub epochs: usize,
    /// Pictures per step; the last step of an epoch takes what is left.
    #[schemars(range(min = 1, max = 65536))]
    pub batch_size: usize,
    /// What is minimised: one name, or a table of weights such as `{ mse = 0.8, ssim = 0.2 }`.
    pub loss: Loss,
    /// How weights follow from gradients.
    pub optimizer: Optimizer,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// Steps over which the learning rate rises linearly from 0 before the schedule takes over.
    pub warmup_steps: usize,
    /// Bounds on gradients.
    pub clip: Clip,
    /// Draw a new order of the pictures in each epoch; `false` keeps the order of the data.
    pub shuffle: bool,
    /// Stop when a metric no longer improves; without this table, never.
    pub early_stopping: Option<EarlyStopping>,
    /// Which weights are kept.
    pub checkpoint: Checkpoint,
}

impl Default for Train {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 32,
            loss: Loss::default(),
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            warmup_steps: 0,
            clip: Clip::default(),
            shuffle: true,
            early_stopping: None,
            checkpoint: Checkpoint::default(),
        }
    }
}

/// Differences between two pictures that can be minimised.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LossTerms {
    /// Mean squared error.
    Mse,
    /// Mean absolute error.
    Mae,
    /// Binary cross-entropy.
    Bce,
    /// 1 - SSIM.
    Ssim,
}

/// A weighted sum of losses.
#[derive(Debug, Clone, PartialEq)]
pub struct Loss {
    /// Weight of each term; never empty.
    pub weights: BTreeMap<LossTerms, f64>,
}

impl Default for Loss {
    fn default() -> Self {
        Self { weights: BTreeMap::from([(LossTerms::Mse, 1.0)]) }
    }
}

impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.weights.iter().next() {
            Some((term, weight)) if self.weights.len() == 1 && (*weight - 1.0).abs() == 0.0 => {
                term.serialize(serializer)
            }
            _ => self.weights.serialize(serializer),
        }
    }
}

// By hand rather than `untagged`, whose error says only that no variant matched.
impl<'de> Deserialize<'de> for Loss {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Loss;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a loss, or a table of names and weights")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Loss, E> {
                let term = LossTerms::deserialize(de::value::StrDeserializer::new(name))?;
                Ok(Loss { weights: BTreeMap::from([(term, 1.0)]) })
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Loss, A::Error> {
                let weights = BTreeMap::deserialize(de::value::MapAccessDeserializer::new(map))?;
                if weights.is_empty() {
                    return Err(de::Error::invalid_length(0, &self));
                }
                Ok(Loss { weights })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Loss {
    fn schema_name() -> Cow<'static, str> {
        "Loss".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let term = generator.subschema_for::<LossTerms>();
        let weight = schemars::json_schema!({ "type": "number", "exclusiveMinimum": 0 });
        schemars::json_schema!({
            "description": "The name of a loss, or a table of names and weights.",
            "anyOf": [
                term,
                {
                    "type": "object",
                    "properties": { "mse": weight, "mae": weight, "bce": weight, "ssim": weight },
                    "additionalProperties": false,
                    "minProperties": 1
                }
            ]
        })
    }
}

/// How weights follow from gradients. Defaults are Keras's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Adam (Kingma and Ba, 2015).
    Adam {
        /// Step size.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay of the mean of gradients.
        #[serde(default = "beta1")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta1: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta2: f64,
        /// Added to the root of the mean of squares.
        #[serde(default = "epsilon")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        epsilon: f64,
    },
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
    Adamw {
        /// Step size.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay of the mean of gradients.
        #[serde(default = "beta1")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta1: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "beta2")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        beta2: f64,
        /// Added to the root of the mean of squares.
        #[serde(default = "epsilon")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        epsilon: f64,
        /// Share of each weight, times the learning rate, taken away in a step; biases are spared.
        #[serde(default = "weight_decay")]
        #[schemars(range(min = 0))]
        weight_decay: f64,
    },
    /// Gradient descent with momentum.
    Sgd {
        /// Step size.
        #[serde(default = "hundredth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Share of the last step that goes into the next.
        #[serde(default)]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        momentum: f64,
        /// Nesterov's form of momentum.
        #[serde(default)]
        nesterov: bool,
    },
    /// `RMSprop` (Tieleman and Hinton, 2012).
    Rmsprop {
        /// Step size.
        #[serde(default = "thousandth")]
        #[schemars(range(min = 0))]
        learning_rate: f64,
        /// Decay of the mean of squared gradients.
        #[serde(default = "rho")]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        rho: f64,
        /// Share of the last step that goes into the next.
        #[serde(default)]
        #[schemars(range(min = 0), extend("exclusiveMaximum" = 1))]
        momentum: f64,
        /// Added to the mean of squares before its root is taken.
        #[serde(default = "epsilon")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        epsilon: f64,
    },
}

impl Optimizer {
    /// The learning rate that the schedule starts from.
    pub fn learning_rate(&self) -> f64 {
        match self {
            Self::Adam { learning_rate, .. }
            | Self::Adamw { learning_rate, .. }
            | Self::Sgd { learning_rate, .. }
            | Self::Rmsprop { learning_rate, .. } => *learning_rate,
        }
    }
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Adam {
            learning_rate: thousandth(),
            beta1: beta1(),
            beta2: beta2(),
            epsilon: epsilon(),
        }
    }
}

/// How the learning rate changes. Epochs count from 0; the base is `optimizer.learning_rate`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Schedule {
    /// The base throughout.
    #[default]
    Constant,
    /// Times `gamma` every `every` epochs.
    Step {
        /// Epochs between two drops.
        #[schemars(range(min = 1))]
        every: usize,
        /// Factor of a drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// Times `gamma` at each of `epochs`.
    MultiStep {
        /// Epochs at which the rate drops, rising.
        #[schemars(length(min = 1))]
        epochs: Vec<usize>,
        /// Factor of a drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// Times `gamma` every epoch.
    Exponential {
        /// Factor of an epoch.
        #[schemars(extend("exclusiveMinimum" = 0))]
        gamma: f64,
    },
    /// From the base to `end` along `(1 - progress) ^ power`, step by step.
    Polynomial {
        /// Rate at the end of training.
        #[serde(default)]
        #[schemars(range(min = 0))]
        end: f64,
        /// 1 is linear.
        #[serde(default = "one")]
        #[schemars(range(min = 0))]
        power: f64,
    },
    /// Half a cosine from the base to `min` (Loshchilov and Hutter, 2017), step by step.
    Cosine {
        /// Rate at the end of a period.
        #[serde(default)]
        #[schemars(range(min = 0))]
        min: f64,
        /// Epochs of the first period, after which the rate starts from the base again; all epochs when left out.
        #[serde(default)]
        #[schemars(range(min = 1))]
        period: Option<usize>,
        /// Each period is so many times as long as the one before.
        #[serde(default = "one_period")]
        #[schemars(range(min = 1))]
        period_mult: usize,
    },
    /// Up from `base / div` to the base and down to `base / final_div`, both along half a cosine (Smith, 2018).
    OneCycle {
        /// Share of the steps on the way up.
        #[serde(default = "three_tenths")]
        #[schemars(range(min = 0, max = 1))]
        warmup: f64,
        /// Base over the rate at the start.
        #[serde(default = "twenty_five")]
        #[schemars(range(min = 1))]
        div: f64,
        /// Base over the rate at the end.
        #[serde(default = "ten_thousand")]
        #[schemars(range(min = 1))]
        final_div: f64,
    },
    /// Times `factor` when `metric` has not improved for `patience` epochs, as Keras's `ReduceLROnPlateau`.
    Plateau {
        /// What is watched.
        #[serde(default)]
        metric: Metric,
        /// Factor of a drop.
        #[serde(default = "tenth")]
        #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))]
        factor: f64,
        /// Epochs without improvement before a drop.
        #[serde(default = "ten")]
        patience: usize,
        /// An improvement is more than this.
        #[serde(default = "plateau_threshold")]
        #[schemars(range(min = 0))]
        threshold: f64,
        /// Epochs after a drop in which none are counted.
        #[serde(default)]
        cooldown: usize,
        /// The rate never falls below this.
        #[serde(default)]
        #[schemars(range(min = 0))]
        min: f64,
    },
}

/// A column of `metrics.csv` that decisions can be made on.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, PartialOrd, Ord,
)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// The loss over the training pictures, as the network was while it saw them.
    Loss,
    /// The loss over the validation pictures.
    #[default]
    ValLoss,
    /// Mean squared error over the validation pictures.
    ValMse,
    /// Mean absolute error over the validation pictures.
    ValMae,
    /// Peak signal-to-noise ratio in dB over the validation pictures.
    ValPsnr,
    /// Structural similarity over the validation pictures.
    ValSsim,
}

/// Whether less or more is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Less is better.
    Min,
    /// More is better.
    Max,
}

impl Metric {
    /// Every metric, in the order of `metrics.csv`.
    pub const ALL: [Self; 6] =
        [Self::Loss, Self::ValLoss, Self::ValMse, Self::ValMae, Self::ValPsnr, Self::ValSsim];

    /// Name in files and on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::ValLoss => "val_loss",
            Self::ValMse => "val_mse",
            Self::ValMae => "val_mae",
            Self::ValPsnr => "val_psnr",
            Self::ValSsim => "val_ssim",
        }
    }

    /// Whether less or more of it is better.
    pub const fn mode(self) -> Mode {
        match self {
            Self::Loss | Self::ValLoss | Self::ValMse | Self::ValMae => Mode::Min,
            Self::ValPsnr | Self::ValSsim => Mode::Max,
        }
    }
}

impl Mode {
    /// Whether `value` is better than `best` by more than `min_delta`. NaN never is, nor is a tie.
    pub fn improves(self, value: f64, best: Option<f64>, min_delta: f64) -> bool {
        match (best, self) {
            (None, _) => !value.is_nan(),
            (Some(best), Self::Min) => value < best - min_delta,
            (Some(best), Self::Max) => value > best + min_delta,
        }
    }
}

/// Bounds on gradients; the norm is applied first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Clip {
    /// Scale all gradients down together so that their norm does not exceed this.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub norm: Option<f64>,
    /// Cut every single gradient to this range around 0.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub value: Option<f64>,
}

/// Stop when a metric no longer improves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EarlyStopping {
    /// What is watched.
    pub metric: Metric,
    /// Epochs without improvement before training stops.
    pub patience: usize,
    /// An improvement is more than this.
    #[schemars(range(min = 0))]
    pub min_delta: f64,
    /// Go back to the weights of the best epoch when stopping.
    pub restore_best: bool,
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { metric: Metric::ValLoss, patience: 5, min_delta: 0.0, restore_best: false }
    }
}

/// Which weights are kept. `last.safetensors` always is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Checkpoint {
    /// The metric by which `best.safetensors` is the best.
    pub metric: Metric,
    /// Keep `epoch0010.safetensors` and so on, every so many epochs; 0 keeps none.
    pub every: usize,
    /// Of those, keep the newest so many; 0 keeps all.
    pub keep: usize,
}

fn thousandth() -> f64 {
    1e-3
}

fn hundredth() -> f64 {
    1e-2
}

fn beta1() -> f64 {
    0.9
}

fn beta2() -> f64 {
    0.999
}

fn epsilon() -> f64 {
    1e-7
}

fn weight_decay() -> f64 {
    4e-3
}

fn rho() -> f64 {
    0.9
}

fn tenth() -> f64 {
    0.1
}

fn one() -> f64 {
    1.0
}

fn ten() -> usize {
    10
}

fn one_period() -> usize {
    1
}

fn three_tenths() -> f64 {
    0.3
}

fn twenty_five() -> f64 {
    25.0
}

fn ten_thousand() -> f64 {
    1e4
}

fn plateau_threshold() -> f64 {
    1e-4
}
