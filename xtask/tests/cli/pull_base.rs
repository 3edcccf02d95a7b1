//! `cargo xtask pull-base`: found by identity, pulled by digest, looked at, named.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::ecr_world::{
    BUILT_ID, DESCRIBE_IMAGES, DIGEST, HOST, IDENTITY, LOGIN, PULL, PUSH, TAG, has_image, has_no_image, says,
    tag_of_identity,
};
use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, BUILD, Fixture, current_base};
use crate::workspace::Workspace;

const REMOVE: [&str; 4] = ["docker", "image", "rm", "--no-prune"];
const WORKSPACE_LABEL: &str = "io.distributed-colony.workspace";

fn pinned() -> String {
    format!("{HOST}/distributed-colony-base@{DIGEST}")
}

/// The base of this state of the workspace as a pull leaves it.
pub(crate) fn pushed_base(workspace: &Workspace) -> Image {
    current_base(workspace).digest(&pinned())
}

/// A machine without a base; the registry has one.
fn machine(workspace: &Workspace) -> Fixture<'_> {
    let fixture = Fixture::new(workspace).in_aws().background(DESCRIBE_IMAGES, has_image());
    fixture.background(PULL, Answer::stdout("Downloaded\n")).xtask(["pull-base"])
}

/// The same, where the pull gives this image.
pub(crate) fn pulling<'a>(workspace: &'a Workspace, image: &Image) -> Fixture<'a> {
    machine(workspace).no_image(&pinned()).image(&pinned(), image)
}

#[test]
fn the_base_of_this_workspace_is_found_pulled_looked_at_and_named() {
    let workspace = Workspace::new();
    let base = pushed_base(&workspace);
    let outcome = pulling(&workspace, &base).run();
    outcome
        .exits(0)
        .prints(&format!("{BASE}\n"))
        .makes_in_order(&[&IDENTITY, &DESCRIBE_IMAGES, &LOGIN, &PULL, &TAG])
        .never_calls(&BUILD)
        .never_calls(&PUSH)
        .never_calls(&REMOVE);
    let tag = tag_of_identity(base.own_labels());
    let tag = format!("imageTag={tag}");
    let asked = ["ecr", "describe-images", "--repository-name", "distributed-colony-base", "--image-ids", &tag];
    assert_eq!(outcome.calls_to(&DESCRIBE_IMAGES)[0].args[..6], asked);
    assert_eq!(outcome.calls_to(&PULL)[0].args, ["pull", "--platform", "linux/amd64", &pinned()]);
    assert_eq!(outcome.calls_to(&TAG)[0].args, ["tag", &base.id, BASE]);
}

#[test]
fn a_base_that_is_current_is_left_as_it_is_and_aws_is_not_asked() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let fixture = || Fixture::new(&workspace).in_aws().image(BASE, &base);
    let outcome = fixture().xtask(["pull-base"]).run();
    outcome.exits(0).prints(&format!("{BASE}\n")).touches_nothing().never_calls(&["aws"]);
    outcome.says("distributed-colony-base:latest is current, so nothing is pulled\n");
    let outcome = fixture().xtask(["pull-base", "--json"]).run();
    assert_eq!(json(outcome.exits(0))["state"], "current");
    fixture().xtask(["pull-base", "--dry-run"]).run().exits(0).prints("");
}

#[test]
fn a_stale_base_gives_its_name_to_the_one_that_is_pulled() {
    let workspace = Workspace::new();
    let old = current_base(&workspace);
    workspace.replace("Docker/Dockerfile.base", "ENV CARGO_INCREMENTAL=1", "ENV CARGO_INCREMENTAL=0");
    let new = pushed_base(&workspace);
    pulling(&workspace, &new).image(BASE, &old).run().exits(0).prints(&format!("{BASE}\n"));
    // The old one under the tag of the new.
    let outcome = pulling(&workspace, &old).image(BASE, &old).answer(REMOVE, Answer::default()).run();
    outcome.exits(1).says("because Docker/Dockerfile.base changed (ENV CARGO_INCREMENTAL ").never_calls(&TAG);
}

