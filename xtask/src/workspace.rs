//! What is shipped: the workspace as `cargo metadata` sees it, cut down to the members that the shipped binaries need.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::invocation::Invocation;

/// The workspace, split into what is shipped and what is not. Paths are relative to the root, with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// Names of the binaries that go into the colony image, sorted.
    pub(crate) binaries: Vec<String>,
    /// Arguments to which each binary must answer before it gets into an image.
    pub(crate) verify: Vec<String>,
    /// The members that the binaries need, the binaries' own packages included; by name.
    pub(crate) members: BTreeMap<String, Member>,
    /// Folders of all other members.
    pub(crate) unshipped: BTreeSet<String>,
}

/// One workspace member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Folder of the manifest.
    pub(crate) dir: String,
    /// Rust edition, workspace inheritance resolved.
    pub(crate) edition: String,
    pub(crate) targets: Vec<Target>,
    /// Names of other members that it needs to be compiled (no dev-dependencies).
    needs: BTreeSet<String>,
}

/// A library, binary or build script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: TargetKind,
    /// The crate root, relative to the member's folder.
    pub(crate) path: String,
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
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let call = Invocation::new(cargo).args(["metadata", "--no-deps", "--format-version", "1"]);
    let json = ctx.runner.capture("read the workspace", &call)?;
    from_metadata(&serde_json::from_str(&json).context("read the output of `cargo metadata`")?)
}

/// The pure half of [`read`]: `cargo metadata --no-deps` in, workspace out.
pub(crate) fn from_metadata(metadata: &Value) -> anyhow::Result<Workspace> {
    let root = PathBuf::from(text(metadata, "workspace_root")?);
    let images = &metadata["metadata"]["images"];
    let binaries = strings(&images["binaries"]);
    if binaries.is_empty() {
        return Err(usage("Cargo.toml names no shipped binary")
            .hint("Add to it: [workspace.metadata.images] binaries = [\"name\", …]")
            .into());
    }
    let packages = metadata["packages"].as_array().context("`cargo metadata` names no packages")?;
    let all: BTreeMap<String, Member> = packages
        .iter()
        .map(|package| member(&root, package).map(|member| (member.name.clone(), member)))
        .collect::<anyhow::Result<_>>()?;
    let shipped = closure(&all, &binaries)?;
    let (members, rest): (BTreeMap<_, _>, BTreeMap<_, _>) =
        all.into_iter().partition(|(name, _)| shipped.contains(name));
    if let Some(member) = members.values().find(|member| member.dir.is_empty()) {
        return Err(usage(format!("the shipped package `{}` lies in the workspace root", member.name))
            .hint("Give it a folder of its own: what lies beside it could not be told from its sources")
            .into());
    }
    Ok(Workspace {
        binaries: BTreeSet::from_iter(binaries).into_iter().collect(),
        verify: if images["verify"].is_null() { vec!["--version".to_owned()] } else { strings(&images["verify"]) },
        members,
        unshipped: rest.into_values().map(|member| member.dir).collect(),
    })
}

/// The names of all members that the packages of `binaries` need, those included.
fn closure(all: &BTreeMap<String, Member>, binaries: &[String]) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut open = Vec::new();
    for binary in binaries {
        let has = |member: &&Member| member.targets.iter().any(|t| t.kind == TargetKind::Binary && &t.name == binary);
        let Some(owner) = all.values().find(has) else {
            return Err(usage(format!("no workspace member has a binary `{binary}`, which Cargo.toml wants to ship"))
                .hint("Mend [workspace.metadata.images] binaries in Cargo.toml")
                .into());
        };
        open.push(owner.name.clone());
    }
    while let Some(name) = open.pop() {
        let member = all.get(&name).with_context(|| format!("`{name}` is needed but is no workspace member"))?;
        if found.insert(name) {
            open.extend(member.needs.iter().cloned());
        }
    }
    Ok(found)
}

fn member(root: &Path, package: &Value) -> anyhow::Result<Member> {
    let name = text(package, "name")?.to_owned();
    let manifest = Path::new(text(package, "manifest_path")?);
    let folder = manifest.parent().with_context(|| format!("`{}` has no folder", manifest.display()))?;
    let dir = relative(root, folder)?;
    let targets = array(package, "targets")?.iter().filter_map(|t| target(folder, t).transpose());
    let mut needs = BTreeSet::new();
    for dependency in array(package, "dependencies")? {
        let path = dependency["path"].as_str();
        if let Some(path) = path.filter(|_| dependency["kind"] != "dev") {
            relative(root, Path::new(path)).with_context(|| format!("dependency of `{name}`"))?;
            needs.insert(text(dependency, "name")?.to_owned());
        }
    }
    Ok(Member {
        version: text(package, "version")?.to_owned(),
        edition: text(package, "edition")?.to_owned(),
        targets: targets.collect::<anyhow::Result<_>>()?,
        name,
        dir,
        needs,
    })
}

/// `None` for examples, tests and benches, which no image needs.
fn target(folder: &Path, target: &Value) -> anyhow::Result<Option<Target>> {
    let kinds = strings(&target["kind"]);
    let kind = match kinds.first().map(String::as_str) {
        Some("bin") => TargetKind::Binary,
        Some("custom-build") => TargetKind::BuildScript,
        Some("example" | "test" | "bench") | None => return Ok(None),
        Some(_) => TargetKind::Library(kinds),
    };
    let path = relative(folder, Path::new(text(target, "src_path")?))?;
    Ok(Some(Target { name: text(target, "name")?.to_owned(), kind, path }))
}

/// `path` below `root`, with `/` between its parts.
fn relative(root: &Path, path: &Path) -> anyhow::Result<String> {
    let Ok(below) = path.strip_prefix(root) else {
        return Err(usage(format!("`{}` lies outside `{}`", path.display(), root.display()))
            .hint("The build context is the workspace; move the folder into it")
            .into());
    };
    let parts: Option<Vec<&str>> = below
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    parts.map(|parts| parts.join("/")).with_context(|| format!("`{}` is not a plain UTF-8 path", below.display()))
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::new(ExitCode::Usage, message)
}

fn text<'a>(value: &'a Value, key: &str) -> anyhow::Result<&'a str> {
    value[key].as_str().with_context(|| format!("`cargo metadata` gives no `{key}`"))
}

fn array<'a>(value: &'a Value, key: &str) -> anyhow::Result<&'a Vec<Value>> {
    value[key].as_array().with_context(|| format!("`cargo metadata` gives no `{key}`"))
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
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
            needs: BTreeSet::new(),
        }
    }
}
