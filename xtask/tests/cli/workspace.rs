//! A small workspace in a temporary folder: the shape of ours, with dependencies that need neither network nor cache.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::registry;
use crate::shape::Shape;
use crate::support::generate;
use crate::temp_dir::TempDir;

/// Path -> content. The table gives the Dockerfiles of the real workspace. `leaf` is inherited, `twig` needs `leaf`, `widget` is for the gui alone and `probe` for tests.
const FILES: &[(&str, &str)] = &[
    (
        "Cargo.toml",
        r#"[workspace]
resolver = "3"
members = ["crates/*", "xtask"]

[workspace.package]
version = "0.1.0"
edition = "2024"

[workspace.metadata.images]
binaries = ["backend", "coordinator"]
verify = ["--version"]
repository = "distributed-colony"
args = ["0.0.0.0", "8082", "aws"]
ports = [8082, 8083]

[workspace.metadata.images.env]
SERVICE_TYPE = "backend"
COORDINATOR_HOST = "localhost"
COORDINATOR_PORT = "8083"
BACKEND_HOST = "0.0.0.0"
BACKEND_PORT = "8082"

[workspace.dependencies]
leaf = "1"
shared = { path = "crates/shared" }
widget = "1"

[profile.release]
lto = false
codegen-units = 256
"#,
    ),
    (
        "crates/backend/Cargo.toml",
        r#"[package]
name = "backend"
version.workspace = true
edition.workspace = true

[dependencies]
leaf.workspace = true
shared.workspace = true

[dev-dependencies]
probe = "1"
"#,
    ),
    ("crates/backend/src/main.rs", "fn main() {}\n"),
    (
        "crates/coordinator/Cargo.toml",
        r#"[package]
name = "coordinator"
description = "Coordinates"
version.workspace = true
edition.workspace = true

[dependencies]
shared.workspace = true
twig = { version = "1", features = ["green"] }
"#,
    ),
    ("crates/coordinator/src/main.rs", "fn main() {}\n"),
    (
        "crates/shared/Cargo.toml",
        r#"[package]
name = "shared"
version.workspace = true
edition.workspace = true

[dependencies]
leaf.workspace = true
"#,
    ),
    ("crates/shared/src/lib.rs", "//! Shared.\n"),
    (
        "crates/gui/Cargo.toml",
        r#"[package]
name = "gui"
version.workspace = true
edition.workspace = true

[dependencies]
shared.workspace = true
widget.workspace = true
"#,
    ),
    ("crates/gui/src/main.rs", "fn main() {}\n"),
    (
        "xtask/Cargo.toml",
        r#"[package]
name = "xtask"
version.workspace = true
edition.workspace = true

[dependencies]
probe = "1"
"#,
    ),
    ("xtask/src/main.rs", "fn main() {}\n"),
    (".cargo/config.toml", "[alias]\nxtask = \"run --package xtask --bin xtask --\"\n"),
    ("README.md", "# A workspace\n"),
];

/// What we copy from the real workspace: the builds read these.
const DOCKER: [&str; 5] = ["Dockerfile", "Dockerfile.base", "compile.sh", "seed.sh", "compose.yaml"];

/// The line of its table that gives the workspace its name.
pub(crate) const REPOSITORY: &str = "repository = \"distributed-colony\"\n";

/// The workspace and the empty places around it that keep a test apart from its machine.
pub(crate) struct Workspace {
    dir: TempDir,
}

impl Workspace {
    pub(crate) fn new() -> Self {
        Self::at("workspace")
    }

    /// In a folder of that name.
    pub(crate) fn at(name: &str) -> Self {
        let workspace = Self::without_lock(name);
        workspace.write("Cargo.lock", lock());
        workspace
    }

    /// One of another shape, without `xtask`.
    pub(crate) fn of(shape: &Shape) -> Self {
        let workspace = Self { dir: TempDir::new(shape.name) };
        shape.write(workspace.root());
        generate(&workspace);
        workspace.furnish();
        workspace.cargo(["generate-lockfile"]);
        workspace
    }

