//! `[workspace.metadata.images]` as people get it wrong, and the two images under one name.

use crate::archives::unpack;
use crate::image::Image;
use crate::support::{BASE, Fixture, current_base};
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
        told.contains(
            "[INFO] Its keys are: binaries, verify, default, args, ports, env, user, workdir, copy, profile, features, "
        ) && told.contains(", no-default-features, packages, include, build-env, secrets, ssh, repository, "),
        "{told}"
    );
}

#[test]
fn a_wrong_type_is_refused_by_name_with_the_right_one() {
    let told = refusal("[workspace.metadata.images]\nbinaries = [\"backend\"]\nverify = \"--version\"\n");
    let error = "[ERROR] [workspace.metadata.images] verify is \"--version\", not a list of texts or false\n";
    assert!(told.contains(error), "{told}");
    assert!(told.contains("[INFO] Write it as a list: verify = [\"…\"]; or as false"), "{told}");
    let told = refusal("[workspace.metadata.images]\nbinaries = [\"backend\", 3]\n");
    assert!(
        told.contains("[ERROR] [workspace.metadata.images] binaries holds 3, not a name or a table { name, verify }\n"),
        "{told}"
    );
}

#[test]
fn a_profile_that_is_none_is_refused_by_name() {
    let table = |profile: &str| {
        refusal(&format!(
            "[workspace.metadata.images]\nbinaries = [\"backend\", \"coordinator\"]\nprofile = {profile}\n"
        ))
    };
    let told = table("\"image\"");
    let error = "[ERROR] [workspace.metadata.images] profile is `image`, and Cargo.toml has no [profile.image]\n";
    assert!(told.contains(error) && told.contains("[INFO] Add to it: [profile.image] inherits"), "{told}");
    assert!(table("\"dev\"").contains("[ERROR] [workspace.metadata.images] profile: `dev`: "));
    assert!(table("3").contains("[ERROR] [workspace.metadata.images] profile is 3, not a text\n"));
}

#[test]
fn a_profile_of_its_own_reaches_both_builds() {
    let workspace = Workspace::new();
    let file = |context: &str, path: &str| std::fs::read_to_string(workspace.root().join(context).join(path));
    let build_base = || {
        let fixture = Fixture::new(&workspace).builds(&Image::new("sha256:base"));
        let outcome = fixture.xtask(["build-base", "--no-push"]).run();
        outcome.exits(0);
        outcome
    };
    // As long as nobody chooses one, nothing of all this is there.
    let outcome = build_base();
    let plain = outcome.build();
    let before = Image::new("sha256:base").labels(&plain.pairs("--label"));
    assert!(!plain.pairs("--build-arg").contains_key("PROFILE"), "{:?}", plain.args);
    workspace.append(
        "Cargo.toml",
        "[profile.image]\ninherits = \"release\"\nopt-level = 2\n[profile.other]\ninherits = \"image\"\n",
    );
    let ask = |base: &Image| Fixture::new(&workspace).image(BASE, base).xtask(["check-base"]).run();
    ask(&before).exits(0);

    workspace.replace("Cargo.toml", "verify = [\"--version\"]\n", "verify = [\"--version\"]\nprofile = \"image\"\n");
    ask(&before)
        .exits(4)
        .says("Cargo.toml changed (profile.image.inherits release added, profile.image.opt-level 2 added)");
    let outcome = build_base();
    let chosen = outcome.build();
    assert_eq!(chosen.pairs("--build-arg")["PROFILE"], "image");
    let manifest = file(&chosen.pairs("--build-context")["plan"], "Cargo.toml").expect("planned");
    assert!(manifest.contains("image") && !manifest.contains("other"), "{manifest}");
    let base = Image::new("sha256:base").labels(&chosen.pairs("--label"));
    let fixture = Fixture::new(&workspace).image(BASE, &base).builds(&Image::new("sha256:new"));
    let outcome = fixture.xtask(["build-colony", "--no-push"]).run();
    let context = outcome.exits(0).build().pairs("--build-context").remove("source").expect("a context");
    assert_eq!(file(&context, "profile").expect("staged"), "image\n");
    let staged = unpack(&workspace.root().join(context));
    let manifest = std::fs::read_to_string(staged.join("Cargo.toml")).expect("staged");
    assert!(manifest.contains("[profile.image]") && manifest.contains("[profile.release]"), "{manifest}");
    assert!(!manifest.contains("[profile.other]"), "{manifest}");
}

#[test]
fn a_profile_that_makes_edits_slow_is_told_once_in_each_build() {
    let workspace = Workspace::new();
    workspace.replace("Cargo.toml", "lto = false", "lto = \"thin\"");
    let base = current_base(&workspace);
    let fixture = || Fixture::new(&workspace).image(BASE, &base).builds(&Image::new("sha256:new"));
    let outcome = fixture().xtask(["build-colony", "--no-push"]).run();
    outcome
        .exits(0)
        .says("[INFO] the profile `release` makes builds after an edit slow: lto = \"thin\" optimises all crates");
    assert_eq!(outcome.stderr.matches("edit slow").count(), 1);
    fixture().xtask(["build-colony", "--no-push", "-q"]).run().exits(0).never_says("edit slow");
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
