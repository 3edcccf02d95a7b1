//! What AWS and docker refuse beside the build. The image stands then, nothing is pushed, and the exit code is 1.

use crate::answer::Answer;
use crate::ecr_world::{
    CREATE_BASE, GET_PASSWORD, GET_POLICY, HOST, LOGIN, PUSH, PUT_POLICY, base, says, service_error,
};
use crate::support::BUILD;
use crate::workspace::Workspace;

/// A push for which the repository has to be made.
fn refused<const N: usize>(call: [&str; N], answer: &Answer, what: &str, cure: &str) {
    let workspace = Workspace::new();
    let outcome = base(&workspace).without_repositories().answer(call, answer.clone()).run();
    outcome
        .exits(1)
        .prints("")
        .never_calls(&PUSH)
        .says(&format!("{what}\n"))
        .says(&format!("[INFO] {cure}\n"))
        .says("[INFO] The image was built and stands in the local engine; nothing was pushed.\n");
}

fn refused_by_both_majors<const N: usize>(call: [&str; N], text: &str, what: &str, cure: &str) {
    for major in [1, 2] {
        refused(call, &says(major, text), what, cure);
    }
}

#[test]
fn a_missing_permission_is_named_for_each_call() {
    let cure = "Allow that action in IAM for both repositories, or use another profile: AWS_PROFILE=…";
    let denied = |operation: &str| {
        let message = format!(
            "User: arn:aws:iam::123456789012:user/dev is not authorized to perform: ecr:{operation} on resource: * \
             because no identity-based policy allows the ecr:{operation} action"
        );
        service_error("AccessDeniedException", operation, &message)
    };
    let what = |operation: &str| format!("not allowed: the identity lacks the permission ecr:{operation}");
    refused_by_both_majors(CREATE_BASE, &denied("CreateRepository"), &what("CreateRepository"), cure);
    refused_by_both_majors(GET_POLICY, &denied("GetLifecyclePolicy"), &what("GetLifecyclePolicy"), cure);
    refused_by_both_majors(PUT_POLICY, &denied("PutLifecyclePolicy"), &what("PutLifecyclePolicy"), cure);
    refused_by_both_majors(GET_PASSWORD, &denied("GetAuthorizationToken"), &what("GetAuthorizationToken"), cure);
}

#[test]
fn quota_and_throttling_are_told() {
    let quota = service_error("LimitExceededException", "CreateRepository", "The maximum number is reached");
    let cure = "Delete what is no longer needed, or ask for a higher quota: Service Quotas, Amazon ECR";
    refused_by_both_majors(CREATE_BASE, &quota, "an ECR quota of the account is used up", cure);
    let throttled = service_error("ThrottlingException", "PutLifecyclePolicy", "Rate exceeded");
    let cure = "Run the same command again in a minute; it goes on where it stopped";
    let what = "AWS throttles our calls, even after the aws CLI's own retries";
    refused_by_both_majors(PUT_POLICY, &throttled, what, cure);
}

#[test]
fn a_session_that_ends_during_the_build_is_told() {
    let text = "The security token included in the request is expired";
    let expired = service_error("ExpiredTokenException", "GetAuthorizationToken", text);
    let cure = "Get a new session: aws sso login, or renew the session token";
    let what = "AWS CLI is not configured or credentials are invalid: the session has expired";
    refused_by_both_majors(GET_PASSWORD, &expired, what, cure);
}

#[test]
fn a_refused_lifecycle_policy_leaves_the_repository_and_says_so() {
    let message = "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint";
    let text = service_error("InvalidParameterException", "PutLifecyclePolicy", message);
    let cure = "The repository itself is ready; report the words above, and set a policy by hand until then";
    refused_by_both_majors(PUT_POLICY, &text, "ECR refuses the lifecycle policy", cure);
    let workspace = Workspace::new();
    let outcome = base(&workspace).without_repositories().answer(PUT_POLICY, says(2, &text)).run();
    outcome.exits(1).says(&format!("created the repository {HOST}/distributed-colony-base\n")).says(message);
}

#[test]
fn two_refusals_at_the_same_time_are_both_told() {
    let denied = |operation: &str| {
        let message = format!("User: dev is not authorized to perform: ecr:{operation} on resource: *");
        says(2, &service_error("AccessDeniedException", operation, &message))
    };
    let workspace = Workspace::new();
    let outcome = base(&workspace)
        .answer(GET_POLICY, denied("GetLifecyclePolicy"))
        .answer(GET_PASSWORD, denied("GetAuthorizationToken"))
        .run();
    outcome
        .exits(1)
        .says("lacks the permission ecr:GetLifecyclePolicy")
        .says("lacks the permission ecr:GetAuthorizationToken");
}

#[test]
fn a_refused_login_is_told_without_the_password() {
    let text =
        format!("Error response from daemon: login attempt to https://{HOST}/v2/ failed with status: 403 Forbidden");
    let cure = "Run the same command again: it logs in anew; then compare --account and --region";
    let what = format!("log in to {HOST}: the registry refuses the login");
    refused(LOGIN, &Answer::fails(1, &text), &what, cure);
    // A docker that repeats what it was given.
    let told = Answer::fails(1, &format!("unauthorized: {}", crate::leak::PASSWORD));
    refused(LOGIN, &told, "unauthorized: ***", cure);
}

#[test]
fn a_credential_helper_that_is_missing_or_refuses_is_told() {
    let missing = "Error saving credentials: error storing credentials - err: exec: \"docker-credential-desktop\": \
                   executable file not found in $PATH, out: ``";
    let what = format!("log in to {HOST}: the credential helper that docker's configuration names is not installed");
    let cure = "Install it, or take credsStore and credHelpers out of ~/.docker/config.json";
    refused(LOGIN, &Answer::fails(1, missing), &what, cure);
    let refuses = "Error saving credentials: error storing credentials - err: exit status 1, out: `not implemented`";
    let what = format!("log in to {HOST}: docker could not store the login");
    refused(LOGIN, &Answer::fails(1, refuses), &what, "Mend credsStore in ~/.docker/config.json");
}

#[test]
fn an_unknown_refusal_is_told_in_the_tools_own_words() {
    let workspace = Workspace::new();
    let text = service_error("KmsException", "CreateRepository", "no such key");
    let outcome = base(&workspace).without_repositories().answer(CREATE_BASE, says(2, &text)).run();
    outcome.exits(1).says("create the repository distributed-colony-base").says(&text);
    let outcome = base(&workspace).answer(LOGIN, Answer::fails(1, "the moon is full")).run();
    outcome.exits(1).says(&format!("log in to {HOST}: docker failed\n")).says("[ERROR]   the moon is full\n");
}

#[test]
fn a_build_that_fails_shows_dockers_words_and_nothing_is_pushed() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).answer(BUILD, Answer::fails(1, "error[E0425]: cannot find value `x`")).run();
    outcome
        .exits(1)
        .prints("")
        .never_calls(&PUSH)
        .says("error[E0425]: cannot find value `x`\n")
        .says("build distributed-colony-base:latest: docker ended with exit code 1\n")
        .says("[INFO] Nothing was pushed.\n");
}
