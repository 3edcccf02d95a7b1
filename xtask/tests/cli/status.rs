//! `cargo xtask status`: what runs, and whether the sources give another image by now.

use crate::answer::Answer;
use crate::containers::{Container, LIST, colony, with};
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, COLONY, Fixture, NO_ENGINE, current_base, current_colony};
use crate::workspace::Workspace;

const REPLACE: &str = "[INFO] Replace it: cargo xtask up, with the flags that it was started with\n";
const EDITED: &str = "[INFO]   because the sources, Docker/Dockerfile with its script, or the runtime image changed\n";

/// Asks an engine with that base, that image under the colony's name, and a colony of the other one.
fn status(workspace: &Workspace, base: &Image, named: &Image, runs: &Image) -> Outcome {
    let fixture = Fixture::new(workspace).image(BASE, base).image(COLONY, named);
    let outcome = with(fixture, &colony(runs)).xtask(["status"]).run();
    outcome.has_no_effect();
    outcome
}

/// What stands in the last column of each container.
fn ages(outcome: &Outcome) -> Vec<&str> {
    outcome.stdout.lines().skip(1).map(|line| line.split("  ").last().expect("a column").trim_start()).collect()
}

#[test]
fn what_the_sources_give_is_current_and_a_table_tells_of_each_container() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:0123456789abcdef");
    let outcome = status(&workspace, &base, &image, &image);
    outcome.exits(0).prints(
        "CONTAINER    STATE             ADDRESS                IMAGE ID      IMAGE\n\
         coordinator  running, healthy  http://127.0.0.1:8083  0123456789ab  current\n\
         backend-1    running, healthy  http://127.0.0.1:8084  0123456789ab  current\n",
    );
    assert_eq!(outcome.stderr, "");
}

#[test]
fn an_edit_supersedes_and_undoing_it_makes_current_again() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:old");
    let before = workspace.read("crates/backend/src/main.rs");
    workspace.append("crates/backend/src/main.rs", "// edited\n");
    let outcome = status(&workspace, &base, &image, &image);
    outcome.exits(4).says("[ERROR] what runs is not what the sources give\n").says(EDITED).says(REPLACE);
    assert_eq!(ages(&outcome), ["superseded by the sources"; 2]);
    // Once for both containers.
    assert_eq!(outcome.stderr.matches("because").count(), 1, "{}", outcome.stderr);

    let edited = current_colony(&workspace, &base, "sha256:new");
    let outcome = status(&workspace, &base, &edited, &image);
    outcome.exits(4).says("[INFO]   because distributed-colony:latest is sha256:new now\n").says(REPLACE);
    assert_eq!(ages(&outcome), ["superseded by a newer build"; 2]);

    workspace.write("crates/backend/src/main.rs", &before);
    let outcome = status(&workspace, &base, &edited, &image);
    assert_eq!(ages(outcome.exits(0)), ["current"; 2]);
}

#[test]
fn what_is_compiled_into_no_binary_supersedes_nothing() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:old");
    workspace.append("xtask/src/main.rs", "// edited\n");
    status(&workspace, &base, &image, &image).exits(0);
}

#[test]
fn another_runtime_image_supersedes() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:old");
    let fixture = Fixture::new(&workspace).image(BASE, &base).image(COLONY, &image);
    let words = ["status", "--runtime-image", "other:1"];
    with(fixture, &colony(&image)).xtask(words).run().exits(4).says(EDITED);
}

#[test]
fn a_base_that_has_to_be_built_supersedes_and_says_why() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:old");
    let fixture = Fixture::new(&workspace).image(COLONY, &image);
    let missing = with(fixture, &colony(&image)).xtask(["status"]).run();
    missing.exits(4).says("[INFO]   because the base image is missing\n");
    assert_eq!(ages(&missing), ["superseded by the sources"; 2]);

    workspace.cargo(["update", "--package", "leaf"]);
    let stale = status(&workspace, &base, &image, &image);
    stale.exits(4).says("  because the base image is stale: Cargo.lock changed (leaf 1.0.0 -> 1.0.1)\n").says(REPLACE);

    let newer = Image::new("sha256:newer").labels(current_base(&workspace).own_labels());
    let rebuilt = status(&workspace, &newer, &image, &image);
    rebuilt.exits(4).says("because the base is another image now (sha256:base -> sha256:newer)\n");
}

