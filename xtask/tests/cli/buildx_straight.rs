//! Builds start buildx itself, where it is certain which program docker would start.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BUILD, Fixture};
use crate::workspace::Workspace;

const TOOL: &str = env!("CARGO_BIN_EXE_fake-tool");
const STRAIGHT: [&str; 2] = ["docker-buildx", "build"];
const PLUGINS: &str = "system/usr/libexec/docker/cli-plugins";

/// A machine whose docker is a program of that name, and whose buildx lies where docker looks.
fn machine() -> Workspace {
    let workspace = Workspace::new();
    let tools = workspace.beside("tools");
    fs::create_dir_all(&tools).expect("make a folder");
    fs::copy(TOOL, tools.join("docker")).expect("copy");
    let plugins = workspace.beside(PLUGINS);
    fs::create_dir_all(&plugins).expect("make a folder");
    symlink(TOOL, plugins.join("docker-buildx")).expect("make a symlink");
    workspace
}

/// Builds the base by whichever of the two it is.
fn build(workspace: &Workspace) -> Outcome {
    let tools = workspace.beside("tools");
    Fixture::new(workspace)
        .image("sha256:new", &Image::new("sha256:new"))
        .background(BUILD, Answer::builds("sha256:new"))
        .background(STRAIGHT, Answer::builds("sha256:new"))
        .env("PATH", tools.to_str().expect("UTF-8"))
        .xtask(["build-base", "--no-push"])
        .run()
}

fn write_script(path: &Path, line: &str) {
    fs::write(path, format!("#!/bin/sh\n{line}\n")).expect("write");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("make it a program");
}

#[test]
fn it_is_the_same_call_without_docker() {
    let workspace = machine();
    let straight = build(&workspace);
    straight.exits(0).never_calls(&BUILD);
    let straight = straight.calls_to(&STRAIGHT)[0];
    fs::remove_dir_all(workspace.beside(PLUGINS)).expect("remove");
    let by_docker = build(&workspace);
    let by_docker = by_docker.exits(0).build();
    let words = |args: &[String]| -> Vec<String> {
        // Its folder has the number of the process.
        let is_ours = |word: &&String| !word.ends_with("/metadata.json");
        args.iter().filter(is_ours).cloned().collect()
    };
    assert_eq!(words(&straight.args), words(&by_docker.args[1..]));
    // Nobody gets the provenance for which buildx would start git.
    assert_eq!(straight.env["BUILDX_GIT_INFO"], "false");
}

#[test]
fn where_anything_is_unusual_docker_is_started() {
    let by_docker = |workspace: &Workspace, why: &str| {
        let outcome = build(workspace);
        outcome.exits(0).never_calls(&STRAIGHT);
        assert_eq!(outcome.calls_to(&BUILD).len(), 1, "{why}");
    };
    let podman = machine();
    let docker = podman.beside("tools/docker");
    fs::rename(&docker, podman.beside("tools/podman")).expect("rename");
    symlink("podman", &docker).expect("make a symlink");
    by_docker(&podman, "a link to a program of another name");

    let wrapped = machine();
    let docker = wrapped.beside("tools/docker");
    fs::create_dir(wrapped.beside("tools/real")).expect("make a folder");
    fs::rename(&docker, wrapped.beside("tools/real/docker")).expect("rename");
    write_script(&docker, "exec ${0%/*}/real/docker \"$@\"");
    by_docker(&wrapped, "a script around docker");

    let elsewhere = machine();
    let config = elsewhere.beside("home/.docker");
    fs::create_dir_all(&config).expect("make a folder");
    fs::write(config.join("config.json"), r#"{"cliPluginsExtraDirs":["/opt/plugins"]}"#).expect("write");
    by_docker(&elsewhere, "docker looks elsewhere first");

    let script = machine();
    let own = script.beside("home/.docker/cli-plugins");
    fs::create_dir_all(&own).expect("make a folder");
    write_script(&own.join("docker-buildx"), "exit 1");
    by_docker(&script, "the plugin that comes first is a script");
}
