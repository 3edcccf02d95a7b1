//! `cargo xtask doctor`: what is there, what is missing, all of it at once.

use serde_json::Value;

use crate::answer::Answer;
use crate::image::Image;
use crate::signing_world::SECOND;
use crate::support::{Fixture, NO_ENGINE};
use crate::workspace::Workspace;

const DF: &str = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 99 9 52428800 1% /\n";

const CHEF: &str = "distributed-colony-chef:local";
const RUNTIME: &str = "distributed-colony-runtime:local";

const NO_HOST: &str = "failed to configure transport: no such host";

/// In the containerd store, as engine 26.1.5 says it.
const INFO: &str = r#"{"root":"/nowhere","status":[["driver-type","io.containerd.snapshotter.v1"]]}"#;

/// A machine with a disk, and an engine whose data lies elsewhere.
fn machine(workspace: &Workspace) -> Fixture<'_> {
    Fixture::new(workspace)
        .with("df")
        .background(["df"], Answer::stdout(DF))
        .background(["docker", "info"], Answer::stdout(INFO))
        .background(["docker", "manifest", "inspect"], Answer::fails(1, NO_HOST))
}

fn with_stand_ins(workspace: &Workspace) -> Fixture<'_> {
    machine(workspace)
        .with_cosign(SECOND)
        .image(CHEF, &Image::new("sha256:chef"))
        .image(RUNTIME, &Image::new("sha256:runtime"))
}

const PROFILE_REGION: [&str; 4] = ["aws", "configure", "get", "region"];

fn with_aws(fixture: Fixture<'_>) -> Fixture<'_> {
    fixture
        .with("aws")
        .background(PROFILE_REGION, Answer::fails(1, ""))
        .answer(["aws", "--version"], Answer::stdout("aws-cli/2.15.0 Python/3.11.6\n"))
        .answer(["aws", "sts", "get-caller-identity"], Answer::stdout("123456789012\n"))
}

fn table(stdout: &str) -> Value {
    serde_json::from_str(stdout).expect("stdout is one line of JSON")
}

#[test]
fn a_machine_with_everything_is_well() {
    let workspace = Workspace::new();
    let outcome = with_aws(with_stand_ins(&workspace)).xtask(["doctor", "--json"]).run();
    let table = table(&outcome.exits(0).stdout);
    assert_eq!(table["ok"], true);
    let states: Vec<&Value> = table["checks"].as_array().expect("a list").iter().map(|check| &check["state"]).collect();
    assert_eq!(states, ["ok"; 11]);
}

#[test]
fn credentials_are_tried_where_a_push_would_go() {
    let workspace = Workspace::new();
    let asked = |fixture: Fixture<'_>| -> Vec<String> {
        let outcome = with_aws(fixture).run();
        let calls = outcome.exits(0).calls.iter();
        let mut sts = calls.filter(|call| call.begins(&["aws", "sts"])).map(|call| call.args.clone());
        sts.next().expect("it is asked")[6..].to_vec()
    };
    let doctor = || with_stand_ins(&workspace).xtask(["doctor"]);
    assert_eq!(asked(doctor()), ["--region", "eu-west-1"]);
    assert_eq!(asked(doctor().env("AWS_DEFAULT_REGION", "us-east-2")), ["--region", "us-east-2"]);
    let flag = with_stand_ins(&workspace).xtask(["doctor", "--region=eu-west-3"]).env("AWS_REGION", "us-east-1");
    assert_eq!(asked(flag), ["--region", "eu-west-3"]);
}

#[test]
fn the_image_store_is_named() {
    let workspace = Workspace::new();
    let outcome = with_stand_ins(&workspace).xtask(["doctor"]).run();
    outcome.exits(0).lists(", containerd image store, context default\n");
}

#[test]
fn an_engine_that_drops_idle_target_directories_is_well_and_told_of() {
    let workspace = Workspace::new();
    let version = r#"{"Client":{"Version":"29.6.0","Context":"default"},"Server":{"Version":"29.6.0","Os":"linux"}}"#;
    let outcome =
        with_stand_ins(&workspace).answer(["docker", "version"], Answer::stdout(version)).xtask(["doctor"]).run();
    outcome
        .exits(0)
        .lists("builder          ok       default, of the docker driver\n")
        .lists("note     after two idle days")
        .lists(r#"in daemon.json: {"builder":{"gc":{"policy":["#);
}

#[test]
fn stand_ins_are_named_with_what_they_stand_in_for() {
    let workspace = Workspace::new();
    let outcome = with_stand_ins(&workspace).xtask(["doctor"]).run();
    outcome.exits(0).lists(&format!("{RUNTIME}, made on this machine, stands in for gcr.io/distroless/cc\n"));
}

#[test]
fn without_an_engine_all_that_is_missing_is_told_at_once() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace).without_engine().xtask(["doctor"]).run();
    outcome
        .exits(3)
        .lists(&format!("docker engine    missing  {NO_ENGINE}\n"))
        .lists("docker buildx    ok       0.24, with named contexts\n")
        .lists(&format!("its registry is out of reach ({NO_HOST})\n"))
        .says("[ERROR] prerequisites not met: docker engine, builder, chef image, runtime image\n");
}

