//! `cargo xtask status --json`.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::containers::{Container, LIST, colony, with};
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, COLONY, Fixture, current_base, current_colony};
use crate::up_json::documented;
use crate::workspace::Workspace;

fn answer(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stdout.lines().count(), 1, "{}", outcome.stdout);
    serde_json::from_str(&outcome.stdout).expect("JSON")
}

#[test]
fn the_answer_names_all_that_is_known_of_each_container() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let image = current_colony(&workspace, &base, "sha256:old");
    let ask = |containers: &[Container]| {
        let fixture = Fixture::new(&workspace).image(BASE, &base).image(COLONY, &image);
        with(fixture, containers).xtask(["status", "--json"]).run()
    };
    let well = answer(ask(&colony(&image)).exits(0));
    let coordinator = json!({
        "name": "coordinator", "service": "coordinator", "number": 1, "state": "running", "exit_code": null,
        "health": "healthy", "address": "http://127.0.0.1:8083", "image_id": "sha256:old", "age": "current",
        "reasons": []
    });
    assert_eq!(
        (&well["schema"], &well["project"], &well["state"], &well["image"], &well["containers"][0]),
        (&json!(1), &json!("distributed-colony"), &json!("current"), &json!(COLONY), &coordinator)
    );
    documented("status", &well);

    let [backend, coordinator] = colony(&Image::new("sha256:else"));
    let ended = answer(ask(&[backend.exited(1), coordinator]).exits(3));
    assert_eq!(ended["state"], "broken");
    let backend = json!({
        "name": "backend-1", "service": "backend", "number": 1, "state": "exited", "exit_code": 1, "health": null,
        "address": null, "image_id": "sha256:else", "age": "superseded by a newer build",
        "reasons": ["distributed-colony:latest is sha256:old now"]
    });
    assert_eq!(ended["containers"][1], backend);

    workspace.append("crates/backend/src/main.rs", "// edited\n");
    let superseded = answer(ask(&colony(&image)).exits(4));
    assert_eq!(
        (&superseded["state"], superseded["containers"].as_array().map(Vec::len)),
        (&json!("superseded"), Some(2))
    );
    assert_eq!(superseded["containers"][0]["age"], "superseded by the sources");
}

#[test]
fn where_nothing_runs_the_answer_says_so_too() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).answer(LIST, Answer::default()).xtask(["status", "--json"]).run();
    let missing = answer(outcome.exits(3));
    assert_eq!((&missing["state"], &missing["containers"]), (&json!("missing"), &json!([])));
}