    fn without_lock(name: &str) -> Self {
        let workspace = Self { dir: TempDir::new(name) };
        for (path, text) in FILES {
            workspace.write(path, text);
        }
        let docker = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Docker");
        for name in DOCKER {
            let text = fs::read_to_string(docker.join(name)).expect("our own Docker folder");
            workspace.write(&format!("Docker/{name}"), &text);
        }
        workspace.furnish();
        workspace
    }

    /// Makes the places around it.
    fn furnish(&self) {
        for place in ["home", "tmp"] {
            fs::create_dir_all(self.beside(place)).expect("make a folder");
        }
        registry::install(&self.beside("cargo-home"));
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    /// A place outside the workspace that goes with it.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root().parent().expect("it stands in a folder of its own").join(name)
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).expect("a file of the workspace")
    }

    /// Makes a file, or replaces its content.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("below the root")).expect("make a folder");
        fs::write(path, text).expect("write a file");
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        self.write(path, &format!("{}{text}", self.read(path)));
    }

    /// Replaces text that must be there.
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{path} has no {old:?}:\n{text}");
        self.write(path, &text.replace(old, new));
    }

    /// Runs the real cargo, offline, as the user does after an edit.
    pub(crate) fn cargo<const N: usize>(&self, args: [&str; N]) {
        let mut command = Command::new(cargo());
        command.args(args).arg("--offline").current_dir(self.root()).env_clear().envs(self.environment());
        let output = command.output().expect("start cargo");
        assert!(output.status.success(), "cargo {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// What cargo gets from us in place of the machine's environment.
    pub(crate) fn environment(&self) -> BTreeMap<&'static str, PathBuf> {
        let mut all: BTreeMap<_, _> = [
            ("HOME", self.beside("home")),
            ("TMPDIR", self.beside("tmp")),
            ("CARGO", cargo()),
            ("CARGO_HOME", self.beside("cargo-home")),
            ("CARGO_NET_OFFLINE", "true".into()),
        ]
        .into();
        // Cargo asks the compiler for its version, and our PATH has no compiler. Beside a cargo that rustup installed
        // stands the real one; elsewhere the machine's own PATH knows.
        let compiler = cargo().with_file_name("rustc");
        if compiler.is_file() {
            all.insert("RUSTC", compiler);
        } else if let Some(path) = std::env::var_os("PATH") {
            let found = std::env::split_paths(&path).map(|folder| folder.join("rustc")).find(|path| path.is_file());
            all.insert("RUSTC", found.expect("a rustc on PATH"));
        }
        for key in ["RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            all.extend(std::env::var_os(key).map(|value| (key, value.into())));
        }
        all
    }

    /// Every file with its content and time, to be compared with a later listing.
    pub(crate) fn listing(&self) -> BTreeMap<PathBuf, (i64, i64, Vec<u8>)> {
        let mut found = BTreeMap::new();
        let mut open = vec![self.root().to_owned()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).expect("list a folder") {
                let path = entry.expect("list a folder").path();
                let data = path.metadata().expect("look at a file");
                let content = if data.is_dir() { Vec::new() } else { fs::read(&path).expect("read a file") };
                found.insert(path.clone(), (data.mtime(), data.mtime_nsec(), content));
                if data.is_dir() {
                    open.push(path);
                }
            }
        }
        found
    }
}

/// The cargo that runs these tests.
fn cargo() -> PathBuf {
    std::env::var_os("CARGO").expect("cargo names itself to the tests that it runs").into()
}

/// The lock file of the untouched workspace, made by cargo once for all tests. It has old versions, so that there is
/// something to update.
fn lock() -> &'static str {
    static LOCK: OnceLock<String> = OnceLock::new();
    LOCK.get_or_init(|| {
        let workspace = Workspace::without_lock("lock");
        workspace.replace("Cargo.toml", "= \"1\"", "= \"=1.0.0\"");
        workspace.replace("xtask/Cargo.toml", "= \"1\"", "= \"=1.0.0\"");
        workspace.cargo(["generate-lockfile"]);
        workspace.read("Cargo.lock")
    })
}
