//! Where a training stands: everything but the tensors that is needed to go on without a seam.
//!
//! No clock time is in here, because two trainings of one experiment must save equal bytes.

use serde::{Deserialize, Serialize};

/// Where a training stands, between two steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainState {
    /// Epochs completed.
    pub epoch: usize,
    /// The next batch of the epoch after those; 0 between two epochs.
    pub batch: usize,
    /// Steps of the optimiser since the start.
    pub step: u64,
    /// Sum of the losses of the begun epoch's pictures.
    #[serde(with = "exact")]
    pub loss_sum: f64,
    /// How many pictures that sum is over.
    pub loss_count: u64,
    /// The learning rate's schedule.
    pub schedule: ScheduleState,
    /// Early stopping.
    pub early: EarlyState,
    /// The epoch whose weights are in `best.safetensors`.
    pub best: Option<Best>,
}

/// What a schedule remembers; only a plateau schedule uses more than the rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleState {
    /// The learning rate after all drops so far, before warm-up.
    #[serde(with = "exact")]
    pub rate: f64,
    /// Best value of the watched metric so far.
    #[serde(with = "exact::option")]
    pub best: Option<f64>,
    /// Epochs since then.
    pub wait: usize,
    /// Epochs still to come in which none are counted.
    pub cooldown: usize,
}

/// What early stopping remembers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyState {
    /// Best value of the watched metric so far.
    #[serde(with = "exact::option")]
    pub best: Option<f64>,
    /// The epoch of it, counted from 1; 0 before the first.
    pub best_epoch: usize,
    /// Epochs since then.
    pub wait: usize,
}

/// The best epoch so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// Value of the metric that checkpoints are compared by.
    #[serde(with = "exact")]
    pub value: f64,
    /// The epoch, counted from 1.
    pub epoch: usize,
}

impl TrainState {
    /// The state before the first step, at the learning rate `rate`.
    pub fn new(rate: f64) -> Self {
        Self {
            epoch: 0,
            batch: 0,
            step: 0,
            loss_sum: 0.0,
            loss_count: 0,
            schedule: ScheduleState { rate, best: None, wait: 0, cooldown: 0 },
            early: EarlyState::default(),
            best: None,
        }
    }
}

/// Numbers in JSON that come back bit by bit, the ones that JSON lacks as `"inf"`, `"-inf"`, `"NaN"`.
///
/// An infinite PSNR can be the best value; written as null it would be beaten after a resume.
pub mod exact {
    use serde::{Deserializer, Serializer, de};
    use std::fmt;

    /// Writes a number, or the name of one that JSON lacks.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        if value.is_finite() {
            serializer.serialize_f64(*value)
        } else {
            serializer.collect_str(value)
        }
    }

    /// Reads what [`serialize`] writes, and integers.
    ///
    /// # Errors
    /// For anything else.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        deserializer.deserialize_any(Visitor)
    }

    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = f64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number, \"inf\", \"-inf\" or \"NaN\"")
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<f64, E> {
            Ok(value)
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<f64, E> {
            Ok(value as f64)
        }

        fn visit_i64<E: de::Error>(self, value: i64) -> Result<f64, E> {
            Ok(value as f64)
        }

        fn visit_str<E: de::Error>(self, name: &str) -> Result<f64, E> {
            match name {
                "inf" => Ok(f64::INFINITY),
                "-inf" => Ok(f64::NEG_INFINITY),
                "NaN" => Ok(f64::NAN),
                _ => Err(E::invalid_value(de::Unexpected::Str(name), &self)),
            }
        }
    }

    /// One number, to be used inside other types.
    #[derive(serde::Serialize, serde::Deserialize)]
    pub(crate) struct Number(#[serde(with = "super::exact")] pub(crate) f64);

    /// The same for a number that may be missing, which is null.
    pub mod option {
        use super::Number;
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        /// Writes a number or null.
        ///
        /// # Errors
        /// Those of the serializer.
        pub fn serialize<S: Serializer>(
            value: &Option<f64>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            value.map(Number).serialize(serializer)
        }

        /// Reads a number or null.
        ///
        /// # Errors
        /// For anything else.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<f64>, D::Error> {
            Ok(Option::<Number>::deserialize(deserializer)?.map(|number| number.0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn through_json(state: &TrainState) -> TrainState {
        serde_json::from_str(&serde_json::to_string(state).unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn every_number_comes_back_bit_by_bit(
            sum in any::<u64>(), best in any::<u64>(), rate in any::<f64>(),
            step in any::<u64>(), epoch in any::<usize>(),
        ) {
            let [sum, best] = [sum, best].map(f64::from_bits);
            let mut state = TrainState::new(rate);
            (state.loss_sum, state.step, state.epoch) = (sum, step, epoch);
            state.schedule.best = Some(best);
            let back = through_json(&state);
            prop_assert_eq!((back.step, back.epoch), (step, epoch));
            for (there, back) in
                [(sum, back.loss_sum), (best, back.schedule.best.unwrap()), (rate, back.schedule.rate)]
            {
                prop_assert!(there.to_bits() == back.to_bits() || (there.is_nan() && back.is_nan()));
            }
        }
    }

    #[test]
    fn numbers_that_json_lacks_come_back() {
        for value in [f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE / 2.0] {
            let mut state = TrainState::new(value);
            state.best = Some(Best { value, epoch: 3 });
            state.early = EarlyState { best: Some(value), best_epoch: 3, wait: 1 };
            let back = through_json(&state);
            assert_eq!(back, state);
            assert_eq!(back.schedule.rate.to_bits(), value.to_bits());
        }
        assert!(through_json(&TrainState::new(f64::NAN)).schedule.rate.is_nan());
    }

    #[test]
    fn a_missing_or_unknown_part_of_the_state_is_an_error() {
        let text = serde_json::to_string(&TrainState::new(1e-3)).unwrap();
        for wrong in [
            text.replace("\"step\":0,", ""),
            text.replace("\"step\":0,", "\"step\":0,\"momentum\":1,"),
            text.replace("\"loss_sum\":0.0", "\"loss_sum\":\"none\""),
        ] {
            assert_ne!(wrong, text);
            assert!(serde_json::from_str::<TrainState>(&wrong).is_err(), "{wrong}");
        }
    }
}
