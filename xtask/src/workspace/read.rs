//! Reads the workspace: what cargo tells of it, cut down to what the shipped binaries need.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::process::invocation::Invocation;
use crate::workspace::images::Images;
use crate::workspace::metadata::{self, Metadata, Package};
use crate::workspace::paths::{normal, relative};
use crate::workspace::{Member, Target, TargetKind, Workspace, include};

/// Asks cargo. Neither the network nor any dependency's source is needed.
pub(crate) fn workspace(ctx: &Ctx) -> anyhow::Result<Workspace> {
    let asking = ctx.asking_cargo();
    let call = Invocation::cargo().args(["metadata", "--no-deps", "--format-version", "1"]);
    let json = ctx.runner.capture("read the workspace", &call)?;
    let metadata: Metadata = serde_json::from_str(&json).context("read the output of `cargo metadata`")?;
    let root = &metadata.workspace_root;
    ctx.learn_target_dir(&metadata.target_directory);
    drop(asking);
    let mut images = Images::read(&metadata.images()?)?;
    images.include = include::check(root, &metadata.target_directory, &images.include)?;
    let binaries: Vec<String> = images.names().map(str::to_owned).collect();
    let all = metadata.packages.iter().map(|package| (package.name.as_str(), package)).collect();
    let Closure { members: shipped, outside } = closure(&all, &binaries)?;
    require_features(&all, &shipped, &images.features)?;
    let mut workspace = Workspace {
        binaries: BTreeSet::from_iter(binaries).into_iter().collect(),
        build_env: build_env(&images)?,
        images,
        outside,
        target_dir: metadata.target_directory.clone(),
        ..Workspace::default()
    };
    for (name, package) in all {
        if shipped.contains(name) {
            workspace.members.insert(name.to_owned(), member(root, package)?);
        } else {
            // One that lies outside is in nobody's way, and what lies around one in the root is of no member.
            let folder = relative(root, package.folder()?).ok();
            workspace.unshipped.extend(folder.filter(|folder| !folder.is_empty()));
        }
    }
    workspace.list(ctx)?;
    Ok(workspace)
}

/// Cargo would tell of one that no shipped member has in the middle of the base build. One of a member's dependency is
/// cargo's to know.
fn require_features(
    all: &BTreeMap<&str, &Package>,
    shipped: &BTreeSet<&str>,
    features: &[String],
) -> Result<(), Failure> {
    let has = |name: &str, feature: &str| all[name].features.contains_key(feature);
    for feature in features {
        let is_known = match feature.split_once('/') {
            None => shipped.iter().any(|name| has(name, feature)),
            Some((name, inner)) if shipped.contains(name) && !inner.contains('/') => has(name, inner),
            Some(_) => true,
        };
        if !is_known {
            return Err(usage(format!("no shipped member has the feature `{feature}`"))
                .hint("Mend [workspace.metadata.images] features in Cargo.toml"));
        }
    }
    Ok(())
}

/// What the compiler is to see of our own environment.
fn build_env(images: &Images) -> Result<BTreeMap<String, String>, Failure> {
    let set = images.build_env.iter().filter_map(|name| Some((name, env::var_os(name)?)));
    let value = |(name, value): (&String, OsString)| match value.into_string() {
        Ok(value) => Ok((name.clone(), value)),
        Err(_) => Err(usage(format!("the value of {name}, which is one of build-env, is not UTF-8"))
            .hint(format!("Set {name} to a text, or take it out of [workspace.metadata.images] build-env"))),
    };
    set.map(value).collect()
}

/// What the shipped binaries need of this machine's packages.
#[derive(Default)]
struct Closure<'a> {
    /// The names of members.
    members: BTreeSet<&'a str>,
    /// The folders of packages that are no members.
    outside: BTreeSet<PathBuf>,
}

/// All that the packages of `binaries` need (no dev-dependencies), those included.
fn closure<'a>(all: &BTreeMap<&'a str, &'a Package>, binaries: &[String]) -> anyhow::Result<Closure<'a>> {
    let folders: BTreeMap<PathBuf, &str> =
        all.iter().map(|(name, package)| Ok((normal(package.folder()?), *name))).collect::<anyhow::Result<_>>()?;
    let mut found = Closure::default();
    let mut open = Vec::new();
    for binary in binaries {
        let is_it = |target: &metadata::Target| kind(target) == Some(TargetKind::Binary) && target.name == *binary;
        let Some((owner, _)) = all.iter().find(|(_, package)| package.targets.iter().any(is_it)) else {
            return Err(usage(format!("no workspace member has a binary `{binary}`, which Cargo.toml wants to ship"))
                .hint("Mend [workspace.metadata.images] binaries in Cargo.toml")
                .into());
        };
        open.push(*owner);
    }
    while let Some(name) = open.pop() {
        if !found.members.insert(name) {
            continue;
        }
        let needs = all[name].dependencies.iter().filter(|dependency| !dependency.is_dev());
        for folder in needs.filter_map(|dependency| dependency.path.as_deref()).map(normal) {
            match folders.get(&folder) {
                Some(member) => open.push(member),
                None => drop(found.outside.insert(folder)),
            }
        }
    }
    Ok(found)
}

fn member(root: &Path, package: &Package) -> anyhow::Result<Member> {
    Ok(Member {
        name: package.name.clone(),
        version: package.version.clone(),
        dir: relative(root, package.folder()?)?,
        edition: package.edition.clone(),
        targets: package.targets.iter().filter_map(|found| target(root, found)).collect(),
    })
}

/// `None` for examples, tests and benches, which no image needs.
fn target(root: &Path, target: &metadata::Target) -> Option<Target> {
    let path = &target.src_path;
    // Whether one that lies outside is needed, and so has to be refused, is seen when the sources are read.
    let path = relative(root, path).unwrap_or_else(|_| normal(path).display().to_string());
    Some(Target { name: target.name.clone(), kind: kind(target)?, path })
}

fn kind(target: &metadata::Target) -> Option<TargetKind> {
    match target.kind.first().map(String::as_str) {
        Some("bin") => Some(TargetKind::Binary),
        Some("custom-build") => Some(TargetKind::BuildScript),
        Some("example" | "test" | "bench") | None => None,
        Some(_) => Some(TargetKind::Library(target.kind.clone())),
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ExitCode::Usage, message)
}