#[test]
fn what_the_registry_does_not_have_is_told_with_what_to_do() {
    let workspace = Workspace::new();
    let tag = tag_of_identity(current_base(&workspace).own_labels());
    for major in [1, 2] {
        let outcome = machine(&workspace).answer(DESCRIBE_IMAGES, has_no_image(major)).run();
        outcome.exits(3).prints("").touches_nothing();
        outcome.says(&format!(
            "[ERROR] the registry has no base of this workspace: {HOST}/distributed-colony-base:{tag} is not there\n\
             [INFO] Build it, which pushes it too: cargo xtask build-base\n\
             [INFO] It was looked for as one made from lukemathwalker/cargo-chef:latest-rust-1.87-alpine; another one: \
             --chef-image\n"
        ));
    }
    let fixture = machine(&workspace).answer(DESCRIBE_IMAGES, has_no_image(2));
    let outcome = fixture.xtask(["pull-base", "--base-tag=v1", "--chef-image=chef:1"]).run();
    outcome.exits(3).says("cargo xtask build-base --tag v1 --chef-image chef:1\n");
}

#[test]
fn without_repository_credentials_permission_or_the_right_account_nothing_is_touched() {
    let workspace = Workspace::new();
    let fixture = || Fixture::new(&workspace).in_aws().xtask(["pull-base"]);
    let refused = |fixture: Fixture<'_>, why: &str| {
        fixture.run().exits(3).prints("").touches_nothing().says(why);
    };
    refused(fixture().without_repositories(), "there is no repository distributed-colony-base in the region eu-west-1");
    refused(fixture().answer(IDENTITY, says(2, "Unable to locate credentials")), "AWS CLI is not configured");
    refused(fixture().env("AWS_ACCOUNT_ID", "999999999999"), "the credentials belong to account 123456789012");
    refused(fixture().without("aws"), "`aws` is not on PATH");
    let denied = "An error occurred (AccessDeniedException) when calling the DescribeImages operation: no";
    let why = "not allowed: the identity lacks the permission ecr:DescribeImages\n";
    refused(fixture().answer(DESCRIBE_IMAGES, says(2, denied)), why);
    let unknown = "An error occurred (ServerException) when calling the DescribeImages operation: no";
    refused(fixture().answer(DESCRIBE_IMAGES, says(1, unknown)), unknown);
}

#[test]
fn what_is_not_that_base_gets_no_name_and_loses_the_one_of_the_pull() {
    let workspace = Workspace::new();
    let right = pushed_base(&workspace);
    let label = |key: &str, value: &str| pushed_base(&workspace).labels(&[(key.to_owned(), value.to_owned())].into());
    let theirs = "because it is the base of another workspace, `theirs`";
    for (wrong, why) in [
        (Image::new("sha256:other").digest(&pinned()), "because it was not built by `cargo xtask build-base`"),
        (label("io.distributed-colony.base.identity", "sha256:1"), "because its label io.distributed-colony.base.id"),
        (label(WORKSPACE_LABEL, "theirs"), theirs),
        (right.clone().architecture("arm64"), "because it is for linux/arm64, not for linux/amd64"),
    ] {
        let outcome = pulling(&workspace, &wrong).answer(REMOVE, Answer::stdout("Untagged\n")).run();
        outcome
            .exits(1)
            .prints("")
            .never_calls(&TAG)
            .says(&format!("[ERROR] {} is not the base of this workspace\n", pinned()))
            .says(why)
            .says("[INFO] Nothing was named; put the right one in its place: cargo xtask build-base\n");
        assert_eq!(outcome.calls_to(&REMOVE)[0].args[3..], [pinned()]);
        // A name that was there before is somebody's.
        let stood = machine(&workspace).image(&pinned(), &wrong).run();
        stood.exits(1).never_calls(&TAG).never_calls(&REMOVE).says(why);
    }
    let outcome = pulling(&workspace, &label(WORKSPACE_LABEL, "theirs")).answer(REMOVE, Answer::fails(1, "busy")).run();
    outcome.exits(1).says("[WARNING] take the name ").says(theirs);
}

#[test]
fn a_name_that_another_workspace_has_is_not_taken() {
    let workspace = Workspace::new();
    let theirs = current_base(&workspace).labels(&[(WORKSPACE_LABEL.to_owned(), "theirs".to_owned())].into());
    let outcome = machine(&workspace).image(BASE, &theirs).run();
    outcome.exits(3).prints("").touches_nothing().never_calls(&["aws"]);
    outcome.says(&format!("the image '{BASE}' is of another workspace, `theirs`\n"));
}