#[test]
fn an_image_from_elsewhere_is_told_as_such() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:old");
    let outcome = status(&workspace, &base, &Image::new("sha256:else"), &Image::new("sha256:else"));
    outcome.exits(4).says("  because it was not built by `cargo xtask` (it has no label of its inputs)\n");
    // One of the two alone is enough.
    let [backend, _] = colony(&Image::new("sha256:else"));
    let [_, coordinator] = colony(&image);
    let fixture = Fixture::new(&workspace).image(BASE, &base).image(COLONY, &image);
    let outcome = with(fixture, &[backend, coordinator]).xtask(["status"]).run();
    assert_eq!(ages(outcome.exits(4)), ["current", "superseded by a newer build"]);
}

#[test]
fn a_container_that_has_ended_or_is_ill_is_not_all_well() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:0123456789abcdef");
    let asked = |backend: Container| {
        let fixture = Fixture::new(&workspace).image(BASE, &base).image(COLONY, &image);
        with(fixture, &[backend, Container::new("coordinator", 1, 8083, &image)]).xtask(["status"]).run()
    };
    let backend = || Container::new("backend", 1, 8084, &image);
    let outcome = asked(backend().exited(137));
    outcome
        .exits(3)
        .says("[ERROR] not all of the colony is well: backend-1 (exited, code 137)\n")
        .says("[INFO] See why: cargo xtask logs");
    assert!(outcome.stdout.contains("\nbackend-1    exited, code 137  -                      0123"), "{outcome:?}");
    asked(backend().health("unhealthy")).exits(3).says("backend-1 (running, unhealthy)\n");
    asked(backend().health("starting")).exits(0);
}

#[test]
fn where_nothing_runs_nothing_else_is_asked_and_the_cure_is_told() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).answer(LIST, Answer::default()).xtask(["status"]).run();
    outcome
        .exits(3)
        .prints("")
        .says("[ERROR] no colony runs: the compose project 'distributed-colony' has no container\n")
        .says("[INFO] Start one: cargo xtask up\n");
    assert_eq!(outcome.calls.len(), 1, "{:?}", outcome.calls);
}

#[test]
fn a_container_that_goes_in_between_is_not_told_of() {
    let workspace = Workspace::new();
    let inspect = ["docker", "container", "inspect"];
    let asked = |answer: Answer| {
        let fixture = Fixture::new(&workspace).answer(LIST, Answer::stdout("gone\n"));
        fixture.answer(inspect, answer).xtask(["status"]).run()
    };
    asked(Answer::fails(1, "Error response from daemon: No such container: gone")).exits(3).says("no colony runs");
    let refused = asked(Answer::fails(1, "permission denied"));
    refused.exits(1).says("[ERROR] look at the containers: permission denied\n");
}

#[test]
fn without_an_engine_the_cure_is_told() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).answer(LIST, Answer::fails(1, NO_ENGINE)).xtask(["status"]).run();
    outcome.exits(3).prints("").says(NO_ENGINE).says("cargo xtask doctor\n");
}

#[test]
fn compose_is_not_needed_and_nothing_is_written() {
    let workspace = Workspace::new();
    // What the images are made of is told by another copy, so that nothing of a build is here.
    let other = Workspace::new();
    let base = current_base(&other);
    let image = current_colony(&other, &base, "sha256:old");
    let before = workspace.listing();
    let none = Answer::fails(1, "docker: 'compose' is not a docker command.").unneeded();
    let fixture = Fixture::new(&workspace).image(BASE, &base).image(COLONY, &image);
    let fixture = fixture.answer(["docker", "compose", "version"], none);
    with(fixture, &colony(&image)).xtask(["status"]).run().exits(0);
    assert!(workspace.listing() == before && !workspace.root().join("target").exists(), "something was written");
}
