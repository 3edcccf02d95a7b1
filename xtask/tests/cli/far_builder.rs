//! `--builder` of the docker-container, kubernetes and remote drivers: from the registry into the registry.

use serde_json::Value;

use crate::answer::Answer;
use crate::ecr_world::{CREATE_COLONY, GET_IMAGE, HOST, LOGIN, PULL, PUSH, PUT_IMAGE, TAG, tag_of_identity};
use crate::far_world::{BUILDER, DRIVERS, LOOK_AT, MADE, base_there, config, far_base, far_colony, record};
use crate::outcome::Outcome;
use crate::support::{BUILD, Fixture, current_base};
use crate::workspace::Workspace;

fn output(repository: &str) -> String {
    format!("type=image,name={HOST}/{repository},push=true,push-by-digest=true,name-canonical=true,oci-mediatypes=true")
}

/// What follows a flag of the build.
fn value(outcome: &Outcome, flag: &str) -> String {
    let args = &outcome.build().args;
    let at = args.iter().position(|arg| arg == flag).unwrap_or_else(|| outcome.fail(&format!("no {flag}")));
    args[at + 1].clone()
}

/// The tags that were given, in their order.
fn tags(outcome: &Outcome) -> Vec<String> {
    outcome.calls_to(&PUT_IMAGE).iter().map(|call| call.args[5].clone()).collect()
}

/// That builder is asked, the image goes past the engine, and nothing comes into it.
fn goes_past_the_engine(outcome: &Outcome, repository: &str) {
    outcome.exits(0).never_calls(&PULL).never_calls(&PUSH).never_calls(&TAG);
    assert_eq!(value(outcome, "--builder"), "far");
    assert_eq!(value(outcome, "--output"), output(repository));
    let args = &outcome.build().args;
    assert!(!args.iter().any(|arg| arg == "--load" || arg == "--tag"), "{args:?}");
}

#[test]
fn a_base_is_pushed_by_its_digest_and_gets_its_names_there() {
    let workspace = Workspace::new();
    for driver in DRIVERS {
        let outcome = far_base(&workspace, driver).run();
        goes_past_the_engine(&outcome, "distributed-colony-base");
        outcome.prints(&format!("{HOST}/distributed-colony-base@{MADE}\n"));
        assert_eq!(tags(&outcome), [outcome.identity_tag(), "latest".to_owned()]);
        let put = &outcome.calls_to(&PUT_IMAGE)[0].args;
        assert_eq!(put[6..8], ["--image-digest", MADE]);
        assert!(!outcome.build().pairs("--build-arg").contains_key("CHEF_ID"));
    }
}

#[test]
fn a_colony_is_built_on_the_base_of_the_registry_and_pushed_by_its_digest() {
    let workspace = Workspace::new();
    for driver in DRIVERS {
        let outcome = far_colony(&workspace, driver).run();
        goes_past_the_engine(&outcome, "distributed-colony");
        outcome.prints(&format!("{HOST}/distributed-colony@{MADE}\n"));
        assert_eq!(outcome.build().pairs("--build-arg")["BASE_IMAGE"], base_there());
        let [permanent, latest] = &tags(&outcome)[..] else { panic!("two tags: {:?}", tags(&outcome)) };
        assert!(permanent.ends_with("-777777777777"), "{permanent}");
        assert_eq!(latest, "latest");
        // The base is looked for by its identity.
        let wish = format!("imageTag={}", tag_of_identity(current_base(&workspace).own_labels()));
        assert!(outcome.calls.iter().any(|call| call.args.contains(&wish)), "{wish}");
    }
}

#[test]
fn the_repository_is_made_and_docker_logged_in_before_the_build() {
    let workspace = Workspace::new();
    let outcome = far_base(&workspace, "remote").without_repositories().run();
    outcome.exits(0);
    let first = |words: &[&str]| outcome.calls.iter().position(|call| call.begins(words)).expect("it is called");
    assert!(first(&["aws", "ecr", "create-repository"]) < first(&BUILD) && first(&LOGIN) < first(&BUILD));
    assert!(first(&BUILD) < first(&GET_IMAGE) && first(&GET_IMAGE) < first(&PUT_IMAGE));
    outcome.never_calls(&CREATE_COLONY);
}

