//! Repositories, policies, registries and logins that are not as usual.

use serde_json::json;

use crate::answer::Answer;
use crate::ecr_world::{
    CREATE, DESCRIBE_BASE, DESCRIBE_COLONY, DIGEST, GET_PASSWORD, GET_POLICY, HOST, IDENTITY, LOGIN, PUSH, PUSH_BASE,
    PUT_POLICY, base, colony, described, has_policy, policy, repository,
};
use crate::workspace::Workspace;

#[test]
fn a_foreign_policy_stays_and_is_warned_about() {
    let workspace = Workspace::new();
    let mut foreign = policy();
    foreign["rules"][0]["selection"]["countNumber"] = 7.into();
    let outcome = base(&workspace).answer(GET_POLICY, has_policy(&foreign)).run();
    outcome.exits(0).never_calls(&PUT_POLICY).says(
        "[WARNING] repository distributed-colony-base: its lifecycle policy is not ours and stays (overwrite it with \
         --force-policy)\n",
    );
}

#[test]
fn a_foreign_policy_is_overwritten_by_force() {
    let workspace = Workspace::new();
    let foreign = json!({ "rules": [] });
    for command in ["build-base", "setup-ecr"] {
        let outcome =
            base(&workspace).answer(GET_POLICY, has_policy(&foreign)).xtask([command, "--force-policy"]).run();
        outcome.exits(0).says("set the lifecycle policy of distributed-colony-base\n").never_says("not ours");
    }
}

#[test]
fn force_leaves_a_policy_alone_that_is_ours() {
    let workspace = Workspace::new();
    base(&workspace).xtask(["build-base", "--force-policy"]).run().exits(0).never_calls(&PUT_POLICY);
}

#[test]
fn what_differs_in_a_repository_is_reported_and_left() {
    let workspace = Workspace::new();
    let mut drifted = repository("distributed-colony-base");
    drifted["imageScanningConfiguration"]["scanOnPush"] = false.into();
    drifted["encryptionConfiguration"]["encryptionType"] = "KMS".into();
    drifted["imageTagMutability"] = "IMMUTABLE_WITH_EXCLUSION".into();
    let outcome = base(&workspace).answer(DESCRIBE_BASE, described(&drifted)).run();
    let warning = |text: &str| format!("[WARNING] repository distributed-colony-base: {text}");
    outcome
        .exits(0)
        .never_calls(&CREATE)
        .says(&warning("images are not scanned on push (aws ecr put-image-scanning-configuration)\n"))
        .says(&warning("encryption is KMS, not AES256; it was fixed when it was created\n"))
        .says(&warning("its tags are IMMUTABLE_WITH_EXCLUSION\n"));
}

#[test]
fn a_moving_tag_in_an_immutable_repository_is_refused_before_the_build() {
    let workspace = Workspace::new();
    let mut immutable = repository("distributed-colony");
    immutable["imageTagMutability"] = "IMMUTABLE".into();
    let outcome = colony(&workspace).answer(DESCRIBE_COLONY, described(&immutable)).run();
    outcome
        .exits(3)
        .prints("")
        .touches_nothing()
        .says("the tags of the repository distributed-colony are immutable, so `latest` could be pushed only once\n")
        .says("filterType=WILDCARD,filter=latest 'filterType=WILDCARD,filter=*.previous'\n")
        .says("[INFO] or push a tag that never moves: --tag\n");
    // The cure that is named works: a tag that is pushed only once.
    let outcome = colony(&workspace)
        .answer(DESCRIBE_COLONY, described(&immutable))
        .xtask(["build-colony", "--tag=release-1"])
        .run();
    outcome.exits(0).says("[WARNING] repository distributed-colony: its tags are IMMUTABLE\n");
}

/// Another tag would not be found by the builds on it, and its identity is pushed all the same.
#[test]
fn for_a_base_in_an_immutable_repository_another_tag_is_no_cure() {
    let workspace = Workspace::new();
    let mut immutable = repository("distributed-colony-base");
    immutable["imageTagMutability"] = "IMMUTABLE".into();
    let outcome = base(&workspace).answer(DESCRIBE_BASE, described(&immutable)).run();
    outcome
        .exits(3)
        .touches_nothing()
        .says("are immutable, so `latest` could be pushed only once\n")
        .says("filterType=WILDCARD,filter=latest 'filterType=WILDCARD,filter=base-*'\n")
        .never_says("--tag\n");
}

#[test]
fn the_registry_is_the_one_that_the_repository_names() {
    let workspace = Workspace::new();
    let host = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn";
    let mut china = repository("distributed-colony-base");
    china["repositoryUri"] = format!("{host}/distributed-colony-base").into();
    let outcome = base(&workspace).answer(DESCRIBE_BASE, described(&china)).env("AWS_REGION", "cn-north-1").run();
    outcome.exits(0).prints(&format!("{host}/distributed-colony-base@{DIGEST}\n"));
    assert_eq!(outcome.calls_to(&LOGIN)[0].args.last().map(String::as_str), Some(host));
    assert!(outcome.pushes().iter().all(|name| name.starts_with(&format!("{host}/distributed-colony-base:"))));
}

