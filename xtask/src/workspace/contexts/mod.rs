//! The planned contexts as maps from path to content. Pure: the same inputs give the same bytes.
//!
//! The base context (normalised manifests, lock file, stub sources) is all that cargo-chef sees. The colony overlay
//! (pruned manifests and lock file) is laid over the real sources, so it never holds a stub.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::workspace::lock;
use crate::workspace::manifest;
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
    for member in workspace.members.values() {
        let text = &inputs.manifests[&member.name];
        let normal = manifest::normalise_member(text, member, &workspace.binaries, &names)?;
        used.extend(manifest::inherited(&normal));
        files.insert(format!("{}/Cargo.toml", member.dir), toml_tree::emit(&normal));
        for target in &member.targets {
            let stub = match &target.kind {
                TargetKind::Library(_) => "",
                TargetKind::Binary if !workspace.binaries.contains(&target.name) => continue,
                TargetKind::Binary | TargetKind::BuildScript => "fn main() {}\n",
            };
            let path = manifest::stub_path(&target.kind, &target.name);
            files.insert(format!("{}/{path}", member.dir), stub.to_owned());
        }
    }
    let (text, profile) = (&inputs.root_manifest, &workspace.profile);
    let root = manifest::normalise_root(text, profile, &dirs(workspace), &used, &names, locked)?;
    files.insert("Cargo.toml".to_owned(), toml_tree::emit(&root));
    files.extend(settings(inputs)?);
    Ok(files)
}

/// What the colony build has in place of the workspace's own manifests and lock file. `base` is the finished base
/// context, its lock file included.
pub(crate) fn overlay(inputs: &WorkspaceFiles, base: &Files) -> anyhow::Result<Files> {
    let workspace = &inputs.workspace;
    let mut files = settings(inputs)?;
    for member in workspace.members.values() {
        let path = format!("{}/Cargo.toml", member.dir);
        let pruned = manifest::prune_member(&path, &inputs.manifests[&member.name])?;
        files.insert(path, pruned);
    }
    let kept = object(toml_tree::parse("the normalised Cargo.toml", &base["Cargo.toml"])?);
    let root = manifest::prune_root(&inputs.root_manifest, &dirs(workspace), &kept)?;
    files.insert("Cargo.toml".to_owned(), root);
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

fn dirs(workspace: &Workspace) -> Vec<String> {
    workspace.members.values().map(|member| member.dir.clone()).collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests;