#[test]
fn without_a_client_nothing_is_asked_and_everything_told() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace).without("docker").xtask(["doctor"]).run();
    outcome.exits(3).lists("`docker` is not on PATH\n").lists("doctor --install").lists("disk space       ok");
}

#[test]
fn a_registry_within_reach_will_do() {
    let workspace = Workspace::new();
    let outcome = machine(&workspace)
        .answer(["docker", "manifest", "inspect"], Answer::stdout("{}\n"))
        .xtask(["doctor", "--chef-image", "chef:2"])
        .run();
    outcome.exits(0).lists("chef image       ok       chef:2, in its registry\n");
}

#[test]
fn a_builder_that_does_not_see_local_images_is_not_met() {
    let workspace = Workspace::new();
    let outcome = with_stand_ins(&workspace)
        .answer(["docker", "buildx", "inspect"], Answer::stdout("Name: default\nDriver: docker-container\n"))
        .xtask(["doctor"])
        .run();
    outcome.exits(3).lists("docker buildx rm default\n").says("prerequisites not met: builder\n");
}

#[test]
fn a_full_disk_is_told_before_a_build_fails_on_it() {
    let workspace = Workspace::new();
    let full = DF.replace("52428800", "1048576");
    let outcome = with_stand_ins(&workspace).answer(["df"], Answer::stdout(full)).xtask(["doctor"]).run();
    outcome.exits(3).lists("1 GiB free at ").lists(", 10 wanted\n").lists("free some: cargo xtask clean");
}

#[test]
fn what_only_pushes_need_is_a_warning() {
    let workspace = Workspace::new();
    let outcome = with_stand_ins(&workspace).xtask(["doctor"]).run();
    outcome.exits(0).lists("aws cli          missing").lists("(only pushes need it)\n");
}

#[test]
fn a_cosign_without_a_version_is_known_by_what_it_takes() {
    let workspace = Workspace::new();
    let help = Answer::stdout("    --tlog-upload=true:\n    --use-signing-config=true:\n");
    let outcome = with_aws(with_stand_ins(&workspace))
        .with_cosign("devel")
        .answer(["cosign", "sign", "--help"], help)
        .xtask(["doctor"])
        .run();
    outcome.exits(0).lists("cosign           ok       devel, with the flags of cosign 3\n");
}

#[test]
fn what_only_signatures_need_is_a_warning() {
    let workspace = Workspace::new();
    let outcome = with_aws(with_stand_ins(&workspace)).without("cosign").xtask(["doctor"]).run();
    let missing = "cosign           missing  no working `cosign` on PATH (only --sign and verify need it)\n";
    outcome.exits(0).lists(missing).lists("doctor --install; elsewhere: https://docs.sigstore.dev/");
}

#[test]
fn what_only_up_and_down_need_is_a_warning() {
    let workspace = Workspace::new();
    let none = Answer::fails(1, "docker: 'compose' is not a docker command.");
    let outcome = with_aws(with_stand_ins(&workspace))
        .answer(["docker", "compose", "version"], none)
        .xtask(["doctor", "--json"])
        .run();
    outcome.exits(0);
    let table = table(&outcome.stdout);
    let compose = table["checks"].as_array().expect("a list").iter().find(|check| check["name"] == "docker compose");
    assert_eq!(table["ok"], true);
    assert_eq!(compose.expect("it is looked for")["needed_for"], "up, logs and down");
}

#[test]
fn the_cure_for_credentials_fits_what_is_wrong_with_them() {
    let workspace = Workspace::new();
    for (says, cure) in [
        ("Unable to locate credentials. You can configure them.", "cure     Please run: aws configure\n"),
        ("The config profile (x) could not be found", "cure     See which there are: aws configure list-profiles"),
        ("Could not connect to the endpoint URL: \"http://127.0.0.1:1/\"", "cure     Check the network, the proxy"),
        ("the moon is full", "cure     aws configure\n"),
    ] {
        let outcome = with_stand_ins(&workspace)
            .with("aws")
            .background(PROFILE_REGION, Answer::fails(1, ""))
            .answer(["aws", "--version"], Answer::stdout("aws-cli/2.15.0 Python/3.11.6\n"))
            .answer(["aws", "sts", "get-caller-identity"], Answer::fails(255, says))
            .xtask(["doctor"])
            .run();
        outcome.exits(0).lists(says).lists(cure);
    }
}

#[test]
fn installing_on_a_machine_with_everything_does_nothing() {
    let workspace = Workspace::new();
    let outcome = with_stand_ins(&workspace).xtask(["doctor", "--install"]).run();
    outcome.exits(0).says("[INFO] nothing to install\n");
    let known = [
        "df",
        "docker version",
        "docker buildx",
        "docker compose version",
        "docker info",
        "docker image",
        "cosign version",
    ];
    for call in &outcome.calls {
        let line = format!("{} {}", call.program, call.args.join(" "));
        assert!(known.iter().any(|known| line.starts_with(known)), "{line}");
    }
}

#[test]
fn a_push_without_engine_and_aws_is_told_of_both() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).without_engine().without("aws").xtask(["build-colony"]).run();
    outcome
        .exits(3)
        .prints("")
        .has_no_effect()
        .says("[ERROR] prerequisites not met: docker engine, aws cli\n")
        .says("[INFO]   cure: https://docs.aws.amazon.com/");
}
