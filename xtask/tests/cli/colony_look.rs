//! The look into a finished colony image: what it holds, asked by a container that never runs.

use std::fs;

use crate::answer::Answer;
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, BUILD, COLONY, Fixture, LOOK, archive, current_base, working};
use crate::workspace::Workspace;

/// An image that holds the backend alone.
pub(crate) fn half<'a>(workspace: &'a Workspace, base: &Image) -> Fixture<'a> {
    let fixture = working(workspace, base).answer(LOOK, Answer::stdout(archive("bin", &["backend"])));
    fixture.xtask(["build-colony", "--no-push"])
}

#[test]
fn an_image_without_a_shipped_binary_gives_its_name_back() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let fixture = half(&workspace, &base).image(COLONY, &Image::new("sha256:old"));
    let outcome = fixture.answer(["docker", "tag", "sha256:old", COLONY], Answer::default()).run();
    outcome.exits(1).prints("").says("does not hold coordinator in /usr/local/bin");
}

#[test]
fn an_image_without_a_shipped_binary_has_no_name_where_none_was_before() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let remove = ["docker", "image", "rm", "--no-prune", COLONY];
    half(&workspace, &base).answer(remove, Answer::default()).run().exits(1).prints("");
}

#[test]
fn an_image_without_the_folder_of_the_binaries_holds_none() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let words = "Error response from daemon: Could not find the file /usr/local/bin in container looked-at";
    let fixture =
        working(&workspace, &base).answer(LOOK, Answer::fails(1, words)).image(COLONY, &Image::new("sha256:old"));
    let fixture = fixture.answer(["docker", "tag", "sha256:old", COLONY], Answer::default());
    let outcome = fixture.xtask(["build-colony", "--no-push"]).run();
    outcome.exits(1).says("does not hold backend, coordinator in /usr/local/bin");
}

/// In engine 26.1 an export on the classic store leaves a mount and a layer behind.
#[test]
fn no_build_exports_a_container_of_the_classic_store() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = working(&workspace, &base).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).never_calls(&["docker", "export"]);
    assert_eq!(outcome.calls_to(&LOOK).len(), 1);
}

#[test]
fn an_image_of_the_containerd_store_is_looked_through_for_its_size() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let metadata = r#"{"containerimage.digest":"sha256:new","containerimage.config.digest":"sha256:config"}"#;
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .image("sha256:new", &Image::new("sha256:new"))
        .answer(BUILD, Answer::builds("sha256:new").writing("--metadata-file", "", metadata))
        .answer(
            ["docker", "export", "looked-at"],
            Answer::stdout(archive("usr/local/bin", &["backend", "coordinator"])),
        )
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome.exits(0).says("size                0.0 MB\n").never_calls(&LOOK);
}

const RUNTIME: &str = "gcr.io/distroless/cc";

/// A build that compiles and reports that it placed these binaries.
fn placing<'a>(workspace: &'a Workspace, binaries: &[&str]) -> Fixture<'a> {
    let placed: Vec<String> = binaries.iter().map(|binary| format!("placed {binary}")).collect();
    let lines = [&["state warm", "artifacts 0"], &placed.iter().map(String::as_str).collect::<Vec<_>>()[..], &["end"]];
    Fixture::new(workspace)
        .image(BASE, &current_base(workspace))
        .image(RUNTIME, &Image::new("sha256:runtime"))
        .answer(BUILD, Answer::compiles("sha256:new", &lines.concat()))
        .image("sha256:new", &Image::new("sha256:new"))
        .xtask(["build-colony", "--no-push"])
}

#[test]
fn an_image_whose_build_placed_all_binaries_is_not_looked_into() {
    let workspace = Workspace::new();
    let outcome = placing(&workspace, &["backend", "coordinator"]).run();
    outcome.exits(0).says("size                48.2 MB\n").never_calls(&["docker", "create"]).never_calls(&LOOK);
    // Known from now on like any other.
    let (labels, version) = (outcome.build().pairs("--label"), &outcome.build().pairs("--build-arg")["BUILD_VERSION"]);
    let standing = Image::new("sha256:new").labels(&labels).variable("BUILD_VERSION", version);
    let again = Fixture::new(&workspace).image(BASE, &current_base(&workspace)).image(COLONY, &standing);
    let again = again.image(RUNTIME, &Image::new("sha256:runtime"));
    again.xtask(["build-colony", "--no-push"]).run().exits(0).never_calls(&BUILD);
}

#[test]
fn an_image_is_looked_into_where_the_build_placed_less_or_the_dockerfile_is_not_ours() {
    let workspace = Workspace::new();
    let looks = |outcome: Outcome| outcome.exits(0).calls.iter().filter(|call| call.begins(&LOOK)).count();
    assert_eq!(looks(placing(&workspace, &["backend"]).run()), 1);
    workspace.append("Docker/Dockerfile", "# Edited.\n");
    fs::remove_file(workspace.root().join("target/xtask/images.json")).expect("forget");
    assert_eq!(looks(placing(&workspace, &["backend", "coordinator"]).run()), 1);
}
