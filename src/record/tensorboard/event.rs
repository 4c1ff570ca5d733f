//! The messages and records of event files.

use crate::{spec::Metric, train::EpochMetrics};
use prost::Message;

/// Encodes a record: length, its checksum, message, its checksum.
pub fn record(event: &Event) -> Vec<u8> {
    let message = event.encode_to_vec();
    let length = (message.len() as u64).to_le_bytes();
    let mut record = Vec::with_capacity(message.len() + 16);
    record.extend(length);
    record.extend(masked(&length).to_le_bytes());
    record.extend(&message);
    record.extend(masked(&message).to_le_bytes());
    record
}

/// The masked CRC-32C that the format stores: rotated and offset, since data may itself contain checksums.
pub fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// `image.colorspace` for three channels.
pub const RGB: i32 = 3;

#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    #[prost(int64, tag = "2")]
    pub step: i64,
    #[prost(string, optional, tag = "3")]
    pub file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    pub summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(string, tag = "1")]
    pub tag: String,
    #[prost(float, optional, tag = "2")]
    pub simple_value: Option<f32>,
    #[prost(message, optional, tag = "4")]
    pub image: Option<Image>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Image {
    #[prost(int32, tag = "1")]
    pub height: i32,
    #[prost(int32, tag = "2")]
    pub width: i32,
    #[prost(int32, tag = "3")]
    pub colorspace: i32,
    #[prost(bytes = "vec", tag = "4")]
    pub encoded_image_string: Vec<u8>,
}

impl Event {
    /// The event that every file starts with.
    pub fn version(wall_time: f64) -> Self {
        let file_version = Some("brain.Event:2".to_owned());
        Self { wall_time, step: 0, file_version, summary: None }
    }

    pub fn of(wall_time: f64, epoch: usize, value: Vec<Value>) -> Self {
        let summary = Some(Summary { value });
        Self { wall_time, step: epoch.cast_signed() as i64, file_version: None, summary }
    }

    /// The values of an epoch, tagged by their column names.
    pub fn scalars(wall_time: f64, row: &EpochMetrics) -> Self {
        let metrics = Metric::ALL.into_iter().map(|metric| (metric.name(), row.value(metric)));
        let all = metrics.chain([("learning_rate", row.learning_rate)]);
        let value = all.filter_map(|(name, value)| {
            Some(Value { simple_value: Some(value? as f32), ..Value::tagged(name) })
        });
        Self::of(wall_time, row.epoch, value.collect())
    }
}

impl Value {
    pub fn tagged(tag: &str) -> Self {
        Self { tag: tag.to_owned(), ..Self::default() }
    }
}