#[test]
fn a_pull_that_fails_is_explained() {
    let workspace = Workspace::new();
    for (text, what) in [
        ("denied: User: x is not authorized to perform: ecr:BatchGetImage", "lacks a permission of the registry\n"),
        ("read tcp: connection reset by peer", "the network was lost\n"),
        ("write /var/lib/docker/tmp/x: no space left on device", "the disk is full\n"),
        ("manifest for x not found: manifest unknown: Requested image not found", "vanished from the registry\n"),
    ] {
        let outcome = machine(&workspace).answer(PULL, Answer::fails(1, text)).run();
        outcome.exits(1).prints("").never_calls(&TAG).says(&format!("pull {}: ", pinned())).says(what).says(text);
    }
    let outcome = machine(&workspace).answer(PULL, Answer::hangs()).signalled("INT", PULL);
    outcome.exits(130).prints("").never_calls(&TAG);
}

#[test]
fn a_dry_run_prints_the_calls_and_makes_none() {
    let workspace = Workspace::new();
    let pasted = format!("docker pull --platform linux/amd64 {0}\ndocker tag {0} {BASE}\n", pinned());
    let outcome = machine(&workspace).xtask(["pull-base", "--dry-run"]).run();
    outcome.exits(0).touches_nothing();
    let (login, rest) = outcome.stdout.split_once('\n').expect("lines");
    assert!(login.contains(" aws ecr get-login-password ") && login.contains(" | docker login "), "{login}");
    assert_eq!(rest, pasted);
    let unknown = says(2, "Unable to locate credentials");
    let outcome = machine(&workspace).answer(IDENTITY, unknown).xtask(["pull-base", "--dry-run"]).run();
    outcome.exits(0).prints("").touches_nothing().says("[WARNING] a real run would stop here: check the AWS identity");
}

#[test]
fn the_result_can_be_had_as_json() {
    let workspace = Workspace::new();
    let base = pushed_base(&workspace);
    let outcome = pulling(&workspace, &base).xtask(["pull-base", "--json", "--quiet"]).run();
    let expected = json!({
        "image": BASE, "image_id": base.id, "state": "pulled", "pinned": pinned(),
        "identity": base.own_labels()["io.distributed-colony.base.identity"],
    });
    assert_eq!(json(outcome.exits(0)), expected);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn a_run_that_is_killed_anywhere_is_completed_by_the_next_one() {
    let workspace = Workspace::new();
    let base = pushed_base(&workspace);
    for calls in 1.. {
        let killed = machine(&workspace).image(&pinned(), &base).killed_at(calls);
        if killed.ended_by_itself() {
            assert!(calls > 8, "only {calls} calls were cut");
            return;
        }
        // The engine may have it by then.
        let fixture = machine(&workspace);
        let next = if killed.calls_to(&PULL).is_empty() { fixture.no_image(&pinned()) } else { fixture };
        next.image(&pinned(), &base).run().exits(0).prints(&format!("{BASE}\n"));
    }
}

/// It was made from the chef image of another machine, which may be called otherwise there.
#[test]
fn a_pulled_base_is_current_whatever_the_chef_image_is_called_here() {
    let workspace = Workspace::new();
    let chef = |id: &str| Image::new(id);
    let built = Fixture::new(&workspace)
        .builds(&Image::new(BUILT_ID))
        .image("chef:1", &chef("sha256:theirs"))
        .xtask(["build-base", "--no-push", "--chef-image=chef:1"])
        .run();
    let base = Image::new(BUILT_ID).labels(&built.exits(0).build().pairs("--label")).digest(&pinned());
    let pulled = pulling(&workspace, &base).image("chef:1", &chef("sha256:ours"));
    pulled.xtask(["pull-base", "--chef-image=chef:1"]).run().exits(0);
    let check = |base: &Image| {
        let fixture = Fixture::new(&workspace).image(BASE, base).image("chef:1", &chef("sha256:ours"));
        fixture.xtask(["check-base", "--chef-image=chef:1"]).run()
    };
    check(&base).exits(0);
    // What was pushed from here has a tag there.
    let pushed = base.name(&format!("{HOST}/distributed-colony-base:latest"));
    check(&pushed).exits(4).says("because chef:1 is another image now (sha256:theirs -> sha256:ours)");
}

fn json(outcome: &Outcome) -> Value {
    assert_eq!(outcome.stdout.lines().count(), 1, "{}", outcome.stdout);
    serde_json::from_str(&outcome.stdout).expect("JSON")
}
