//! `binaries` and `verify` of the table: what is shipped, and what each of it has to answer. Pure.

use serde_json::Value;

use crate::failure::Failure;
use crate::workspace::images::value::{TABLE, Table, found, usage, wrong};
use crate::workspace::images::words;

/// A binary that goes into the colony image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Binary {
    pub(crate) name: String,
    /// Arguments to which it must answer before it gets into an image; `None` where it is not started.
    pub(crate) verify: Option<Vec<String>>,
}

/// What stands in a list of binaries, for an error.
const WANTED: &str = "a name or a table { name, verify }";

/// In the order of the table, each once.
pub(super) fn read(table: &Table<'_>) -> Result<Vec<Binary>, Failure> {
    let of_all = verify(table, || Some(vec!["--version".to_owned()]))?;
    let mut binaries: Vec<Binary> = Vec::new();
    for item in table.list("binaries", "a list of texts", "[\"…\"]")? {
        let binary = match item {
            Value::String(name) => Binary { name: name.clone(), verify: of_all.clone() },
            Value::Object(values) => {
                let inner = Table::inner(values, "binaries", &["name", "verify"])?;
                let Some(name) = inner.text("name")? else {
                    return Err(usage(format!("{TABLE} binaries holds a table without a name"))
                        .hint("Write it as { name = \"…\", verify = [\"…\"] }"));
                };
                Binary { name: name.to_owned(), verify: verify(&inner, || of_all.clone())? }
            }
            other => {
                let found = format!("holds {other}");
                return Err(wrong("binaries", &found, WANTED, "binaries = [\"…\"]"));
            }
        };
        require_plain(&binary.name)?;
        if binaries.iter().any(|known| known.name == binary.name) {
            return Err(usage(format!("{TABLE} binaries names `{}` twice", binary.name)).hint("Take one of them out"));
        }
        binaries.push(binary);
    }
    Ok(binaries)
}

/// Arguments, or `false` for none to be started with.
fn verify(table: &Table<'_>, default: impl FnOnce() -> Option<Vec<String>>) -> Result<Option<Vec<String>>, Failure> {
    match table.get("verify") {
        None => Ok(default()),
        Some(Value::Bool(false)) => Ok(None),
        Some(Value::Array(_)) => table.all_checked("verify", words::line).map(Some),
        Some(other) => {
            Err(usage(format!("{TABLE} {} {}, not a list of texts or false", table.name("verify"), found(other)))
                .hint("Write it as a list: verify = [\"…\"]; or as false, and the program is not started"))
        }
    }
}

/// They become file names, stages of a Dockerfile and lines of a list.
fn require_plain(name: &str) -> Result<(), Failure> {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && name.chars().all(is_inner) {
        return Ok(());
    }
    Err(usage(format!("{TABLE} binaries: `{}` cannot be shipped under this name", name.escape_debug()))
        .hint("Give the binary a name of ASCII letters, digits and _ - . that begins with none of the last two"))
}
