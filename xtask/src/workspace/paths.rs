//! Paths relative to the workspace root, as texts with `/` between their parts; the root itself is the empty text. Pure, but
//! for the look at what is a cache.

use std::path::{Component, Path, PathBuf};

use anyhow::Context;

use crate::failure::{ExitCode, Failure};

/// A path inside a folder.
pub(crate) fn inside(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// The path, and all folders that it lies in, the innermost first and the root last.
pub(crate) fn outward(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| match path.rsplit_once('/') {
        Some((outer, _)) => Some(outer),
        None if path.is_empty() => None,
        None => Some(""),
    })
}

/// The innermost of these folders that a path lies in.
pub(crate) fn innermost(path: &str, is_one: impl Fn(&str) -> bool) -> Option<&str> {
    outward(path).skip(1).find(|folder| is_one(folder))
}

/// Whether a path lies in a folder, which it may not be itself.
pub(crate) fn is_below(path: &str, folder: &str) -> bool {
    outward(path).skip(1).any(|outer| outer == folder)
}

/// Whether a folder is a cache, such as every target directory of cargo (<https://bford.info/cachedir>).
pub(crate) fn is_cache(folder: &Path) -> bool {
    folder.join("CACHEDIR.TAG").exists()
}

/// Without `.` and `..`, which cargo leaves in what a manifest names. Links count as what they are.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

/// `path` below `root`.
pub(crate) fn relative(root: &Path, path: &Path) -> anyhow::Result<String> {
    let path = normal(path);
    let Ok(below) = path.strip_prefix(root) else {
        let message = format!("`{}` lies outside `{}`", path.display(), root.display());
        return Err(Failure::new(ExitCode::Usage, message)
            .hint("Move the folder into the workspace, or take it out of `members`: a dependency by path may lie anywhere")
            .into());
    };
    let parts: Option<Vec<&str>> = below
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    parts.map(|parts| parts.join("/")).with_context(|| format!("`{}` is not a plain UTF-8 path", below.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_outward_to_the_root() {
        assert_eq!(outward("a/b/c").collect::<Vec<_>>(), ["a/b/c", "a/b", "a", ""]);
        assert_eq!(outward("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn the_root_holds_all_and_no_folder_itself() {
        assert!(is_below("a/b", "a") && is_below("a", "") && is_below("a/b/c", "a"));
        assert!(!is_below("a", "a") && !is_below("ab", "a") && !is_below("", ""));
    }

    #[test]
    fn a_file_of_the_root_has_no_slash_before_it() {
        assert_eq!(inside("", "Cargo.toml"), "Cargo.toml");
        assert_eq!(inside("a/b", "Cargo.toml"), "a/b/Cargo.toml");
    }
}
