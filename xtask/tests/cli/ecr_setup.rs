//! `cargo xtask setup-ecr`: both repositories, without a build and without a push.

use crate::ecr_world::{
    CREATE, CREATE_COLONY, DESCRIBE_COLONY, GET_PASSWORD, GET_POLICY, HOST, IDENTITY, LOGIN, PUSH, PUT_POLICY, base,
    says, service_error,
};
use crate::outcome::Outcome;
use crate::support::{BUILD, Fixture};
use crate::workspace::Workspace;

fn setup(workspace: &Workspace) -> Fixture<'_> {
    base(workspace).xtask(["setup-ecr"])
}

fn both(suffix: &str) -> String {
    format!("{HOST}/distributed-colony-base{suffix}\n{HOST}/distributed-colony{suffix}\n")
}

fn neither_builds_nor_logs_in(outcome: &Outcome) {
    outcome.never_calls(&BUILD).never_calls(&GET_PASSWORD).never_calls(&LOGIN).never_calls(&PUSH);
}

#[test]
fn both_repositories_are_created_with_their_policies() {
    let workspace = Workspace::new();
    let outcome = setup(&workspace).without_repositories().run();
    outcome.exits(0).prints(&both(""));
    assert_eq!((outcome.calls_to(&CREATE).len(), outcome.calls_to(&PUT_POLICY).len()), (2, 2));
    neither_builds_nor_logs_in(&outcome);
}

#[test]
fn what_is_there_is_left_as_it_is() {
    let workspace = Workspace::new();
    let outcome = setup(&workspace).run();
    outcome.exits(0).prints(&both("")).never_calls(&CREATE).never_calls(&PUT_POLICY);
    neither_builds_nor_logs_in(&outcome);
}

#[test]
fn it_needs_no_docker() {
    let workspace = Workspace::new();
    setup(&workspace).without("docker").run().exits(0).prints(&both(""));
}

#[test]
fn without_aws_it_says_so() {
    let workspace = Workspace::new();
    setup(&workspace).without("aws").run().exits(3).prints("").says("`aws` is not on PATH\n");
}

#[test]
fn bad_credentials_and_a_hidden_repository_are_told_before_anything_is_created() {
    let workspace = Workspace::new();
    let expired = service_error("ExpiredToken", "GetCallerIdentity", "x");
    let outcome = setup(&workspace).without_repositories().answer(IDENTITY, says(2, &expired)).run();
    outcome.exits(3).prints("").touches_nothing().says("the session has expired\n");
    let denied = service_error("AccessDeniedException", "DescribeRepositories", "x");
    let outcome = setup(&workspace).without_repositories().answer(DESCRIBE_COLONY, says(2, &denied)).run();
    outcome.exits(3).prints("").touches_nothing().says("lacks the permission ecr:DescribeRepositories\n");
}

#[test]
fn a_failure_after_the_first_repository_says_what_was_created() {
    let workspace = Workspace::new();
    let quota = service_error("LimitExceededException", "CreateRepository", "x");
    let outcome = setup(&workspace).without_repositories().answer(CREATE_COLONY, says(1, &quota)).run();
    outcome
        .exits(1)
        .prints(&format!("{HOST}/distributed-colony-base\n"))
        .says(&format!("created the repository {HOST}/distributed-colony-base\n"))
        .says("create the repository distributed-colony: an ECR quota of the account is used up\n");
}

#[test]
fn a_dry_run_prints_what_it_would_do_and_does_nothing() {
    let workspace = Workspace::new();
    let outcome = setup(&workspace).without_repositories().xtask(["setup-ecr", "--dry-run"]).run();
    outcome.exits(0).touches_nothing();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{}", outcome.stdout);
    for (line, words) in lines.iter().zip([CREATE, PUT_POLICY, CREATE, PUT_POLICY]) {
        assert!(line.contains(&words.join(" ")), "{line}");
    }
    let pasted = base(&workspace).shell(&outcome.stdout);
    pasted.exits(0);
    assert_eq!((pasted.calls_to(&CREATE).len(), pasted.calls_to(&PUT_POLICY).len()), (2, 2));
}

#[test]
fn it_takes_the_repositories_that_it_is_told() {
    let workspace = Workspace::new();
    let outcome = setup(&workspace).xtask(["setup-ecr", "--repository=distributed-colony-base"]).run();
    outcome.exits(0).prints(&both("-base").replacen("base-base", "base", 1));
    assert_eq!(outcome.calls_to(&GET_POLICY).len(), 2);
}
