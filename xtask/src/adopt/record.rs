//! What was written into another workspace: by this the next run tells what is ours from what its owner made of it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::adopt::name::Name;

/// Its name in the folder of the package.
pub(super) const FILE: &str = ".adopted.json";

/// 1; another number where a field got another name or meaning.
const SCHEMA: u32 = 1;

/// The states of a file that are ours, as hexadecimal SHA-256 digests: one, but for two while a run is at work, or after it
/// was killed.
type States = BTreeMap<String, BTreeSet<String>>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    schema: u32,
    /// Of package, folder and alias.
    pub(super) name: String,
    /// False from before the first write until after the last one.
    pub(super) is_complete: bool,
    /// Files of ours, from the workspace root on.
    pub(super) files: States,
    /// Files of the owner's in which something was added.
    pub(super) edited: States,
}

impl Record {
    pub(super) fn new(name: &Name) -> Self {
        let name = name.to_string();
        Self { schema: SCHEMA, name, is_complete: true, files: States::new(), edited: States::new() }
    }

    pub(super) fn parse(path: &str, text: &str) -> anyhow::Result<Self> {
        let record: Self = serde_json::from_str(text).with_context(|| format!("read {path}"))?;
        anyhow::ensure!(record.schema == SCHEMA, "{path} was written by another version of this program");
        Ok(record)
    }

    pub(super) fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts are JSON") + "\n"
    }

    /// Files of ours and of the owner's.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().chain(self.edited.keys()).map(String::as_str)
    }

    /// Whether the file is one of those, or the lock file, which a run that was killed did not come to.
    pub(super) fn knows(&self, path: &str) -> bool {
        path == "Cargo.lock" || self.files.contains_key(path) || self.edited.contains_key(path)
    }

    /// Whether the file is ours in this state.
    pub(super) fn is_ours(&self, path: &str, content: &[u8]) -> bool {
        self.files.get(path).is_some_and(|states| states.contains(&digest(content)))
    }

    /// Whether nobody but us changed the file since the last commit, if what differs is this.
    pub(super) fn explains(&self, path: &str, content: &[u8]) -> bool {
        let is_edit = self.edited.get(path).is_some_and(|states| states.contains(&digest(content)));
        // Cargo wrote it for us, and nobody knows whether it had done so.
        is_edit || self.is_ours(path, content) || (!self.is_complete && path == "Cargo.lock")
    }

    /// The same while it is on the way to `next`.
    pub(super) fn before(&self, next: &Self) -> Self {
        let both = |now: &States, next: &States| {
            let mut both = now.clone();
            for (path, states) in next {
                both.entry(path.clone()).or_default().extend(states.iter().cloned());
            }
            both
        };
        Self {
            is_complete: false,
            files: both(&self.files, &next.files),
            edited: both(&self.edited, &next.edited),
            ..next.clone()
        }
    }
}

pub(super) fn digest(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(content: &str) -> Record {
        let mut record = Record::new(&Name::default());
        record.files.entry("a".to_owned()).or_default().insert(digest(content.as_bytes()));
        record.edited.entry("Cargo.toml".to_owned()).or_default().insert(digest(content.as_bytes()));
        record
    }

    #[test]
    fn it_reads_as_it_was_written() {
        let record = record("1");
        assert_eq!(Record::parse("x", &record.text()).expect("our own text"), record);
        let other = record.text().replace("\"schema\": 1", "\"schema\": 2");
        Record::parse("x", &other).expect_err("of another version");
    }

    #[test]
    fn on_the_way_both_states_are_ours() {
        let (old, new) = (record("1"), record("2"));
        let between = old.before(&new);
        assert!(!between.is_complete);
        for (content, is_ours) in [("1", true), ("2", true), ("3", false)] {
            assert_eq!(between.is_ours("a", content.as_bytes()), is_ours);
            assert_eq!(between.explains("Cargo.toml", content.as_bytes()), is_ours);
            assert!(
                between.explains("Cargo.lock", content.as_bytes()) && !new.explains("Cargo.lock", content.as_bytes())
            );
        }
    }
}
