//! `cargo xtask build-base --registry-cache`: BuildKit's cache in a repository of its own.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_world::{
    CREATE, GET_IMAGE, GET_POLICY, HOST, IDENTITY, LOGIN, PUT_POLICY, base, created, described, has_policy, no_policy,
    no_repository, policy, repository, says,
};
use crate::far_world::manifest;
use crate::outcome::Outcome;
use crate::support::{BUILD, Fixture};
use crate::workspace::Workspace;

const CACHE: &str = "distributed-colony-base-cache";
const DESCRIBE_CACHE: [&str; 5] = ["aws", "ecr", "describe-repositories", "--repository-names", CACHE];
const CREATE_CACHE: [&str; 5] = ["aws", "ecr", "create-repository", "--repository-name", CACHE];
const GET_CACHE_POLICY: [&str; 5] = ["aws", "ecr", "get-lifecycle-policy", "--repository-name", CACHE];
const PUT_CACHE_POLICY: [&str; 5] = ["aws", "ecr", "put-lifecycle-policy", "--repository-name", CACHE];
const INFO: [&str; 2] = ["docker", "info"];
const BUILDER: [&str; 3] = ["docker", "buildx", "inspect"];

const CONTAINERD: &str = r#"{"root":"/x","status":[["driver-type","io.containerd.snapshotter.v1"]]}"#;
const CLASSIC: &str = r#"{"root":"/x","status":[["Backing Filesystem","extfs"]]}"#;

/// That of a cache, in another order of keys.
fn cache_policy() -> Value {
    json!({ "rules": [{
        "action": { "type": "expire" },
        "selection": { "countNumber": 7, "countUnit": "days", "countType": "sinceImagePushed", "tagStatus": "untagged" },
        "description": "Expire caches that a later one has superseded, 7 days after their push",
        "rulePriority": 1
    }] })
}

/// A machine whose builder is the engine's own; the cache's repository is as it should be.
fn machine<'a>(workspace: &'a Workspace, info: &str) -> Fixture<'a> {
    base(workspace)
        .background(INFO, Answer::stdout(info))
        .background(DESCRIBE_CACHE, described(&repository(CACHE)))
        .background(GET_CACHE_POLICY, has_policy(&cache_policy()))
        .xtask(["build-base", "--registry-cache"])
}

/// What the build was told of a cache.
fn told(outcome: &Outcome) -> [String; 2] {
    ["--cache-from", "--cache-to"].map(|flag| {
        let args = &outcome.build().args;
        let at = args.iter().position(|arg| arg == flag).unwrap_or_else(|| outcome.fail(&format!("no {flag}")));
        args[at + 1].clone()
    })
}

fn expected(uri: &str) -> [String; 2] {
    let place = format!("type=registry,ref={uri}:cache");
    let form = "mode=max,image-manifest=true,oci-mediatypes=true,ignore-error=true";
    [place.clone(), format!("{place},{form}")]
}

#[test]
fn the_repository_is_made_with_its_own_policy_and_docker_logged_in_before_the_build() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace, CONTAINERD)
        .answer(DESCRIBE_CACHE, says(2, &no_repository(CACHE)))
        .answer(CREATE_CACHE, created(CACHE))
        .answer(GET_CACHE_POLICY, says(1, &no_policy()))
        .answer(PUT_CACHE_POLICY, Answer::stdout("{}"))
        .run();
    outcome.exits(0).makes_in_order(&[&DESCRIBE_CACHE, &CREATE_CACHE, &PUT_CACHE_POLICY, &BUILD]);
    let first = |words: &[&str]| outcome.calls.iter().position(|call| call.begins(words)).expect("it is called");
    assert!(first(&IDENTITY) < first(&CREATE_CACHE) && first(&LOGIN) < first(&BUILD));
    assert_eq!(told(&outcome), expected(&format!("{HOST}/{CACHE}")));
    let put: Value = serde_json::from_str(&outcome.calls_to(&PUT_CACHE_POLICY)[0].args[5]).expect("JSON");
    assert_eq!(put, cache_policy());
    let creation = outcome.calls_to(&CREATE_CACHE)[0].args.join(" ");
    assert!(creation.contains("scanOnPush=true") && creation.contains("encryptionType=AES256"), "{creation}");
}

