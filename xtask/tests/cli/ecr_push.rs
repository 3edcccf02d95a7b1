//! Pushes that fail: what happened, the cure, what is published, and a second run that completes.

use crate::answer::Answer;
use crate::ecr_world::{DIGEST, HOST, LOOK_AFTER_PUSH, PUSH, TAG, base, colony, holds, pushed};
use crate::support::NO_ENGINE;
use crate::workspace::Workspace;

const AGAIN: &str = "Run the same command again: it logs in anew; then compare --account and --region";
const NETWORK: &str = "Check the network and run the same command again; layers that arrived are not sent twice";

/// docker's words, what we make of them, and the cure.
const CASES: [(&str, &str, &str); 14] = [
    ("no basic auth credentials", "docker is not logged in to that registry", AGAIN),
    (
        "denied: User: arn:aws:iam::1:user/dev is not authorized to perform: ecr:InitiateLayerUpload on resource: x",
        "the identity lacks a permission of the registry",
        "Allow the ecr: action that docker names, in IAM",
    ),
    (
        "denied: Your authorization token has expired. Reauthenticate and try again.",
        "the registry login has expired",
        AGAIN,
    ),
    (
        "name unknown: The repository with name 'x' does not exist in the registry with id '123456789012'",
        "the repository vanished",
        "Run the same command again: it creates the repository",
    ),
    ("toomanyrequests: Rate exceeded", "the registry throttles our calls", "Run the same command again in a minute"),
    (
        "write /var/lib/docker/tmp/x: no space left on device",
        "the disk is full",
        "Free some: cargo xtask clean; see cargo xtask doctor",
    ),
    (NO_ENGINE, "the docker engine is gone", "Start it: cargo xtask doctor says how"),
    (
        "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the \
         daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory",
        "the docker engine is gone",
        "Start it: cargo xtask doctor says how",
    ),
    (
        "dial tcp: lookup x.dkr.ecr.eu-west-1.amazonaws.com: no such host",
        "the registry's host name is not known",
        NETWORK,
    ),
    ("dial tcp 10.0.0.1:443: connect: connection refused", "the registry does not answer", NETWORK),
    ("write tcp 10.0.0.2:1->10.0.0.1:443: write: connection reset by peer", "the network was lost", NETWORK),
    ("net/http: TLS handshake timeout", "the network was lost", NETWORK),
    ("Put \"https://x/v2/\": unexpected EOF", "the network was lost", NETWORK),
    ("write tcp 10.0.0.2:1->10.0.0.1:443: write: broken pipe", "the network was lost", NETWORK),
];

#[test]
fn each_failure_has_its_cause_and_its_cure_and_says_that_nothing_is_published() {
    let workspace = Workspace::new();
    for (text, what, cure) in CASES {
        let outcome = base(&workspace).answer(PUSH, Answer::fails(1, text)).run();
        outcome
            .exits(1)
            .prints("")
            .says(&format!("push {HOST}/distributed-colony-base:{}: {what}\n", outcome.identity_tag()))
            .says(&format!("[ERROR]   {text}\n"))
            .says(&format!("[INFO] {cure}\n"))
            .says("[INFO] Nothing was published; the image stands in the local engine.\n");
    }
}

const TAKEN: &str = "tag invalid: The image tag 'x' already exists in the 'x' repository and cannot be overwritten because \
                     the repository is immutable.";

#[test]
fn a_tag_that_is_taken_for_ever_has_a_cure_that_fits_what_is_pushed() {
    let workspace = Workspace::new();
    let outcome = colony(&workspace).answer(PUSH, Answer::fails(1, TAKEN)).run();
    outcome
        .exits(1)
        .says(": the tag exists and the repository is immutable\n")
        .says(&format!("[ERROR]   {TAKEN}\n"))
        .says("[INFO] Push another tag: --tag\n");
    // The tag of a base is made of its inputs.
    let outcome = base(&workspace).answer(PUSH, Answer::fails(1, TAKEN)).run();
    outcome
        .exits(1)
        .prints("")
        .says(": the registry has a base of these very inputs, and the repository is immutable\n")
        .says(&format!("[ERROR]   {TAKEN}\n"))
        .says("[INFO] Take that one, which is as good: cargo xtask pull-base\n")
        .says("[INFO] or exclude base-* from immutability (IMMUTABLE_WITH_EXCLUSION)\n")
        .never_says("--tag\n");
}

