//! Makes manifests and cargo's configuration name other folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use toml_edit::{DocumentMut, Item, TableLike};

use crate::workspace::contexts::Files;
use crate::workspace::manifest::DEPENDENCY_SECTIONS;
use crate::workspace::paths::normal;

/// In all planned manifests, and in the configuration. `places` says which folder gets which path.
pub(super) fn all(root: &Path, places: &BTreeMap<PathBuf, String>, files: &mut Files) -> anyhow::Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    for (path, text) in files.iter_mut().filter(|(path, _)| path.ends_with(".toml")) {
        let folder = match path.as_str() {
            ".cargo/config.toml" => root.to_owned(),
            _ => root.join(Path::new(path).parent().unwrap_or(Path::new(""))),
        };
        let mut document: DocumentMut = text.parse().with_context(|| format!("read {path}"))?;
        let place = |path: &str| places.get(&normal(&folder.join(path))).cloned();
        if each(document.as_table_mut(), &place) {
            *text = document.to_string();
        }
    }
    Ok(())
}

/// Whether anything was changed.
fn each(document: &mut dyn TableLike, place: &dyn Fn(&str) -> Option<String>) -> bool {
    let mut has_changed = sections(document, &DEPENDENCY_SECTIONS, &["path"], place);
    if let Some(workspace) = table(document, "workspace") {
        has_changed |= sections(workspace, &["dependencies"], &["path"], place);
    }
    for (outer, inner) in [("target", &DEPENDENCY_SECTIONS[..]), ("patch", &[])] {
        for (_, item) in table(document, outer).into_iter().flat_map(TableLike::iter_mut) {
            let Some(item) = item.as_table_like_mut() else { continue };
            has_changed |= if inner.is_empty() {
                entries(item, &["path"], place)
            } else {
                sections(item, inner, &["path"], place)
            };
        }
    }
    has_changed | sections(document, &["source"], &["directory", "local-registry"], place)
}

fn sections(outer: &mut dyn TableLike, names: &[&str], keys: &[&str], place: &dyn Fn(&str) -> Option<String>) -> bool {
    let mut has_changed = false;
    for name in names {
        if let Some(section) = table(outer, name) {
            has_changed |= entries(section, keys, place);
        }
    }
    has_changed
}

/// The entries of one table, each a table with a path.
fn entries(section: &mut dyn TableLike, keys: &[&str], place: &dyn Fn(&str) -> Option<String>) -> bool {
    let mut has_changed = false;
    for (_, spec) in section.iter_mut() {
        let Some(spec) = spec.as_table_like_mut() else { continue };
        for key in keys {
            if let Some(path) = spec.get(key).and_then(Item::as_str).and_then(place) {
                spec.insert(key, toml_edit::value(path));
                has_changed = true;
            }
        }
    }
    has_changed
}

fn table<'a>(outer: &'a mut dyn TableLike, name: &str) -> Option<&'a mut dyn TableLike> {
    outer.get_mut(name).and_then(Item::as_table_like_mut)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_known_folders_change_wherever_they_stand_and_others_stay() {
        let manifest = "[dependencies] # why\na = { path = '../../../far/a' }\nb = { path = '../b' }\n\
                        [target.'cfg(unix)'.build-dependencies.a]\npath = '../../../far/a'\n";
        let root = "[workspace.dependencies]\na = { path = '../far/a', version = '1' }\n\
                    [patch.crates-io]\nc = { path = 'patched/c' }\n";
        let config = "[source.vendored]\ndirectory = 'vendor'\n";
        let mut files: Files = [("x/app/Cargo.toml", manifest), ("Cargo.toml", root), (".cargo/config.toml", config)]
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into();
        let places = [("/far/a", "/s/a"), ("/ws/patched/c", "/s/c"), ("/ws/vendor", "/s/v")];
        let places: BTreeMap<_, _> = places.map(|(from, to)| (PathBuf::from(from), to.to_owned())).into();
        all(Path::new("/ws"), &places, &mut files).expect("sound TOML");
        let changed = &files["x/app/Cargo.toml"];
        assert!(changed.contains("# why\na = { path = \"/s/a\" }\nb = { path = '../b' }"), "{changed}");
        assert!(changed.ends_with("path = \"/s/a\"\n"), "{changed}");
        assert!(files["Cargo.toml"].contains("a = { path = \"/s/a\", version = '1' }"), "{}", files["Cargo.toml"]);
        assert!(files["Cargo.toml"].contains("c = { path = \"/s/c\" }"), "{}", files["Cargo.toml"]);
        assert_eq!(files[".cargo/config.toml"], "[source.vendored]\ndirectory = \"/s/v\"\n");
    }
}
