//! A push from the question who we are to the digest: which calls, with which words, in which order.

use serde_json::Value;

use crate::answer::Answer;
use crate::ecr_world::{
    BUILT_ID, CREATE, CREATE_BASE, DESCRIBE, DESCRIBE_BASE, DIGEST, GET_PASSWORD, GET_POLICY, HOST, IDENTITY, LOGIN,
    LOOK, PUSH, PUSH_BASE, PUT_POLICY, TAG, base, built, colony, described, no_repository, policy, pushed, repository,
    says, service_error, tag_of_identity,
};
use crate::leak::PASSWORD;
use crate::support::{BUILD, current_base};
use crate::workspace::Workspace;

#[test]
fn a_first_push_creates_repository_and_policy_and_prints_the_digest_alone() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).without_repositories().run();
    let uri = format!("{HOST}/distributed-colony-base");
    let by_identity = format!("{uri}:{}", outcome.exits(0).identity_tag());
    let pushed_first = ["docker", "push", &by_identity];
    outcome
        .prints(&format!("{uri}@{DIGEST}\n"))
        .says("AWS account 123456789012 as arn:aws:iam::123456789012:user/dev, region eu-west-1 (the default)\n")
        .says(&format!("created the repository {uri}\n"))
        .says("set the lifecycle policy of distributed-colony-base\n")
        .says(&format!("{uri}:latest\n"))
        .never_says("[WARNING]")
        .makes_in_order(&[&IDENTITY, &BUILD])
        .makes_in_order(&[&DESCRIBE, &CREATE, &GET_POLICY, &PUT_POLICY])
        .makes_in_order(&[&DESCRIBE, &BUILD, &["docker", "tag", BUILT_ID, &by_identity], &pushed_first, &PUSH_BASE])
        .makes_in_order(&[&IDENTITY, &CREATE, &GET_PASSWORD, &LOGIN, &pushed_first]);
    let creation = &outcome.calls_to(&CREATE_BASE)[0].args;
    let settings = ["--image-scanning-configuration", "scanOnPush=true", "--encryption-configuration"];
    assert_eq!(creation[4..8], [settings.as_slice(), &["encryptionType=AES256"]].concat());
    let put = &outcome.calls_to(&PUT_POLICY)[0].args;
    let text: Value = serde_json::from_str(&put[5]).expect("the policy is JSON");
    let mut rules = policy()["rules"].as_array().expect("rules").clone();
    rules.reverse();
    assert_eq!(text["rules"], Value::Array(rules));
    // Under its identity first, by which other machines find it.
    assert_eq!(outcome.pushes(), [by_identity, format!("{uri}:latest")]);
    assert_eq!(outcome.calls_to(&LOOK).len(), 3);
}

#[test]
fn every_aws_call_names_region_and_format_and_goes_without_a_pager() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).without_repositories().xtask(["build-base", "--region=eu-north-1"]).run();
    let calls = outcome.exits(0).calls_to(&["aws"]);
    assert_eq!(calls.len(), 6);
    for call in calls {
        assert!(call.args.ends_with(&["--region", "eu-north-1", "--output", "json"].map(str::to_owned)), "{call:?}");
        let value = |key: &str| call.env.get(key).map(String::as_str);
        assert_eq!((value("AWS_PAGER"), value("AWS_CLI_ERROR_FORMAT")), (Some(""), Some("legacy")));
    }
}

#[test]
fn the_region_comes_from_the_environment_where_no_flag_names_one() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).env("AWS_REGION", "eu-west-3").run();
    let args = &outcome.exits(0).calls_to(&IDENTITY)[0].args;
    assert!(args.contains(&"eu-west-3".to_owned()), "{args:?}");
}

#[test]
fn the_password_goes_through_the_pipe_to_docker_and_nowhere_else() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).run();
    let login = outcome.exits(0).calls_to(&LOGIN)[0];
    assert_eq!(login.args, ["login", "--username", "AWS", "--password-stdin", HOST]);
    assert_eq!(login.stdin, PASSWORD);
}

#[test]
fn nothing_is_changed_before_the_identity_is_known() {
    let workspace = Workspace::new();
    let outcome = colony(&workspace).without_repositories().run();
    outcome.exits(0);
    for effect in [CREATE.as_slice(), &GET_POLICY, &PUT_POLICY, &GET_PASSWORD, &LOGIN] {
        outcome.makes_in_order(&[&IDENTITY, effect]);
    }
    let first_build = outcome.calls.iter().position(|call| call.begins(&BUILD)).expect("it is built");
    for question in [IDENTITY.as_slice(), &DESCRIBE] {
        assert!(outcome.turn(question) < first_build, "{question:?} is asked after the build began");
    }
}

