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
pub(crate) mod read;
pub(crate) mod settings;
pub(crate) mod supply;
pub(crate) mod toml_tree;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::context::Ctx;
use crate::workspace::images::Images;
use crate::workspace::listing::Listing;
use crate::workspace::paths::inside;

/// The workspace, split into what is shipped and what is not. Paths are relative to the root, with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Workspace {
    /// Names of the binaries that go into the colony image, sorted.
    pub(crate) binaries: Vec<String>,
    /// The variables of `build-env` that are set, with their values.
    pub(crate) build_env: BTreeMap<String, String>,
    /// The whole table; the paths of `include` are in one spelling, and there.
    pub(crate) images: Images,
    /// The members that the binaries need, the binaries' own packages included; by name.
    pub(crate) members: BTreeMap<String, Member>,
    /// Folders of all other members, as far as they lie below the root.
    pub(crate) unshipped: BTreeSet<String>,
    /// Folders of packages by path that shipped members need and that are no members themselves; absolute.
    pub(crate) outside: BTreeSet<PathBuf>,
    /// What git knows of the root, where a shipped member lies in the root itself and there is a repository.
    pub(crate) listing: Option<Listing>,
    /// Cargo's target directory, absolute.
    pub(crate) target_dir: PathBuf,
}

impl Workspace {
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
