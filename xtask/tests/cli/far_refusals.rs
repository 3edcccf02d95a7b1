//! What a builder that sees no local image cannot do, and what is missing for it.

use crate::answer::{Answer, record_of_failed_export};
use crate::ecr_world::{DESCRIBE_IMAGES, DIGEST, HOST, PUT_IMAGE, has_no_image};
use crate::far_world::{BUILDER, DRIVERS, LOOK_AT, MADE, base_there, config, far_base, far_colony};
use crate::image::Image;
use crate::support::{BUILD, Fixture, current_base};
use crate::workspace::Workspace;

#[test]
fn no_push_is_refused_with_the_reason() {
    let workspace = Workspace::new();
    for driver in DRIVERS {
        for command in ["build-base", "build-colony"] {
            let builder = Answer::stdout(format!("Name: far\nDriver: {driver}\n"));
            let outcome =
                Fixture::new(&workspace).answer(BUILDER, builder).xtask([command, "--no-push", "--builder=far"]).run();
            outcome
                .exits(2)
                .prints("")
                .touches_nothing()
                .says(&format!(
                    "[ERROR] the argument '--no-push' cannot be used with the builder `far`: the {driver} driver leaves \
                     no image in the local engine\n"
                ))
                .says("[INFO] Leave --no-push out: ");
        }
    }
}

#[test]
fn flags_about_a_local_base_are_refused() {
    let workspace = Workspace::new();
    for flag in ["--build-base", "--allow-stale-base"] {
        let outcome = far_colony(&workspace, "remote").xtask(["build-colony", "--builder=far", flag]).run();
        outcome
            .exits(2)
            .touches_nothing()
            .says(&format!("[ERROR] the argument '{flag}' cannot be used with the builder `far`: "))
            .says("[INFO] Push that first: cargo xtask build-base --builder far\n");
    }
}

#[test]
fn what_runs_here_is_made_by_the_engines_own_builder() {
    let workspace = Workspace::new();
    let builder = Answer::stdout("Name: far\nDriver: kubernetes\n");
    let outcome = Fixture::new(&workspace).answer(BUILDER, builder).xtask(["up", "--builder=far"]).run();
    outcome
        .exits(2)
        .touches_nothing()
        .says("[ERROR] what runs on this machine is an image of its engine, and the builder `far` (kubernetes driver) ")
        .says("[INFO] Leave --builder out");
}

#[test]
fn stand_ins_of_this_machine_are_refused_by_name() {
    let workspace = Workspace::new();
    let chef = "distributed-colony-chef:local";
    let stands = |fixture: Fixture<'_>, name: &str| {
        let fixture = fixture.image(name, &Image::new("sha256:1"));
        let outcome = fixture.run();
        outcome.exits(3).touches_nothing().never_calls(&["aws", "ecr", "create-repository"]);
        outcome
            .says(&format!("[ERROR] {name} is an image of this machine, and the builder `far` (remote driver) sees "));
        outcome
    };
    stands(far_base(&workspace, "remote"), chef).says("[INFO] Name one in a registry: CHEF_IMAGE=lukemathwalker/");
    let runtime = "distributed-colony-runtime:local";
    stands(far_colony(&workspace, "remote"), runtime).says("[INFO] Name one in a registry: RUNTIME_IMAGE=gcr.io/");
    let chosen = far_base(&workspace, "remote").xtask(["build-base", "--builder=far", "--chef-image", chef]);
    stands(chosen, chef);
}

#[test]
fn a_base_that_the_registry_has_not_ends_it_with_the_cure() {
    let workspace = Workspace::new();
    let fixture = || far_colony(&workspace, "remote");
    for major in [1, 2] {
        let outcome = fixture().answer(DESCRIBE_IMAGES, has_no_image(major)).run();
        outcome
            .exits(3)
            .touches_nothing()
            .says(&format!("[ERROR] the registry has no base of this workspace: {HOST}/distributed-colony-base:base-"))
            .says("[INFO] Build it, which pushes it too: cargo xtask build-base --builder far\n");
    }
    let outcome = fixture().without_repositories().run();
    outcome.exits(3).touches_nothing().says("cargo xtask build-base --builder far\n");
}

#[test]
fn another_image_under_the_tag_of_the_base_is_refused() {
    let workspace = Workspace::new();
    let mut labels = current_base(&workspace).own_labels().clone();
    labels.insert("io.distributed-colony.base.identity".to_owned(), "sha256:0".to_owned());
    let [docker, buildx, imagetools, inspect, format, template] = LOOK_AT;
    let reference = base_there();
    let look = [docker, buildx, imagetools, inspect, format, template, &reference];
    let outcome = far_colony(&workspace, "remote").answer(look, config(&labels, "")).run();
    outcome
        .exits(3)
        .never_calls(&BUILD)
        .says(&format!("[ERROR] {HOST}/distributed-colony-base@{DIGEST} is not the base of this workspace\n"))
        .says("[INFO]   because its label io.distributed-colony.base.identity is not sha256:");
}

#[test]
fn a_build_that_tells_no_digest_gives_no_tags() {
    let workspace = Workspace::new();
    let told = Answer::default().writing("--metadata-file", "", "{}");
    let outcome = far_colony(&workspace, "remote").answer(BUILD, told).run();
    outcome
        .exits(1)
        .prints("")
        .never_calls(&PUT_IMAGE)
        .says("[ERROR] read what buildx tells of distributed-colony:latest (")
        .says("containerimage.digest");
}

#[test]
fn a_push_of_the_builder_that_fails_is_explained() {
    let workspace = Workspace::new();
    let error = "failed to push host/x: unexpected status from POST request to https://host/v2/: 403 Forbidden";
    let failed = Answer::fails(1, "").telling(&[record_of_failed_export(error)]);
    let outcome = far_base(&workspace, "docker-container").answer(BUILD, failed).run();
    outcome.exits(1).never_calls(&PUT_IMAGE).says("the registry refuses the login").says("Nothing was pushed.");
}

#[test]
fn a_tag_that_cannot_be_given_says_what_is_there() {
    let workspace = Workspace::new();
    let refused = Answer::fails(254, "An error occurred (LimitExceededException) when calling PutImage: no");
    let outcome = far_base(&workspace, "remote").answer(PUT_IMAGE, refused.clone()).run();
    outcome
        .exits(1)
        .says(&format!("[INFO] The image is in the registry without a tag: {HOST}/distributed-colony-base@{MADE}\n"));
    let outcome =
        far_base(&workspace, "remote").answer(PUT_IMAGE, Answer::stdout("{}")).answer(PUT_IMAGE, refused).run();
    outcome.exits(1).says(&format!("[INFO] Published before that: {HOST}/distributed-colony-base:base-"));
}

#[test]
fn a_builder_of_the_docker_driver_goes_the_usual_way() {
    let workspace = Workspace::new();
    let builder = Answer::stdout("Name: far\nDriver: docker\n");
    let outcome =
        crate::ecr_world::base(&workspace).answer(BUILDER, builder).xtask(["build-base", "--builder=far"]).run();
    outcome.exits(0).never_calls(&PUT_IMAGE);
    assert!(outcome.build().args.contains(&"type=docker,oci-mediatypes=true".to_owned()));
}
