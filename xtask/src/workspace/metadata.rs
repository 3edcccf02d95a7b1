//! What `cargo metadata --no-deps --format-version 1` prints, as cargo's reference describes it; only what is used. Pure.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

use crate::failure::{ExitCode, Failure};
use crate::workspace::images::owner;

#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) workspace_root: PathBuf,
    pub(super) target_directory: PathBuf,
    pub(super) packages: Vec<Package>,
    /// `[workspace.metadata]`, null where there is none.
    metadata: Value,
}

impl Metadata {
    /// The metadata that hold `images`: the workspace's, or those of the package in the root. Null where there are none.
    pub(super) fn images(&self) -> Result<Value, Failure> {
        let in_root = |package: &&Package| package.folder().is_ok_and(|folder| folder == self.workspace_root);
        let package = self.packages.iter().find(in_root).map_or(&Value::Null, |package| &package.metadata);
        if [&self.metadata, package].iter().all(|metadata| !metadata["images"].is_null()) {
            let message = "Cargo.toml has both [workspace.metadata.images] and [package.metadata.images]";
            let failure = Failure::new(ExitCode::Usage, message);
            return Err(failure.hint("Put all of it into the first, or all into the second"));
        }
        Ok(owner::of(&self.metadata, package).1.clone())
    }
}

#[derive(Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) edition: String,
    pub(super) dependencies: Vec<Dependency>,
    pub(super) targets: Vec<Target>,
    /// By name, those that optional dependencies make included.
    pub(super) features: BTreeMap<String, Value>,
    manifest_path: PathBuf,
    /// `[package.metadata]`, null where there is none.
    metadata: Value,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    /// The folder, for a dependency by path.
    pub(super) path: Option<PathBuf>,
    /// `dev`, `build`, or null for a normal one.
    kind: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Target {
    pub(super) name: String,
    /// `bin`, `custom-build`, `example`, `test`, `bench`, or the crate types of a library.
    pub(super) kind: Vec<String>,
    pub(super) src_path: PathBuf,
}

impl Package {
    /// The folder of the manifest.
    pub(super) fn folder(&self) -> anyhow::Result<&Path> {
        self.manifest_path.parent().with_context(|| format!("`{}` has no folder", self.manifest_path.display()))
    }
}

impl Dependency {
    /// Whether only tests, examples and benches need it.
    pub(super) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}
