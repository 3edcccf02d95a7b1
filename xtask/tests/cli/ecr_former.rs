//! What `build-colony` records before it moves a tag, beside its push.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_tags::{digest, manifests};
use crate::ecr_world::{
    GET_IMAGE, GET_POLICY, HOST, PUSH, PUT_IMAGE, PUT_POLICY, base, colony, colony_on, earlier_policy, has_policy,
    policy, pushed, says, service_error,
};
use crate::image::Image;
use crate::support::{BUILD, COLONY, Fixture, current_base};
use crate::workspace::Workspace;

fn record(workspace: &Workspace) -> Value {
    serde_json::from_str(&workspace.read("target/xtask/deploy-colony.json")).expect("the record is JSON")
}

#[test]
fn what_latest_meant_is_recorded_before_it_moves() {
    let workspace = Workspace::new();
    let outcome = colony(&workspace).records("latest", [Some('1'), Some('0'), None]).run();
    outcome
        .exits(0)
        .has_put(&[("latest.previous.previous", '0'), ("latest.previous", '1')])
        .says(&format!("latest, was {}\n", digest('1')));
    let turn = |words: &[&str]| outcome.calls.iter().rposition(|call| call.begins(words)).expect("it is called");
    assert!(turn(&PUT_IMAGE) < turn(&["docker", "push", &format!("{HOST}/distributed-colony:latest")]));
    assert_eq!(record(&workspace)["moved"], json!([{ "tag": "latest", "from": digest('1') }]));
}

#[test]
fn a_first_push_and_one_of_the_same_image_record_nothing() {
    let workspace = Workspace::new();
    let first = colony(&workspace).run();
    first.exits(0).never_calls(&PUT_IMAGE);
    assert_eq!(record(&workspace)["moved"], json!([{ "tag": "latest", "from": null }]));
    // The repository has it already, though this engine has never pushed it: by the digest of the configuration, which
    // is the image's ID here.
    let id = "sha256:11";
    let same = colony(&workspace)
        .answer(BUILD, Answer::builds(id))
        .built(&Image::new(id).variable("BUILD_VERSION", "v1"))
        .records("latest", [Some('1'), Some('0'), None])
        .run();
    same.exits(0).never_calls(&PUT_IMAGE);
    assert_eq!(record(&workspace)["moved"], json!([]));
    // What this engine pushed before is not even asked for.
    let uri = format!("{HOST}/distributed-colony");
    let again = colony(&workspace).built(&pushed("distributed-colony"));
    let again = again.registry_has(&format!("{uri}:v1-0123456789ab")).registry_has(&format!("{uri}:latest")).run();
    again.exits(0).never_calls(&GET_IMAGE).never_calls(&PUSH);
    assert_eq!(record(&workspace)["moved"], json!([]));
}

#[test]
fn a_record_that_cannot_be_made_keeps_no_push_from_its_end() {
    let workspace = Workspace::new();
    let denied = says(2, &service_error("AccessDeniedException", "BatchGetImage", "x"));
    let outcome = colony(&workspace).answer(GET_IMAGE, denied).run();
    outcome.exits(0).says("[WARNING] what latest meant before is not recorded: not allowed: ");
    let immutable = says(1, &service_error("ImageTagAlreadyExistsException", "PutImage", "x"));
    let outcome = colony(&workspace).records("latest", [Some('1'), None, None]).answer(PUT_IMAGE, immutable).run();
    outcome
        .exits(0)
        .says("[WARNING] what latest meant before is not recorded: the tag exists and the repository is immutable");
    assert_eq!(record(&workspace)["moved"], json!([{ "tag": "latest", "from": digest('1') }]));
}

#[test]
fn a_base_has_no_records() {
    let workspace = Workspace::new();
    base(&workspace).run().exits(0).never_calls(&GET_IMAGE);
}

#[test]
fn a_policy_of_an_earlier_version_is_brought_up_to_date_and_a_tag_of_ones_own_gets_a_rule() {
    let workspace = Workspace::new();
    let text = |outcome: &crate::outcome::Outcome| -> Value {
        serde_json::from_str(&outcome.calls_to(&PUT_POLICY)[0].args[5]).expect("the policy is JSON")
    };
    let outcome = base(&workspace).answer(GET_POLICY, has_policy(&earlier_policy())).run();
    outcome.exits(0).never_says("[WARNING]").says("set the lifecycle policy of distributed-colony-base\n");
    assert_eq!(
        text(&outcome)["rules"].as_array().expect("rules").len(),
        policy()["rules"].as_array().expect("rules").len()
    );
    // One that is pushed for the first time may be that of a commit, which never moves.
    let first = || colony(&workspace).xtask(["build-colony", "--tag=main"]);
    first().run().exits(0).never_calls(&PUT_POLICY);
    let outcome = first().records("main", [Some('1'), None, None]).run();
    outcome.exits(0).has_put(&[("main.previous", '1')]);
    assert!(text(&outcome).to_string().contains("Never expire the image tagged main"), "{}", text(&outcome));
}

/// A dry run on a machine where the image of these sources stands, which is image `1` of the repository.
fn dry_run_of_a_standing_image<'a>(workspace: &'a Workspace, base: &Image) -> Fixture<'a> {
    let machine = || {
        let runtime = Image::new("sha256:runtime");
        colony_on(workspace, base)
            .image("distributed-colony-runtime:local", &runtime)
            .xtask(["build-colony", "--dry-run"])
    };
    let id = "sha256:11";
    let image = Image::new(id).variable("BUILD_VERSION", "v1");
    let built = machine().answer(BUILD, Answer::builds(id)).built(&image).xtask(["build-colony"]).run();
    let labels = built.exits(0).build().pairs("--label");
    machine().image(COLONY, &image.labels(&labels))
}

#[test]
fn a_dry_run_of_an_image_that_is_there_neither_records_nor_pushes_it() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let all =
        ["aws", "ecr", "batch-get-image", "--repository-name", "distributed-colony", "--image-ids", "imageTag=v1-11"];
    let outcome = dry_run_of_a_standing_image(&workspace, &base)
        .answer(all, manifests(&[(Some("v1-11"), '1'), (Some("latest"), '1')]))
        .records("latest", [Some('1'), Some('0'), None])
        .run();
    outcome.exits(0).touches_nothing();
    for nothing in ["docker push", "docker tag", "put-image", "buildx build"] {
        assert!(!outcome.stdout.contains(nothing), "{nothing}: {}", outcome.stdout);
    }
    // `latest` means another one.
    let outcome = dry_run_of_a_standing_image(&workspace, &base)
        .answer(all, manifests(&[(Some("v1-11"), '1'), (Some("latest"), '2')]))
        .records("latest", [Some('2'), None, None])
        .run();
    let lines: Vec<&str> =
        outcome.exits(0).stdout.lines().filter(|line| line.contains("push") || line.contains("put-image")).collect();
    assert!(lines[0].contains("--image-tag latest.previous ") && lines[0].contains(&digest('2')), "{lines:?}");
    assert_eq!(lines[1..], [format!("docker push {HOST}/distributed-colony:latest")]);
    // What the repository has is not known: all of it may have to be done.
    let denied = says(2, &service_error("AccessDeniedException", "BatchGetImage", "x"));
    let outcome = dry_run_of_a_standing_image(&workspace, &base).answer(GET_IMAGE, denied).run();
    let pushes: Vec<&str> =
        outcome.exits(0).stdout.lines().filter_map(|line| line.strip_prefix("docker push ")).collect();
    assert_eq!(pushes, ["v1-11", "latest"].map(|tag| format!("{HOST}/distributed-colony:{tag}")));
}