#[test]
fn a_repository_that_is_there_is_used_as_it_is_and_another_one_can_be_chosen() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace, CONTAINERD).run();
    outcome.exits(0).never_calls(&CREATE).never_calls(&PUT_POLICY);
    let other = ["aws", "ecr", "describe-repositories", "--repository-names", "team/cache"];
    let outcome = base(&workspace)
        .answer(INFO, Answer::stdout(CONTAINERD))
        .answer(other, described(&repository("team/cache")))
        .answer(GET_POLICY, has_policy(&cache_policy()))
        .xtask(["build-base", "--registry-cache=team/cache", "--registry=host.example"])
        .run();
    // What is not ours is said, of the base's repository too.
    outcome.exits(0).says("[WARNING] repository distributed-colony-base: its lifecycle policy is not ours and stays");
    outcome.never_says("repository team/cache: its");
    assert_eq!(told(&outcome), expected("host.example/team/cache"));
}

#[test]
fn a_policy_that_is_not_that_of_a_cache_stays_unless_forced() {
    let workspace = Workspace::new();
    let foreign = || machine(&workspace, CONTAINERD).answer(GET_CACHE_POLICY, has_policy(&policy()));
    let outcome = foreign().run();
    outcome.exits(0).never_calls(&PUT_POLICY);
    outcome.says(&format!("[WARNING] repository {CACHE}: its lifecycle policy is not ours and stays"));
    let forced = foreign().xtask(["build-base", "--registry-cache", "--force-policy"]);
    let forced = forced.answer(PUT_CACHE_POLICY, Answer::stdout("{}")).run();
    forced.exits(0).says(&format!("set the lifecycle policy of {CACHE}\n"));
}

#[test]
fn a_builder_of_another_driver_can_keep_it_whatever_the_engine_has() {
    let workspace = Workspace::new();
    for driver in ["docker-container", "kubernetes", "remote"] {
        let outcome = machine(&workspace, CLASSIC)
            .answer(BUILDER, Answer::stdout(format!("Name: far\nDriver: {driver}\n")))
            .background(GET_IMAGE, manifest())
            .xtask(["build-base", "--registry-cache", "--builder=far"])
            .run();
        outcome.exits(0).never_calls(&INFO);
        assert_eq!(told(&outcome), expected(&format!("{HOST}/{CACHE}")));
    }
}

#[test]
fn a_builder_that_cannot_keep_it_is_refused_before_anything_is_done() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace, CLASSIC).run();
    outcome
        .exits(3)
        .prints("")
        .touches_nothing()
        .never_calls(&["aws"])
        .says("[ERROR] the builder `default` cannot keep a cache in a registry: it is the engine's own, ")
        .says("[INFO] Turn on containerd's store: ")
        .says("[INFO]   docker buildx create --driver docker-container ")
        .says("[INFO] do without: cargo xtask pull-base ");
    assert!(!workspace.root().join("target/xtask/plan").exists(), "it was planned");
}

#[test]
fn what_stands_in_the_way_in_aws_is_told_before_the_build() {
    let workspace = Workspace::new();
    let mut immutable = repository(CACHE);
    immutable["imageTagMutability"] = "IMMUTABLE".into();
    let outcome = machine(&workspace, CONTAINERD).answer(DESCRIBE_CACHE, described(&immutable)).run();
    outcome.exits(3).touches_nothing().says("are immutable, so `cache` could be pushed only once\n");
    let unknown = says(2, "Unable to locate credentials");
    let outcome = machine(&workspace, CONTAINERD).answer(IDENTITY, unknown).run();
    outcome.exits(3).touches_nothing().says("AWS CLI is not configured");
}

#[test]
fn it_means_nothing_where_nothing_is_pushed() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).xtask(["build-base", "--no-push", "--registry-cache"]).run();
    outcome.exits(2).prints("").says("the argument '--registry-cache' cannot be used with '--no-push', ");
    assert!(outcome.calls.is_empty());
}

#[test]
fn a_dry_run_prints_what_makes_it_ready_before_the_build() {
    let workspace = Workspace::new();
    let absent = machine(&workspace, CONTAINERD).answer(DESCRIBE_CACHE, says(1, &no_repository(CACHE)));
    let outcome = absent.xtask(["build-base", "--registry-cache", "--dry-run"]).run();
    outcome.exits(0).touches_nothing();
    let at = |text: &str| outcome.stdout.find(text).unwrap_or_else(|| panic!("no {text} in {}", outcome.stdout));
    let policy = format!("aws ecr put-lifecycle-policy --repository-name {CACHE} ");
    let creation = format!("aws ecr create-repository --repository-name {CACHE} ");
    assert!(at(&creation) < at(&policy) && at(&policy) < at(" | docker login "), "{}", outcome.stdout);
    assert!(at(" | docker login ") < at(&format!("--cache-from type=registry,ref={HOST}/{CACHE}:cache ")));
    // On the classic store a real run would stop.
    let outcome = machine(&workspace, CLASSIC).xtask(["build-base", "--registry-cache", "--dry-run"]).run();
    outcome.exits(0).says("[WARNING] a real run would stop here: the builder `default` cannot keep a cache");
}
