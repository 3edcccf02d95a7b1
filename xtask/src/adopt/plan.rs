//! From what is wanted and what is there to a list of writes, in an order in which it may end anywhere: what stands then is
//! the old state, or one that the next run completes. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::adopt::copy::Files;
use crate::adopt::name::Name;
use crate::adopt::record::{self, Record, digest};
use crate::failure::Failure;

/// What the other workspace should have.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Files of ours.
    pub(super) files: Files,
    /// Files of the owner's, with what is added to them.
    pub(super) edited: Files,
}

/// One file that is written as a whole, or removed where there is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Write {
    pub(super) path: String,
    pub(super) text: Option<String>,
}

#[derive(Debug)]
pub(super) struct Plan {
    /// In their order.
    pub(super) writes: Vec<Write>,
    /// Files of ours that their owner changed or removed: path, and the text that we would write.
    pub(super) kept: BTreeMap<String, Option<String>>,
    /// What is recorded at the end.
    pub(super) record: Record,
}

/// `present` has the contents of those files that are there, of all that are wanted or recorded. With `force` what was
/// changed in files of ours is overwritten.
pub(super) fn plan(
    wanted: &Wanted,
    present: &BTreeMap<String, Vec<u8>>,
    record: Option<&Record>,
    name: &Name,
    force: bool,
) -> Result<Plan, Failure> {
    let empty = Record::new(name);
    let before = record.unwrap_or(&empty);
    refuse_foreign(wanted, present, before)?;
    let mut writes = Vec::new();
    let mut kept = BTreeMap::new();
    let mut after = Record::new(name);
    let known = before.files.keys().chain(wanted.files.keys()).collect::<BTreeSet<_>>();
    for path in known {
        let text = wanted.files.get(path);
        let content = present.get(path);
        if content.map(Vec::as_slice) == text.map(String::as_bytes) {
            // It is as it should be.
        } else if is_changed(before, path, content) && !force {
            kept.insert(path.clone(), text.cloned());
            after.files.insert(path.clone(), before.files[path].clone());
            continue;
        } else {
            writes.push(Write { path: path.clone(), text: text.cloned() });
        }
        if let Some(text) = text {
            after.files.insert(path.clone(), [digest(text.as_bytes())].into());
        }
    }
    for (path, text) in &wanted.edited {
        if present.get(path).map(Vec::as_slice) != Some(text.as_bytes()) {
            writes.push(Write { path: path.clone(), text: Some(text.clone()) });
        }
        after.edited.insert(path.clone(), [digest(text.as_bytes())].into());
    }
    writes.sort_by_key(|write| rank(write, name));
    if !writes.is_empty() {
        let path = format!("{name}/{}", record::FILE);
        writes.insert(0, Write { path, text: Some(before.before(&after).text()) });
    }
    Ok(Plan { writes, kept, record: after })
}

/// Whether its owner did something to a file of ours. One that is not there may be still to come, if the last run did not
/// come to its end.
fn is_changed(record: &Record, path: &str, content: Option<&Vec<u8>>) -> bool {
    match content {
        Some(content) => !record.is_ours(path, content),
        None => record.is_complete && record.files.contains_key(path),
    }
}

/// Files in the places of ours that we did not write.
fn refuse_foreign(wanted: &Wanted, present: &BTreeMap<String, Vec<u8>>, record: &Record) -> Result<(), Failure> {
    let is_foreign = |(path, text): &(&String, &String)| {
        !record.files.contains_key(*path) && present.get(*path).is_some_and(|there| there != text.as_bytes())
    };
    let foreign: Vec<&str> = wanted.files.iter().filter(is_foreign).map(|(path, _)| path.as_str()).collect();
    if foreign.is_empty() {
        return Ok(());
    }
    Err(Failure::precondition(format!("in the way, and not ours: {}", foreign.join(", ")))
        .hint("Move what is there to another folder or name, and say so where it is used; then run this again"))
}

/// What is written first does nothing by itself. A package becomes one by its manifest, and a member by the manifest in the
/// root; what is removed was needed until then.
fn rank(write: &Write, name: &Name) -> usize {
    let is_manifest = write.path == format!("{name}/Cargo.toml");
    match (&write.text, write.path.as_str()) {
        (None, _) => 4,
        (_, "Cargo.toml") => 3,
        (_, path) if path.starts_with(".cargo/") => 2,
        _ => usize::from(is_manifest),
    }
}

#[cfg(test)]
mod tests;
