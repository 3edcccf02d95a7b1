//! TOML as a tree with sorted keys: comments, order and formatting fall away, so that equal meaning gives equal bytes.

use anyhow::Context;
use serde_json::{Map, Value};
use toml_edit::{Array, DocumentMut, InlineTable, Item, Table};

/// Parses TOML text; `name` is the file named in an error.
pub(crate) fn parse(name: &str, text: &str) -> anyhow::Result<Value> {
    let document: DocumentMut = text.parse().with_context(|| format!("read {name}"))?;
    Ok(table(document.as_table()))
}

fn table(table: &Table) -> Value {
    Value::Object(table.iter().map(|(key, item)| (key.to_owned(), from_item(item))).collect())
}

fn from_item(item: &Item) -> Value {
    match item {
        Item::None => Value::Null,
        Item::Value(value) => from_value(value),
        Item::Table(inner) => table(inner),
        Item::ArrayOfTables(tables) => Value::Array(tables.iter().map(table).collect()),
    }
}

fn from_value(value: &toml_edit::Value) -> Value {
    match value {
        toml_edit::Value::String(text) => Value::from(text.value().as_str()),
        toml_edit::Value::Integer(number) => Value::from(*number.value()),
        toml_edit::Value::Float(number) => Value::from(*number.value()),
        toml_edit::Value::Boolean(flag) => Value::from(*flag.value()),
        toml_edit::Value::Datetime(moment) => Value::from(moment.value().to_string()),
        toml_edit::Value::Array(items) => Value::Array(items.iter().map(from_value).collect()),
        toml_edit::Value::InlineTable(inner) => {
            Value::Object(inner.iter().map(|(key, value)| (key.to_owned(), from_value(value))).collect())
        }
    }
}

/// Writes a tree as TOML: one section for each key of the top that holds a table, everything below it inline.
pub(crate) fn emit(tree: &Map<String, Value>) -> String {
    let mut document = DocumentMut::new();
    for (key, value) in tree {
        let item = match value {
            Value::Object(section) => {
                Item::Table(section.iter().map(|(key, value)| (key.as_str(), to_value(value))).collect())
            }
            other => Item::Value(to_value(other)),
        };
        document.insert(key, item);
    }
    document.to_string()
}

fn to_value(value: &Value) -> toml_edit::Value {
    match value {
        Value::Null => "".into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => whole.into(),
            None => number.as_f64().expect("TOML has no other numbers").into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => toml_edit::Value::Array(items.iter().map(to_value).collect::<Array>()),
        Value::Object(map) => toml_edit::Value::InlineTable(
            map.iter().map(|(key, value)| (key.as_str(), to_value(value))).collect::<InlineTable>(),
        ),
    }
}

/// The leaves of a tree with their dotted paths, such as `dependencies.serde.version` -> `1`.
pub(crate) fn leaves(tree: &Value) -> std::collections::BTreeMap<String, String> {
    let mut found = std::collections::BTreeMap::new();
    collect("", tree, &mut found);
    found
}

fn collect(path: &str, value: &Value, found: &mut std::collections::BTreeMap<String, String>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                collect(&below, value, found);
            }
        }
        Value::String(text) => drop(found.insert(path.to_owned(), text.clone())),
        other => drop(found.insert(path.to_owned(), other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# a comment\n[b]\nx = [ 1,2 ]\n[a]\ny.z = true\n[[bin]]\nname = 'n'\n";

    #[test]
    fn formatting_and_order_do_not_count() {
        let other = "bin = [{ name = \"n\" }]\na = { y = { z = true } }\nb = { x = [1, 2] }\n";
        assert_eq!(parse("a", TEXT).expect("TOML"), parse("b", other).expect("TOML"));
    }

    #[test]
    fn what_is_emitted_reads_as_the_same_tree() {
        let tree = parse("a", TEXT).expect("TOML");
        let emitted = emit(tree.as_object().expect("a table"));
        assert_eq!(parse("b", &emitted).expect("TOML"), tree, "{emitted}");
    }

    #[test]
    fn leaves_have_dotted_paths() {
        let leaves = leaves(&parse("a", TEXT).expect("TOML"));
        let expected = [("a.y.z", "true"), ("b.x", "[1,2]"), ("bin", r#"[{"name":"n"}]"#)];
        assert_eq!(leaves, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }

    #[test]
    fn a_broken_file_is_named() {
        assert!(parse("crates/a/Cargo.toml", "a = ").expect_err("broken").to_string().contains("crates/a/Cargo.toml"));
    }
}
