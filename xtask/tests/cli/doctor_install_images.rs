//! The two images that everything starts from, as `doctor --install` gets them: pulled, or made on this machine.

use std::fs;

use crate::answer::Answer;
use crate::doctor_install::{APT_GET, DEBIAN_12, INSTALL, UPDATE, calls, lay, machine};
use crate::image::Image;
use crate::support::Fixture;
use crate::workspace::Workspace;

const CHEF: &str = "distributed-colony-chef:local";
const PUBLIC_CHEF: &str = "lukemathwalker/cargo-chef:latest-rust-1.87-alpine";
const RUNTIME: &str = "distributed-colony-runtime:local";

#[test]
fn an_image_that_the_engine_can_pull_needs_no_stand_in() {
    let workspace = Workspace::new();
    let lacks = "failed to configure transport: no such host";
    let outcome = machine(&workspace, DEBIAN_12)
        .image(RUNTIME, &Image::new("sha256:runtime"))
        .answer(["docker", "manifest", "inspect"], Answer::fails(1, lacks))
        .answer(["docker", "pull"], Answer::stdout("sha256:1\n"))
        .no_image(PUBLIC_CHEF)
        .no_image(PUBLIC_CHEF)
        .image(PUBLIC_CHEF, &Image::new("sha256:chef"))
        .run();
    outcome
        .exits(0)
        .says(&format!("{PUBLIC_CHEF} is out of reach ({lacks}); asking the engine to pull it\n"))
        .says(&format!("the engine pulled {PUBLIC_CHEF}\n"));
    let pulls: Vec<_> = outcome.calls.iter().filter(|call| call.begins(&["docker", "pull"])).collect();
    assert_eq!(pulls.len(), 1);
    assert_eq!(pulls[0].args[1..], ["--quiet", "--platform", "linux/amd64", PUBLIC_CHEF]);
    assert_eq!(calls(&outcome), Vec::<String>::new());
}

/// A machine that has an engine and the runtime image, and from which no registry can be reached.
fn without_chef<'a>(workspace: &'a Workspace, architecture: &str) -> Fixture<'a> {
    machine(workspace, DEBIAN_12)
        .image(RUNTIME, &Image::new("sha256:runtime"))
        .answer(["docker", "manifest", "inspect"], Answer::fails(1, "no such host"))
        .answer(["docker", "pull"], Answer::fails(1, "Error response from daemon: no such host"))
        .answer(["dpkg", "--print-architecture"], Answer::stdout(format!("{architecture}\n")))
}

#[test]
fn the_chef_image_that_nobody_serves_is_made_of_packages_toolchain_and_cargo_chef() {
    let workspace = Workspace::new();
    lay(&workspace, "/etc/apt/sources.list", "deb http://mirror.example/debian bookworm main\n");
    let sysroot = workspace.beside("sysroot");
    for path in ["lib/librustc_driver.so", "lib/rustlib/README"] {
        let place = sysroot.join(path);
        fs::create_dir_all(place.parent().expect("below the sysroot")).expect("make a folder");
        fs::write(place, "").expect("write a file");
    }
    let target = "x86_64-unknown-linux-gnu";
    let fixture = ["cargo", "rustc", "tar", "mmdebstrap"]
        .iter()
        .fold(without_chef(&workspace, "amd64"), |fixture, tool| fixture.with(tool));
    let outcome = fixture
        .answer(["dpkg-query"], Answer::fails(1, "dpkg-query: no packages found matching mmdebstrap"))
        .answer(APT_GET, Answer::default())
        .answer(["rustc", "-vV"], Answer::stdout(format!("rustc 1.95.0\nhost: {target}\nrelease: 1.95.0\n")))
        .answer(["rustc", "--print", "sysroot"], Answer::stdout(format!("{}\n", sysroot.display())))
        .answer(["cargo", "install", "cargo-chef"], Answer::default().installing_at("--root", "bin/cargo-chef"))
        .answer(["cargo-chef", "chef", "--version"], Answer::stdout("cargo-chef-chef 0.1.73\n"))
        .answer(["tar"], Answer::default())
        .answer(["mmdebstrap"], Answer::default())
        .answer(["docker", "buildx", "build"], Answer::default())
        .no_image(CHEF)
        .no_image(CHEF)
        .image(CHEF, &Image::new("sha256:chef"))
        .run();
    outcome.exits(0).lists(&format!("{CHEF}, made on this machine, stands in for {PUBLIC_CHEF}\n"));

    let calls = calls(&outcome);
    let first = [
        "id -u",
        "dpkg --print-architecture",
        "dpkg-query --show --showformat=${db:Status-Status} mmdebstrap",
        "id -u",
        UPDATE,
        &format!("{INSTALL} mmdebstrap"),
        "rustc -vV",
    ];
    assert_eq!(calls[..first.len()], first);
    // What follows runs side by side.
    let folder = workspace.root().join("target/xtask/stand-ins/chef").display().to_string();
    let mut beside = calls[first.len()..].to_vec();
    beside.sort();
    let packages = "binutils,ca-certificates,g++,gcc,git,libc6-dev,libssl-dev,make,pkg-config";
    // Which files of the packages are left out is a matter of size alone.
    let root = beside.iter_mut().find(|call| call.starts_with("mmdebstrap ")).expect("the root is made");
    assert!(root.contains(" --dpkgopt=path-exclude=/usr/share/doc/* "), "{root}");
    let (begin, rest) = root.split_once(" --dpkgopt=").expect("documents are left out");
    let (_, end) = rest.rsplit_once(" bookworm ").expect("the release");
    *root = format!("{begin} bookworm {end}");
    assert_eq!(
        beside,
        [
            format!("cargo install cargo-chef --locked --no-track --root {folder}/cargo-chef-root"),
            "cargo-chef chef --version".to_owned(),
            format!(
                "mmdebstrap --variant=minbase --quiet --include={packages} bookworm \
                 {folder}/rootfs.tar {folder}/system.sources"
            ),
            "rustc --print sysroot".to_owned(),
            format!(
                "tar --create --owner=0 --group=0 --numeric-owner --sort=name --file {folder}/toolchain.tar \
                 --exclude=librustc-*_rt.*.a --exclude=wasm-component-ld --directory {} bin/cargo bin/rustc lib/rustlib/{target} \
                 lib/librustc_driver.so",
                sysroot.display()
            ),
        ]
    );
    let build = outcome.build();
    assert_eq!(build.args.last(), Some(&folder));
    assert!(build.args.contains(&CHEF.to_owned()));
    let labels = build.pairs("--label");
    let label = |key: &str| labels[&format!("io.distributed-colony.stand-in.{key}")].clone();
    assert_eq!(
        ["for", "packages", "toolchain", "cargo-chef"].map(label),
        [PUBLIC_CHEF, &format!("debian bookworm: {packages}"), &format!("1.95.0 {target}"), "0.1.73"]
    );
    assert!(!fs::exists(&folder).expect("look for a folder"), "what it was made of is of no more use");
}

#[test]
fn on_another_architecture_no_stand_in_is_made() {
    let workspace = Workspace::new();
    let outcome = without_chef(&workspace, "arm64").run();
    outcome
        .exits(3)
        .says("[ERROR] base images for amd64 can't be made from packages for arm64\n")
        .says("CHEF_IMAGE=… RUNTIME_IMAGE=…\n");
    assert_eq!(calls(&outcome), ["id -u", "dpkg --print-architecture"]);
}
