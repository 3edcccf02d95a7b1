//! The base image: from missing to current, and what it holds.

use serde_json::Value;

use crate::engine::{self, docker};
use crate::fixture::Fixture;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_base_is_missing_until_it_is_built_and_then_current() {
    let fixture = Fixture::new();
    fixture.xtask(&["check-base"], &[]).exits(5).prints("missing");
    let refused = fixture.try_colony(&[], &[]);
    refused
        .exits(5)
        .says(&format!("Base image '{}' not found locally!", fixture.base()))
        .says("cargo xtask build-base");
    assert_eq!(fixture.colony_id(), None);

    fixture.build_base().prints(&fixture.base());
    fixture.xtask(&["check-base"], &[]).exits(0).prints("current");
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_base_says_what_it_is_made_of_and_holds_compiled_dependencies_alone() {
    let fixture = Fixture::new();
    fixture.build_base();
    let image = engine::image(&fixture.base()).expect("just built");
    assert_eq!((image["Os"].as_str(), image["Architecture"].as_str()), (Some("linux"), Some("amd64")));

    let label = |key: &str| image["Config"]["Labels"][key].as_str().unwrap_or_else(|| panic!("no label {key}"));
    assert!(label("io.distributed-colony.base.identity").starts_with("sha256:"));
    let inputs: Value = serde_json::from_str(label("io.distributed-colony.base.inputs")).expect("JSON");
    for input in ["Cargo.lock", "Cargo.toml", "crates/backend/Cargo.toml", "Docker/Dockerfile.base", "chef image"] {
        assert!(inputs[input].is_object(), "{input} is no input of {inputs}");
    }
    assert!(inputs["Cargo.lock"]["axum"].is_string() && inputs["Cargo.lock"]["eframe"].is_null());

    let chef = inputs["chef image"]["reference"].as_str().expect("a reference");
    // The builder keeps a pulled image to itself, and then the whole has to be below the limit plus a bare toolchain.
    let chef_size = engine::image(chef).and_then(|chef| chef["Size"].as_u64()).unwrap_or(900_000_000);
    let beyond = image["Size"].as_u64().expect("a size").saturating_sub(chef_size);
    assert!(beyond < 1_000_000_000, "the base is {beyond} bytes larger than {chef}");

    let listed = docker(["run", "--rm", "--network", "none", &fixture.base(), "ls", "-A", "/app"]);
    assert_eq!(listed, "target", "manifests and stubs must not stay beside the target directory");

    // What the compiler wrote of a library is in the library alone, until it is made again from that.
    let count = "find target -name '*.rmeta' -size +0 | wc -l";
    let script = format!("{count}; sh target/seed.sh complete; {count}; find target -name '*.rlib' | wc -l");
    let counted = docker(["run", "--rm", "--network", "none", &fixture.base(), "sh", "-ec", &script]);
    let counted: Vec<usize> = counted.lines().map(|line| line.parse().expect("a number")).collect();
    assert!(counted[0] == 0 && counted[1] > 50 && counted[1] == counted[2], "{counted:?}");
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn the_base_settles_how_cargo_compiles_once_and_keeps_no_secret() {
    let fixture = Fixture::new();
    fixture.build_base();
    let image = engine::image(&fixture.base()).expect("just built");
    let env: Vec<&str> = image["Config"]["Env"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    for variable in ["CARGO_TARGET_DIR=/app/target", "CARGO_INCREMENTAL=1"] {
        assert!(env.contains(&variable), "{env:?}");
    }
    assert!(env.contains(&"CARGO_BUILD_RUSTFLAGS=-C link-arg=-s"), "{env:?}");
    // It would hide the flags of the workspace's own configuration.
    assert!(!env.iter().any(|variable| variable.starts_with("RUSTFLAGS=")), "{env:?}");
    assert!(!env.iter().any(|variable| variable.contains("CAINFO")), "{env:?}");

    let history = docker(["history", "--no-trunc", "--format", "{{.CreatedBy}}", &fixture.base()]);
    assert!(history.lines().filter(|step| step.contains("/layers/")).count() > 1, "{history}");
    assert!(!history.contains("BUILD_VERSION"), "{history}");
    // Where a secret was mounted an empty file may stay.
    let left =
        docker(["run", "--rm", "--network", "none", &fixture.base(), "sh", "-c", "cat /run/secrets/* 2>&- || :"]);
    assert_eq!(left, "");
}