#[test]
fn the_record_knows_the_registry_and_nothing_of_the_engine() {
    let workspace = Workspace::new();
    let lines = ["total 106", "member backend compiled crates/backend/src/cli.rs changed"];
    let outcome = far_colony(&workspace, "kubernetes")
        .background(BUILD, Answer::compiles(MADE, &lines))
        .xtask(["build-colony", "--builder=far", "--json"])
        .run();
    let told = record(&outcome.exits(0).stdout);
    assert_eq!((&told["digest"], &told["compressed_bytes"]), (&MADE.into(), &5.into()));
    assert_eq!((&told["image_id"], &told["bytes"]), (&Value::Null, &Value::Null));
    assert_eq!(told["pinned"], format!("{HOST}/distributed-colony@{MADE}"));
    assert_eq!(told["moved"][0]["tag"], "latest");
    assert_eq!(told["sent"], true);
}

#[test]
fn the_same_sources_keep_the_version_that_their_image_has_in_the_registry() {
    let workspace = Workspace::new();
    let first = far_colony(&workspace, "remote").run();
    let labels = first.exits(0).build().pairs("--label");
    let [docker, buildx, imagetools, inspect, format, template] = LOOK_AT;
    let reference = format!("{HOST}/distributed-colony:latest");
    let again = |labels| {
        let look = [docker, buildx, imagetools, inspect, format, template, &reference];
        let outcome = far_colony(&workspace, "remote").answer(look, config(labels, "v7")).run();
        outcome.exits(0).build().pairs("--build-arg")["BUILD_VERSION"].clone()
    };
    assert_eq!(again(&labels), "v7");
    let mut others = labels.clone();
    others.insert("io.distributed-colony.inputs".to_owned(), "sha256:0".to_owned());
    assert_ne!(again(&others), "v7");
}

#[test]
fn a_release_gets_its_version_too() {
    let workspace = Workspace::new();
    let words = ["build-colony", "--builder=far", "--version-tag=1.4.2"];
    let outcome = far_colony(&workspace, "remote").xtask(words).background(
        ["aws", "ecr", "describe-images", "--repository-name", "distributed-colony", "--region"],
        Answer::stdout(r#"{"imageDetails":[]}"#),
    );
    let outcome = outcome.run();
    outcome.exits(0);
    assert_eq!(tags(&outcome)[1..], ["1.4.2", "1.4", "1", "latest"]);
    assert_eq!(outcome.build().pairs("--build-arg")["BUILD_VERSION"], "1.4.2");
}

#[test]
fn a_dry_run_prints_the_build_and_what_gives_the_tags() {
    let workspace = Workspace::new();
    let outcome = far_colony(&workspace, "remote").xtask(["build-colony", "--builder=far", "--dry-run"]).run();
    outcome.exits(0).touches_nothing();
    let at = |text: &str| outcome.stdout.find(text).unwrap_or_else(|| panic!("no {text} in {}", outcome.stdout));
    let build = at(&format!("--output {}", output("distributed-colony")));
    assert!(at("docker login") < build && build < at("DIGEST=$(sed -n "));
    assert!(at("DIGEST=$(") < at("MANIFEST=$(") && at("aws ecr batch-get-image ") < at("aws ecr put-image "));
    outcome.lists("--metadata-file target/xtask/pushed-colony.json");
    outcome.lists("\"imageDigest=$DIGEST\"").lists("--image-manifest \"$MANIFEST\"");
}

#[test]
fn a_namespace_of_mounts_reaches_the_builds_of_every_builder() {
    let workspace = Workspace::new();
    let namespace = |fixture: Fixture<'_>| {
        let outcome = fixture.env("BUILDKIT_CACHE_MOUNT_NS", "mine").run();
        outcome.exits(0).build().pairs("--build-arg").get("BUILDKIT_CACHE_MOUNT_NS").cloned()
    };
    let mine = Some("mine".to_owned());
    assert_eq!(namespace(far_colony(&workspace, "remote")), mine);
    assert_eq!(namespace(far_base(&workspace, "remote")), mine);
    let outcome = far_colony(&workspace, "remote").env("BUILDKIT_CACHE_MOUNT_NS", "").run();
    assert!(!outcome.build().pairs("--build-arg").contains_key("BUILDKIT_CACHE_MOUNT_NS"));
}

#[test]
fn who_names_no_builder_is_asked_nothing_more() {
    let workspace = Workspace::new();
    let outcome = crate::ecr_world::colony(&workspace).run();
    outcome.exits(0).never_calls(&BUILDER[..3]);
}
