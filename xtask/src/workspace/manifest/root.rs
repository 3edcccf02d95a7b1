//! The root manifest cut down to what an image needs, in both forms. Pure.
//!
//! It may be that of a package besides. Where that one is shipped, its sections are those of a member; where it is not,
//! they fall away.

use std::collections::BTreeSet;

use anyhow::Context;
use serde_json::{Map, Value, json};
use toml_edit::{DocumentMut, Item, TableLike};

use super::{copy, dependency, into_map};
use crate::workspace::profile::Profile;
use crate::workspace::toml_tree;

/// The sections that are not those of a package.
const OF_THE_WORKSPACE: [&str; 5] = ["cargo-features", "workspace", "profile", "patch", "replace"];

/// The folders of the shipped members.
#[derive(Clone, Debug)]
pub(crate) struct Folders {
    /// Those of all that lie in folders of their own.
    pub(crate) members: Vec<String>,
    /// Whether a shipped member lies in the root.
    pub(crate) has_root: bool,
}

impl Folders {
    /// What a build without a word on packages is of: cargo's default would leave out all but the one in the root.
    fn default_members(&self) -> Option<Vec<&str>> {
        let all = || ["."].into_iter().chain(self.members.iter().map(String::as_str)).collect();
        self.has_root.then(all)
    }

    /// The resolver that cargo would take from the package in the root, which is not there any more.
    fn resolver(&self, manifest: &Value) -> Option<Value> {
        let package = manifest.get("package").filter(|_| !self.has_root)?;
        let explicit =
            [&manifest["workspace"]["resolver"], &package["resolver"]].into_iter().find(|key| key.is_string());
        if let Some(explicit) = explicit {
            return Some(explicit.clone());
        }
        let inherited = &manifest["workspace"]["package"]["edition"];
        let edition = if package["edition"].is_object() { inherited } else { &package["edition"] };
        let resolver = match edition.as_str() {
            None | Some("2015" | "2018") => "1",
            Some("2021") => "2",
            Some(_) => "3",
        };
        Some(resolver.into())
    }
}

/// The normalised root manifest: the given members, of the shared dependencies and patches only those in use, and of the
/// profiles those that decide the given one.
pub(crate) fn normalise(
    text: &str,
    profile: &Profile,
    folders: &Folders,
    used: &BTreeSet<String>,
    members: &BTreeSet<&str>,
    locked: Option<&BTreeSet<String>>,
) -> anyhow::Result<Map<String, Value>> {
    let manifest = toml_tree::parse("Cargo.toml", text)?;
    let mut workspace = json!({ "members": folders.members });
    copy(&manifest["workspace"], &mut workspace, &["resolver"]);
    if let Some(resolver) = folders.resolver(&manifest) {
        workspace["resolver"] = resolver;
    }
    if let Some(all) = folders.default_members() {
        workspace["default-members"] = json!(all);
    }
    let shared = manifest["workspace"]["dependencies"].as_object();
    for (name, spec) in shared.into_iter().flatten().filter(|(name, _)| used.contains(*name)) {
        workspace["dependencies"][name] = dependency(name, spec, members);
    }
    let mut normal = json!({ "workspace": workspace });
    for name in profile.chain(&manifest)? {
        normal["profile"][&name] = manifest["profile"][&name].clone();
    }
    for (source, entries) in manifest["patch"].as_object().into_iter().flatten() {
        for (name, spec) in entries.as_object().into_iter().flatten() {
            let package = spec["package"].as_str().unwrap_or(name);
            // Before the lock file is pruned nobody knows which patches are in use, so all stay.
            if locked.is_none_or(|locked| locked.contains(package)) {
                normal["patch"][source][name] = spec.clone();
            }
        }
    }
    into_map(normal)
}

/// The pruned root manifest: its own text with the given members, and of the shared dependencies and patches those
/// that the normalised root manifest kept.
pub(crate) fn prune(text: &str, folders: &Folders, normal: &Map<String, Value>) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = text.parse().context("read Cargo.toml")?;
    if !folders.has_root {
        manifest.as_table_mut().retain(|section, _| OF_THE_WORKSPACE.contains(&section));
    }
    if let Some(package) = manifest.get_mut("package").and_then(Item::as_table_like_mut) {
        package.remove("metadata");
    }
    // A package by itself is its own workspace.
    let workspace = manifest.entry("workspace").or_insert(toml_edit::table());
    let workspace = workspace.as_table_like_mut().context("Cargo.toml: [workspace] is no table")?;
    let list = |texts: &[&str]| toml_edit::value(texts.iter().copied().collect::<toml_edit::Array>());
    workspace.insert("members", list(&folders.members.iter().map(String::as_str).collect::<Vec<_>>()));
    for key in ["default-members", "exclude", "metadata"] {
        workspace.remove(key);
    }
    if let Some(all) = folders.default_members() {
        workspace.insert("default-members", list(&all));
    }
    if let Some(resolver) = normal["workspace"].get("resolver").and_then(Value::as_str) {
        workspace.insert("resolver", toml_edit::value(resolver));
    }
    if let Some(shared) = workspace.get_mut("dependencies").and_then(Item::as_table_like_mut) {
        retain(shared, normal["workspace"].get("dependencies"));
    }
    // Cargo warns of a profile's package that is not there, whichever profile it builds by.
    if let Some(profiles) = manifest.get_mut("profile").and_then(Item::as_table_like_mut) {
        retain(profiles, normal.get("profile"));
    }
    let patches = normal.get("patch");
    if let Some(sources) = manifest.get_mut("patch").and_then(Item::as_table_like_mut) {
        for (source, entries) in sources.iter_mut() {
            if let Some(entries) = entries.as_table_like_mut() {
                retain(entries, patches.and_then(|patches| patches.get(source.get())));
            }
        }
    }
    Ok(manifest.to_string())
}

fn retain(table: &mut dyn TableLike, kept: Option<&Value>) {
    let gone: Vec<String> = table
        .iter()
        .map(|(name, _)| name.to_owned())
        .filter(|name| kept.is_none_or(|kept| kept.get(name).is_none()))
        .collect();
    gone.iter().for_each(|name| drop(table.remove(name)));
}
