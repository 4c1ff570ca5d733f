//! The safetensors format: the header's length in 8 bytes, the header as JSON, then the values.
//!
//! Reads with the `safetensors` crate, which validates. Writes by hand, as that crate writes metadata in the
//! random order of a hash map, so that equal checkpoints would differ.

use crate::{
    record::{Error, Result, files},
    train::NamedTensor,
};
use safetensors::{Dtype, SafeTensorError, SafeTensors, tensor::TensorInfo};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{collections::HashMap, io::Read, path::Path};

pub(super) const META_DIGEST: &str = "digest";
pub(super) const META_FORMAT: &str = "format";
pub(super) const META_IDENTITY: &str = "identity";
pub(super) const META_STATE: &str = "state";

/// Prefix of the format number, to tell it from the `format` of other programs.
pub(super) const FORMAT_NAME: &str = "runner";

/// Key of the metadata, among the names of tensors.
const METADATA: &str = "__metadata__";

/// The contents of a file.
pub(super) struct Contents {
    pub(super) metadata: HashMap<String, String>,
    /// Sorted by name.
    pub(super) tensors: Vec<NamedTensor>,
}

/// Parses the number in `runner 1`.
pub(super) fn format_number(text: &str) -> Option<u32> {
    text.strip_prefix(FORMAT_NAME)?.trim_start().parse().ok()
}

/// Encodes the length and header of a file with these entries, both in the given order.
pub(super) fn encode(
    metadata: &[(&str, String)],
    tensors: &[&NamedTensor],
) -> std::result::Result<Vec<u8>, String> {
    let metadata: Map<String, Value> =
        metadata.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    let mut header = Map::from_iter([(METADATA.to_owned(), Value::Object(metadata))]);
    let mut offset = 0;
    for NamedTensor { name, shape, values } in tensors {
        if shape.iter().product::<usize>() != values.len() {
            let count = values.len();
            return Err(format!("tensor {name} has {count} values for the shape {shape:?}"));
        }
        let end = offset + size_of_val(values.as_slice());
        let entry = json!({ "dtype": "F32", "shape": shape, "data_offsets": [offset, end] });
        if header.insert(name.clone(), entry).is_some() {
            return Err(format!("two tensors are called {name}"));
        }
        offset = end;
    }
    let mut text = Value::Object(header).to_string().into_bytes();
    // The values start at a multiple of 8 bytes, so that other programs can map them into memory.
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.append(&mut text);
    Ok(bytes)
}

/// Reads any safetensors file of 32-bit floats.
pub(super) fn read(path: &Path) -> Result<Contents> {
    let bytes = files::read(path).map_err(Error::io("read", path))?;
    let (length, header) = SafeTensors::read_metadata(&bytes)
        .map_err(|error| Error::broken(path, reason(&error, bytes.len())))?;
    let data = &bytes[8 + length..];
    let mut tensors = header
        .tensors()
        .into_iter()
        .map(|(name, info)| tensor(path, name, info, data))
        .collect::<Result<Vec<_>>>()?;
    tensors.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Contents { metadata: header.metadata().clone().unwrap_or_default(), tensors })
}

/// Reads the metadata of a safetensors file without its values.
pub(super) fn read_metadata(path: &Path) -> Result<HashMap<String, String>> {
    #[derive(Deserialize)]
    struct Header {
        #[serde(rename = "__metadata__", default)]
        metadata: HashMap<String, String>,
    }
    let read = || {
        let mut file = files::open(path)?;
        let (mut length, mut header) = (Vec::new(), Vec::new());
        file.by_ref().take(8).read_to_end(&mut length)?;
        let length = length.try_into().map_or(u64::MAX, u64::from_le_bytes);
        // If the length is damaged, this reads no more than the file.
        file.take(length).read_to_end(&mut header)?;
        Ok((length, header))
    };
    let (length, header) = read().map_err(Error::io("read", path))?;
    if (header.len() as u64) < length {
        let cut = SafeTensorError::InvalidHeaderLength;
        return Err(Error::broken(path, reason(&cut, 8 + header.len())));
    }
    let parsed: std::result::Result<Header, _> = serde_json::from_slice(&header);
    let broken = |error| Error::broken(path, format!("not a safetensors file ({error})"));
    Ok(parsed.map_err(broken)?.metadata)
}

fn tensor(path: &Path, name: String, info: &TensorInfo, data: &[u8]) -> Result<NamedTensor> {
    if info.dtype != Dtype::F32 {
        let reason = format!(
            "tensor {name} is of type {}, but F32, 32-bit floats, is needed; convert the file first",
            info.dtype
        );
        return Err(Error::broken(path, reason));
    }
    let (start, end) = info.data_offsets;
    let (values, _) = data[start..end].as_chunks();
    let values = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Ok(NamedTensor { name, shape: info.shape.clone(), values })
}

fn reason(error: &SafeTensorError, len: usize) -> String {
    let cut = matches!(
        error,
        SafeTensorError::HeaderTooSmall
            | SafeTensorError::InvalidHeaderLength
            | SafeTensorError::MetadataIncompleteBuffer
    );
    if cut {
        format!(
            "not a complete safetensors file: truncated after {len} bytes, or of another format ({error})"
        )
    } else {
        format!("not a safetensors file ({error})")
    }
}
