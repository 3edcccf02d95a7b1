//! `cargo xtask check-base --remote`: whether the base could be pulled. It never is.

use serde_json::Value;

use crate::answer::Answer;
use crate::ecr_world::{DESCRIBE_IMAGES, IDENTITY, has_image, has_no_image, says};
use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

fn machine(workspace: &Workspace) -> Fixture<'_> {
    Fixture::new(workspace).in_aws().xtask(["check-base", "--remote"])
}

/// In one line of JSON.
fn remote(fixture: Fixture<'_>, code: i32) -> Value {
    let outcome = fixture.xtask(["check-base", "--remote", "--json"]).run();
    outcome.exits(code).touches_nothing();
    assert_eq!(outcome.stdout.lines().count(), 1, "{}", outcome.stdout);
    serde_json::from_str::<Value>(&outcome.stdout).expect("JSON")["remote"].clone()
}

#[test]
fn a_missing_base_that_the_registry_has_can_be_pulled() {
    let workspace = Workspace::new();
    let fixture = || machine(&workspace).answer(DESCRIBE_IMAGES, has_image());
    let told = fixture().run();
    told.exits(5)
        .prints("missing\n")
        .touches_nothing()
        .says("[INFO] Or pull it, for the registry has it: cargo xtask pull-base\n");
    assert_eq!(remote(fixture(), 5), "available");
    let named = fixture().xtask(["check-base", "--remote", "--base-repository=distributed-colony", "--base-tag=v1"]);
    named.run().exits(5).says("has it: cargo xtask pull-base --base-repository distributed-colony --base-tag v1\n");
}

#[test]
fn a_stale_base_that_the_registry_does_not_have_has_to_be_built() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.replace("Docker/Dockerfile.base", "ENV CARGO_INCREMENTAL=1", "ENV CARGO_INCREMENTAL=0");
    let fixture = || machine(&workspace).image(BASE, &base);
    let absent = "[INFO] The registry has none of these inputs, so it cannot be pulled\n";
    let told = fixture().answer(DESCRIBE_IMAGES, has_no_image(1)).run();
    told.exits(4).prints("stale\n").touches_nothing().says(absent).never_says("pull-base");
    assert_eq!(remote(fixture().answer(DESCRIBE_IMAGES, has_no_image(2)), 4), "absent");
    // Without a repository there is none either.
    fixture().without_repositories().run().exits(4).touches_nothing().says(absent);
    assert_eq!(remote(fixture().without_repositories(), 4), "absent");
}

#[test]
fn an_aws_that_does_not_answer_changes_nothing_about_the_local_answer() {
    let workspace = Workspace::new();
    let fixture = || machine(&workspace).answer(IDENTITY, says(2, "Unable to locate credentials"));
    let told = fixture().run();
    told.exits(5)
        .prints("missing\n")
        .says("[WARNING] whether the registry has it is not known: check the AWS identity: AWS CLI is not configured")
        .says("[INFO] Or pull it, if it was pushed before: cargo xtask pull-base\n");
    assert_eq!(remote(fixture(), 5), Value::Null);
    let outcome = machine(&workspace).answer(IDENTITY, Answer::hangs()).signalled("INT", IDENTITY);
    outcome.exits(130).prints("").touches_nothing();
}

#[test]
fn a_current_base_needs_no_registry() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let told = machine(&workspace).image(BASE, &base).run();
    told.exits(0).prints("current\n").never_calls(&["aws"]);
    assert_eq!(remote(machine(&workspace).image(BASE, &base), 0), Value::Null);
}

#[test]
fn flags_for_aws_mean_nothing_where_it_is_not_asked() {
    let workspace = Workspace::new();
    for flag in ["--region=eu-west-1", "--account=123456789012", "--registry=host.example"] {
        let outcome = Fixture::new(&workspace).xtask(["check-base", flag]).run();
        outcome.exits(2).prints("").says("cannot be used without '--remote', for AWS is asked for nothing then");
    }
    // Their variables may be set all the same.
    let outcome = Fixture::new(&workspace).env("AWS_ACCOUNT_ID", "123456789012").env("AWS_REGION", "nowhere");
    outcome.xtask(["check-base"]).run().exits(5);
}
