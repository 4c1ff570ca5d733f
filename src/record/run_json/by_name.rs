//! Values of metrics as a JSON object, in the order of their names.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, IntoDeserializer, value},
    ser::Error,
};
use std::collections::BTreeMap;

/// Writes the values in the order of their names, rather than in that of tables.
pub fn serialize<M: Serialize, S: Serializer>(
    values: &BTreeMap<M, f64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut object = serde_json::to_value(values).map_err(S::Error::custom)?;
    object.sort_all_objects();
    object.serialize(serializer)
}

/// Reads the values of known metrics; a newer version of this program may have written others.
pub fn deserialize<'de, M: DeserializeOwned + Ord, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<M, f64>, D::Error> {
    let named = BTreeMap::<String, f64>::deserialize(deserializer)?;
    let known = |(name, value): (String, f64)| {
        let metric: Result<M, value::Error> = M::deserialize(name.into_deserializer());
        Some((metric.ok()?, value))
    };
    Ok(named.into_iter().filter_map(known).collect())
}
