//! `cargo xtask build-base --no-push`.

use std::path::Path;

use crate::answer::Answer;
use crate::image::Image;
use crate::support::{BASE, BUILD, Fixture};
use crate::workspace::Workspace;

#[test]
fn the_whole_call_has_what_the_flags_say() {
    let workspace = Workspace::new();
    workspace.write("../ca.pem", "a certificate");
    let ca = workspace.beside("ca.pem");
    let outcome = Fixture::new(&workspace)
        .builds(&Image::new("sha256:new"))
        .env("SSL_CERT_FILE", &ca.to_string_lossy())
        .xtask([
            "build-base",
            "--no-push",
            "--repository=team/base",
            "--tag=v1",
            "--chef-image=chef:1",
            "--builder=mine",
        ])
        .run();
    outcome.exits(0).prints("team/base:v1\n");
    let build = outcome.build();
    assert_eq!(build.cwd, workspace.root());
    let labels = build.pairs("--label");
    let identity = format!("io.distributed-colony.base.identity={}", labels["io.distributed-colony.base.identity"]);
    let inputs = format!("io.distributed-colony.base.inputs={}", labels["io.distributed-colony.base.inputs"]);
    let secret = format!("id=ca,src={}", ca.display());
    let contexts = build.pairs("--build-context");
    let context = format!("plan={}", contexts["plan"]);
    assert!(context.starts_with("plan=target/xtask/plan/"), "{context}");
    // Also where there is nothing in it: see Docker/Dockerfile.base.
    let supply = format!("supply={}", contexts["supply"]);
    assert_eq!(workspace.root().join(&contexts["supply"]).read_dir().expect("a folder").count(), 0);
    let expected = [
        "buildx",
        "build",
        "--builder",
        "mine",
        "--platform",
        "linux/amd64",
        "--provenance=false",
        "--sbom=false",
        "--file",
        "Docker/Dockerfile.base",
        "--output",
        "type=docker,oci-mediatypes=true",
        "--tag",
        "team/base:v1",
        "--build-context",
        &context,
        "--build-context",
        &supply,
        "--build-arg",
        "CHEF_IMAGE=chef:1",
        "--label",
        &identity,
        "--label",
        &inputs,
        "--label",
        "io.distributed-colony.workspace=distributed-colony",
        "--secret",
        &secret,
        ".",
    ];
    assert_eq!(build.pasted(), expected);
}

#[test]
fn the_name_may_be_given_as_the_other_commands_have_it() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
    let args = ["build-base", "--no-push", "--base-repository=team/base", "--base-tag=v1"];
    fixture.xtask(args).run().exits(0).prints("team/base:v1\n");
}

#[test]
fn by_default_the_builder_is_the_one_of_the_current_context() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace)
        .answer(
            ["docker", "version"],
            Answer::stdout(
                r#"{"Client":{"Version":"28.2.2","Context":"colima"},"Server":{"Version":"28.2.2","Os":"linux"}}"#,
            ),
        )
        .builds(&Image::new("sha256:new"))
        .xtask(["build-base", "--no-push"])
        .run();
    outcome.exits(0);
    assert_eq!(outcome.build().args[2..4], ["--builder", "colima"]);
}

/// What differs is no part of the key by which BuildKit finds a step again, nor of the identity.
#[test]
fn from_scratch_builds_the_compiling_stage_anew_and_tells_its_script() {
    let workspace = Workspace::new();
    let build = |flags: &[&'static str]| {
        let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
        let outcome = fixture.xtask([&["build-base", "--no-push"], flags].concat()).run();
        outcome.exits(0).build().pasted()
    };
    let flags = ["--secret", "id=from-scratch,src=Docker/seed.sh", "--no-cache-filter", "builder"].map(str::to_owned);
    let mut expected = build(&[]);
    expected.splice(expected.len() - 1..expected.len() - 1, flags);
    assert_eq!(build(&["--from-scratch"]), expected);
}

