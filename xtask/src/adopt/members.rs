//! The copy as a member of the workspace, so that nobody builds it who did not before. Pure.

use std::path::Path;

use anyhow::Context;
use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use crate::adopt::array;
use crate::adopt::name::Name;

/// Folders in the root that an adoption makes and that are no packages: cargo fails where a pattern of members fits one.
const NO_PACKAGES: [&str; 2] = [".cargo", "Docker"];

/// `members` are the folders of the members so far, from the root on; that of a package in the root is empty.
pub(super) fn add(manifest: &mut DocumentMut, name: &Name, members: &[String]) -> anyhow::Result<()> {
    let has_package = manifest.contains_key("package") || manifest.contains_key("project");
    let workspace = manifest.entry("workspace").or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        Item::Table(table)
    });
    // No comment fits into one line.
    let is_inline = workspace.is_inline_table();
    let workspace = workspace.as_table_like_mut().context("`workspace` of Cargo.toml is no table")?;
    let (patterns, excluded) = (texts(workspace, "members"), texts(workspace, "exclude"));
    let is_excluded = |folder: &str| excluded.iter().any(|path| plain(path) == folder);
    let is_covered = |folder: &str| !is_excluded(folder) && patterns.iter().any(|pattern| covers(pattern, folder));
    // With a package in the root that is what a plain `cargo build` means; without one it is every member.
    if !has_package && !workspace.contains_key("default-members") {
        workspace.insert("default-members", value(array::of(&defaults(&patterns, name, members))));
        if let Some(mut key) = workspace.key_mut("default-members").filter(|_| !is_inline) {
            let comment = format!("# What a plain `cargo build` or `cargo run` means: all but `cargo {name}`.\n");
            key.leaf_decor_mut().set_prefix(comment);
        }
    }
    let is_named = patterns.iter().any(|pattern| plain(pattern) == name.as_str());
    if !is_named && !is_covered(name.as_str()) {
        push(workspace, "members", name.as_str());
    }
    for folder in NO_PACKAGES.into_iter().filter(|folder| is_covered(folder)) {
        push(workspace, "exclude", folder);
    }
    Ok(())
}

fn push(workspace: &mut dyn TableLike, key: &str, text: &str) {
    match workspace.get_mut(key).and_then(Item::as_array_mut) {
        Some(list) => array::push(list, text),
        None => drop(workspace.insert(key, value(array::of(&[text.to_owned()])))),
    }
}

fn texts(workspace: &dyn TableLike, key: &str) -> Vec<String> {
    let list = workspace.get(key).and_then(Item::as_array);
    list.into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

/// The patterns themselves where they do not take the copy along, so that a new member is one by default, and the members
/// that none of these names, such as dependencies by path. One outside of the root has no place that fits other machines.
fn defaults(patterns: &[String], name: &Name, members: &[String]) -> Vec<String> {
    let patterns = patterns.iter().filter(|pattern| !covers(pattern, name.as_str()));
    let is_named = |member: &String| patterns.clone().any(|pattern| covers(pattern, member));
    let others = members.iter().filter(|member| !is_named(member) && !Path::new(member).is_absolute());
    patterns.clone().chain(others).cloned().collect()
}

fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path).trim_end_matches('/')
}

/// Whether a pattern of a list of members fits a folder, as far as such lists use patterns.
fn covers(pattern: &str, folder: &str) -> bool {
    let (pattern, folder) = (plain(pattern).split('/').collect::<Vec<_>>(), folder.split('/').collect::<Vec<_>>());
    covers_parts(&pattern, &folder)
}

fn covers_parts(pattern: &[&str], folder: &[&str]) -> bool {
    match (pattern, folder) {
        (["**", rest @ ..], _) => (0..=folder.len()).any(|skipped| covers_parts(rest, &folder[skipped..])),
        ([first, rest @ ..], [name, below @ ..]) => {
            covers_word(first.as_bytes(), name.as_bytes()) && covers_parts(rest, below)
        }
        (rest, below) => rest.is_empty() && below.is_empty(),
    }
}

