//! `cargo xtask clean` and images that have other names than ours, or that looks left.

use crate::answer::Answer;
use crate::clean::{IDENTITY, INPUTS, PRUNE, REMOVE, container, effects, labelled, machine};
use crate::image::Image;
use crate::support::{BASE, Fixture, LOOK, current_base};
use crate::workspace::Workspace;

const ID: &str = "sha256:0123456789abcdef";
const REPOSITORY: &str = "host.example:5000/colony";
const DIGEST: &str = "host.example:5000/colony@sha256:7";
const PRUNED: &str = "docker image prune --force --filter label=io.distributed-colony.inputs=x \
                      --filter label=io.distributed-colony.workspace=distributed-colony";
const INSPECT: [&str; 5] = ["docker", "image", "inspect", "--format", "{{json .}}"];

/// These images bear the label of colonies.
fn colonies<'a>(fixture: Fixture<'a>, images: &[Image]) -> Fixture<'a> {
    let filter = format!("label={INPUTS}");
    let ids: Vec<&str> = images.iter().map(|image| image.id.as_str()).collect();
    let all: String = images.iter().map(Image::to_json).collect();
    let [docker, image, inspect, format, json] = INSPECT;
    let listed = fixture.answer(
        [docker, image, "ls", "--all", "--no-trunc", "--quiet", "--filter", filter.as_str()],
        Answer::stdout(ids.join("\n")),
    );
    listed.answer([docker, image, inspect, format, json, ids[0]], Answer::stdout(all))
}

/// It was pushed, and the moving tag has moved on.
fn pushed() -> Image {
    labelled(ID, INPUTS).name(&format!("{REPOSITORY}:ffffffffffff-0123456789ab")).digest(DIGEST)
}

#[test]
fn what_a_push_named_for_ever_goes_by_these_names() {
    let workspace = Workspace::new();
    let outcome = colonies(machine(&workspace), &[pushed()])
        .answer(["docker", "system", "df"], Answer::stdout(format!("[{{\"ID\":\"{ID}\",\"UniqueSize\":\"1.5MB\"}}]\n")))
        .answer(REMOVE, Answer::stdout("Untagged: x\nDeleted: sha256:x\n"))
        .xtask(["clean"])
        .run();
    let name = format!("{REPOSITORY}:ffffffffffff-0123456789ab");
    outcome.exits(0).prints("1.5 MB\n").says(&format!("superseded image  {name}  48.2 MB"));
    assert_eq!(effects(&outcome), [format!("docker image rm {name}")]);
}

#[test]
fn what_a_moving_tag_still_names_stays() {
    let workspace = Workspace::new();
    let outcome = colonies(machine(&workspace), &[pushed().name(&format!("{REPOSITORY}:latest"))]);
    outcome.xtask(["clean"]).run().exits(0).has_no_effect().says("nothing to remove\n");
}

#[test]
fn what_was_pulled_by_its_digest_stays_and_no_prune_is_given_its_label() {
    let workspace = Workspace::new();
    let images = [labelled(ID, INPUTS).digest(DIGEST), labelled("sha256:2", INPUTS)];
    let outcome = colonies(machine(&workspace), &images).xtask(["clean"]).run();
    outcome.exits(0).has_no_effect().says("kept: superseded image sha256:2: an image with the same label");
    let all = colonies(machine(&workspace), &images).xtask(["clean", "--all", "--dry-run"]).run();
    all.exits(0).prints(&format!("docker image rm {DIGEST}\n{PRUNED}\n"));
}

#[test]
fn an_image_that_has_another_name_is_not_told_as_removed() {
    let workspace = Workspace::new();
    let base = labelled("sha256:base", IDENTITY).name(BASE);
    let outcome = machine(&workspace)
        .image(BASE, &base)
        .image(&base.id, &labelled("sha256:base", IDENTITY).name("host.example:5000/base:latest"))
        .answer(REMOVE, Answer::stdout(format!("Untagged: {BASE}\n")))
        .xtask(["clean", "--all"])
        .run();
    outcome
        .exits(0)
        .prints("0.0 MB\n")
        .says(&format!("kept: image {BASE}: another name: host.example:5000/base:latest\n"))
        .says("removed 0, kept 1\n");
}

#[test]
fn what_was_built_anew_meanwhile_stays() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace)
        .image(BASE, &labelled("sha256:old", IDENTITY))
        .image(BASE, &labelled("sha256:new", IDENTITY))
        .xtask(["clean", "--all"])
        .run();
    outcome.exits(0).has_no_effect().says(&format!("kept: image {BASE}: it was built anew meanwhile\n"));
}

#[test]
fn what_a_look_left_goes_first_and_its_image_with_it() {
    let workspace = Workspace::new();
    let looks = container("7", "sha256:1", "created", "io.distributed-colony.look")
        + &container("8", "sha256:9", "running", "io.distributed-colony.look");
    let outcome = colonies(machine(&workspace), &[labelled("sha256:1", INPUTS)])
        .answer(["docker", "ps"], Answer::stdout("7\n8\n"))
        .answer(["docker", "container", "inspect"], Answer::stdout(looks))
        .answer(
            ["docker", "container", "prune"],
            Answer::stdout("Deleted Containers:\n7\n\nTotal reclaimed space: 0B\n"),
        )
        .answer(PRUNE, Answer::stdout("deleted: sha256:1\nTotal reclaimed space: 1.5MB\n"))
        .xtask(["clean"])
        .run();
    outcome.exits(0).prints("1.5 MB\n").says("removed 2, kept 0\n").says("container         7  0.0 MB\n");
    assert_eq!(
        effects(&outcome),
        [
            "docker container prune --force --filter label=io.distributed-colony.look --filter until=600s".to_owned(),
            PRUNED.to_owned(),
        ]
    );
}

#[test]
fn an_interrupted_look_leaves_no_container() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .builds(&Image::new("sha256:new"))
        .answer(LOOK, Answer::hangs())
        .xtask(["build-colony", "--no-push"])
        .signalled("INT", ["docker", "cp"]);
    outcome.exits(130);
    assert!(outcome.calls.iter().any(|call| call.begins(&["docker", "rm", "looked-at"])));
}
