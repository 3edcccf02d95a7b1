//! `cargo xtask build-colony --no-push`.

use serde_json::json;

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, BUILD, COLONY, Fixture, current_base};
use crate::workspace::Workspace;

/// A base that is current, and builds that work.
fn working<'a>(workspace: &'a Workspace, base: &Image) -> Fixture<'a> {
    Fixture::new(workspace).image(BASE, base).builds(&Image::new("sha256:new"))
}

/// How often the report of a build was asked for.
fn reports(outcome: &Outcome) -> usize {
    outcome.calls.iter().filter(|call| call.args.iter().any(|arg| arg.starts_with("type=local"))).count()
}

#[test]
fn the_whole_call_has_what_the_flags_say() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = working(&workspace, &base)
        .xtask([
            "build-colony",
            "--no-push",
            "--repository=team/colony",
            "--tag=v1",
            "--runtime-image=runtime:1",
            "--build-version=v 1",
            "--builder=mine",
        ])
        .run();
    outcome.exits(0).prints("team/colony:v1\n");
    let build = outcome.build();
    assert_eq!(build.cwd, workspace.root());
    let label = format!("io.distributed-colony.inputs={}", build.pairs("--label")["io.distributed-colony.inputs"]);
    let context = format!("source={}", build.pairs("--build-context")["source"]);
    let expected = [
        "buildx",
        "build",
        "--builder",
        "mine",
        "--platform",
        "linux/amd64",
        "--provenance=false",
        "--sbom=false",
        "--progress=plain",
        "--file",
        "Docker/Dockerfile",
        "--output",
        "type=docker,oci-mediatypes=true",
        "--tag",
        "team/colony:v1",
        "--metadata-file",
        "target/xtask/colony-PID.json",
        "--build-context",
        &context,
        "--build-arg",
        "BASE_IMAGE=distributed-colony-base:latest",
        "--build-arg",
        "BUILD_VERSION=v 1",
        "--build-arg",
        "RUNTIME_IMAGE=runtime:1",
        "--label",
        &label,
        ".",
    ];
    assert_eq!(build.masked(), expected);
}

#[test]
fn the_context_holds_the_sources_as_they_are() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.write("crates/shared/src/lib.rs", "//! Edited.\n");
    let outcome = working(&workspace, &base).xtask(["build-colony", "--no-push"]).run();
    let context = outcome.exits(0).build().pairs("--build-context").remove("source").expect("a context");
    let read = |path: &str| std::fs::read_to_string(workspace.root().join(&context).join(path));
    assert_eq!(read("crates/shared/src/lib.rs").expect("staged"), "//! Edited.\n");
    assert_eq!(read(".colony/binaries").expect("staged"), "backend\ncoordinator\n");
    assert!(read("crates/gui/Cargo.toml").is_err(), "the gui is not shipped");
}

#[test]
fn a_missing_base_is_told_in_the_words_of_the_specification_and_nothing_is_done() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(3).prints("").has_no_effect().says(
        "[ERROR] Base image 'distributed-colony-base:latest' not found locally!\n\
         [INFO] Please build the base image first:\n\
         [INFO]   cargo xtask build-base\n\
         [INFO]   ./build-and-push-base.sh   (the same, in Docker/)\n",
    );
}

#[test]
fn a_stale_base_is_refused_with_the_reasons() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(4).prints("").has_no_effect().says(
        "[ERROR] Base image 'distributed-colony-base:latest' is stale\n\
         [INFO]   because Cargo.lock changed (leaf 1.0.0 -> 1.0.1)\n\
         [INFO] Please build it again: cargo xtask build-base\n",
    );
}

#[test]
fn a_stale_base_can_be_allowed_and_is_warned_about() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let fixture = working(&workspace, &base);
    let outcome = fixture.xtask(["build-colony", "--no-push", "--allow-stale-base"]).run();
    outcome
        .exits(0)
        .prints("distributed-colony:latest\n")
        .says("[WARNING] building on a stale base, because Cargo.lock changed (leaf 1.0.0 -> 1.0.1)\n")
        .build();
}

#[test]
fn a_base_that_is_missing_cannot_be_allowed() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).xtask(["build-colony", "--no-push", "--allow-stale-base"]).run();
    outcome.exits(3).has_no_effect();
}