#[test]
fn a_colony_gets_its_permanent_tag_before_the_moving_one() {
    let workspace = Workspace::new();
    let outcome = colony(&workspace).run();
    let uri = format!("{HOST}/distributed-colony");
    outcome
        .exits(0)
        .prints(&format!("{uri}@{DIGEST}\n"))
        .says("[INFO] Remember to deploy the CDK stack, for the instances keep what they run until then:\n")
        .says(&format!("[INFO]   image   {uri}:latest\n[INFO]   digest  {DIGEST}\n"));
    assert_eq!(outcome.pushes(), [format!("{uri}:v1-0123456789ab"), format!("{uri}:latest")]);
    let login = outcome.turn(&LOGIN);
    let first = outcome.calls.iter().position(|call| call.begins(&PUSH)).expect("it is pushed");
    assert!(login < first, "pushed before the login");
    // Each tag names the very image that was built, whatever bears the local name by then.
    assert!(outcome.calls_to(&TAG).iter().all(|call| call.args[1] == built().id));
}

#[test]
fn the_commit_names_the_permanent_tag_and_a_dirty_tree_shows() {
    let workspace = Workspace::new();
    let hash = "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567";
    for (status, tag) in [("", "0a1b2c3d4e5f-0123456789ab"), (" M a\n", "0a1b2c3d4e5f-dirty-0123456789ab")] {
        let outcome = colony(&workspace)
            .with("git")
            .answer(["git", "rev-parse"], Answer::stdout(format!("{hash}\n")))
            .answer(["git", "status"], Answer::stdout(status))
            .run();
        assert_eq!(outcome.exits(0).pushes()[0], format!("{HOST}/distributed-colony:{tag}"));
    }
}

#[test]
fn a_tree_that_moves_to_another_commit_while_it_is_read_is_dirty() {
    let workspace = Workspace::new();
    let [before, after] = ["0a1b2c3d4e5f60718293a4b5c6d7e8f901234567", "ffffffffffffffffffffffffffffffffffffffff"];
    let outcome = colony(&workspace)
        .with("git")
        .answer(["git", "rev-parse"], Answer::stdout(format!("{before}\n")))
        .answer(["git", "rev-parse"], Answer::stdout(format!("{after}\n")))
        .answer(["git", "status"], Answer::stdout(""))
        .run();
    assert_eq!(outcome.exits(0).pushes()[0], format!("{HOST}/distributed-colony:0a1b2c3d4e5f-dirty-0123456789ab"));
    // The first look comes before the sources are read: what is built from them is asked for after that.
    let first = |words: &[&str]| outcome.calls.iter().position(|call| call.begins(words)).expect("it is called");
    assert!(first(&["git", "status"]) < first(&["docker", "image", "ls"]));
}

#[test]
fn a_second_run_creates_nothing_sets_nothing_and_pushes_nothing() {
    let workspace = Workspace::new();
    let uri = format!("{HOST}/distributed-colony");
    let outcome = colony(&workspace)
        .built(&pushed("distributed-colony"))
        .registry_has(&format!("{uri}:v1-0123456789ab"))
        .registry_has(&format!("{uri}:latest"))
        .run();
    outcome
        .exits(0)
        .prints(&format!("{uri}@{DIGEST}\n"))
        .says(&format!("{uri}:latest (ECR holds it already)\n"))
        .never_calls(&CREATE)
        .never_calls(&PUT_POLICY)
        .never_calls(&PUSH)
        .never_calls(&TAG);
}

#[test]
fn what_the_registry_holds_under_another_digest_is_pushed_again() {
    let workspace = Workspace::new();
    let uri = format!("{HOST}/distributed-colony-base");
    let by_identity = format!("{uri}:{}", tag_of_identity(current_base(&workspace).own_labels()));
    let latest = format!("{uri}:latest");
    let other = DIGEST.replace('4', "5");
    let once_pushed = base(&workspace).built(&pushed("distributed-colony-base")).registry_has(&by_identity);
    let outcome = once_pushed.registry_has_other(&latest, &other).run();
    assert_eq!(outcome.exits(0).prints(&format!("{uri}@{DIGEST}\n")).pushes(), [latest]);
}

#[test]
fn what_the_registry_has_lost_is_pushed_again() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).built(&pushed("distributed-colony-base")).run();
    let uri = format!("{HOST}/distributed-colony-base");
    let both = [format!("{uri}:{}", outcome.exits(0).identity_tag()), format!("{uri}:latest")];
    assert_eq!(outcome.pushes(), both);
}

#[test]
fn a_repository_that_somebody_else_creates_meanwhile_is_as_good() {
    let workspace = Workspace::new();
    let message = "The repository with name 'x' already exists in the registry with id '123456789012'";
    for major in [1, 2] {
        let exists = service_error("RepositoryAlreadyExistsException", "CreateRepository", message);
        let outcome = base(&workspace)
            .without_repositories()
            .answer(DESCRIBE_BASE, says(major, &no_repository("distributed-colony-base")))
            .answer(DESCRIBE_BASE, described(&repository("distributed-colony-base")))
            .answer(CREATE_BASE, says(major, &exists))
            .run();
        outcome
            .exits(0)
            .prints(&format!("{HOST}/distributed-colony-base@{DIGEST}\n"))
            .never_says("created the repository")
            .says("set the lifecycle policy");
    }
}

#[test]
fn a_local_build_does_without_aws_altogether() {
    let workspace = Workspace::new();
    let outcome = colony(&workspace).without("aws").xtask(["build-colony", "--no-push"]).run();
    outcome.exits(0).never_calls(&["aws"]).never_calls(&LOGIN).never_calls(&PUSH);
}
