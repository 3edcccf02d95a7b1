//! What is written down in two places of the repository says the same in both.

use std::fs;
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

/// The root of the real workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("read {path}: {error}"))
}

#[test]
fn the_three_ignore_files_say_the_same() {
    let one = read("Docker/.dockerignore");
    assert_eq!(read("Docker/Dockerfile.dockerignore"), one);
    assert_eq!(read("Docker/Dockerfile.base.dockerignore"), one);
}

#[test]
fn the_dockerfile_copies_exactly_the_shipped_binaries() {
    let manifest: DocumentMut = read("Cargo.toml").parse().expect("TOML");
    let shipped = manifest["workspace"]["metadata"]["images"]["binaries"].as_array().expect("an array");
    let mut expected: Vec<String> = shipped
        .iter()
        .map(|name| name.as_str().expect("a name"))
        .map(|name| format!("COPY --link --from=builder /out/{name} /usr/local/bin/{name}"))
        .collect();
    expected.sort();
    let dockerfile = read("Docker/Dockerfile");
    let mut copied: Vec<&str> =
        dockerfile.lines().filter(|line| line.starts_with("COPY ") && line.contains("/usr/local/bin/")).collect();
    copied.sort_unstable();
    assert_eq!(copied, expected);
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
