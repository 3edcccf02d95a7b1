//! Where the files of this system are.

use std::path::PathBuf;

/// Names the folder that holds them in place of `/`. Only the tests set it, so that they neither depend on the system
/// that they run on nor write to it. Programs are no matter of it: those are found on PATH.
const VARIABLE: &str = "XTASK_SYSTEM_ROOT";

/// The place of a file of the system that has this absolute path.
pub(crate) fn place(path: &str) -> PathBuf {
    let root = std::env::var_os(VARIABLE).map_or_else(|| PathBuf::from("/"), PathBuf::from);
    root.join(path.trim_start_matches('/'))
}
