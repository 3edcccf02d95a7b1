//! What is shipped: the workspace as `cargo metadata` sees it, cut down to the members that the shipped binaries need.

pub(crate) mod commit;
pub(crate) mod contexts;
pub(crate) mod images;
mod include;
pub(crate) mod listing;
pub(crate) mod lock;
pub(crate) mod manifest;
mod metadata;
pub(crate) mod names;
pub(crate) mod own_name;
pub(crate) mod paths;
pub(crate) mod plan;
pub(crate) mod profile;
pub(crate) mod settings;
pub(crate) mod supply;
pub(crate) mod toml_tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::process::invocation::Invocation;
use crate::workspace::images::Images;
use crate::workspace::listing::Listing;
use crate::workspace::metadata::{Metadata, Package};
use crate::workspace::paths::{inside, normal, outward, relative};
use crate::workspace::profile::Profile;

/// The workspace, split into what is shipped and what is not. Paths are relative to the root, with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// Names of the binaries that go into the colony image, sorted.
    pub(crate) binaries: Vec<String>,
    /// What everything is compiled by.
    pub(crate) profile: Profile,
    /// The variables of `build-env` that are set, with their values.
    pub(crate) build_env: BTreeMap<String, String>,
    /// The whole table.
    pub(crate) images: Images,
    /// The members that the binaries need, the binaries' own packages included; by name.
    pub(crate) members: BTreeMap<String, Member>,
    /// Folders of all other members, as far as they lie below the root.
    pub(crate) unshipped: BTreeSet<String>,
    /// Folders of packages by path that shipped members need and that are no members themselves; absolute.
    pub(crate) outside: BTreeSet<PathBuf>,
    /// Files and folders that the build reads besides, in whichever member: a change of them counts for all.
    pub(crate) include: Vec<String>,
    /// What git knows of the root, where a shipped member lies in the root itself and there is a repository.
    pub(crate) listing: Option<Listing>,
    /// Cargo's target directory, absolute.
    pub(crate) target_dir: PathBuf,
}

impl Workspace {
    /// The folder of the innermost shipped member whose folder holds the path.
    pub(crate) fn owner(&self, path: &str) -> Option<&str> {
        let member = |folder: &str| self.members.values().find(|member| member.dir == folder);
        outward(path).skip(1).find_map(member).map(|member| member.dir.as_str())
    }

    /// Asks git again, where that is of use: files come and go without a change of any manifest.
    pub(crate) fn list(&mut self, ctx: &Ctx) -> anyhow::Result<()> {
        self.listing = if self.root_package().is_some() { Listing::ask(ctx)? } else { None };
        Ok(())
    }

    /// The shipped member whose folder is the root.
    pub(crate) fn root_package(&self) -> Option<&Member> {
        self.members.values().find(|member| member.dir.is_empty())
    }

    /// The targets that the shipped binaries are made from, each with its member.
    pub(crate) fn needed_targets(&self) -> impl Iterator<Item = (&Member, &Target)> {
        let targets =
            self.members.values().flat_map(|member| member.targets.iter().map(move |target| (member, target)));
        targets.filter(|(_, target)| target.kind != TargetKind::Binary || self.binaries.contains(&target.name))
    }
}

/// One workspace member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Folder of the manifest; empty for the root.
    pub(crate) dir: String,
    /// Rust edition, workspace inheritance resolved.
    pub(crate) edition: String,
    pub(crate) targets: Vec<Target>,
}

impl Member {
    /// The path of its manifest.
    pub(crate) fn manifest(&self) -> String {
        inside(&self.dir, "Cargo.toml")
    }
}

/// A library, binary or build script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: TargetKind,
    /// The file that it begins in, relative to the root, or absolute where it lies outside of that.
    pub(crate) path: String,
}

impl Target {
    /// Such as ``binary `app` ``.
    pub(crate) fn describe(&self) -> String {
        match self.kind {
            TargetKind::Library(_) => format!("library `{}`", self.name),
            TargetKind::Binary => format!("binary `{}`", self.name),
            TargetKind::BuildScript => "build script".to_owned(),
        }
    }
}

/// The kinds of targets that an image can need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TargetKind {
    /// With its crate types, such as `lib` or `proc-macro`.
    Library(Vec<String>),
    Binary,
    BuildScript,
}

/// Asks cargo. Neither the network nor any dependency's source is needed.
pub(crate) fn read(ctx: &Ctx) -> anyhow::Result<Workspace> {
    let asking = ctx.asking_cargo();
    let call = Invocation::cargo().args(["metadata", "--no-deps", "--format-version", "1"]);
    let json = ctx.runner.capture("read the workspace", &call)?;
    let metadata: Metadata = serde_json::from_str(&json).context("read the output of `cargo metadata`")?;
    let root = &metadata.workspace_root;
    ctx.learn_target_dir(&metadata.target_directory);
    drop(asking);
    let images = Images::read(&metadata.images()?)?;
    let include = include::check(root, &metadata.target_directory, &images.include)?;
    let binaries: Vec<String> = images.names().map(str::to_owned).collect();
    let all = metadata.packages.iter().map(|package| (package.name.as_str(), package)).collect();
    let Closure { members: shipped, outside } = closure(&all, &binaries)?;
    require_features(&all, &shipped, &images.features)?;
    let mut workspace = Workspace {
        binaries: BTreeSet::from_iter(binaries).into_iter().collect(),
        profile: images.profile.clone(),
        build_env: build_env(&images)?,
        images,
        outside,
        include,
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
    let set = images.build_env.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    let value = |(name, value): (&String, std::ffi::OsString)| match value.into_string() {
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A member with nothing but a name and a version.
    pub(crate) fn member(name: &str, version: &str) -> Member {
        Member {
            name: name.to_owned(),
            version: version.to_owned(),
            dir: format!("crates/{name}"),
            edition: "2024".to_owned(),
            targets: Vec::new(),
        }
    }
}
