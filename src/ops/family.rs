//! The instruction set that the kernels use.

use std::fmt;
use thiserror::Error;

/// The environment variable that overrides the choice of kernels.
const VARIABLE: &str = "RUNNER_KERNELS";

/// An instruction set for which the kernels are compiled, fastest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// 16 values at a time, with fused multiply-add.
    Avx512,
    /// 8 values at a time, with fused multiply-add.
    Avx2,
    /// Runs on every machine; without FMA, so products are rounded before they are added.
    Portable,
}

/// Why the requested kernels cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Error {
    /// The variable is not the name of a family.
    #[error(
        "RUNNER_KERNELS is `{0}`; expected avx512, avx2 or portable, or no such variable for the fastest"
    )]
    Unknown(String),
    /// The CPU lacks the instructions.
    #[error("RUNNER_KERNELS asks for {0}, which this processor lacks; the fastest it has is {best}", best = Family::detect())]
    Unavailable(Family),
}

impl Family {
    /// All families, fastest first.
    pub const ALL: [Self; 3] = [Self::Avx512, Self::Avx2, Self::Portable];

    /// Returns the fastest family that this machine supports.
    pub fn detect() -> Self {
        Self::ALL.into_iter().find(|family| family.is_available()).unwrap_or(Self::Portable)
    }

    /// Returns the family named by the environment variable `RUNNER_KERNELS`, or the fastest one if it is
    /// not set.
    ///
    /// # Errors
    ///
    /// When the variable is not the name of a family, or the CPU lacks that family's instructions.
    pub fn from_env() -> Result<Self, Error> {
        match std::env::var_os(VARIABLE) {
            None => Ok(Self::detect()),
            Some(value) => Self::parse(&value.to_string_lossy()),
        }
    }

    fn parse(value: &str) -> Result<Self, Error> {
        let family = Self::ALL
            .into_iter()
            .find(|family| family.name() == value)
            .ok_or_else(|| Error::Unknown(value.to_owned()))?;
        if family.is_available() { Ok(family) } else { Err(Error::Unavailable(family)) }
    }

    /// Returns the name of the family, as used in `RUNNER_KERNELS`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }

    /// Whether this machine has the instructions. Cheap: the standard library caches the answer.
    #[cfg(target_arch = "x86_64")]
    pub fn is_available(self) -> bool {
        match self {
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("fma")
            }
            Self::Avx2 => is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma"),
            Self::Portable => true,
        }
    }

    /// Whether this machine has the instructions.
    #[cfg(not(target_arch = "x86_64"))]
    pub fn is_available(self) -> bool {
        self == Self::Portable
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_available_family_is_found_by_its_name() {
        for family in Family::ALL.into_iter().filter(|family| family.is_available()) {
            assert_eq!(Family::parse(family.name()), Ok(family));
        }
        assert!(Family::Portable.is_available());
    }

    #[test]
    fn a_missing_instruction_set_is_refused_by_name() {
        for family in Family::ALL.into_iter().filter(|family| !family.is_available()) {
            assert_eq!(Family::parse(family.name()), Err(Error::Unavailable(family)));
        }
        let message = Error::Unavailable(Family::Avx512).to_string();
        assert!(message.contains("asks for avx512") && message.contains(Family::detect().name()));
    }

    #[test]
    fn a_misspelt_family_names_the_choices() {
        let message = Family::parse("avx-512").unwrap_err().to_string();
        assert!(message.contains("`avx-512`") && message.contains("avx512, avx2 or portable"));
    }

    #[test]
    fn the_fastest_family_is_detected() {
        let best = Family::detect();
        assert!(best.is_available());
        assert!(Family::ALL.iter().take_while(|f| **f != best).all(|f| !f.is_available()));
    }
}
