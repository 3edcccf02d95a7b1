//! The generated files as they lie on disk, beside what the table gives.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;

use crate::base::DOCKERFILE as BASE_DOCKERFILE;
use crate::codegen;
use crate::colony::DOCKERFILE as COLONY_DOCKERFILE;
use crate::failure::{ExitCode, Failure};
use crate::staging::tree;
use crate::workspace::images::Images;
use crate::workspace::names::Names;

/// How a file on disk relates to what the table gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Current,
    Missing,
    /// Generated of this table, and edited since.
    Edited,
    /// Generated of another table, or not at all.
    Outdated,
}

impl State {
    /// Such as `Docker/Dockerfile was edited by hand`, without the file.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Current => "is up to date",
            Self::Missing => "is missing",
            Self::Edited => "was edited by hand",
            Self::Outdated => "is not what the table gives",
        }
    }
}

/// The state of each of the files.
pub(crate) fn states<'a>(root: &Path, files: &'a BTreeMap<String, String>) -> anyhow::Result<BTreeMap<&'a str, State>> {
    files.iter().map(|(path, text)| Ok((path.as_str(), state(root, path, text)?))).collect()
}

fn state(root: &Path, path: &str, text: &str) -> anyhow::Result<State> {
    let found = match fs::read_to_string(root.join(path)) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Missing),
        Err(error) => return Err(error).with_context(|| format!("read {path}")),
    };
    Ok(match (found == text, codegen::mark(&found), codegen::mark(text)) {
        (true, ..) => State::Current,
        (false, Some(found), Some(mark)) if found == mark => State::Edited,
        _ => State::Outdated,
    })
}

/// Fails with code 3 where a file stands in the place of one of these that was never generated.
pub(crate) fn require_ours(root: &Path, files: &BTreeMap<String, String>) -> Result<(), Failure> {
    // What cannot be read is told by whoever compares it.
    let found = |path: &str| fs::read(root.join(path)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let is_theirs = |path: &&String| found(path).is_ok_and(|text| codegen::mark(&text).is_none());
    let theirs: Vec<&str> = files.keys().filter(is_theirs).map(String::as_str).collect();
    if theirs.is_empty() {
        return Ok(());
    }
    Err(Failure::precondition(format!("in the way, and not ours: {}", theirs.join(", ")))
        .hint("Move it, and say so where it is used"))
}

/// Writes one of the files.
pub(crate) fn write(root: &Path, path: &str, text: &str) -> anyhow::Result<()> {
    tree::put(&root.join(path), text.as_bytes())
}

/// Refuses to build by Dockerfiles of another table: a binary that is compiled and not copied would silently be missing from
/// the image. What was edited by hand since is the user's affair; `codegen --check` tells of it. Returns the state of the
/// colony's Dockerfile.
pub(crate) fn require(root: &Path, images: &Images, names: &Names) -> anyhow::Result<State> {
    let files = codegen::files(images, names);
    let required = |path: &str| {
        let state = state(root, path, &files[path])?;
        if matches!(state, State::Missing | State::Outdated) {
            let what = format!("{path} {}: [workspace.metadata.images] in Cargo.toml", state.words());
            return Err(stale(what, codegen::COMMAND).into());
        }
        anyhow::Ok(state)
    };
    let colony = required(COLONY_DOCKERFILE)?;
    required(BASE_DOCKERFILE)?;
    Ok(colony)
}

/// With the cure, which is the command that writes the file.
pub(crate) fn stale(what: String, command: &str) -> Failure {
    Failure::new(ExitCode::Stale, what).hint(format!("Please write it again: {command}"))
}
