//! Manifests that need no workspace around them: what is inherited is written out.

use std::path::Path;

use serde_json::{Value, json};

use crate::workspace::manifest::DEPENDENCY_SECTIONS;
use crate::workspace::paths::normal;
use crate::workspace::supply::find;

/// What no dependency needs of its manifest: what is for its own tests, and what counts in a workspace's root alone.
const UNNEEDED: [&str; 11] = [
    "dev-dependencies",
    "dev_dependencies",
    "example",
    "test",
    "bench",
    "lints",
    "workspace",
    "profile",
    "patch",
    "replace",
    "badges",
];

/// The manifest of the package in that folder. The path of what it inherits is absolute.
pub(super) fn read(folder: &Path) -> anyhow::Result<Value> {
    let manifest = find::manifest(folder)?;
    let named = manifest["package"]["workspace"].as_str().map(|path| normal(&folder.join(path)));
    let outer: Vec<&Path> = named.as_deref().map_or_else(|| folder.ancestors().collect(), |named| vec![named]);
    let workspace = outer.into_iter().filter_map(|outer| Some((outer, find::manifest(outer).ok()?)));
    let workspace = workspace.into_iter().find(|(_, manifest)| manifest["workspace"].is_object());
    let (root, shared) = workspace.unwrap_or((folder, json!({})));
    Ok(write_out(manifest, root, &shared["workspace"]))
}

fn write_out(mut manifest: Value, root: &Path, shared: &Value) -> Value {
    if let Some(sections) = manifest.as_object_mut() {
        sections.retain(|section, _| !UNNEEDED.contains(&section.as_str()));
    }
    if let Some(package) = manifest["package"].as_object_mut() {
        package.remove("workspace");
        for (key, value) in package.iter_mut().filter(|(_, value)| value["workspace"] == true) {
            *value = shared["package"][key].clone();
        }
        package.retain(|_, value| !value.is_null());
    }
    each_section(&mut manifest, |section| {
        for (name, spec) in section.iter_mut().filter(|(_, spec)| spec["workspace"] == true) {
            *spec = inherited(name, spec, root, shared);
        }
    });
    manifest
}

/// A dependency of the workspace with what the member adds.
fn inherited(name: &str, own: &Value, root: &Path, shared: &Value) -> Value {
    let mut spec = match &shared["dependencies"][name] {
        Value::String(version) => json!({ "version": version }),
        Value::Object(spec) => json!(spec),
        // Cargo's to complain about.
        _ => return own.clone(),
    };
    if let Some(path) = spec["path"].as_str() {
        spec["path"] = json!(root.join(path));
    }
    let features = [&spec["features"], &own["features"]].into_iter().filter_map(Value::as_array).flatten().cloned();
    spec["features"] = Value::Array(features.collect());
    for key in ["optional", "default-features", "default_features"] {
        if let Some(value) = own.get(key) {
            spec[key] = value.clone();
        }
    }
    let table = spec.as_object_mut().expect("made above");
    table.retain(|_, value| !value.is_null());
    spec
}

/// The folders of other packages, as they are written.
pub(super) fn paths(manifest: &Value) -> Vec<String> {
    let mut found = Vec::new();
    each_section(&mut manifest.clone(), |section| {
        found.extend(section.values().filter_map(|spec| spec["path"].as_str().map(str::to_owned)));
    });
    found
}

/// The tables of dependencies.
pub(super) fn each_section(manifest: &mut Value, mut edit: impl FnMut(&mut serde_json::Map<String, Value>)) {
    let mut all = |place: &mut Value| {
        for section in DEPENDENCY_SECTIONS {
            if let Some(section) = place.get_mut(section).and_then(Value::as_object_mut) {
                edit(section);
            }
        }
    };
    all(manifest);
    for platform in manifest.get_mut("target").and_then(Value::as_object_mut).into_iter().flat_map(|it| it.values_mut())
    {
        all(platform);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::staging::tree::tests::TempDir;
    use crate::workspace::toml_tree;

    #[test]
    fn a_package_may_name_its_workspace_wherever_that_lies() {
        let root = TempDir::new();
        for (folder, text) in [
            ("ws", "[workspace]\nmembers = ['../a']\n[workspace.package]\nversion = '1.2.3'\n"),
            ("a", "[package]\nname = 'a'\nversion.workspace = true\nworkspace = '../ws'\n"),
        ] {
            fs::create_dir_all(root.path().join(folder)).expect("make a folder");
            fs::write(root.path().join(folder).join("Cargo.toml"), text).expect("write");
        }
        assert_eq!(read(&root.path().join("a")).expect("a manifest")["package"]["version"], "1.2.3");
    }

    #[test]
    fn what_is_inherited_is_written_out_and_what_no_dependency_needs_falls_away() {
        let parse = |text| toml_tree::parse("Cargo.toml", text).expect("sound TOML");
        let manifest = parse(
            "[package]\nname = 'a'\nversion.workspace = true\nedition.workspace = true\nworkspace = '..'\n\
             [dependencies]\nb = { workspace = true, features = ['x'], optional = true }\nc.workspace = true\nd = '1'\n\
             [dev-dependencies]\ne = '1'\n[target.'cfg(unix)'.dependencies]\nb.workspace = true\n[lints]\nworkspace = true\n",
        );
        let shared = parse(
            "package = { version = '1.2.3', edition = '2021' }\n\
             [dependencies]\nb = { path = 'b', default-features = false, features = ['w'] }\nc = '2'\n",
        );
        let expected = parse(
            "[package]\nname = 'a'\nversion = '1.2.3'\nedition = '2021'\n\
             [dependencies]\nb = { path = '/w/b', default-features = false, features = ['w', 'x'], optional = true }\n\
             c = { version = '2', features = [] }\nd = '1'\n\
             [target.'cfg(unix)'.dependencies]\nb = { path = '/w/b', default-features = false, features = ['w'] }\n",
        );
        assert_eq!(write_out(manifest, Path::new("/w"), &shared), expected);
    }
}
