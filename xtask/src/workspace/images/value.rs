//! The values of `[workspace.metadata.images]` by their types. A value of another type is an error that names the key, what
//! was found and how to write it. Pure.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::failure::{ExitCode, Failure};

/// The table as an error names it.
pub(super) const TABLE: &str = "[workspace.metadata.images]";

/// The table itself, or one in it.
pub(super) struct Table<'a> {
    values: &'a Map<String, Value>,
    /// What stands before a key in an error: nothing, or such as `packages.`.
    prefix: String,
}

impl<'a> Table<'a> {
    /// The table itself, where it has no other keys than these.
    pub(super) fn new(values: &'a Map<String, Value>, keys: &[&str]) -> Result<Self, Failure> {
        let table = Self { values, prefix: String::new() };
        table.has_only(keys)?;
        Ok(table)
    }

    /// A table that stands in a list or under a name that the user chose. `name` is that of an error.
    pub(super) fn inner(values: &'a Map<String, Value>, name: &str, keys: &[&str]) -> Result<Self, Failure> {
        let table = Self { values, prefix: format!("{name}.") };
        table.has_only(keys)?;
        Ok(table)
    }

    fn has_only(&self, keys: &[&str]) -> Result<(), Failure> {
        match self.values.keys().find(|key| !keys.contains(&key.as_str())) {
            None => Ok(()),
            Some(unknown) => Err(usage(format!("{TABLE} knows no key `{}{unknown}`", self.prefix))
                .hint(format!("Its keys are: {}", keys.join(", ")))),
        }
    }

    /// The key as an error names it.
    pub(super) fn name(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.values.get(key)
    }

    /// `None` where the key is absent, here and below.
    pub(super) fn text(&self, key: &str) -> Result<Option<&'a str>, Failure> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(wrong(&self.name(key), &found(other), "a text", &format!("{key} = \"…\""))),
        }
    }

    /// A text that passes the check, whose error says what is wrong with it.
    pub(super) fn checked<T>(
        &self,
        key: &str,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Failure> {
        self.text(key)?.map(|text| check(text).map_err(|why| odd(&self.name(key), text, &why))).transpose()
    }

    /// True or false; false where the key is absent.
    pub(super) fn flag(&self, key: &str) -> Result<bool, Failure> {
        match self.get(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(other) => Err(wrong(&self.name(key), &found(other), "true or false", &format!("{key} = true"))),
        }
    }

    /// A list of texts; an empty one where the key is absent.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, Failure> {
        self.get(key).map(|value| texts(&self.name(key), value)).transpose().map(Option::unwrap_or_default)
    }

    /// A list of texts of which each passes the check.
    pub(super) fn all_checked<T>(
        &self,
        key: &str,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, Failure> {
        let name = self.name(key);
        self.texts(key)?.iter().map(|text| check(text).map_err(|why| odd(&name, text, &why))).collect()
    }

    /// A table of texts by names of the user's choice.
    pub(super) fn pairs(&self, key: &str) -> Result<BTreeMap<String, String>, Failure> {
        let (name, write) = (self.name(key), format!("{key} = {{ \"…\" = \"…\" }}"));
        let is_none = Map::new();
        let values = match self.get(key) {
            None => &is_none,
            Some(Value::Object(values)) => values,
            Some(other) => return Err(wrong(&name, &found(other), "a table of texts", &write)),
        };
        let pair = |(key, value): (&String, &Value)| match value {
            Value::String(text) => Ok((key.clone(), text.clone())),
            other => Err(wrong(&format!("{name}.{key}"), &found(other), "a text", &format!("{key} = \"…\""))),
        };
        values.iter().map(pair).collect()
    }

    /// A table with these keys, if there is one.
    pub(super) fn table(&self, key: &str, keys: &[&str]) -> Result<Option<Self>, Failure> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Object(values)) => Self::inner(values, &self.name(key), keys).map(Some),
            Some(other) => {
                let write = format!("{key} = {{ {} = … }}", keys[0]);
                Err(wrong(&self.name(key), &found(other), "a table", &write))
            }
        }
    }

    /// A list whose items are told apart by the caller; an empty one where the key is absent. `what` and `write` are for
    /// the error.
    pub(super) fn list(&self, key: &str, what: &str, write: &str) -> Result<&'a [Value], Failure> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Value::Array(items)) => Ok(items),
            Some(other) => Err(wrong(&self.name(key), &found(other), what, &format!("{key} = {write}"))),
        }
    }
}

/// The texts of a list. `name` is that of the key.
pub(super) fn texts(name: &str, value: &Value) -> Result<Vec<String>, Failure> {
    let wrong = |found: &str| {
        let key = name.rsplit('.').next().unwrap_or(name);
        usage(format!("{TABLE} {name} {found}, not a list of texts"))
            .hint(format!("Write it as a list: {key} = [\"…\"]"))
    };
    let Value::Array(items) = value else { return Err(wrong(&found(value))) };
    let text = |item: &Value| item.as_str().map(str::to_owned).ok_or_else(|| wrong(&format!("holds {item}")));
    items.iter().map(text).collect()
}

/// What a value is that should be something else, for people.
pub(in crate::workspace) fn kind(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a table".to_owned(),
        other => other.to_string(),
    }
}

/// Such as `is a list`.
pub(super) fn found(value: &Value) -> String {
    format!("is {}", kind(value))
}

/// A value of another type: `found` is what [`found`] says, `write` a line that would be right.
pub(super) fn wrong(name: &str, found: &str, wanted: &str, write: &str) -> Failure {
    let article = wanted.split(" or ").next().unwrap_or(wanted);
    usage(format!("{TABLE} {name} {found}, not {wanted}")).hint(format!("Write it as {article}: {write}"))
}

/// A text that cannot be.
pub(super) fn odd(name: &str, text: &str, why: &str) -> Failure {
    usage(format!("{TABLE} {name}: `{}`: {why}", text.escape_debug())).hint("Mend it in Cargo.toml")
}

pub(super) fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ExitCode::Usage, message)
}
