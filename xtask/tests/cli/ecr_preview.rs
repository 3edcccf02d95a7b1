//! `cargo xtask setup-ecr --preview`: what the lifecycle policies would delete.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_tags::{command, digest};
use crate::ecr_world::{
    DESCRIBE_COLONY, GET_POLICY, HOST, earlier_policy, has_policy, no_repository, says, service_error,
};
use crate::support::Fixture;
use crate::workspace::Workspace;

const START: [&str; 3] = ["aws", "ecr", "start-lifecycle-policy-preview"];
const WAIT: [&str; 4] = ["aws", "ecr", "wait", "lifecycle-policy-preview-complete"];
const GET: [&str; 3] = ["aws", "ecr", "get-lifecycle-policy-preview"];

fn preview<'a>(workspace: &'a Workspace, args: &[&str]) -> Fixture<'a> {
    let result = json!({
        "imageDigest": digest('1'), "imageTags": ["old"], "imagePushedAt": 1_763_834_711.5,
        "action": { "type": "EXPIRE" }, "appliedRulePriority": 100,
    });
    let [aws, ecr, get] = GET;
    let answer =
        |results: &[Value]| Answer::stdout(json!({ "status": "COMPLETE", "previewResults": results }).to_string());
    command(workspace, &[&["setup-ecr", "--preview"], args].concat())
        .background(START, Answer::stdout("{}"))
        .background(WAIT, Answer::default())
        .background([aws, ecr, get, "--repository-name", "distributed-colony-base"], answer(&[]))
        .background([aws, ecr, get, "--repository-name", "distributed-colony"], answer(&[result]))
}

#[test]
fn what_would_go_is_listed_and_nothing_is_changed() {
    let workspace = Workspace::new();
    let outcome = preview(&workspace, &[]).run();
    outcome
        .exits(0)
        .touches_nothing()
        .prints(&format!("{HOST}/distributed-colony@{}  2025-11-22T18:05:11Z  rule 100  old\n", digest('1')))
        .says("distributed-colony-base: 0 images would expire\n")
        .says("distributed-colony: 1 images would expire\n");
    // The policy that stands is ours and so the one that counts.
    assert!(outcome.calls_to(&START).iter().all(|call| !call.args.contains(&"--lifecycle-policy-text".to_owned())));
}

#[test]
fn the_policy_that_would_be_set_is_the_one_that_is_tried() {
    let workspace = Workspace::new();
    let outcome = preview(&workspace, &["--json"]).answer(GET_POLICY, has_policy(&earlier_policy())).run();
    let told: Value = serde_json::from_str(&outcome.exits(0).touches_nothing().stdout).expect("one line of JSON");
    let image = json!({ "digest": digest('1'), "tags": ["old"], "pushed_at": "2025-11-22T18:05:11Z", "rule": 100 });
    let colony = json!({ "repository": format!("{HOST}/distributed-colony"), "expiring": [image] });
    assert_eq!(told["repositories"][1], colony);
    let start = outcome.calls_to(&START);
    assert!(start.iter().all(|call| call.args.iter().any(|arg| arg.contains("*.previous"))), "{start:?}");
    let foreign = preview(&workspace, &[]).answer(GET_POLICY, has_policy(&json!({ "rules": [] }))).run();
    assert!(foreign.exits(0).calls_to(&START)[0].args.len() < 10, "a policy of somebody else stays");
}

#[test]
fn what_is_not_there_and_what_ecr_refuses_is_told() {
    let workspace = Workspace::new();
    let gone = says(2, &no_repository("distributed-colony"));
    let outcome = preview(&workspace, &[]).answer(DESCRIBE_COLONY, gone).run();
    outcome.exits(0).prints("").says("the repository distributed-colony is not there yet\n");
    let busy = service_error("LifecyclePolicyPreviewInProgressException", "StartLifecyclePolicyPreview", "x");
    let outcome = preview(&workspace, &[]).answer(START, says(2, &busy)).run();
    outcome.exits(3).says("ECR is at another preview of that repository\n").says("again in a minute\n");
    let slow = "Waiter LifecyclePolicyPreviewComplete failed: Max attempts exceeded";
    let outcome = preview(&workspace, &[]).answer(WAIT, Answer::fails(255, slow)).run();
    outcome.exits(3).says(slow);
    let outcome = preview(&workspace, &["--dry-run"]).run();
    outcome.exits(2).says("'--preview' cannot be used with '--dry-run'");
}

#[test]
fn an_interruption_ends_the_wait_and_the_next_run_begins_anew() {
    let workspace = Workspace::new();
    let outcome = preview(&workspace, &[]).answer(WAIT, Answer::hangs()).signalled("INT", WAIT);
    outcome.exits(130).prints("").touches_nothing().says("interrupted\n");
    preview(&workspace, &[]).run().exits(0);
}
