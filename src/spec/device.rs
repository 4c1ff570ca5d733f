//! `experiment.device`: how devices are spelled.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The device of an experiment: its spelling, and what it denotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Device {
    text: String,
    kind: Option<DeviceKind>,
}

/// A device to compute on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    /// The first GPU if there is one, else the CPU.
    Auto,
    /// The CPU.
    Cpu,
    /// The NVIDIA GPU with this ordinal.
    Cuda(usize),
}

impl Device {
    /// The spellings that [`Self::kind`] understands, as a regular expression for the schema.
    pub const PATTERN: &str = "^(auto|cpu|cuda(:[0-9]{1,4})?)$";

    /// Returns the GPU `ordinal`, spelled with its number even for 0.
    pub fn cuda(ordinal: u16) -> Self {
        Self { text: format!("cuda:{ordinal}"), kind: Some(DeviceKind::Cuda(ordinal.into())) }
    }

    /// Returns the device that is meant, or `None` if it is misspelt, which [`load`](super::load()) rejects.
    pub const fn kind(&self) -> Option<DeviceKind> {
        self.kind
    }

    /// Returns the spelling as given.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<String> for Device {
    fn from(text: String) -> Self {
        let kind = match text.as_str() {
            "auto" => Some(DeviceKind::Auto),
            "cpu" => Some(DeviceKind::Cpu),
            "cuda" => Some(DeviceKind::Cuda(0)),
            text => text.strip_prefix("cuda:").and_then(ordinal).map(DeviceKind::Cuda),
        };
        Self { text, kind }
    }
}

/// Parses a number of at most four digits.
fn ordinal(digits: &str) -> Option<usize> {
    let plain = digits.len() <= 4 && digits.bytes().all(|digit| digit.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

impl From<DeviceKind> for Device {
    fn from(kind: DeviceKind) -> Self {
        Self { text: kind.to_string(), kind: Some(kind) }
    }
}

impl From<Device> for String {
    fn from(device: Device) -> Self {
        device.text
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for DeviceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(0) => f.write_str("cuda"),
            Self::Cuda(ordinal) => write!(f, "cuda:{ordinal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<DeviceKind> {
        Device::from(text.to_owned()).kind()
    }

    #[test]
    fn devices_are_read_back_and_keep_their_spelling() {
        use DeviceKind::{Auto, Cpu, Cuda};
        for (text, meant) in [
            ("auto", Auto),
            ("cpu", Cpu),
            ("cuda", Cuda(0)),
            ("cuda:3", Cuda(3)),
            ("cuda:12", Cuda(12)),
        ] {
            assert_eq!(kind(text), Some(meant));
            assert_eq!(Device::from(meant).as_str(), text);
        }
        for (text, meant) in [("cuda:0", Cuda(0)), ("cuda:007", Cuda(7))] {
            assert_eq!(kind(text), Some(meant));
            assert_eq!(String::from(Device::from(text.to_owned())), text);
        }
        assert_eq!(Device::cuda(0), Device::from("cuda:0".to_owned()));
        let misspelt = ["", "gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:+1", "cuda:12345"];
        assert!(misspelt.iter().all(|text| kind(text).is_none()));
    }
}
