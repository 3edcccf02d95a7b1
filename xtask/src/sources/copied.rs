//! The files that `copy` of the table brings into the image as they are. They are compiled by nobody, so they are no part of
//! the sources, but of what decides the image.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::failure::{ExitCode, Failure};
use crate::sources::source::{Content, Source, Tree};
use crate::sources::walk;
use crate::staging::digests::{Digests, Reading};

/// Files on their way into the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Copied {
    /// Path in the image, without the / that it begins with -> file.
    pub(super) files: Tree,
    /// Path below the workspace root -> the same file, for whoever tells of it.
    pub(super) origins: Tree,
}

/// Reads the files of that table, and of its folders all that is in them. A link counts as what lies behind it, and of the
/// mode only whether a file can be run: whoever the image runs as has to be able to read it. `folders` gets every folder
/// that was looked into.
pub(super) fn read(
    root: &Path,
    table: &BTreeMap<String, String>,
    digests: &mut Digests,
    folders: &mut BTreeSet<PathBuf>,
) -> anyhow::Result<Copied> {
    let mut copied = Copied::default();
    for (from, to) in table {
        folders.extend(root.join(from).parent().map(Path::to_owned));
        let mut open = vec![(from.clone(), to.trim_start_matches('/').to_owned())];
        while let Some((from, to)) = open.pop() {
            let place = root.join(&from);
            let data = fs::metadata(&place).map_err(|error| match error.kind() {
                ErrorKind::NotFound => gone(&from).into(),
                _ => anyhow::Error::new(error).context(format!("read {from}")),
            })?;
            if data.is_dir() {
                open.extend(inner(&place, &from, &to)?);
                folders.insert(place);
            } else {
                let Reading { sha256, size, mode } = digests.of(&place).with_context(|| format!("read {from}"))?;
                let mode = if mode & 0o111 == 0 { 0o644 } else { 0o755 };
                let file = Source { content: Content::File { place, size }, mode, sha256 };
                copied.origins.insert(from, file.clone());
                if copied.files.insert(to.clone(), file).is_some() {
                    return Err(usage(format!("copy: two files go to `/{to}`"))
                        .hint("Mend [workspace.metadata.images] copy in Cargo.toml")
                        .into());
                }
            }
        }
    }
    Ok(copied)
}

/// What is in a folder, each with its place in the image, but for what editors leave.
fn inner(place: &Path, from: &str, to: &str) -> anyhow::Result<Vec<(String, String)>> {
    let look = || format!("list {from}");
    let mut found = Vec::new();
    for entry in fs::read_dir(place).with_context(look)? {
        let name = entry.with_context(look)?.file_name();
        let name = name.to_str().with_context(|| format!("`{}` in {from} is not UTF-8", name.display()))?;
        if !walk::is_litter(name) {
            found.push((format!("{from}/{name}"), format!("{to}/{name}")));
        }
    }
    Ok(found)
}

fn gone(from: &str) -> Failure {
    usage(format!("copy: there is no `{from}` in the workspace"))
        .hint("Mend [workspace.metadata.images] copy in Cargo.toml, or make the file")
}

fn usage(message: String) -> Failure {
    Failure::new(ExitCode::Usage, format!("[workspace.metadata.images] {message}"))
}
