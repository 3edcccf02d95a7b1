//! Variants of the image that the base is made from. Whatever image a user would take is changed in one point, since no
//! other one may be within reach.

use std::fs;
use std::path::Path;

use crate::engine::{self, docker};
use crate::fixture;
use crate::temp_dir::TempDir;

/// Makes an image from the lines of `changes`, which find the `files` beside them under these names. It stays for the rest
/// of this run; the next one removes it.
pub(crate) fn variant(changes: &str, files: &[(&str, &Path)]) -> String {
    engine::require();
    let name = fixture::chef_name();
    let folder = TempDir::new("chef");
    let dockerfile = format!("FROM {}\n{changes}", engine::chef_image());
    fs::write(folder.path().join("Dockerfile"), dockerfile).expect("write a file of ours");
    for (name, path) in files {
        fs::copy(path, folder.path().join(name)).unwrap_or_else(|error| panic!("copy {}: {error}", path.display()));
    }
    let builder = engine::builder();
    let folder = folder.path().to_str().expect("made by us");
    docker(["buildx", "build", "--builder", &builder, "--load", "--provenance=false", "--tag", &name, folder]);
    name
}
