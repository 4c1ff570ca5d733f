//! The schema of `[sweep]`: its own keys and every dotted key of an experiment.

use super::{alternatives, kind_names, kinds, resolve, unite};
use crate::spec::swept::{Draw, MOST_POINTS, Spread, SweepSettings};
use schemars::{JsonSchema, schema_for};
use serde_json::{Map, Value, json};

/// Returns the schema of the table, and adds its definitions to those of `root`.
pub(super) fn schema(root: &mut Value) -> Value {
    let spread = define::<Spread>(root, "Spread");
    let draw = define::<Draw>(root, "Draw");
    let (mut grid, mut drawn, mut single) = (Map::new(), Map::new(), Map::new());
    for (path, schemas) in swept(root) {
        let value = reference(root, &format!("value:{path}"), unite(&schemas));
        let list = json!({ "type": "array", "minItems": 1, "items": value });
        let values = json!({ "anyOf": [list, spread] });
        let values = reference(root, &format!("values:{path}"), values);
        let drawing = json!({ "anyOf": [list, draw] });
        grid.insert(path.clone(), about(&format!("The values of `{path}`."), values));
        drawn.insert(path.clone(), about(&format!("What `{path}` is drawn from."), drawing));
        single.insert(path.clone(), about(&format!("The value of `{path}`."), value));
    }
    let keys = parts(root, &grid, drawn, &single);
    let mut block = grid;
    block.extend(keys);
    let blocks = json!({
        "description": "Further combinations, block by block; each block expands like a sweep of its own. A combination that occurs in several blocks is trained once, with the most repeats.",
        "type": "array", "items": table("One block of combinations.", &block)
    });
    let settings = schema_for!(SweepSettings).to_value();
    definitions(root, &settings);
    let mut all = block;
    all.insert("blocks".to_owned(), blocks);
    for (name, key) in settings["properties"].as_object().into_iter().flatten() {
        all.insert(name.clone(), key.clone());
    }
    table(
        "Many runs from one file: every combination of the values of the dotted keys, the first key varying slowest. Keys of a sweep in the file named by `extends` are inherited unless set here.",
        &all,
    )
}

/// Returns the keys of a block that are not dotted.
fn parts(
    root: &mut Value,
    grid: &Map<String, Value>,
    mut drawn: Map<String, Value>,
    single: &Map<String, Value>,
) -> Map<String, Value> {
    let zip = table("Keys that vary together.", grid);
    let zip = reference(root, "zip", zip);
    drawn.insert(
        "count".to_owned(),
        json!({ "description": "Number of combinations to draw; must be given. With a larger number, the first ones stay the same.", "type": "integer", "minimum": 1, "maximum": MOST_POINTS }),
    );
    drawn.insert(
        "seed".to_owned(),
        json!({ "description": "Seed of the draws; independent of `experiment.seed`.", "type": "integer", "minimum": 0, "maximum": i64::MAX, "default": 0 }),
    );
    let single = reference(root, "combination", table("One combination of values.", single));
    let parts = json!({
        "repeats": {
            "description": "Number of runs of each combination, with the seeds `seed`, `seed + 1` and so on.",
            "type": "integer", "minimum": 1, "maximum": MOST_POINTS, "default": 1
        },
        "zip": {
            "description": "Keys that vary together: all take their first values, then all their second values, and so on. A list of such tables zips several groups of keys.",
            "anyOf": [zip, { "type": "array", "minItems": 1, "items": zip }]
        },
        "random": table("Combinations drawn at random, without duplicates.", &drawn),
        "include": {
            "description": "Further single combinations; keys that are not given keep the file's value.",
            "type": "array", "items": single
        },
        "exclude": {
            "description": "Combinations to leave out: those that match all values of an entry.",
            "type": "array", "items": single
        }
    });
    match parts {
        Value::Object(parts) => parts,
        _ => Map::new(),
    }
}

fn table(about: &str, keys: &Map<String, Value>) -> Value {
    json!({ "description": about, "type": "object", "properties": keys, "additionalProperties": false })
}

fn about(text: &str, mut schema: Value) -> Value {
    schema["description"] = text.into();
    schema
}

/// Adds a type's schema to the definitions and returns a reference to it.
fn define<T: JsonSchema>(root: &mut Value, name: &str) -> Value {
    let mut schema = schema_for!(T).to_value();
    definitions(root, &schema);
    if let Some(keys) = schema.as_object_mut() {
        keys.retain(|name, _| !matches!(name.as_str(), "$schema" | "title" | "$defs"));
    }
    reference(root, name, schema)
}

/// Copies the definitions of another schema.
fn definitions(root: &mut Value, other: &Value) {
    for (name, definition) in other["$defs"].as_object().into_iter().flatten() {
        root["$defs"][name] = definition.clone();
    }
}

/// Adds a schema to the definitions and returns a reference to it.
fn reference(root: &mut Value, name: &str, schema: Value) -> Value {
    root["$defs"][name] = schema;
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// Returns every dotted key of an experiment with its schemas, one for each kind that has the key.
fn swept(root: &Value) -> Vec<(String, Vec<Value>)> {
    fn add(found: &mut Vec<(String, Vec<Value>)>, path: &str, schema: Value) {
        match found.iter_mut().find(|(known, _)| known == path) {
            Some((_, schemas)) => schemas.push(schema),
            None => found.push((path.to_owned(), vec![schema])),
        }
    }
    fn visit(root: &Value, schema: &Value, prefix: &str, found: &mut Vec<(String, Vec<Value>)>) {
        let schema = resolve(root, schema);
        let kinds = kinds(schema);
        if !kinds.is_empty() {
            add(found, &format!("{prefix}kind"), kind_names(&kinds));
        }
        let inner = kinds.iter().map(|(_, schema)| *schema).chain(alternatives(schema));
        for schema in inner {
            visit(root, schema, prefix, found);
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if property.get("const").is_none() {
                let path = format!("{prefix}{name}");
                add(found, &path, property.clone());
                visit(root, property, &format!("{path}."), found);
            }
        }
    }
    let mut found = Vec::new();
    visit(root, root, "", &mut found);
    found
}
