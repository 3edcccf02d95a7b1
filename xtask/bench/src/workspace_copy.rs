//! One alternative's own copy of the workspace, edited as a user edits files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// What the usual Dockerfiles need beside them; ours bring their own, which win over this one.
const DOCKERIGNORE: &str = "target\n.git\n";

/// Copies the workspace apart from `target` and `.git` to `to`, which is made anew.
pub(crate) fn make(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("remove {}", to.display()))?;
    }
    copy_folder(from, to)?;
    let target = to.join("target");
    fs::create_dir(&target).with_context(|| format!("make {}", target.display()))?;
    let ignored = to.join(".dockerignore");
    fs::write(&ignored, DOCKERIGNORE).with_context(|| format!("write {}", ignored.display()))
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("list {}", from.display()))? {
        let entry = entry.with_context(|| format!("list {}", from.display()))?;
        let (name, path) = (entry.file_name(), entry.path());
        let kind = entry.file_type().with_context(|| format!("look at {}", path.display()))?;
        if name == "target" || name == ".git" {
            continue;
        }
        if kind.is_dir() {
            copy_folder(&path, &to.join(&name))?;
        } else if kind.is_file() {
            fs::copy(&path, to.join(&name)).with_context(|| format!("copy {}", path.display()))?;
        }
    }
    Ok(())
}

/// Writes those of the files whose text is another one, and returns their paths.
pub(crate) fn write(root: &Path, files: &[(&str, String)]) -> anyhow::Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (path, text) in files {
        let place = root.join(path);
        if !fs::read(&place).is_ok_and(|old| old == text.as_bytes()) {
            fs::write(&place, text).with_context(|| format!("write {}", place.display()))?;
            written.push(PathBuf::from(path));
        }
    }
    Ok(written)
}
