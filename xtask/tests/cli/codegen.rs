//! The files that follow from `[workspace.metadata.images]`: written, compared, and asked for by the builds.

use crate::image::Image;
use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

const GENERATED: [&str; 5] = [
    "Docker/.dockerignore",
    "Docker/Dockerfile",
    "Docker/Dockerfile.base",
    "Docker/Dockerfile.base.dockerignore",
    "Docker/Dockerfile.dockerignore",
];

fn codegen(workspace: &Workspace, flags: &[&str]) -> crate::outcome::Outcome {
    Fixture::new(workspace).without("docker").xtask(["codegen"].iter().chain(flags)).run()
}

/// One that has all of them.
fn generated() -> Workspace {
    let workspace = Workspace::new();
    codegen(&workspace, &[]).exits(0);
    workspace
}

#[test]
fn what_is_missing_is_written_and_named_and_the_next_time_nothing_is() {
    let workspace = Workspace::new();
    // The builds' own are those of the real workspace, whose table is the same.
    let ignore_files = "Docker/.dockerignore\nDocker/Dockerfile.base.dockerignore\nDocker/Dockerfile.dockerignore\n";
    codegen(&workspace, &[]).exits(0).prints(ignore_files).says("[INFO] Docker/.dockerignore is missing; written\n");
    codegen(&workspace, &[]).exits(0).prints("");
    codegen(&workspace, &["--json"]).exits(0).prints("{\"written\":[]}\n");
    codegen(&workspace, &["--check"]).exits(0).prints("");
}

#[test]
fn a_check_names_each_file_that_differs_and_how_and_the_cure() {
    let workspace = generated();
    workspace.replace("Cargo.toml", "ports = [8082, 8083]", "ports = [8082]");
    workspace.append("Docker/Dockerfile.base", "LABEL by=hand\n");
    std::fs::remove_file(workspace.root().join(GENERATED[0])).expect("it is there");
    let before = workspace.listing();
    let outcome = codegen(&workspace, &["--check"]);
    outcome.exits(4).prints("").says(
        "[ERROR] generated files differ from what the table gives: Docker/.dockerignore is missing, Docker/Dockerfile is \
         not what the table gives, Docker/Dockerfile.base was edited by hand\n\
         [INFO] Please write it again: cargo xtask codegen\n",
    );
    codegen(&workspace, &["--dry-run"])
        .exits(0)
        .prints("Docker/.dockerignore\nDocker/Dockerfile\nDocker/Dockerfile.base\n")
        .says("[INFO] Docker/Dockerfile.base was edited by hand; would be written\n");
    assert_eq!(workspace.listing(), before, "something was written");
    codegen(&workspace, &[]).exits(0);
    codegen(&workspace, &["--check"]).exits(0);
    assert!(workspace.read("Docker/Dockerfile").contains("\nEXPOSE 8082\n"));
}

#[test]
fn nothing_is_built_by_the_files_of_another_table() {
    let workspace = generated();
    let base = current_base(&workspace);
    workspace.replace("Cargo.toml", r#"binaries = ["backend", "coordinator"]"#, r#"binaries = ["backend"]"#);
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(4).has_no_effect().says(
        "[ERROR] Docker/Dockerfile is not what the table gives: [workspace.metadata.images] in Cargo.toml\n\
         [INFO] Please write it again: cargo xtask codegen\n",
    );
    workspace.append("Cargo.toml", "[workspace.metadata.images.packages]\napt = [\"cmake\"]\n");
    let outcome = Fixture::new(&workspace).xtask(["build-base", "--no-push"]).run();
    outcome.exits(4).has_no_effect().says("[ERROR] Docker/Dockerfile is not what the table gives");
    let outcome = Fixture::new(&workspace).xtask(["check-base"]).run();
    outcome.exits(4).prints("").says("[ERROR] Docker/Dockerfile is not what the table gives");
    codegen(&workspace, &[]).exits(0);
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
    outcome.exits(4).says("ARG APT_PACKAGES APT_PACKAGES=\"cmake\" added");
}

#[test]
fn a_dry_run_warns_of_files_of_another_table_and_goes_on() {
    let workspace = generated();
    workspace.replace("Cargo.toml", "ports = [8082, 8083]", "ports = [8082]");
    let outcome = Fixture::new(&workspace).xtask(["build-base", "--no-push", "--dry-run"]).run();
    outcome.exits(0).says("[WARNING] a real run would stop here: Docker/Dockerfile is not what the table gives");
}

#[test]
fn what_was_edited_by_hand_is_built_by() {
    let workspace = generated();
    workspace.append("Docker/Dockerfile", "LABEL by=hand\n");
    let base = current_base(&workspace);
    let fixture = Fixture::new(&workspace).image(BASE, &base).builds(&Image::new("sha256:new"));
    fixture.xtask(["build-colony", "--no-push"]).run().exits(0);
}
