//! The planned contexts as maps from path to content. Pure: the same inputs give the same bytes.
//!
//! The base context (normalised manifests, lock file, stub sources) is all that cargo-chef sees. The colony overlay
//! (pruned manifests and lock file) is laid over the real sources, so it never holds a stub.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::workspace::lock;
use crate::workspace::manifest;
use crate::workspace::manifest::root::{self, Folders};
use crate::workspace::paths::inside;
use crate::workspace::toml_tree;
use crate::workspace::{TargetKind, Workspace};

/// Path relative to the root of a context, with `/` -> content.
pub(crate) type Files = BTreeMap<String, String>;

/// Sections of cargo's configuration that never reach a build in the image.
const UNBUILT_CONFIG: [&str; 6] = ["alias", "term", "future-incompat-report", "cargo-new", "install", "cache"];

/// The files of the workspace that a plan is made from.
#[derive(Clone, Debug)]
pub(crate) struct WorkspaceFiles {
    pub(crate) workspace: Workspace,
    pub(crate) root_manifest: String,
    pub(crate) lock: String,
    /// Member name -> text of its manifest.
    pub(crate) manifests: BTreeMap<String, String>,
    /// Text of `.cargo/config.toml`, if there is one.
    pub(crate) cargo_config: Option<String>,
    /// Name and text of the toolchain file, if there is one.
    pub(crate) toolchain: Option<(String, String)>,
}

/// Everything of the base context but the lock file, which only cargo can prune.
///
/// `locked` are the names of the packages in the pruned lock file; without them every patch counts as in use.
pub(crate) fn base(inputs: &WorkspaceFiles, locked: Option<&BTreeSet<String>>) -> anyhow::Result<Files> {
    let workspace = &inputs.workspace;
    let names: BTreeSet<&str> = workspace.members.keys().map(String::as_str).collect();
    let mut files = Files::new();
    let mut used = BTreeSet::new();
    let mut root_package = Map::new();
    for member in workspace.members.values() {
        let text = &inputs.manifests[&member.name];
        let normal = manifest::normalise_member(text, member, &workspace.binaries, &names)?;
        used.extend(manifest::inherited(&normal));
        if member.dir.is_empty() {
            root_package = normal;
        } else {
            files.insert(member.manifest(), toml_tree::emit(&normal));
        }
        for target in &member.targets {
            let stub = match &target.kind {
                TargetKind::Library(_) => "",
                TargetKind::Binary if !workspace.binaries.contains(&target.name) => continue,
                TargetKind::Binary | TargetKind::BuildScript => "fn main() {}\n",
            };
            let path = manifest::stub_path(&target.kind, &target.name);
            files.insert(inside(&member.dir, &path), stub.to_owned());
        }
    }
    let (text, profile) = (&inputs.root_manifest, &workspace.images.profile);
    let mut root = root::normalise(text, profile, &folders(workspace), &used, &names, locked)?;
    root.extend(root_package);
    files.insert("Cargo.toml".to_owned(), toml_tree::emit(&root));
    files.extend(settings(inputs)?);
    Ok(files)
}

/// What the colony build has in place of the workspace's own manifests and lock file. `base` is the finished base
/// context, its lock file included.
pub(crate) fn overlay(inputs: &WorkspaceFiles, base: &Files) -> anyhow::Result<Files> {
    let workspace = &inputs.workspace;
    let mut files = settings(inputs)?;
    let kept = object(toml_tree::parse("the normalised Cargo.toml", &base["Cargo.toml"])?);
    let root = root::prune(&inputs.root_manifest, &folders(workspace), &kept)?;
    files.insert("Cargo.toml".to_owned(), root);
    for member in workspace.members.values() {
        let path = member.manifest();
        // That of a member in the root is both.
        let text = files.get(&path).unwrap_or(&inputs.manifests[&member.name]);
        let pruned = manifest::prune_member(&path, text)?;
        files.insert(path, pruned);
    }
    files.insert("Cargo.lock".to_owned(), lock::with_real_versions(&base["Cargo.lock"], &workspace.members)?);
    Ok(files)
}

/// Cargo's configuration and the toolchain file, as far as they reach a build in the image.
fn settings(inputs: &WorkspaceFiles) -> anyhow::Result<Files> {
    let mut files = Files::new();
    if let Some(text) = &inputs.cargo_config {
        let mut config = object(toml_tree::parse(".cargo/config.toml", text)?);
        config.retain(|section, _| !UNBUILT_CONFIG.contains(&section.as_str()));
        if !config.is_empty() {
            files.insert(".cargo/config.toml".to_owned(), toml_tree::emit(&config));
        }
    }
    if let Some((name, text)) = &inputs.toolchain {
        // The old form of the file is no TOML but the bare name of a toolchain.
        let plain = format!("{}\n", text.trim());
        files.insert(name.clone(), toml_tree::parse(name, text).map_or(plain, |tree| toml_tree::emit(&object(tree))));
    }
    Ok(files)
}

fn folders(workspace: &Workspace) -> Folders {
    let dirs = workspace.members.values().map(|member| member.dir.clone());
    Folders { members: dirs.filter(|dir| !dir.is_empty()).collect(), has_root: workspace.root_package().is_some() }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
