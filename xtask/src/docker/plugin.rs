//! Where docker has buildx from, and how to start it without docker. `docker buildx` starts three processes one after the
//! other: docker, buildx that tells what it is, and buildx that does the work. The last one alone does the same, by the same
//! configuration, context and variables, a twentieth of a second sooner
//! (<https://github.com/docker/buildx/blob/v0.13.1/cmd/buildx/main.go>: `plugin.RunningStandalone`).

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde_json::Value;

use crate::docker::config;
use crate::process::invocation::Invocation;
use crate::system_root;

/// The plugin's program, and where docker looks for it besides its own configuration folder, in this order
/// (<https://github.com/docker/cli/blob/v28.2.2/cli-plugins/manager/manager_unix.go>).
const PROGRAM: &str = "docker-buildx";
const FOLDERS: [&str; 4] = [
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
];

/// The setting of docker by which it looks elsewhere first.
const OTHER_FOLDERS: &str = "cliPluginsExtraDirs";

/// Each place that docker may have buildx from, the first choice first, whether something lies there or not. `None` where
/// docker has no configuration folder.
pub(crate) fn places() -> Option<Vec<PathBuf>> {
    let own = [config::folder()?.join("cli-plugins")].into_iter();
    Some(own.chain(FOLDERS.map(system_root::place)).map(|folder| folder.join(PROGRAM)).collect())
}

/// The same call of `docker buildx` without docker in between, where it is certain which program docker would start.
pub(super) fn straight(call: Invocation) -> Invocation {
    let is_buildx = call.program == "docker" && call.args.first().is_some_and(|word| word == "buildx");
    match program().filter(|_| is_buildx) {
        Some(program) => Invocation { program, args: call.args[1..].to_vec(), ..call },
        None => call,
    }
}

/// `None` where anything is unusual: a docker that is a script around another one or a program of another name (podman,
/// snap), plugins in folders of the user's choice, none where docker looks by itself.
fn program() -> Option<String> {
    let docker = fs::canonicalize(which::which("docker").ok()?).ok()?;
    if docker.file_name() != Some(OsStr::new("docker")) || !is_binary(&docker) || has_other_folders() {
        return None;
    }
    let plugin = places()?.into_iter().find(|place| place.exists()).filter(|plugin| is_binary(plugin))?;
    plugin.into_os_string().into_string().ok()
}

/// Whether it is a program of Linux, and no script.
fn is_binary(path: &Path) -> bool {
    let mut head = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *b"\x7fELF"
}

/// What cannot be read is docker's to tell.
fn has_other_folders() -> bool {
    let Some(path) = config::folder().map(|folder| folder.join("config.json")) else { return true };
    match fs::read(path) {
        Err(error) => error.kind() != io::ErrorKind::NotFound,
        Ok(text) => serde_json::from_slice::<Value>(&text).map_or(true, |config| config.get(OTHER_FOLDERS).is_some()),
    }
}
