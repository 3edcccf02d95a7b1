//! What lies in the other workspace. Reads only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::Context;

use crate::adopt::name::Name;
use crate::adopt::record::{self, Record};
use crate::failure::{ExitCode, Failure};
use crate::staging::tree;
use crate::workspace::images::owner;
use crate::workspace::toml_tree;

/// The package's folder bears the name that it got, so only a look tells where it is.
pub(super) fn find_record(root: &Path) -> anyhow::Result<Option<(String, Record)>> {
    for folder in names(root)? {
        let path = root.join(&folder).join(record::FILE);
        let text = match read(&path) {
            Err(error) if is_denied(&error) => None,
            text => text?,
        };
        if let Some(text) = text {
            let record = Record::parse(&path.display().to_string(), &String::from_utf8_lossy(&text));
            return Ok(Some((folder, record.map_err(|error| Failure::of(ExitCode::Precondition, &error))?)));
        }
    }
    Ok(None)
}

/// A folder that we may not look into is none that we made.
fn is_denied(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

pub(super) fn has_table(root: &Path) -> anyhow::Result<bool> {
    let text = read(&root.join("Cargo.toml"))?.unwrap_or_default();
    let manifest = toml_tree::parse("Cargo.toml", &String::from_utf8_lossy(&text))?;
    Ok(!owner::of_manifest(&manifest).1["images"].is_null())
}

/// Whether something of somebody else's is where the package is to be.
pub(in crate::adopt) fn is_taken(root: &Path, name: &Name) -> anyhow::Result<bool> {
    let folder = root.join(name.as_str());
    if !folder.is_dir() {
        return Ok(folder.exists());
    }
    let is_ours = |file: &String| tree::replaced(file) == Some(record::FILE);
    Ok(!names(&folder)?.iter().all(is_ours))
}

/// What killed writes of these files left beside them.
pub(in crate::adopt) fn leftovers(root: &Path, paths: &BTreeSet<&str>) -> anyhow::Result<Vec<String>> {
    let folders: BTreeSet<&str> =
        paths.iter().map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder)).collect();
    let mut left = Vec::new();
    for folder in folders.into_iter().filter(|folder| root.join(folder).is_dir()) {
        let place = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
        left.extend(names(&root.join(folder))?.into_iter().map(place));
    }
    left.retain(|path| tree::replaced(path).is_some_and(|path| paths.contains(path)));
    Ok(left)
}

pub(super) fn toolchain(root: &Path) -> anyhow::Result<Option<String>> {
    for name in ["rust-toolchain", "rust-toolchain.toml"] {
        let Some(text) = read(&root.join(name))? else { continue };
        let text = String::from_utf8_lossy(&text);
        let table = text.parse::<toml_edit::DocumentMut>().ok();
        let channel = table.and_then(|table| Some(table.get("toolchain")?.get("channel")?.as_str()?.to_owned()));
        return Ok(channel.or_else(|| text.lines().next().map(|line| line.trim().to_owned())));
    }
    Ok(None)
}

pub(super) fn other_case(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in names(root)?.into_iter().filter(|name| name != "Docker" && name.eq_ignore_ascii_case("docker")) {
        if root.join(&folder).is_dir() {
            found.extend(names(&root.join(&folder))?.into_iter().map(|name| format!("{folder}/{name}")));
        }
    }
    Ok(found)
}

fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let what = || format!("list {}", folder.display());
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    fs::read_dir(folder).with_context(what)?.map(name).collect::<std::io::Result<_>>().with_context(what)
}

/// The contents of those of the files that are there. A link on the way to one of them is refused: what it leads to is
/// nobody's to overwrite.
pub(in crate::adopt) fn contents<'a>(
    root: &Path,
    paths: impl IntoIterator<Item = &'a str>,
) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for path in paths {
        let place = root.join(path);
        let parts = place.ancestors().take_while(|part| *part != root);
        if let Some(link) = parts.into_iter().find(|part| part.is_symlink()) {
            return Err(Failure::precondition(format!("{} is a link", link.display()))
                .hint("Put a file or a folder of its own in its place")
                .into());
        }
        if let Some(content) = read(&place)? {
            found.insert(path.to_owned(), content);
        }
    }
    Ok(found)
}

/// `None` where there is no such file.
fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_we_may_not_look_into_is_told_from_one_that_cannot_be_read() {
        let error = |kind: ErrorKind| anyhow::Error::from(std::io::Error::from(kind)).context("read x/.adopted.json");
        assert!(is_denied(&error(ErrorKind::PermissionDenied)) && !is_denied(&error(ErrorKind::TimedOut)));
    }
}
