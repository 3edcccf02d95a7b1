//! Which of the two places in the root's manifest holds the table of images. Pure.

use serde_json::Value;

/// What the table belongs to, and the metadata that hold it as `images`: those of the package in the root where these alone
/// do, else the workspace's, which may have none.
pub(crate) fn of<'a>(workspace: &'a Value, package: &'a Value) -> (&'static str, &'a Value) {
    let is_the_packages = workspace["images"].is_null() && !package["images"].is_null();
    if is_the_packages { ("package", package) } else { ("workspace", workspace) }
}

/// The same of a whole manifest.
pub(crate) fn of_manifest(manifest: &Value) -> (&'static str, &Value) {
    of(&manifest["workspace"]["metadata"], &manifest["package"]["metadata"])
}
