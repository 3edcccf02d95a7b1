//! What a build asks of the machine once, and then only when something changed.

use std::fs;
use std::os::unix::fs::symlink;

use crate::image::Image;
use crate::support::Fixture;
use crate::workspace::Workspace;

#[test]
fn buildx_is_asked_for_its_version_until_its_programs_change() {
    let workspace = Workspace::new();
    let plugins = workspace.beside("home/.docker/cli-plugins");
    fs::create_dir_all(&plugins).expect("make a folder");
    fs::write(plugins.join("docker-buildx"), "one").expect("write");
    // The same in each run, as on a real machine.
    let tools = workspace.beside("tools");
    fs::create_dir_all(&tools).expect("make a folder");
    symlink(env!("CARGO_BIN_EXE_fake-tool"), tools.join("docker")).expect("make a symlink");
    let asks = || {
        let path = tools.to_str().expect("UTF-8");
        let fixture = Fixture::new(&workspace).env("PATH", path).builds(&Image::new("sha256:base"));
        let outcome = fixture.xtask(["build-base", "--no-push"]).run();
        outcome.exits(0);
        outcome.calls.iter().any(|call| call.begins(&["docker", "buildx", "version"]))
    };
    assert!(asks(), "nothing is known");
    assert!(!asks(), "nothing changed");
    fs::write(plugins.join("docker-buildx"), "two").expect("write");
    assert!(asks(), "another plugin");
    fs::write(workspace.beside("home/.docker/config.json"), "{}").expect("write");
    assert!(asks(), "another configuration may name other folders");
}