#[test]
fn the_same_workspace_gives_the_same_arguments_twice() {
    let workspace = Workspace::new();
    let build = || {
        let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
        let outcome = fixture.xtask(["build-base", "--no-push"]).run();
        outcome.exits(0).build().pasted()
    };
    assert_eq!(build(), build());
}

#[test]
fn the_plan_holds_the_shipped_members_and_no_others() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
    let outcome = fixture.xtask(["build-base", "--no-push"]).run();
    let plan = outcome.exits(0).build().pairs("--build-context")["plan"].clone();
    let lock = workspace.read(&format!("{plan}/Cargo.lock"));
    let plan = workspace.root().join(plan);
    let mut files = Vec::new();
    list(&plan, &plan, &mut files);
    files.sort();
    let expected = [
        "Cargo.lock",
        "Cargo.toml",
        "crates/backend/Cargo.toml",
        "crates/backend/src/bin/backend.rs",
        "crates/coordinator/Cargo.toml",
        "crates/coordinator/src/bin/coordinator.rs",
        "crates/shared/Cargo.toml",
        "crates/shared/src/lib.rs",
    ];
    assert_eq!(files, expected);
    for (package, wanted) in [("leaf", true), ("twig", true), ("gui", false), ("widget", false), ("probe", false)] {
        assert_eq!(lock.contains(&format!("name = \"{package}\"")), wanted, "{package} in\n{lock}");
    }
}

#[test]
fn a_failing_build_ends_with_code_1_and_no_result() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace)
        .answer(BUILD, Answer::fails(17, "ERROR: failed to solve: no space left"))
        .xtask(["build-base", "--no-push"])
        .run();
    outcome
        .exits(1)
        .prints("")
        .says("ERROR: failed to solve: no space left\n")
        .says("[ERROR] build base image: failed after ")
        .says("[ERROR] build distributed-colony-base:latest: docker ended with exit code 17\n")
        .never_says("image ID");
}

#[test]
fn a_build_that_is_killed_says_so() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).answer(BUILD, Answer::killed()).xtask(["build-base", "--no-push"]).run();
    outcome.exits(1).prints("").says("build distributed-colony-base:latest: docker was ended by a signal");
}

#[test]
fn an_image_of_another_platform_is_a_failure() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace)
        .builds(&Image::new("sha256:new").architecture("arm64"))
        .xtask(["build-base", "--no-push"])
        .run();
    outcome
        .exits(1)
        .prints("")
        .says("[ERROR] distributed-colony-base:latest is for linux/arm64, not for linux/amd64\n");
}

#[test]
fn an_image_that_is_not_there_after_the_build_is_a_failure() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace)
        .answer(BUILD, Answer::builds("sha256:new"))
        .no_image("sha256:new")
        .xtask(["build-base", "--no-push"])
        .run();
    outcome.exits(1).prints("").says("was built, but the local engine does not have it");
}

#[test]
fn the_result_can_be_had_as_json() {
    let workspace = Workspace::new();
    let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:new"));
    let outcome = fixture.xtask(["build-base", "--no-push", "--json"]).run();
    outcome.exits(0);
    let result: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("one JSON value and nothing else");
    let expected = serde_json::json!({
        "schema": 1, "image": BASE, "image_id": "sha256:new", "platform": "linux/amd64", "bytes": 48_250_000,
        "base_identity": outcome.build().pairs("--label")["io.distributed-colony.base.identity"],
        "steps": result["steps"],
    });
    assert_eq!(result, expected);
}

/// The files below `folder`, relative to `root`.
fn list(root: &Path, folder: &Path, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("list the plan") {
        let path = entry.expect("list the plan").path();
        if path.is_dir() {
            list(root, &path, files);
        } else {
            files.push(path.strip_prefix(root).expect("below it").to_string_lossy().into_owned());
        }
    }
}
