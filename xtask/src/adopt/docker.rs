//! What the other workspace gets below `Docker/`. Pure.

use crate::adopt::copy::Files;
use crate::codegen;
use crate::workspace::images::{Images, owner};
use crate::workspace::names::Names;
use crate::workspace::toml_tree;

/// The same everywhere.
const AS_THEY_ARE: [&str; 4] =
    ["Docker/compile.sh", "Docker/local/chef.Dockerfile", "Docker/local/runtime.Dockerfile", "Docker/seed.sh"];

/// `ours` has the files of this repository, `manifest` is the text of the other one's, with its table, and `folder` the name
/// of its root.
pub(super) fn files(ours: &Files, manifest: &str, folder: &str) -> anyhow::Result<Files> {
    let tree = toml_tree::parse("Cargo.toml", manifest)?;
    let (_, metadata) = owner::of_manifest(&tree);
    let generated = codegen::files(&Images::read(metadata)?, &Names::of_manifest(manifest, folder)?);
    let fixed = AS_THEY_ARE.iter().filter_map(|&path| Some((path.to_owned(), ours.get(path)?.clone())));
    Ok(fixed.chain(generated).collect())
}
