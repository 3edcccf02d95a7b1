//! Manifests cut down to what an image needs. Pure.
//!
//! Two forms of each: the *normalised* one goes to cargo-chef and holds only what can change how a dependency is
//! compiled, so that no other edit rebuilds the base; the *pruned* one is laid over the real sources and keeps
//! everything that reaches a member's own compilation, its version first of all.

pub(crate) mod root;

use std::collections::BTreeSet;

use anyhow::Context;
use serde_json::{Map, Value, json};
use toml_edit::{DocumentMut, Item};

use crate::workspace::toml_tree;
use crate::workspace::{Member, TargetKind};

/// The version that every member has in the normalised form, since a version bump compiles no dependency anew.
pub(crate) const MASKED_VERSION: &str = "0.0.0";

/// Sections of a manifest that no image needs.
const UNNEEDED: [&str; 5] = ["dev-dependencies", "dev_dependencies", "example", "test", "bench"];

/// Both spellings that cargo accepts for the two sections that an image needs.
pub(in crate::workspace) const DEPENDENCY_SECTIONS: [&str; 3] =
    ["dependencies", "build-dependencies", "build_dependencies"];

/// Where the stub of a target of the normalised form stands, relative to the member's folder.
pub(crate) fn stub_path(kind: &TargetKind, name: &str) -> String {
    match kind {
        TargetKind::Library(_) => "src/lib.rs".to_owned(),
        TargetKind::Binary => format!("src/bin/{name}.rs"),
        TargetKind::BuildScript => "build.rs".to_owned(),
    }
}

/// The normalised manifest of a member. `members` are the names of all shipped members, whose versions are masked.
pub(crate) fn normalise_member(
    text: &str,
    member: &Member,
    binaries: &[String],
    members: &BTreeSet<&str>,
) -> anyhow::Result<Map<String, Value>> {
    let manifest = toml_tree::parse(&member.manifest(), text)?;
    let has_build_script = member.targets.iter().any(|target| target.kind == TargetKind::BuildScript);
    let mut package = json!({
        "name": member.name,
        "version": MASKED_VERSION,
        "edition": member.edition,
        "autolib": false,
        "autobins": false,
        "autoexamples": false,
        "autotests": false,
        "autobenches": false,
        "build": if has_build_script { json!("build.rs") } else { json!(false) },
    });
    copy(&manifest["package"], &mut package, &["links", "resolver"]);
    let mut normal = json!({ "package": package });
    copy(&manifest, &mut normal, &["features"]);
    for target in &member.targets {
        let path = stub_path(&target.kind, &target.name);
        match &target.kind {
            TargetKind::Library(types) if types.iter().any(|kind| kind == "proc-macro") => {
                normal["lib"] = json!({ "name": target.name, "path": path, "proc-macro": true });
            }
            TargetKind::Library(types) => {
                normal["lib"] = json!({ "name": target.name, "path": path, "crate-type": types });
            }
            TargetKind::Binary if binaries.contains(&target.name) => {
                let bins = normal.as_object_mut().expect("made above").entry("bin").or_insert_with(|| json!([]));
                bins.as_array_mut().expect("made above").push(json!({ "name": target.name, "path": path }));
            }
            TargetKind::Binary | TargetKind::BuildScript => {}
        }
    }
    copy_dependencies(&manifest, &mut normal, members);
    if let Some(targets) = manifest["target"].as_object() {
        for (platform, sections) in targets {
            let mut kept = json!({});
            copy_dependencies(sections, &mut kept, members);
            if kept.as_object().is_some_and(|kept| !kept.is_empty()) {
                normal["target"][platform] = kept;
            }
        }
    }
    into_map(normal)
}

/// The shared dependencies of the workspace that a normalised member inherits.
pub(crate) fn inherited(normal: &Map<String, Value>) -> BTreeSet<String> {
    let platforms = normal.get("target").and_then(Value::as_object).into_iter().flatten();
    let places = platforms.filter_map(|(_, sections)| sections.as_object()).chain([normal]);
    places
        .flat_map(|place| DEPENDENCY_SECTIONS.iter().filter_map(|section| place.get(*section)?.as_object()))
        .flatten()
        .filter(|(_, spec)| spec["workspace"] == true)
        .map(|(name, _)| name.clone())
        .collect()
}

fn copy_dependencies(from: &Value, to: &mut Value, members: &BTreeSet<&str>) {
    for section in DEPENDENCY_SECTIONS {
        for (name, spec) in from[section].as_object().into_iter().flatten() {
            to[section.replace('_', "-")][name] = dependency(name, spec, members);
        }
    }
}

/// One dependency in its one spelling: always a table, features sorted, no version for a member, whose own is masked.
fn dependency(name: &str, spec: &Value, members: &BTreeSet<&str>) -> Value {
    let mut spec = match spec {
        Value::String(version) => json!({ "version": version }),
        other => other.clone(),
    };
    let package = spec["package"].as_str().unwrap_or(name).to_owned();
    let Some(table) = spec.as_object_mut() else {
        return spec;
    };
    if table.contains_key("path") && members.contains(package.as_str()) {
        table.remove("version");
    }
    if let Some(features) = table.get_mut("features").and_then(Value::as_array_mut) {
        features.sort_by_key(ToString::to_string);
    }
    spec
}

fn copy(from: &Value, to: &mut Value, keys: &[&str]) {
    for key in keys {
        if let Some(value) = from.get(*key) {
            to[*key] = value.clone();
        }
    }
}

fn into_map(value: Value) -> anyhow::Result<Map<String, Value>> {
    match value {
        Value::Object(map) => Ok(map),
        other => anyhow::bail!("a manifest is a table, not {other}"),
    }
}

/// The pruned manifest of a member: its own text without dev-dependencies, examples, tests and benches.
pub(crate) fn prune_member(name: &str, text: &str) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = text.parse().with_context(|| format!("read {name}"))?;
    for section in UNNEEDED {
        manifest.remove(section);
    }
    if let Some(platforms) = manifest.get_mut("target").and_then(Item::as_table_like_mut) {
        for (_, sections) in platforms.iter_mut() {
            if let Some(sections) = sections.as_table_like_mut() {
                UNNEEDED.iter().for_each(|section| drop(sections.remove(section)));
            }
        }
    }
    Ok(manifest.to_string())
}

#[cfg(test)]
mod tests;
