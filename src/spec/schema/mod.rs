//! The JSON Schema of experiment files, generated from the serde types.
//!
//! Editors use it for completion and hover texts; the loader checks every layer against the same schema.

mod sweep;

use super::Experiment;
use serde_json::{Map, Value, json};

/// Returns the JSON Schema (draft 2020-12) of an experiment file, pretty-printed.
///
/// A file is only one of several layers, so no key is required, and a table of several kinds accepts the keys
/// of all kinds unless it sets `kind`.
pub fn json() -> String {
    let mut schema = raw();
    publish(&mut schema);
    format!("{schema:#}\n")
}

/// Returns the schema generated from the types, extended by `extends` and `sweep`.
pub(crate) fn raw() -> Value {
    let mut schema = schemars::schema_for!(Experiment).to_value();
    let sweep = sweep::schema(&mut schema);
    let extends = json!({
        "description": "Path of an experiment file to start from, relative to this file. Keys of this file override its keys.",
        "type": "string", "minLength": 1
    });
    schema["title"] = "Experiment file".into();
    schema["description"] = "An experiment of `runner`; every key is optional.".into();
    if let Some(keys) = schema["properties"].as_object_mut() {
        keys.insert("extends".to_owned(), extends);
        keys.insert("sweep".to_owned(), sweep);
    }
    schema
}

/// Resolves `$ref`, or returns the schema itself.
pub(crate) fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    while let Some(pointer) = schema["$ref"].as_str().and_then(|name| name.strip_prefix('#'))
        && let Some(named) = root.pointer(pointer)
    {
        schema = named;
    }
    schema
}

/// Returns the kinds of a tagged table with their schemas; empty for any other schema.
pub(crate) fn kinds<'a>(schema: &'a Value) -> Vec<(&'a str, &'a Value)> {
    let variants = schema["oneOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    let name =
        |variant: &'a Value| variant.pointer("/properties/kind/const").and_then(Value::as_str);
    let kinds = variants.iter().map(|variant| Some((name(variant)?, variant)));
    kinds.collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Returns the alternatives of a schema except `null`, which TOML does not have.
pub(crate) fn alternatives(schema: &Value) -> Vec<&Value> {
    let list = schema["anyOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter(|item| item["type"] != "null").collect()
}

/// Returns the schema of `kind`: the names of all kinds, each with its description.
pub(crate) fn kind_names(kinds: &[(&str, &Value)]) -> Value {
    let name = |(name, schema): &(&str, &Value)| match schema.get("description") {
        Some(about) => json!({ "description": about, "const": name }),
        None => json!({ "const": name }),
    };
    json!({ "oneOf": kinds.iter().map(name).collect::<Vec<_>>() })
}

/// Unites the schemas of a key that occurs in several kinds.
pub(crate) fn unite(schemas: &[Value]) -> Value {
    let mut distinct: Vec<Value> = Vec::new();
    for schema in schemas {
        let mut schema = schema.clone();
        if let Some(keys) = schema.as_object_mut() {
            keys.retain(|name, _| name != "description" && name != "default");
        }
        if !distinct.contains(&schema) {
            distinct.push(schema);
        }
    }
    match distinct.len() {
        1 => distinct.remove(0),
        _ => json!({ "anyOf": distinct }),
    }
}

/// Joins the descriptions of the parts of a united schema.
fn described(mut united: Value, parts: &[Value]) -> Value {
    let mut texts: Vec<&str> =
        parts.iter().filter_map(|part| part["description"].as_str()).collect();
    texts.dedup();
    united["description"] = texts.join(" Or: ").into();
    united
}

/// Rewrites the schema of the types into that of a partial TOML file.
fn publish(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(publish),
        Value::Object(keys) => {
            keys.shift_remove("required");
            drop_null(keys);
            keys.values_mut().for_each(publish);
            if let Some(table) = tagged(&Value::Object(keys.clone())) {
                *schema = table;
            }
        }
        _ => {}
    }
}

/// Removes `null`, which TOML does not have, and formats such as `uint`, which JSON Schema does not have.
fn drop_null(keys: &mut Map<String, Value>) {
    if keys.get("format").is_some_and(Value::is_string) {
        keys.shift_remove("format");
    }
    if keys.get("default").is_some_and(Value::is_null) {
        keys.shift_remove("default");
    }
    if let Some(default) = keys.get_mut("default").and_then(Value::as_object_mut) {
        drop_null_values(default);
    }
    if let Some(types) = keys.get_mut("type").filter(|types| types.is_array()) {
        let first = types.as_array().and_then(|list| list.iter().find(|name| *name != "null"));
        if let Some(first) = first.cloned() {
            *types = first;
        }
    }
    if let Some(Value::Array(list)) = keys.get_mut("anyOf") {
        list.retain(|item| item["type"] != "null");
        if let [Value::Object(only)] = list.as_slice() {
            let only = only.clone();
            keys.shift_remove("anyOf");
            for (name, value) in only {
                keys.entry(name).or_insert(value);
            }
        }
    }
}

fn drop_null_values(table: &mut Map<String, Value>) {
    table.retain(|_, value| !value.is_null());
    for inner in table.values_mut().filter_map(Value::as_object_mut) {
        drop_null_values(inner);
    }
}

/// Returns the schema of a tagged table in a file: the keys of all kinds, narrowed with `if`/`then` by
/// `kind`.
fn tagged(schema: &Value) -> Option<Value> {
    let kinds = kinds(schema);
    if kinds.is_empty() {
        return None;
    }
    let mut union: Vec<(String, Vec<Value>)> = Vec::new();
    let tables = kinds.iter().filter_map(|(_, kind)| kind["properties"].as_object());
    for (name, property) in tables.flatten() {
        match union.iter_mut().find(|(known, _)| known == name) {
            Some((_, schemas)) => schemas.push(property.clone()),
            None => union.push((name.clone(), vec![property.clone()])),
        }
    }
    let mut properties = Map::new();
    for (name, schemas) in &union {
        let shared = schemas.iter().all(|schema| *schema == schemas[0]);
        let property = match name.as_str() {
            "kind" => kind_names(&kinds),
            _ if shared => schemas[0].clone(),
            _ => described(unite(schemas), schemas),
        };
        properties.insert(name.clone(), property);
    }
    let narrowed = kinds.iter().map(|(name, kind)| {
        let keys = kind["properties"].as_object()?;
        let own =
            keys.iter().filter(|(key, schema)| *key != "kind" && properties[*key] != **schema);
        let own: Map<String, Value> = own.map(|(k, v)| (k.clone(), v.clone())).collect();
        let mut then = json!({ "propertyNames": { "enum": keys.keys().collect::<Vec<_>>() } });
        if !own.is_empty() {
            then["properties"] = Value::Object(own);
        }
        let condition =
            json!({ "properties": { "kind": { "const": name } }, "required": ["kind"] });
        Some(json!({ "if": condition, "then": then }))
    });
    let narrowed: Vec<Value> = narrowed.flatten().collect();
    let mut table = schema.as_object()?.clone();
    table.shift_remove("oneOf");
    table.insert("type".to_owned(), "object".into());
    table.insert("properties".to_owned(), Value::Object(properties));
    table.insert("additionalProperties".to_owned(), false.into());
    table.insert("allOf".to_owned(), narrowed.into());
    Some(Value::Object(table))
}
