//! `ci-setup github`: the workflow written and compared, and the roles that it takes.

use serde_json::Value;

use crate::outcome::Outcome;
use crate::support::Fixture;
use crate::workspace::{REPOSITORY, Workspace};

const WORKFLOW: &str = ".github/workflows/images.yml";

fn setup(workspace: &Workspace, flags: &[&str]) -> Outcome {
    Fixture::new(workspace).without("docker").xtask(["ci-setup", "github"].iter().chain(flags)).run()
}

#[test]
fn the_workflow_is_written_once_and_follows_the_table() {
    let workspace = Workspace::new();
    let before = workspace.listing();
    setup(&workspace, &["--dry-run"]).exits(0).prints(&format!("{WORKFLOW}\n")).says("is missing; would be written\n");
    setup(&workspace, &["--check"])
        .exits(4)
        .prints("")
        .says("[ERROR] generated files differ from what the table gives: .github/workflows/images.yml is missing\n")
        .says("[INFO] Please write it again: cargo xtask ci-setup github\n");
    assert_eq!(workspace.listing(), before, "something was written");

    setup(&workspace, &[]).exits(0).prints(&format!("{WORKFLOW}\n"));
    setup(&workspace, &["--check"]).exits(0).prints("");
    setup(&workspace, &["--json"]).exits(0).prints("{\"written\":[]}\n");

    workspace.replace("Cargo.toml", REPOSITORY, &format!("{REPOSITORY}region = \"eu-north-1\"\n"));
    setup(&workspace, &["--check"]).exits(4).says("images.yml is not what the table gives\n");
    setup(&workspace, &[]).exits(0);
    assert!(workspace.read(WORKFLOW).contains("aws-region: eu-north-1\n"));
    workspace.append(WORKFLOW, "# By hand.\n");
    setup(&workspace, &["--check"]).exits(4).says("images.yml was edited by hand\n");
}

#[test]
fn a_workflow_that_somebody_else_wrote_is_not_overwritten() {
    let workspace = Workspace::new();
    workspace.write(WORKFLOW, "on: push\n");
    for flags in [&[][..], &["--dry-run"]] {
        let outcome = setup(&workspace, flags);
        outcome.exits(3).prints("").says(&format!("[ERROR] in the way, and not ours: {WORKFLOW}\n"));
        outcome.says("[INFO] Move it, and say so where it is used\n");
    }
    assert_eq!(workspace.read(WORKFLOW), "on: push\n");
    setup(&workspace, &["--check"]).exits(4).says("images.yml is not what the table gives\n");
    std::fs::remove_file(workspace.root().join(WORKFLOW)).expect("it is there");
    setup(&workspace, &[]).exits(0).prints(&format!("{WORKFLOW}\n"));
}

#[test]
fn another_branch_is_part_of_the_command_that_the_file_names() {
    let workspace = Workspace::new();
    setup(&workspace, &["--branch", "trunk"]).exits(0);
    assert!(workspace.read(WORKFLOW).contains("    branches: [\"trunk\"]\n"));
    setup(&workspace, &["--branch", "trunk", "--check"]).exits(0);
    setup(&workspace, &["--check"]).exits(4);
    workspace.append(WORKFLOW, "# By hand.\n");
    setup(&workspace, &["--branch", "trunk", "--check"])
        .exits(4)
        .says("[INFO] Please write it again: cargo xtask ci-setup github --branch trunk\n");
}

#[test]
fn the_roles_are_printed_and_what_is_still_to_be_put_in_is_said() {
    let workspace = Workspace::new();
    let before = workspace.listing();
    let open = setup(&workspace, &["--role", "octo/colony"]);
    open.exits(0).says("ACCOUNT_ID").says("gh api repos/octo/colony --jq '.owner.id, .id'\n");
    assert_eq!(workspace.listing(), before, "something was written");

    workspace.replace("Cargo.toml", REPOSITORY, &format!("{REPOSITORY}account = \"123456789012\"\n"));
    let whole = setup(&workspace, &["--role", "octo@42/colony@7", "--branch", "trunk"]);
    assert_eq!(whole.exits(0).stderr, "");
    let roles: Value = serde_json::from_str(&whole.stdout).expect("JSON");
    assert_eq!(roles["push"]["name"], "distributed-colony-push");
    let subjects = roles["push"]["trust"]["Statement"][0]["Condition"]["StringLike"].to_string();
    assert!(subjects.contains("\"repo:octo@42/colony@7:ref:refs/heads/trunk\""), "{subjects}");
    let line = setup(&workspace, &["--role", "octo@42/colony@7", "--branch", "trunk", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(line.exits(0).stdout.trim_end()).expect("JSON"), roles);
    assert_eq!(line.stdout.lines().count(), 1);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let workspace = Workspace::new();
    let bad: [&[&str]; 8] = [
        &["--deploy", "../x.yml"],
        &["--deploy", "x.yml", "--role", "octo/colony"],
        &["--branch", "*"],
        &["--role", "octo"],
        &["--role", "octo@42/colony"],
        &["--role", "octo/colony", "--check"],
        &["--check", "--dry-run"],
        &["--json", "--dry-run"],
    ];
    for flags in bad {
        setup(&workspace, flags).exits(2).prints("");
    }
    Fixture::new(&workspace).xtask(["ci-setup", "elsewhere"]).run().exits(2).says("[possible values: github]");
    assert!(!workspace.root().join(".github").exists());
}