fn covers_word(pattern: &[u8], word: &[u8]) -> bool {
    match (pattern, word) {
        ([b'*', rest @ ..], _) => (0..=word.len()).any(|skipped| covers_word(rest, &word[skipped..])),
        ([b'?', rest @ ..], [_, below @ ..]) => covers_word(rest, below),
        ([first, rest @ ..], [letter, below @ ..]) => first == letter && covers_word(rest, below),
        (rest, below) => rest.is_empty() && below.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(manifest: &str, members: &[&str]) -> String {
        let members: Vec<String> = members.iter().map(|&member| member.to_owned()).collect();
        let mut document: DocumentMut = manifest.parse().expect("TOML");
        add(&mut document, &Name::default(), &members).expect("a sound manifest");
        let once = document.to_string();
        let mut document: DocumentMut = once.parse().expect("TOML");
        add(&mut document, &Name::default(), &members).expect("a sound manifest");
        assert_eq!(document.to_string(), once, "the second time changes nothing");
        once
    }

    #[test]
    fn a_lone_package_becomes_a_workspace() {
        let manifest = "# Mine.\n[package]\nname = \"a\" # so\n\n[dependencies]\n";
        assert_eq!(added(manifest, &[""]), format!("{manifest}\n[workspace]\nmembers = [\"xtask\"]\n"));
    }

    #[test]
    fn a_root_package_stays_the_default() {
        let manifest = "[workspace]\nmembers = [\n  \"a\", # one\n]\n\n[package]\nname = \"b\"\n";
        let expected = "[workspace]\nmembers = [\n  \"a\", # one\n  \"xtask\",\n]\n\n[package]\nname = \"b\"\n";
        assert_eq!(added(manifest, &["", "a"]), expected);
        let expected = "[workspace]\nresolver = \"2\"\nmembers = [\"xtask\"]\n\n[package]\nname = \"b\"\n";
        assert_eq!(added("[workspace]\nresolver = \"2\"\n\n[package]\nname = \"b\"\n", &[""]), expected);
    }

    #[test]
    fn a_virtual_workspace_gets_default_members_and_keeps_its_own() {
        let comment = "# What a plain `cargo build` or `cargo run` means: all but `cargo xtask`.\n";
        let manifest = "[workspace] # all\nmembers = [\"crates/*\"]\nexclude = [\"crates/x\"]\n\n[profile.dev]\n";
        let expected = format!(
            "[workspace] # all\nmembers = [\"crates/*\", \"xtask\"]\nexclude = [\"crates/x\"]\n{comment}default-members = \
             [\"crates/*\", \"lib\"]\n\n[profile.dev]\n"
        );
        assert_eq!(added(manifest, &["crates/a", "lib"]), expected);
        let own = "[workspace]\nmembers = [\"a\"]\ndefault-members = [\"a\"]\n";
        assert_eq!(added(own, &["a"]), own.replacen("[\"a\"]", "[\"a\", \"xtask\"]", 1));
    }

    #[test]
    fn a_pattern_that_covers_the_copy_already_stays() {
        let excluded = "exclude = [\".cargo\", \"Docker\"]\n";
        for (pattern, more) in [("*", excluded), ("**", excluded), ("x*", ""), ("./xtask/", ""), ("?task", "")] {
            let manifest = format!("[workspace]\nmembers = [\"{pattern}\"]\n");
            let text = added(&manifest, &["a", "b"]);
            assert!(text.starts_with(&manifest), "{text}");
            assert!(text.ends_with(&format!("default-members = [\"a\", \"b\"]\n{more}")), "{text}");
        }
        assert!(!covers("crates/*", "xtask") && !covers("*/*", "xtask") && covers("crates/**", "crates/a/b"));
    }

    #[test]
    fn a_copy_that_is_excluded_is_named() {
        let text = added("[workspace]\nmembers = [\"x*\", \"../y\"]\nexclude = [\"./xtask\"]\n", &["xa", "/y"]);
        assert!(text.starts_with("[workspace]\nmembers = [\"x*\", \"../y\", \"xtask\"]\n"), "{text}");
        assert!(text.ends_with("default-members = [\"../y\", \"xa\"]\n"), "{text}");
    }

    #[test]
    fn an_inline_table_stays_one() {
        let text = added("workspace = { members = [\"a\"] }\n[package]\nname = \"b\"\n", &["", "a"]);
        assert!(text.starts_with("workspace = { members = [\"a\", \"xtask\"] }\n"), "{text}");
        let text = added("workspace = { members = [\"a\"] }\n", &["a"]);
        assert_eq!(text, "workspace = { members = [\"a\", \"xtask\"] , default-members = [\"a\"] }\n");
    }
}