#[test]
fn an_unknown_failure_is_told_in_dockers_words() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).answer(PUSH, Answer::fails(1, "the moon is full")).run();
    outcome.exits(1).says(": docker failed\n").says("[ERROR]   the moon is full\n").says("Nothing was published");
}

#[test]
fn what_is_published_already_is_said_when_the_second_tag_fails() {
    let workspace = Workspace::new();
    let permanent = format!("{HOST}/distributed-colony:v1-0123456789ab");
    let outcome = colony(&workspace)
        .answer(PUSH, Answer::stdout("pushed\n"))
        .answer(PUSH, Answer::fails(1, "write: connection reset by peer"))
        .run();
    outcome
        .exits(1)
        .prints("")
        .says(&format!("push {HOST}/distributed-colony:latest: the network was lost\n"))
        .says(&format!("[INFO] Published before that: {permanent}\n"))
        .never_says("Remember to deploy");
    assert!(!workspace.root().join("target/xtask/deploy-colony.json").exists(), "a record of what is not deployed");

    // The second run finds the permanent tag there and sends the rest.
    let again = colony(&workspace).built(&pushed("distributed-colony")).registry_has(&permanent).run();
    again.exits(0).prints(&format!("{HOST}/distributed-colony@{DIGEST}\n"));
    assert_eq!(again.pushes(), [format!("{HOST}/distributed-colony:latest")]);
}

#[test]
fn an_engine_that_goes_between_build_and_push_is_told() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).answer(TAG, Answer::fails(1, NO_ENGINE)).run();
    outcome
        .exits(1)
        .prints("")
        .never_calls(&PUSH)
        .says("[ERROR] the docker engine is gone: name ")
        .says("[INFO] Start it: cargo xtask doctor says how\n")
        .says("Nothing was published");
    let look = ["docker", "image", "inspect", "--format", "{{json .}}", "sha256:0123456789abcdef"];
    let outcome = base(&workspace).answer(look, Answer::fails(1, NO_ENGINE)).run();
    outcome.exits(1).prints("").never_calls(&PUSH).says(NO_ENGINE).says("[INFO] Nothing was pushed.\n");
}

#[test]
fn a_push_that_the_registry_forgets_at_once_is_no_success() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).answer(LOOK_AFTER_PUSH, Answer::fails(1, "ERROR: {last}: not found")).run();
    outcome.exits(1).prints("").says("was pushed and is not there\n");
}

#[test]
fn a_registry_that_does_not_say_what_it_holds_is_told() {
    let workspace = Workspace::new();
    let outcome = base(&workspace).answer(LOOK_AFTER_PUSH, Answer::fails(1, "ERROR: dial tcp: i/o timeout")).run();
    outcome.exits(1).prints("").says("look up ").says("the network was lost\n").says(NETWORK);
}

#[test]
fn a_tag_that_somebody_else_moves_at_the_same_time_is_none_of_ours() {
    let workspace = Workspace::new();
    let name = format!("{HOST}/distributed-colony:latest");
    let theirs = format!("sha256:{}", "9".repeat(64));
    let [docker, buildx, imagetools, inspect, format] = LOOK_AFTER_PUSH;
    let look = [docker, buildx, imagetools, inspect, format, "{{json .Manifest}}", &name];
    let outcome = colony(&workspace).answer(look, holds(&theirs).once_pushed()).run();
    outcome
        .exits(1)
        .prints("")
        .says("`latest` was moved by somebody else at the same time\n")
        .says(&format!("It means {theirs}; the same command again moves it to this image\n"));
    assert!(!workspace.root().join("target/xtask/deploy-colony.json").exists());
}
