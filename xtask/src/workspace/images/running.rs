//! The keys of the table that say how the image runs: its default command, ports, variables and files. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::failure::Failure;
use crate::workspace::images::binaries::Binary;
use crate::workspace::images::value::{TABLE, Table, odd, usage, wrong};
use crate::workspace::images::words;

/// The folder of the binaries in the image.
const PROGRAMS: &str = "/usr/local/bin";

/// The variable that the Dockerfile sets itself.
const VERSION: &str = "BUILD_VERSION";

/// One of the binaries; the first one where the table says nothing.
pub(super) fn default(table: &Table<'_>, binaries: &[Binary]) -> Result<String, Failure> {
    let Some(name) = table.text("default")? else { return Ok(binaries[0].name.clone()) };
    if binaries.iter().any(|binary| binary.name == name) {
        return Ok(name.to_owned());
    }
    let names: Vec<&str> = binaries.iter().map(|binary| binary.name.as_str()).collect();
    Err(usage(format!("{TABLE} default: `{}` is none of the binaries", name.escape_debug()))
        .hint(format!("Name one of {}", names.join(", "))))
}

/// Numbers, or texts such as `53/udp`; each once.
pub(super) fn ports(table: &Table<'_>) -> Result<Vec<String>, Failure> {
    let (what, write) = ("a list of ports", "[8080, \"53/udp\"]");
    let mut ports = Vec::new();
    for item in table.list("ports", what, write)? {
        let text = match item {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text.clone(),
            other => {
                return Err(wrong("ports", &format!("holds {other}"), what, &format!("ports = {write}")));
            }
        };
        let port = words::port(&text).map_err(|why| odd("ports", &text, &why))?;
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    Ok(ports)
}

/// Variable -> value of one line.
pub(super) fn env(table: &Table<'_>) -> Result<BTreeMap<String, String>, Failure> {
    let env = table.pairs("env")?;
    for (name, value) in &env {
        words::variable(name).map_err(|why| odd("env", name, &why))?;
        words::line(value).map_err(|why| odd(&format!("env.{name}"), value, &why))?;
        if name == VERSION {
            return Err(odd("env", name, "the image has it from --build-version, or the time of the build"));
        }
    }
    Ok(env)
}

/// Path below the workspace root -> absolute path in the image. No two lead to one place, and none to where the binaries
/// lie.
pub(super) fn copy(table: &Table<'_>) -> Result<BTreeMap<String, String>, Failure> {
    let copy = table.pairs("copy")?;
    let mut places = BTreeSet::new();
    for (from, to) in &copy {
        words::below_root(from).map_err(|why| odd("copy", from, &why))?;
        words::inside(to).map_err(|why| odd(&format!("copy.{from}"), to, &why))?;
        let is_program = to.strip_prefix(PROGRAMS).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if is_program {
            return Err(odd(&format!("copy.{from}"), to, "this is the folder of the binaries"));
        }
        if !places.insert(to) {
            return Err(odd(&format!("copy.{from}"), to, "another file goes there too"));
        }
    }
    Ok(copy)
}
