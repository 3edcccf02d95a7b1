//! `up`, `status`, `logs` and `down` of any workspace: with a compose file of its own, with none, and beside another one.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::containers::{Container, colony, with, with_in};
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, COLONY, Fixture, current_base, current_colony};
use crate::up::{COMPOSE, LOGS, START};
use crate::workspace::{REPOSITORY, Workspace};

const COMMANDS: [&str; 4] = ["up", "status", "logs", "down"];

/// Of a web service and what it stores things in.
const WEB: &str = "services:\n  web:\n    image: ${COLONY_IMAGE}\n  store:\n    image: other\n";

#[test]
fn without_a_compose_file_each_command_says_so_with_the_cure() {
    let workspace = Workspace::new();
    std::fs::remove_file(workspace.root().join("Docker/compose.yaml")).expect("a file of the workspace");
    for command in COMMANDS {
        let outcome = Fixture::new(&workspace).xtask([command]).run();
        outcome
            .exits(3)
            .prints("")
            .says("[ERROR] this workspace has no Docker/compose.yaml, so there is nothing to run\n")
            .says("[INFO] Write one, whose services have `image: ${COLONY_IMAGE}`: ")
            .says("cargo xtask build-colony --no-push\n");
        assert!(outcome.calls.is_empty(), "{command} asked: {:?}", outcome.calls);
    }
    Fixture::new(&workspace).xtask(["logs", "any"]).run().exits(3).says("has no Docker/compose.yaml");
}

#[test]
fn the_project_bears_the_name_of_the_workspace() {
    let workspace = Workspace::new();
    workspace.replace("Cargo.toml", REPOSITORY, "repository = \"team/app\"\n");
    let down = ["docker", "compose", "--project-name", "team--app", "--file", "Docker/compose.yaml", "down"];
    Fixture::new(&workspace).answer(down, Answer::default()).xtask(["down"]).run().exits(0);
    let outcome = Fixture::new(&workspace).xtask(["status"]).run();
    outcome.exits(3).says("[ERROR] no colony runs: the compose project 'team--app' has no container\n");
}

/// Both were given one name by the environment.
#[test]
fn what_another_workspace_runs_is_neither_replaced_nor_shown_nor_removed() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let labels = [("io.distributed-colony.inputs", "x"), ("io.distributed-colony.workspace", "team/app")];
    let theirs = Image::new("sha256:1").labels(&labels.map(|(key, value)| (key.to_owned(), value.to_owned())).into());
    for command in COMMANDS {
        let fixture = with_in(Fixture::new(&workspace), "mine", &colony(&theirs)).env("COMPOSE_PROJECT_NAME", "mine");
        let outcome = fixture.background_image(BASE, &base).xtask([command]).run();
        outcome
            .exits(3)
            .prints("")
            .has_no_effect()
            .says("[ERROR] the compose project 'mine' is of another workspace, `team/app`\n")
            .says("[INFO] Choose another name: COMPOSE_PROJECT_NAME\n");
    }
}

/// Runs it where such containers come of it.
fn up(workspace: &Workspace, containers: &[Container], flags: &[&str]) -> Outcome {
    workspace.write("Docker/compose.yaml", WEB);
    let base = current_base(workspace);
    let fixture = Fixture::new(workspace).image(BASE, &base).builds(&Image::new("sha256:new"));
    let fixture = with(fixture.answer(START, Answer::default()).background(LOGS, Answer::default()), containers);
    fixture.xtask(["up"].iter().chain(flags)).run()
}

fn web() -> Container {
    Container::new("web", 1, 8080, &Image::new("sha256:new"))
}

fn store() -> Container {
    Container::new("store", 1, 0, &Image::new("sha256:else"))
}

#[test]
fn other_services_than_a_colonys_are_started_and_waited_for_until_they_are_well() {
    let workspace = Workspace::new();
    let outcome = up(&workspace, &[web(), store().exited(0)], &[]);
    outcome.exits(0).prints("http://127.0.0.1:8080\n").says("[INFO] wait until all is well: ok");
    let start = outcome.calls.iter().find(|call| call.begins(&COMPOSE)).expect("compose was called");
    assert_eq!(start.env["COLONY_IMAGE"], "sha256:new");
    let outcome = up(&workspace, &[web(), store()], &["--json"]);
    let told: Value = serde_json::from_str(&outcome.exits(0).stdout).expect("JSON");
    let expected = json!({
        "schema": 1, "image": COLONY, "image_id": "sha256:new", "steps": told["steps"],
        "containers": [{ "name": "store-1" }, { "name": "web-1", "address": "http://127.0.0.1:8080" }],
    });
    assert_eq!(told, expected);
}

#[test]
fn other_services_that_are_not_well_in_time_are_told() {
    let workspace = Workspace::new();
    for (store, why) in [
        (store().exited(1), "store-1 is exited, unhealthy"),
        (store().health("starting"), "store-1 is running, starting"),
    ] {
        let outcome = up(&workspace, &[web(), store], &["--wait-timeout=0"]);
        outcome.exits(1).prints("").says(&format!("[ERROR] the project is not well after 0 s: {why}\n"));
    }
}

#[test]
fn status_judges_what_is_built_here_and_knows_services_that_are_done() {
    let workspace = Workspace::new();
    workspace.write("Docker/compose.yaml", WEB);
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:0123456789abcdef");
    let status = |store: Container| {
        let fixture = Fixture::new(&workspace).image(BASE, &base).image(COLONY, &image);
        with(fixture, &[Container::new("web", 1, 8080, &image), store]).xtask(["status"]).run()
    };
    for store in [store(), store().exited(0)] {
        let outcome = status(store);
        outcome.exits(0);
        let ages = outcome.stdout.lines().skip(1).map(|line| line.rsplit("  ").next().expect("a column"));
        assert_eq!(ages.collect::<Vec<_>>(), ["not of this workspace", "current"], "{}", outcome.stdout);
    }
    status(store().exited(1)).exits(3).says("store-1 (exited, code 1)");
    workspace.append("crates/backend/src/main.rs", "// edited\n");
    let edited = status(store());
    edited.exits(4);
    assert!(edited.stdout.contains("superseded by the sources"), "{}", edited.stdout);
}

#[test]
fn logs_knows_the_services_that_the_file_names_and_leaves_others_to_compose() {
    let workspace = Workspace::new();
    workspace.write("Docker/compose.yaml", WEB);
    let refused = Fixture::new(&workspace).xtask(["logs", "backend"]).run();
    refused.exits(2).says("[possible values: web, store]");
    let fixture = || with(Fixture::new(&workspace), &[web(), store()]).answer(LOGS, Answer::stdout("x\n"));
    fixture().xtask(["logs", "store"]).run().exits(0);
    let script = Fixture::new(&workspace).xtask(["completions", "fish"]).run();
    assert!(script.exits(0).stdout.contains("-n '__cargo_xtask_at logs' -a store"), "{}", script.stdout);
    workspace.write("Docker/compose.yaml", "include: [web.yaml]\n");
    fixture().xtask(["logs", "any"]).run().exits(0);
}