#[test]
fn the_summary_says_what_was_compiled_and_why() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let answer = Answer::builds("sha256:new")
        .writing("--output", "changed", &format!("{}  crates/backend/src/main.rs\n", "0".repeat(64)))
        .writing("--output", "messages.json", &format!("{}\n{}\n", compiled("backend"), dependency(true)));
    let fixture = Fixture::new(&workspace).image(BASE, &base).answer(BUILD, answer);
    let outcome = fixture.image("sha256:new", &Image::new("sha256:new")).xtask(["build-colony", "--no-push"]).run();
    outcome
        .exits(0)
        .says("compiled, crates/backend/src/main.rs changed\n")
        .says("fresh\n")
        .says("0 of 1 recompiled\n")
        .never_says("[WARNING]");
    assert_eq!(reports(&outcome), 1);
}

#[test]
fn a_recompiled_dependency_is_warned_about_by_name() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let answer = Answer::builds("sha256:new").writing("--output", "messages.json", &dependency(false));
    let fixture = Fixture::new(&workspace).image(BASE, &base).answer(BUILD, answer);
    let outcome = fixture.image("sha256:new", &Image::new("sha256:new")).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).says("[WARNING] ").says("leaf@1.0.0").says("1 of 1 recompiled\n");
}

/// A message of cargo about a member that was compiled.
fn compiled(member: &str) -> String {
    let id = format!("path+file:///app/crates/{member}#0.1.0");
    let manifest = format!("/app/crates/{member}/Cargo.toml");
    let message = json!({ "reason": "compiler-artifact", "package_id": id, "manifest_path": manifest, "fresh": false });
    message.to_string()
}

/// A message of cargo about the one dependency.
fn dependency(fresh: bool) -> String {
    let (id, manifest) = ("registry+https://example.invalid/index#leaf@1.0.0", "/cargo/leaf-1.0.0/Cargo.toml");
    let message = json!({ "reason": "compiler-artifact", "package_id": id, "manifest_path": manifest, "fresh": fresh });
    message.to_string()
}

#[test]
fn an_unchanged_image_is_left_alone() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let first = working(&workspace, &base).xtask(["build-colony", "--no-push"]).run();
    let labels = first.exits(0).build().pairs("--label");
    let standing = Image::new("sha256:new").labels(&labels);
    let outcome = working(&workspace, &base).image(COLONY, &standing).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).prints("distributed-colony:latest\n");
    outcome.says("nothing new: the sources are those of the image that stood\n");
    assert_eq!(reports(&outcome), 0);
    assert_eq!(outcome.effects().count(), 1, "the build alone");
}

#[test]
fn a_failing_build_ends_with_code_1_and_no_result() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .answer(BUILD, Answer::fails(1, "error[E0425]: cannot find value `x`"))
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome
        .exits(1)
        .prints("")
        .says("error[E0425]: cannot find value `x`\n")
        .says("[ERROR] build distributed-colony:latest: docker ended with exit code 1\n");
}

#[test]
fn an_image_of_another_platform_is_a_failure() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .builds(&Image::new("sha256:new").architecture("arm64"))
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome.exits(1).prints("").says("distributed-colony:latest is for linux/arm64, not for linux/amd64\n");
}

#[test]
fn the_same_workspace_gives_the_same_arguments_twice() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let build = || {
        let outcome = working(&workspace, &base).xtask(["build-colony", "--no-push", "--build-version", "1"]).run();
        outcome.exits(0).build().masked()
    };
    assert_eq!(build(), build());
}

#[test]
fn a_path_with_a_space_and_a_subfolder_are_good_places() {
    let workspace = Workspace::at("my work space");
    let base = current_base(&workspace);
    let outcome = working(&workspace, &base).in_folder("crates/backend/src").xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).prints("distributed-colony:latest\n");
    let build = outcome.build();
    assert_eq!(build.cwd, workspace.root());
    assert_eq!(build.args.last().map(String::as_str), Some("."));
    let context = &build.pairs("--build-context")["source"];
    assert!(workspace.root().join(context).join("Cargo.lock").is_file(), "{context}");
}
