//! What is written down in two places of the repository says the same in both.

use std::fs;
use std::path::{Path, PathBuf};

/// The root of the real workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("read {path}: {error}"))
}

/// The Rust files of the xtask, from the root on.
pub(crate) fn sources() -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![root().join("xtask/src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("a folder that can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let path = path.strip_prefix(root()).expect("below the root");
                found.push(path.to_str().expect("UTF-8").to_owned());
            }
        }
    }
    found
}

#[test]
fn the_scripts_only_pass_on_to_cargo_xtask() {
    for (script, command) in [("build-and-push-base.sh", "build-base"), ("build-and-push-colony.sh", "build-colony")] {
        let text = read(&format!("Docker/{script}"));
        let code: Vec<&str> = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        let exec = format!("exec cargo xtask {command} \"$@\"");
        let expected = ["set -euo pipefail", "cd \"$(dirname \"${BASH_SOURCE[0]}\")/..\"", &exec];
        assert_eq!(code, expected, "{script}");
    }
}

#[test]
fn the_scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt;
    for script in ["Docker/build-and-push-base.sh", "Docker/build-and-push-colony.sh", ".ci/run"] {
        let mode = fs::metadata(root().join(script)).expect("a script").permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script} has mode {mode:o}");
        assert!(read(script).starts_with("#!"), "{script} names no interpreter");
    }
}
