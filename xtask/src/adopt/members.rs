//! The copy as a member of the workspace, so that nobody builds it who did not before. Pure.

use anyhow::Context;
use toml_edit::{DocumentMut, Item, Table, TableLike, value};

use crate::adopt::array;
use crate::adopt::name::Name;

/// `members` are the folders of the members so far, from the root on; that of a package in the root is empty.
pub(super) fn add(manifest: &mut DocumentMut, name: &Name, members: &[String]) -> anyhow::Result<()> {
    let has_package = manifest.contains_key("package") || manifest.contains_key("project");
    let workspace = manifest.entry("workspace").or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix("\n");
        Item::Table(table)
    });
    let workspace = workspace.as_table_like_mut().context("`workspace` of Cargo.toml is no table")?;
    let patterns = patterns(workspace);
    let is_covered = patterns.iter().any(|pattern| covers(pattern, name.as_str()));
    // With a package in the root that is what a plain `cargo build` means; without one it is every member.
    if !has_package && !workspace.contains_key("default-members") {
        workspace.insert("default-members", value(array::of(&defaults(&patterns, is_covered, members))));
        if let Some(mut key) = workspace.key_mut("default-members") {
            let comment = format!("# What a plain `cargo build` or `cargo run` means: all but `cargo {name}`.\n");
            key.leaf_decor_mut().set_prefix(comment);
        }
    }
    if is_covered {
        return Ok(());
    }
    match workspace.get_mut("members").and_then(Item::as_array_mut) {
        Some(list) => array::push(list, name.as_str()),
        None => drop(workspace.insert("members", value(array::of(&[name.to_string()])))),
    }
    Ok(())
}

fn patterns(workspace: &dyn TableLike) -> Vec<String> {
    let list = workspace.get("members").and_then(Item::as_array);
    list.into_iter().flatten().filter_map(|pattern| pattern.as_str().map(str::to_owned)).collect()
}

/// The patterns themselves, so that a new member is one by default, and the members that none of them names, which are so
/// as dependencies by path.
fn defaults(patterns: &[String], is_covered: bool, members: &[String]) -> Vec<String> {
    if is_covered {
        return members.to_vec();
    }
    let is_named = |member: &&String| patterns.iter().any(|pattern| covers(pattern, member));
    let others = members.iter().filter(|member| !is_named(member));
    patterns.iter().chain(others).cloned().collect()
}

/// Whether a pattern of a list of members fits a folder, as far as such lists use patterns.
fn covers(pattern: &str, folder: &str) -> bool {
    let plain = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
    let (pattern, folder) = (plain.split('/').collect::<Vec<_>>(), folder.split('/').collect::<Vec<_>>());
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
        for pattern in ["*", "**", "x*", "./xtask/", "?task"] {
            let manifest = format!("[workspace]\nmembers = [\"{pattern}\"]\n");
            let text = added(&manifest, &["a", "b"]);
            assert!(text.starts_with(&manifest), "{text}");
            assert!(text.ends_with("default-members = [\"a\", \"b\"]\n"), "{text}");
        }
        assert!(!covers("crates/*", "xtask") && !covers("*/*", "xtask") && covers("crates/**", "crates/a/b"));
    }

    #[test]
    fn an_inline_table_stays_one() {
        let text = added("workspace = { members = [\"a\"] }\n[package]\nname = \"b\"\n", &["", "a"]);
        assert!(text.starts_with("workspace = { members = [\"a\", \"xtask\"] }\n"), "{text}");
    }
}
