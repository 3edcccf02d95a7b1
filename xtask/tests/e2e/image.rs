//! The colony image: what it says of itself and what lies in it.

use std::fs;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::engine::{self, docker};
use crate::fixture::Fixture;
use crate::process;

/// Names of programs that have no business in the image.
const UNWANTED: [&str; 16] = [
    "sh", "ash", "bash", "dash", "busybox", "cargo", "rustc", "rustup", "cc", "gcc", "ld", "strip", "apk", "dpkg",
    "gui", "xtask",
];

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_colony_image_is_small_unprivileged_and_ready_to_run() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.build_colony(&[]).prints(&fixture.colony());
    let image = engine::image(&fixture.colony()).expect("just built");
    let config = &image["Config"];
    assert_eq!((image["Os"].as_str(), image["Architecture"].as_str()), (Some("linux"), Some("amd64")));
    assert!(image["Size"].as_u64().expect("a size") < 50_000_000, "{}", image["Size"]);
    assert_eq!(config["User"], "65532:65532");
    assert_eq!(config["ExposedPorts"], json!({ "8082/tcp": {}, "8083/tcp": {} }));
    assert_eq!(config["Cmd"], json!(["/usr/local/bin/backend", "0.0.0.0", "8082", "aws"]));
    assert_eq!(config["Entrypoint"], Value::Null);
    let env: Vec<&str> = config["Env"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for variable in [
        "SERVICE_TYPE=backend",
        "COORDINATOR_HOST=localhost",
        "COORDINATOR_PORT=8083",
        "BACKEND_HOST=0.0.0.0",
        "BACKEND_PORT=8082",
    ] {
        assert!(env.contains(&variable), "{env:?}");
    }
    assert!(env.iter().any(|variable| variable.starts_with("BUILD_VERSION=20")), "{env:?}");
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_colony_image_holds_the_stripped_binaries_and_no_way_to_do_anything_else() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.build_colony(&[]);
    let root = fixture.copy.root().join("root.tar");
    let root = root.to_str().expect("made by us");
    docker(["export", "--output", root, &fixture.create_container()]);
    let listed = tar(&["--list", "--file", root]);
    let files: Vec<&str> = listed.lines().filter(|path| !path.ends_with('/')).collect();
    for binary in ["usr/local/bin/backend", "usr/local/bin/coordinator"] {
        assert!(files.contains(&binary), "{listed}");
    }
    for file in &files {
        let name = file.rsplit('/').next().expect("a path has a last part");
        assert!(!UNWANTED.contains(&name) && !file.starts_with("app/"), "{file} is in the image");
    }

    let folder = fixture.copy.root().join("unpacked");
    fs::create_dir(&folder).expect("make a folder");
    tar(&["--extract", "--file", root, "--directory", folder.to_str().expect("made by us"), "usr/local/bin"]);
    for binary in ["backend", "coordinator"] {
        let bytes = fs::read(folder.join("usr/local/bin").join(binary)).expect("just unpacked");
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(holds("BUILD_VERSION"), "the search below would find nothing in {binary} either");
        for unwanted in [".symtab", "eframe", "egui"] {
            assert!(!holds(unwanted), "{binary} holds {unwanted}");
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn both_binaries_tell_name_crate_version_and_build_version() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.try_colony(&[], &[("BUILD_VERSION", "v-of-the-test")]).exits(0);
    for binary in ["backend", "coordinator"] {
        let answer = engine::run_binary(&fixture.colony(), binary, &["--version"]);
        assert_eq!(answer, format!("{binary} {} (build v-of-the-test)", env!("CARGO_PKG_VERSION")));
    }
}

#[track_caller]
fn tar(args: &[&str]) -> String {
    let ended = process::run(Command::new("tar").args(args), Duration::from_secs(60));
    assert!(ended.code == Some(0), "tar {args:?}: {}", ended.stderr);
    ended.stdout
}
