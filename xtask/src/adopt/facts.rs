//! What is to be known of the other workspace. Asks cargo here, git in `git.rs`, and the disk in `disk.rs`; judges nothing
//! but what it cannot go on with.

pub(super) mod disk;
pub(super) mod git;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use crate::adopt::record::Record;
use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::process::invocation::Invocation;

/// The other workspace. Paths are relative to its root, with `/`.
pub(super) struct Facts {
    pub(super) root: PathBuf,
    pub(super) members: Vec<Member>,
    /// What an earlier run left, and in which folder.
    pub(super) record: Option<(String, Record)>,
    /// Where cargo's configuration stands, or should.
    pub(super) config: &'static str,
    /// The toolchain that a file there names.
    pub(super) toolchain: Option<String>,
    pub(super) has_lock: bool,
    /// Whether the manifest in the root has a table of images, in either of its places.
    pub(super) has_table: bool,
    /// Files in folders called `docker` in another case.
    pub(super) other_case: Vec<String>,
    /// Files that are not as they were committed. `None` where there is no repository. Empty where git cannot tell and need not.
    pub(super) dirty: Option<Vec<String>>,
}

/// A workspace member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) name: String,
    /// Empty for a package in the root.
    pub(super) folder: String,
    /// The binaries that a plain build of it makes.
    pub(super) binaries: Vec<String>,
    /// Those that a plain build leaves out, since they want features that are off by default.
    pub(super) optional: Vec<String>,
    /// The oldest Rust that it is for, where it says so.
    pub(super) rust_version: Option<String>,
}

/// Of `cargo metadata --no-deps --format-version 1`.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    #[serde(default)]
    features: BTreeMap<String, Vec<String>>,
    rust_version: Option<String>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    #[serde(default, rename = "required-features")]
    required_features: Vec<String>,
}

/// `path` may be any folder of the workspace. With `allow_dirty` git may fail.
pub(super) fn ask(ctx: &Ctx, path: &Path, allow_dirty: bool) -> anyhow::Result<Facts> {
    let metadata = metadata(ctx, path)?;
    let root = metadata.workspace_root;
    if root.canonicalize().ok() == ctx.root.canonicalize().ok() {
        return Err(Failure::new(ExitCode::Usage, format!("{} is this repository itself", root.display()))
            .hint("Name the folder of another workspace: cargo xtask adopt ../app")
            .into());
    }
    let members = metadata.packages.iter().map(|package| member(&root, package)).collect::<anyhow::Result<_>>()?;
    // Some have the old name as a link to the new one, for cargo of long ago.
    let old = root.join(".cargo/config");
    let is_old = old.is_file() && !old.is_symlink();
    Ok(Facts {
        members,
        record: disk::find_record(&root)?,
        config: if is_old { ".cargo/config" } else { ".cargo/config.toml" },
        toolchain: disk::toolchain(&root)?,
        has_lock: root.join("Cargo.lock").is_file(),
        has_table: disk::has_table(&root)?,
        other_case: disk::other_case(&root)?,
        dirty: match git::dirty(&ctx.runner.within(&root), &root) {
            Err(_) if allow_dirty => Some(Vec::new()),
            dirty => dirty?,
        },
        root,
    })
}

fn metadata(ctx: &Ctx, path: &Path) -> anyhow::Result<Metadata> {
    let none = |why: &str| {
        Failure::new(ExitCode::Usage, format!("{} is no cargo workspace: {why}", path.display()))
            .hint("Name the folder that holds the Cargo.toml of a workspace or a package")
    };
    let folder = path.canonicalize().map_err(|error| none(&error.to_string()))?;
    let folder = if folder.is_file() { folder.parent().unwrap_or(&folder).to_owned() } else { folder };
    if !folder.ancestors().any(|folder| folder.join("Cargo.toml").is_file()) {
        return Err(none("there is no Cargo.toml").into());
    }
    let call = Invocation::cargo().args(["metadata", "--no-deps", "--format-version", "1"]);
    let answer = ctx.runner.within(&folder).capture("read the other workspace", &call);
    // Nothing was changed, and whoever mends what cargo says can come again.
    let json = answer.map_err(|error| Failure::of(ExitCode::Precondition, &error))?;
    serde_json::from_str(&json).context("read the output of `cargo metadata`")
}

fn member(root: &Path, package: &Package) -> anyhow::Result<Member> {
    let folder = package.manifest_path.parent().context("a manifest without a folder")?;
    let on = default_features(&package.features);
    let is_on = |feature: &String| on.contains(&feature.as_str());
    let binaries = package.targets.iter().filter(|target| target.kind.iter().any(|kind| kind == "bin"));
    let (plain, optional): (Vec<&Target>, Vec<&Target>) =
        binaries.partition(|target| target.required_features.iter().all(is_on));
    let names = |targets: Vec<&Target>| targets.into_iter().map(|target| target.name.clone()).collect();
    Ok(Member {
        name: package.name.clone(),
        // A member may lie outside of the root.
        folder: folder.strip_prefix(root).unwrap_or(folder).to_str().context("a path that is no UTF-8")?.to_owned(),
        binaries: names(plain),
        optional: names(optional),
        rust_version: package.rust_version.clone(),
    })
}

/// All that the feature `default` turns on.
fn default_features(features: &BTreeMap<String, Vec<String>>) -> Vec<&str> {
    let mut on = vec!["default"];
    let mut next = 0;
    while next < on.len() {
        let implied = features.get(on[next]).into_iter().flatten().map(String::as_str);
        on.extend(implied.filter(|feature| !on.contains(feature)).collect::<Vec<_>>());
        next += 1;
    }
    on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_that_wants_a_feature_is_built_where_that_is_a_default() {
        let package: Package = serde_json::from_str(
            r#"{"name": "app", "manifest_path": "/w/crates/app/Cargo.toml", "rust_version": null,
                "features": {"default": ["std"], "std": ["dep:x", "deep"], "deep": [], "more": []},
                "targets": [{"name": "lib", "kind": ["lib"]}, {"name": "a", "kind": ["bin"]},
                    {"name": "b", "kind": ["bin"], "required-features": ["deep"]},
                    {"name": "c", "kind": ["bin"], "required-features": ["std", "more"]},
                    {"name": "d", "kind": ["example"]}]}"#,
        )
        .expect("as cargo prints it");
        let member = member(Path::new("/w"), &package).expect("sound");
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let (binaries, optional) = (names(&["a", "b"]), names(&["c"]));
        let (name, folder) = ("app".to_owned(), "crates/app".to_owned());
        assert_eq!(member, Member { name, folder, binaries, optional, rust_version: None });
    }
}
