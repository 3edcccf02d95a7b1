//! `[workspace.metadata.images]` as people get it wrong, and the two images under one name.

use crate::support::{BASE, Fixture};
use crate::workspace::Workspace;

/// The error lines of a run on a workspace whose table has this text.
fn refusal(table: &str) -> String {
    let workspace = Workspace::new();
    let sound = "[workspace.metadata.images]\nbinaries = [\"backend\", \"coordinator\"]\nverify = [\"--version\"]\n";
    workspace.replace("Cargo.toml", sound, table);
    let outcome = Fixture::new(&workspace).xtask(["build-colony", "--no-push"]).run();
    outcome.exits(2).has_no_effect();
    assert!(!workspace.root().join("target").exists(), "something was written");
    outcome.stderr
}

#[test]
fn an_unknown_key_is_refused_by_name_with_the_known_ones() {
    let told = refusal("[workspace.metadata.images]\nbinaries = [\"backend\"]\nverfiy = [\"--help\"]\n");
    assert!(told.contains("[ERROR] [workspace.metadata.images] knows no key `verfiy`\n"), "{told}");
    assert!(
        told.contains("[INFO] Its keys are: binaries, verify, repository, base-repository, region, account\n"),
        "{told}"
    );
}

#[test]
fn a_wrong_type_is_refused_by_name_with_the_right_one() {
    let told = refusal("[workspace.metadata.images]\nbinaries = [\"backend\"]\nverify = \"--version\"\n");
    let error = "[ERROR] [workspace.metadata.images] verify is \"--version\", not a list of texts\n";
    assert!(told.contains(error), "{told}");
    assert!(told.contains("[INFO] Write it as a list: verify = [\"…\"]\n"), "{told}");
    let told = refusal("[workspace.metadata.images]\nbinaries = [\"backend\", 3]\n");
    assert!(told.contains("[ERROR] [workspace.metadata.images] binaries holds 3, not a list of texts\n"), "{told}");
}

#[test]
fn a_binary_whose_name_the_build_cannot_carry_is_refused() {
    let told = refusal("[workspace.metadata.images]\nbinaries = [\"back end\"]\n");
    assert!(told.contains("`back end` cannot be shipped under this name"), "{told}");
}

#[test]
fn one_name_for_both_images_is_refused_before_anything_is_done() {
    let workspace = Workspace::new();
    for command in ["build-colony", "up"] {
        let flags = Fixture::new(&workspace).xtask([command, "--repository=x1", "--base-repository=x1"]).run();
        flags.exits(2).says("[ERROR] 'x1:latest' is the name of both images: the colony would overwrite the base\n");
        flags.says("[INFO] Name another repository or tag").has_no_effect();
        assert!(flags.calls.is_empty(), "docker was asked");
        let variable = Fixture::new(&workspace).env("ECR_REPOSITORY", "distributed-colony-base").xtask([command]).run();
        variable.exits(2).says(&format!("[ERROR] '{BASE}' is the name of both images"));
    }
    assert!(!workspace.root().join("target").exists(), "something was written");
}

#[test]
fn one_repository_with_two_tags_is_fine() {
    let workspace = Workspace::new();
    let args = ["build-colony", "--no-push", "--repository=x1", "--base-repository=x1", "--base-tag=base"];
    Fixture::new(&workspace).xtask(args).run().exits(5).says("Base image 'x1:base' not found locally!");
}
