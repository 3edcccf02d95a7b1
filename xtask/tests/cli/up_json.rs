//! `cargo xtask up --json`, and what the README says of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::service::Services;
use crate::support::{COLONY, current_base};
use crate::tidy::read;
use crate::up::{engine, up};
use crate::workspace::Workspace;

/// The README names exactly the fields of what this command tells, and its schema.
#[track_caller]
pub(crate) fn documented(command: &str, told: &Value) {
    let readme = read("README.md");
    let (_, section) = readme.split_once("## The record of a colony that runs\n").expect("the README has the section");
    let (table, _) = section.split_once("\n## ").expect("other sections follow");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let of = rows.filter_map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let is_ours = cells[2] == "both" || cells[2] == format!("`{command}`");
        is_ours.then(|| cells[1].trim_matches('`'))
    });
    let fields: BTreeSet<&str> = told.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(of.collect::<BTreeSet<_>>(), fields);
    let schema = format!("| `schema` | both | {};", told["schema"]);
    assert!(table.contains(&schema), "the README names another schema than {}", told["schema"]);
    // The fields of a container stand in one row, in backticks.
    let row = table.lines().find(|line| line.starts_with("| `containers`") && line.contains(&format!("`{command}`")));
    let row = row.expect("a row for the containers of this command");
    for field in told["containers"][0].as_object().expect("a container").keys() {
        assert!(row.contains(&format!("`{field}`")), "the README does not name `{field}` of a container");
    }
}

#[test]
fn as_json_the_colony_is_all_of_stdout() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7, 8]);
    let outcome = up(engine(&workspace, &services, 2), &base, "sha256:new", &services, &["--json"]);
    assert_eq!(outcome.exits(0).stdout.lines().count(), 1, "{}", outcome.stdout);
    let told: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let container =
        |name: &str, port: u16| json!({ "name": name, "health_url": format!("http://127.0.0.1:{port}/health") });
    let expected = json!({
        "schema": 1, "image": COLONY, "image_id": "sha256:new", "tick": 8,
        "statistics": format!("http://127.0.0.1:{}/statistics", services.coordinator),
        "containers": [
            container("coordinator", services.coordinator),
            container("backend-1", services.backend),
            container("backend-2", services.backend + 1),
        ],
        "steps": told["steps"],
    });
    assert_eq!(told, expected);
    let steps = told["steps"].as_array().expect("a list").iter().map(|step| step["name"].as_str().expect("a text"));
    assert!(steps.eq([
        "plan",
        "stage sources",
        "build colony image",
        "start containers",
        "wait until the world ticks"
    ]));
    documented("up", &told);
    // People still see it.
    outcome.says(&format!("http://127.0.0.1:{}/health\n", services.coordinator)).says("Stop it with: cargo xtask down");
}

#[test]
fn a_colony_that_is_not_well_has_no_record() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let services = Services::start(2, &[7]);
    let fixture = engine(&workspace, &services, 2).answer(crate::up::LOGS, crate::answer::Answer::default());
    up(fixture, &base, "sha256:new", &services, &["--json", "--wait-timeout=0"]).exits(1).prints("");
}
