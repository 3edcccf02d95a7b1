//! What is to be known of the other workspace. Asks cargo and git, and reads; judges nothing but what it cannot go on with.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;

use crate::adopt::record::{self, Record};
use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::process::invocation::Invocation;
use crate::process::runner::Runner;

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
    /// Files in folders called `docker` in another case.
    pub(super) other_case: Vec<String>,
    /// Files that are not as they were committed. `None` where there is no repository.
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

/// `path` may be any folder of the workspace.
pub(super) fn ask(ctx: &Ctx, path: &Path) -> anyhow::Result<Facts> {
    let metadata = metadata(ctx, path)?;
    let root = metadata.workspace_root;
    if root.canonicalize().ok() == ctx.root.canonicalize().ok() {
        return Err(Failure::new(ExitCode::Usage, format!("{} is this repository itself", root.display()))
            .hint("Name the folder of another workspace: cargo xtask adopt ../app")
            .into());
    }
    let members = metadata.packages.iter().map(|package| member(&root, package)).collect::<anyhow::Result<_>>()?;
    let is_old = root.join(".cargo/config").is_file();
    Ok(Facts {
        members,
        record: find_record(&root)?,
        config: if is_old { ".cargo/config" } else { ".cargo/config.toml" },
        toolchain: toolchain(&root)?,
        has_lock: root.join("Cargo.lock").is_file(),
        other_case: other_case(&root)?,
        dirty: dirty(&ctx.runner.within(&root), &root)?,
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

/// The package's folder bears the name that it got, so only a look tells where it is.
fn find_record(root: &Path) -> anyhow::Result<Option<(String, Record)>> {
    for folder in names(root)? {
        let path = root.join(&folder).join(record::FILE);
        if let Some(text) = read(&path)? {
            let record = Record::parse(&path.display().to_string(), &String::from_utf8_lossy(&text));
            return Ok(Some((folder, record.map_err(|error| Failure::of(ExitCode::Precondition, &error))?)));
        }
    }
    Ok(None)
}

fn toolchain(root: &Path) -> anyhow::Result<Option<String>> {
    for name in ["rust-toolchain", "rust-toolchain.toml"] {
        let Some(text) = read(&root.join(name))? else { continue };
        let text = String::from_utf8_lossy(&text);
        let table = text.parse::<toml_edit::DocumentMut>().ok();
        let channel = table.and_then(|table| Some(table.get("toolchain")?.get("channel")?.as_str()?.to_owned()));
        return Ok(channel.or_else(|| text.lines().next().map(|line| line.trim().to_owned())));
    }
    Ok(None)
}

/// Without a repository there is nothing to ask, and nothing that git could be missing for.
fn dirty(runner: &Runner, root: &Path) -> anyhow::Result<Option<Vec<String>>> {
    if !root.ancestors().any(|folder| folder.join(".git").exists()) {
        return Ok(None);
    }
    let git = |args: &[&str]| runner.probe(&Invocation::new("git").args(args.iter().copied()));
    let prefix = git(&["rev-parse", "--show-prefix"])?;
    let status = git(&["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", "."])?;
    if !prefix.success || !status.success {
        return Err(Failure::precondition(format!("git cannot tell what is committed: {}", status.stderr.trim()))
            .hint("Mend what it says, or go on without: --allow-dirty")
            .into());
    }
    // Two letters and a blank before each path, which git counts from the repository's root on.
    let prefix = prefix.stdout.trim();
    let paths = status.stdout.split('\0').filter_map(|entry| entry.get(3..));
    Ok(Some(paths.map(|path| path.strip_prefix(prefix).unwrap_or(path).to_owned()).collect()))
}

/// Those of the files that git would not commit.
pub(super) fn ignored<'a>(runner: &Runner, paths: impl Iterator<Item = &'a str>) -> anyhow::Result<Vec<String>> {
    let call = Invocation::new("git").args(["check-ignore", "--"]).args(paths);
    Ok(runner.probe(&call)?.stdout.lines().map(str::to_owned).collect())
}

fn other_case(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    for folder in names(root)?.into_iter().filter(|name| name != "Docker" && name.eq_ignore_ascii_case("docker")) {
        if root.join(&folder).is_dir() {
            found.extend(names(&root.join(&folder))?.into_iter().map(|name| format!("{folder}/{name}")));
        }
    }
    Ok(found)
}

fn names(folder: &Path) -> anyhow::Result<Vec<String>> {
    let what = || format!("list {}", folder.display());
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    fs::read_dir(folder).with_context(what)?.map(name).collect::<std::io::Result<_>>().with_context(what)
}

/// The contents of those of the files that are there. A link on the way to one of them is refused: what it leads to is
/// nobody's to overwrite.
pub(super) fn contents<'a>(
    root: &Path,
    paths: impl IntoIterator<Item = &'a str>,
) -> anyhow::Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for path in paths {
        let place = root.join(path);
        let parts = place.ancestors().take_while(|part| *part != root);
        if let Some(link) = parts.into_iter().find(|part| part.is_symlink()) {
            return Err(Failure::precondition(format!("{} is a link", link.display()))
                .hint("Put a file or a folder of its own in its place")
                .into());
        }
        if let Some(content) = read(&place)? {
            found.insert(path.to_owned(), content);
        }
    }
    Ok(found)
}

/// `None` where there is no such file.
fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if [ErrorKind::NotFound, ErrorKind::NotADirectory].contains(&error.kind()) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
    }
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