#[test]
fn another_registry_can_be_chosen_by_flag_and_environment() {
    let workspace = Workspace::new();
    for fixture in [
        base(&workspace).env("ECR_REGISTRY", "localhost:4510"),
        base(&workspace).env("ECR_REGISTRY", "elsewhere").xtask(["build-base", "--registry=localhost:4510"]),
    ] {
        let outcome = fixture.run();
        outcome.exits(0).prints(&format!("localhost:4510/distributed-colony-base@{DIGEST}\n"));
        assert_eq!(outcome.calls_to(&LOGIN)[0].args.last().map(String::as_str), Some("localhost:4510"));
    }
}

#[test]
fn settings_that_are_set_to_nothing_count_as_not_set() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).env("ECR_REGISTRY", "").env("AWS_ACCOUNT_ID", "").run();
    outcome.exits(0).prints(&format!("{HOST}/distributed-colony-base@{DIGEST}\n"));
    // An empty host would hand the password to Docker Hub.
    assert_eq!(outcome.calls_to(&LOGIN)[0].args.last().map(String::as_str), Some(HOST));
}

#[test]
fn a_registry_that_is_no_host_is_refused_before_anything_else() {
    let workspace = Workspace::new();
    for registry in ["https://registry.example", "host/path", "ho st"] {
        let outcome = base(&workspace).env("ECR_REGISTRY", registry).run();
        outcome
            .exits(2)
            .prints("")
            .touches_nothing()
            .says(&format!("'{registry}' for 'ECR_REGISTRY, the variable of --registry <HOST>'"));
    }
}

#[test]
fn the_ecr_credential_helper_makes_the_login_needless() {
    let workspace = Workspace::new();
    for config in [
        json!({ "credHelpers": { HOST: "ecr-login" } }),
        json!({ "credsStore": "ecr-login" }),
        json!({ "credsStore": "desktop", "credHelpers": { HOST: "ecr-login" } }),
    ] {
        workspace.write("../home/.docker/config.json", &config.to_string());
        let outcome = base(&workspace).run();
        outcome
            .exits(0)
            .never_calls(&GET_PASSWORD)
            .never_calls(&LOGIN)
            .says(&format!("docker's ECR credential helper logs in to {HOST} by itself\n"));
        assert_eq!(outcome.pushes().len(), 2);
    }
}

#[test]
fn any_other_helper_gets_a_login() {
    let workspace = Workspace::new();
    for config in [
        json!({ "credsStore": "ecr-login", "credHelpers": { HOST: "pass" } }),
        json!({ "credHelpers": { "other": "ecr-login" } }),
        json!({ "credsStore": "desktop" }),
        json!({}),
    ] {
        workspace.write("../home/.docker/config.json", &config.to_string());
        base(&workspace).run().exits(0).makes_in_order(&[&GET_PASSWORD, &LOGIN, &PUSH_BASE]);
    }
}

#[test]
fn a_docker_configuration_that_is_broken_is_named() {
    let workspace = Workspace::new();
    workspace.write("../home/.docker/config.json", "{");
    let outcome = base(&workspace).run();
    outcome.exits(1).never_calls(&PUSH).says(".docker/config.json").says("nothing was pushed");
}

#[test]
fn an_endpoint_that_is_not_the_one_of_aws_is_warned_about() {
    let workspace = Workspace::new();
    for (key, command) in [("AWS_ENDPOINT_URL", "build-base"), ("AWS_ENDPOINT_URL_ECR", "setup-ecr")] {
        let outcome = base(&workspace).env(key, "http://localhost:4566").xtask([command]).run();
        outcome.exits(0).says(&format!("[WARNING] {key} is set: AWS is asked at http://localhost:4566\n"));
    }
}

#[test]
fn an_answer_without_what_we_need_is_a_failure_and_no_guess() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).answer(DESCRIBE_BASE, Answer::stdout("{\"repositories\":[]}")).run();
    outcome.exits(3).touches_nothing().says("ECR names no repository");
    let outcome = base(&workspace).answer(DESCRIBE_BASE, Answer::stdout("{\"repositories\":[{}]}")).run();
    outcome.exits(3).touches_nothing().says("missing field `repositoryUri`");
    let outcome = base(&workspace).answer(IDENTITY, Answer::stdout("{\"Arn\":\"a\"}")).run();
    outcome.exits(3).touches_nothing().says("missing field `Account`");
    let outcome = base(&workspace).answer(GET_PASSWORD, Answer::stdout("\n")).run();
    outcome.exits(1).never_calls(&LOGIN).never_calls(&PUSH).says("aws gives no password");
}
