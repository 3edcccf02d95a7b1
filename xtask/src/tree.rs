//! Writes a map of files as a folder, so that equal content leaves the folder untouched.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::plan::Files;

/// Makes `folder` hold exactly `files`. A file whose content is right keeps its time; a changed one is replaced in
/// one step, so that a build that reads the folder at the same moment never sees half a file.
pub(crate) fn write(folder: &Path, files: &Files) -> anyhow::Result<()> {
    let wanted: BTreeSet<PathBuf> = files.keys().map(|path| folder.join(path)).collect();
    for found in walk(folder)? {
        if !wanted.contains(&found) {
            fs::remove_file(&found).with_context(|| format!("remove {}", found.display()))?;
        }
    }
    for (path, text) in files {
        let path = folder.join(path);
        if fs::read(&path).is_ok_and(|old| old == text.as_bytes()) {
            continue;
        }
        let parent = path.parent().expect("a path below the folder");
        fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
        replace(&path, text.as_bytes())?;
    }
    Ok(())
}

/// Writes a file beside its place and moves it there.
pub(crate) fn replace(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut name = path.file_name().expect("a file name").to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    fs::write(&beside, content).with_context(|| format!("write {}", beside.display()))?;
    fs::rename(&beside, path).with_context(|| format!("write {}", path.display()))
}

/// All files below `folder`, none when it does not exist.
fn walk(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.with_context(|| format!("list {}", folder.display()))?,
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("list {}", folder.display()))?;
            let kind = entry.file_type().with_context(|| format!("look at {}", entry.path().display()))?;
            if kind.is_dir() { open.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    Ok(found)
}
