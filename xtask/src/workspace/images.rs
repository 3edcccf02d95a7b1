//! `[workspace.metadata.images]`: the one table that says what is shipped. Read strictly, since a key that is ignored is
//! an image that is not what its owner thinks. Pure. `names.rs` reads its names and places.

use serde_json::Value;

use crate::failure::{ExitCode, Failure};
use crate::workspace::profile::Profile;

/// The table as an error names it.
const TABLE: &str = "[workspace.metadata.images]";

const KEYS: [&str; 7] = ["binaries", "verify", "profile", "repository", "base-repository", "region", "account"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Images {
    /// Names of the binaries that go into the colony image; at least one.
    pub(crate) binaries: Vec<String>,
    /// Arguments to which each binary must answer; `--version` where the table says nothing.
    pub(crate) verify: Vec<String>,
    /// What they are compiled by; `release` where the table says nothing.
    pub(crate) profile: Profile,
}

impl Images {
    /// `metadata` is what cargo passes on of the workspace's metadata, null where there is none.
    pub(crate) fn read(metadata: &Value) -> Result<Self, Failure> {
        let table = match &metadata["images"] {
            Value::Null => return Err(names_nothing()),
            Value::Object(table) => table,
            other => return Err(usage(format!("{TABLE} is {}, not a table", kind(other))).hint(example())),
        };
        if let Some(unknown) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(
                usage(format!("{TABLE} knows no key `{unknown}`")).hint(format!("Its keys are: {}", KEYS.join(", ")))
            );
        }
        let binaries = texts("binaries", table.get("binaries"))?.unwrap_or_default();
        if binaries.is_empty() {
            return Err(names_nothing());
        }
        // They become file names, stages of a Dockerfile and lines of a list.
        let is_plain = |name: &&String| {
            let is_inner = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
            name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && name.chars().all(is_inner)
        };
        if let Some(odd) = binaries.iter().find(|name| !is_plain(name)) {
            return Err(usage(format!("{TABLE} binaries: `{}` cannot be shipped under this name", odd.escape_debug()))
                .hint(
                    "Give the binary a name of ASCII letters, digits and _ - . that begins with none of the last two",
                ));
        }
        let verify = texts("verify", table.get("verify"))?.unwrap_or_else(|| vec!["--version".to_owned()]);
        if let Some(odd) = verify.iter().find(|word| word.contains(['\n', '\r', '\0'])) {
            return Err(usage(format!("{TABLE} verify: `{}` has a line break in it", odd.escape_debug()))
                .hint("Name an argument of one line"));
        }
        let profile = match table.get("profile") {
            None => Profile::default(),
            Some(Value::String(name)) => Profile::new(name).map_err(|why| {
                usage(format!("{TABLE} profile: `{}`: {why}", name.escape_debug())).hint("Mend it in Cargo.toml")
            })?,
            Some(other) => {
                return Err(usage(format!("{TABLE} profile is {}, not a text", kind(other)))
                    .hint("Write it as a text: profile = \"…\""));
            }
        };
        Ok(Self { binaries, verify, profile })
    }
}

fn names_nothing() -> Failure {
    usage("Cargo.toml names no shipped binary").hint(example())
}

fn example() -> String {
    format!("Add to it: {TABLE} binaries = [\"name\", …]")
}

/// `None` where the key is absent.
fn texts(key: &str, value: Option<&Value>) -> Result<Option<Vec<String>>, Failure> {
    let Some(value) = value else { return Ok(None) };
    let wrong = |found: String| usage(format!("{TABLE} {key}{found}, not a list of texts"));
    let cure = format!("Write it as a list: {key} = [\"…\"]");
    let Value::Array(items) = value else {
        return Err(wrong(format!(" is {}", kind(value))).hint(cure));
    };
    let text =
        |item: &Value| item.as_str().map(str::to_owned).ok_or_else(|| wrong(format!(" holds {item}")).hint(&cure));
    items.iter().map(text).collect::<Result<_, _>>().map(Some)
}

/// What a value is that should be something else, for people.
pub(super) fn kind(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a table".to_owned(),
        other => other.to_string(),
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ExitCode::Usage, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(table: &Value) -> Result<Images, Failure> {
        Images::read(&json!({ "images": table }))
    }

    fn refusal(table: &Value) -> String {
        let failure = read(table).expect_err("it is refused");
        assert_eq!(failure.code, ExitCode::Usage);
        assert!(!failure.hints.is_empty(), "{} has no cure", failure.message);
        failure.message
    }

    #[test]
    fn each_key_is_read_and_verify_may_be_left_out() {
        let images = read(&json!({ "binaries": ["a", "b_1.x-y"], "verify": ["--help"] })).expect("a sound table");
        assert_eq!((images.binaries.len(), images.verify), (2, vec!["--help".to_owned()]));
        assert_eq!(read(&json!({ "binaries": ["a"] })).expect("a sound table").verify, ["--version"]);
        let profile = |table| read(&table).expect("a sound table").profile;
        assert_eq!(profile(json!({ "binaries": ["a"] })).name(), "release");
        assert_eq!(profile(json!({ "binaries": ["a"], "profile": "image" })).name(), "image");
        assert_eq!(read(&json!({ "binaries": ["a"], "verify": [] })).expect("a sound table").verify, [""; 0]);
    }

    #[test]
    fn a_table_that_is_absent_or_empty_is_told_how_to_be() {
        for metadata in [Value::Null, json!({}), json!({ "images": {} }), json!({ "images": { "binaries": [] } })] {
            let failure = Images::read(&metadata).expect_err("it is refused");
            assert_eq!(failure.message, "Cargo.toml names no shipped binary");
        }
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let message = refusal(&json!({ "binaries": ["a"], "binary": ["b"] }));
        assert_eq!(message, "[workspace.metadata.images] knows no key `binary`");
    }

    #[test]
    fn a_wrong_type_is_refused_by_name() {
        let message = refusal(&json!({ "binaries": ["a"], "profile": ["image"] }));
        assert_eq!(message, "[workspace.metadata.images] profile is a list, not a text");
        assert_eq!(refusal(&json!(["a"])), "[workspace.metadata.images] is a list, not a table");
        let message = refusal(&json!({ "binaries": "a" }));
        assert_eq!(message, "[workspace.metadata.images] binaries is \"a\", not a list of texts");
        let message = refusal(&json!({ "binaries": ["a", 3] }));
        assert_eq!(message, "[workspace.metadata.images] binaries holds 3, not a list of texts");
        let message = refusal(&json!({ "binaries": ["a"], "verify": true }));
        assert_eq!(message, "[workspace.metadata.images] verify is true, not a list of texts");
    }

    #[test]
    fn a_name_that_the_build_cannot_carry_is_refused() {
        for name in ["-a", "a b", "a\nb", "a'b", "../a", "", ".a"] {
            let message = refusal(&json!({ "binaries": [name] }));
            assert!(message.contains(&format!("`{}`", name.escape_debug())), "{message}");
        }
        let message = refusal(&json!({ "binaries": ["a"], "profile": "dev" }));
        assert!(message.starts_with("[workspace.metadata.images] profile: `dev`: images are built by"), "{message}");
        let message = refusal(&json!({ "binaries": ["a"], "verify": ["b\nc"] }));
        assert_eq!(message, r"[workspace.metadata.images] verify: `b\nc` has a line break in it");
    }
}
