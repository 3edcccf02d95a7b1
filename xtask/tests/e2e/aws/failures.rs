//! What the real tools say when something is wrong, and what we make of it.

use crate::aws::deploy::Deploy;
use crate::aws::lab::{Lab, PASSWORD};

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_registry_that_refuses_the_password_gets_nothing() {
    let deploy = Deploy::in_lab(Lab::with_registry_password("another"));
    let outcome = deploy.xtask(&["build-base"]);
    outcome
        .exits(1)
        .says(&format!("log in to {}: the registry refuses the login\n", deploy.lab.host()))
        .says("401 Unauthorized")
        .says("The image was built and stands in the local engine; nothing was pushed.\n")
        .never_says(PASSWORD)
        .never_says("push test-");
    assert_eq!(outcome.0.stdout, "");
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_aws_that_does_not_answer_is_known_before_anything_is_built() {
    let mut deploy = Deploy::new();
    deploy.lab.aws.stop();
    for command in ["build-base", "setup-ecr"] {
        let outcome = deploy.xtask(&[command]);
        outcome
            .exits(3)
            .says("AWS cannot be reached\n")
            .says("Could not connect to the endpoint URL")
            .says("AWS_ENDPOINT_URL if it is set\n")
            .never_says("build base image");
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_registry_that_does_not_answer_is_told() {
    let mut deploy = Deploy::new();
    deploy.lab.registry.stop();
    let outcome = deploy.xtask(&["build-base"]);
    outcome.exits(1).says("the registry does not answer\n").says("Check the network and run the same command again");
    assert_eq!(outcome.0.stdout, "");
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn credentials_that_nobody_has_set_are_told_in_the_words_of_the_specification() {
    let deploy = Deploy::new();
    let outcome = deploy.xtask_without_credentials(&["setup-ecr"]);
    outcome
        .exits(3)
        .says("AWS CLI is not configured or credentials are invalid: there are no credentials\n")
        .says("[INFO] Please run: aws configure\n");
}
