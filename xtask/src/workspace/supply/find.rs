//! Which folders the dependencies come from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use crate::failure::{ExitCode, Failure};
use crate::workspace::contexts::WorkspaceFiles;
use crate::workspace::paths::normal;
use crate::workspace::supply::freestanding;
use crate::workspace::toml_tree;

/// What was found, by absolute folders.
pub(super) struct Found {
    /// Packages with their manifests, which stand by themselves.
    pub(super) packages: BTreeMap<PathBuf, Value>,
    pub(super) vendored: BTreeSet<PathBuf>,
}

/// Without names of locked packages every patch counts as in use.
pub(super) fn find(root: &Path, inputs: &WorkspaceFiles, locked: Option<&BTreeSet<String>>) -> anyhow::Result<Found> {
    let manifest = toml_tree::parse("Cargo.toml", &inputs.root_manifest)?;
    let config = inputs.cargo_config.as_ref().map(|text| toml_tree::parse(".cargo/config.toml", text)).transpose()?;
    let config = config.unwrap_or_default();
    refuse_paths_of(&config)?;
    let shipped: BTreeMap<PathBuf, &str> = inputs
        .workspace
        .members
        .values()
        .map(|member| (normal(&root.join(&member.dir)), member.name.as_str()))
        .collect();
    let mut open: Vec<PathBuf> = inputs.workspace.outside.iter().cloned().collect();
    for (name, path) in patches(&manifest, locked) {
        let folder = normal(&root.join(path));
        if let Some(member) = shipped.get(&folder) {
            let message = format!("Cargo.toml: [patch] {name} is the workspace member `{member}`, which is shipped");
            return Err(Failure::new(ExitCode::Usage, message)
                .hint("Depend on the member by path, and take the patch out: the base holds no member's sources")
                .into());
        }
        open.push(folder);
    }
    let mut packages = BTreeMap::new();
    while let Some(folder) = open.pop() {
        if packages.contains_key(&folder) {
            continue;
        }
        let manifest = freestanding::read(&folder)?;
        for path in freestanding::paths(&manifest) {
            let needed = normal(&folder.join(path));
            if let Some(member) = shipped.get(&needed) {
                let message = format!("`{}` needs the workspace member `{member}`", folder.display());
                return Err(Failure::new(ExitCode::Usage, message)
                    .hint("Make it a member that the shipped ones need by its path: all else is a part of the base")
                    .into());
            }
            open.push(needed);
        }
        packages.insert(folder, manifest);
    }
    let sources = config["source"].as_object().into_iter().flatten();
    let paths =
        sources.filter_map(|(_, source)| ["directory", "local-registry"].iter().find_map(|key| source[*key].as_str()));
    Ok(Found { packages, vendored: paths.map(|path| normal(&root.join(path))).filter(|path| path.is_dir()).collect() })
}

/// Name and path of each patch in use that is a folder.
fn patches<'a>(manifest: &'a Value, locked: Option<&BTreeSet<String>>) -> Vec<(&'a str, &'a str)> {
    let sources = manifest["patch"].as_object().into_iter().flatten();
    let entries = sources.flat_map(|(_, entries)| entries.as_object().into_iter().flatten());
    let in_use = |name: &str, spec: &Value| {
        locked.is_none_or(|locked| locked.contains(spec["package"].as_str().unwrap_or(name)))
    };
    entries
        .filter(|(name, spec)| in_use(name, spec))
        .filter_map(|(name, spec)| Some((name.as_str(), spec["path"].as_str()?)))
        .collect()
}

/// Cargo's configuration can name folders of packages too, and reads them relative to wherever it lies.
fn refuse_paths_of(config: &Value) -> Result<(), Failure> {
    let patch = config["patch"]
        .as_object()
        .into_iter()
        .flatten()
        .any(|(_, entries)| entries.as_object().into_iter().flatten().any(|(_, spec)| spec.get("path").is_some()));
    let key = if patch { "[patch] by path" } else { "paths" };
    if patch || config.get("paths").is_some() {
        return Err(Failure::new(ExitCode::Usage, format!("{key} in .cargo/config.toml is not supported"))
            .hint("Write it as a [patch] into Cargo.toml"));
    }
    Ok(())
}

/// A name for each of these folders: the way to it from the innermost folder that holds them all.
pub(super) fn names<'a>(folders: impl Iterator<Item = &'a PathBuf> + Clone) -> BTreeMap<PathBuf, String> {
    let mut around: Option<PathBuf> = None;
    for folder in folders.clone() {
        around = Some(match around {
            None => folder.clone(),
            Some(outer) => {
                outer.ancestors().find(|outer| folder.starts_with(outer)).map_or_else(PathBuf::new, Path::to_owned)
            }
        });
    }
    let around = around.unwrap_or_default();
    let name = |folder: &Path| folder.strip_prefix(&around).unwrap_or(folder).to_string_lossy().into_owned();
    folders.map(|folder| (folder.clone(), name(folder))).collect()
}

/// The text of a manifest.
pub(super) fn manifest(folder: &Path) -> anyhow::Result<Value> {
    let path = folder.join("Cargo.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    toml_tree::parse(&path.display().to_string(), &text)
}
