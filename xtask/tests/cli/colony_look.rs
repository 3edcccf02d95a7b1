//! The look into a finished colony image: what it holds, asked by a container that never runs.

use crate::answer::Answer;
use crate::image::Image;
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
