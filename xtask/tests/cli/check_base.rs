//! `cargo xtask check-base`: current, missing, stale.

use serde_json::Value;

use crate::image::Image;
use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

#[test]
fn a_base_built_from_this_workspace_is_current() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    Fixture::new(&workspace)
        .image(BASE, &base)
        .xtask(["check-base"])
        .run()
        .exits(0)
        .prints("current\n")
        .has_no_effect();
}

#[test]
fn a_missing_base_is_told_in_the_words_of_the_specification() {
    let workspace = Workspace::new();
    let without = Fixture::new(&workspace).xtask(["check-base"]).run();
    without.exits(5).never_says("build-and-push-base.sh");
    workspace.write("Docker/build-and-push-base.sh", "");
    let outcome = Fixture::new(&workspace).xtask(["check-base"]).run();
    outcome.exits(5).prints("missing\n").has_no_effect();
    assert_eq!(
        outcome.stderr,
        "[ERROR] Base image 'distributed-colony-base:latest' not found locally!\n\
         [INFO] Please build the base image first:\n\
         [INFO]   cargo xtask build-base\n\
         [INFO]   ./build-and-push-base.sh   (the same, in Docker/)\n\
         [INFO] Or pull it, if it was pushed before: cargo xtask pull-base\n"
    );
}

#[test]
fn an_image_without_our_labels_is_stale() {
    let workspace = Workspace::new();
    let outcome = Fixture::new(&workspace).image(BASE, &Image::new("sha256:other")).xtask(["check-base"]).run();
    outcome.exits(4).prints("stale\n");
    assert_eq!(
        outcome.stderr,
        "[ERROR] Base image 'distributed-colony-base:latest' is stale\n\
         [INFO]   because it was not built by `cargo xtask build-base` (it has no identity label)\n\
         [INFO] Please build it again: cargo xtask build-base\n\
         [INFO] Or pull it, if it was pushed before: cargo xtask pull-base\n"
    );
}

#[test]
fn every_reason_stands_on_a_line_of_its_own() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    workspace.replace("Docker/Dockerfile.base", "ENV CARGO_INCREMENTAL=1", "ENV CARGO_INCREMENTAL=0");
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base", "--chef-image", "chef:2"]).run();
    outcome.exits(4).prints("stale\n").has_no_effect();
    assert_eq!(
        outcome.stderr,
        "[ERROR] Base image 'distributed-colony-base:latest' is stale\n\
         [INFO]   because Docker/Dockerfile.base changed (ENV CARGO_INCREMENTAL CARGO_INCREMENTAL=1 -> \
         CARGO_INCREMENTAL=0)\n\
         [INFO]   because chef image changed (reference lukemathwalker/cargo-chef:latest-rust-1.87-alpine -> chef:2)\n\
         [INFO] Please build it again: cargo xtask build-base --chef-image chef:2\n\
         [INFO] Or pull it, if it was pushed before: cargo xtask pull-base --chef-image chef:2\n"
    );
}

#[test]
fn a_label_that_cannot_be_read_is_stale() {
    let workspace = Workspace::new();
    let labels = [("io.distributed-colony.base.inputs".to_owned(), "[]".to_owned())].into();
    let base = Image::new("sha256:base").labels(&labels);
    let outcome = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
    outcome.exits(4).says("because its identity label cannot be read");
}

#[test]
fn a_chef_image_that_was_rebuilt_under_its_name_is_stale() {
    let workspace = Workspace::new();
    let built = Fixture::new(&workspace)
        .builds(&Image::new("sha256:base"))
        .image("chef:1", &Image::new("sha256:old"))
        .xtask(["build-base", "--no-push", "--chef-image", "chef:1"])
        .run();
    let base = Image::new("sha256:base").labels(&built.exits(0).build().pairs("--label"));
    let check = |chef: &Image| {
        let fixture = Fixture::new(&workspace).image(BASE, &base).image("chef:1", chef);
        fixture.xtask(["check-base", "--chef-image", "chef:1"]).run()
    };
    check(&Image::new("sha256:old")).exits(0);
    check(&Image::new("sha256:new")).exits(4).says("because chef:1 is another image now (sha256:old -> sha256:new)");
}

#[test]
fn the_json_answer_names_image_state_identity_and_reasons() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let current = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base", "--json"]).run();
    let answer = json(&current.exits(0).stdout);
    assert_eq!((&answer["image"], &answer["state"]), (&BASE.into(), &"current".into()));
    assert_eq!(answer["reasons"], serde_json::json!([]));
    assert!(answer["identity"].as_str().is_some_and(|hash| hash.len() == "sha256:".len() + 64), "{answer}");

    let missing = Fixture::new(&workspace).xtask(["check-base", "--json"]).run();
    let missing = json(&missing.exits(5).stdout);
    assert_eq!((&missing["state"], &missing["identity"]), (&"missing".into(), &answer["identity"]));

    let args = ["check-base", "--json", "--chef-image", "chef:2"];
    let stale = Fixture::new(&workspace).image(BASE, &base).xtask(args).run();
    let stale = json(&stale.exits(4).stdout);
    assert_eq!(stale["state"], "stale");
    assert_eq!(stale["reasons"].as_array().map(Vec::len), Some(1), "{stale}");
    assert_ne!(stale["identity"], answer["identity"]);
}

#[test]
fn many_reasons_fit_a_screen_and_the_json_answer_has_all_of_them() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let features: Vec<String> = (0..20).map(|number| format!("f{number} = []\n")).collect();
    workspace.append("crates/backend/Cargo.toml", &format!("[features]\n{}", features.concat()));
    for number in 0..20 {
        let name = format!("new{number}");
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n");
        workspace.write(&format!("crates/{name}/Cargo.toml"), &manifest);
        workspace.write(&format!("crates/{name}/src/lib.rs"), "");
        workspace.replace(
            "crates/backend/Cargo.toml",
            "[dependencies]\n",
            &format!("[dependencies]\n{name} = {{ path = \"../{name}\" }}\n"),
        );
    }
    workspace.cargo(["generate-lockfile"]);

    let told = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base"]).run();
    told.exits(4).says("and 35 more)").says("other inputs changed; check-base --json names them");
    let lines: Vec<&str> = told.stderr.lines().collect();
    assert_eq!(lines.len(), 15, "{lines:#?}");
    assert!(lines.iter().all(|line| line.len() < 400), "{lines:#?}");

    let answer = Fixture::new(&workspace).image(BASE, &base).xtask(["check-base", "--json"]).run();
    let answer = json(&answer.exits(4).stdout);
    let reasons: Vec<&str> = answer["reasons"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
    let backend = reasons.iter().find(|reason| reason.starts_with("crates/backend/Cargo.toml")).expect("a reason");
    assert_eq!(backend.matches("added").count(), 40, "{backend}");
    assert!(reasons.contains(&"crates/new19/Cargo.toml is new"), "{reasons:#?}");
}

#[test]
fn the_name_of_the_base_comes_from_flag_before_environment_before_default() {
    let workspace = Workspace::new();
    let asked = |fixture: Fixture<'_>| {
        let missing = fixture.run();
        missing.exits(5);
        missing.stderr.lines().next().expect("an error").to_owned()
    };
    let fixture = || {
        let fixture = Fixture::new(&workspace).env("ECR_BASE_REPOSITORY", "from/env").env("BASE_IMAGE_TAG", "env");
        fixture.xtask(["check-base"])
    };
    assert_eq!(asked(fixture()), "[ERROR] Base image 'from/env:env' not found locally!");
    let flags = fixture().xtask(["check-base", "--base-repository", "from/flag", "--base-tag", "flag"]);
    assert_eq!(asked(flags), "[ERROR] Base image 'from/flag:flag' not found locally!");
}

#[test]
fn the_identity_does_not_depend_on_where_the_workspace_stands() {
    let (here, there) = (Workspace::new(), Workspace::at("another place"));
    let base = current_base(&here);
    Fixture::new(&there).image(BASE, &base).xtask(["check-base"]).run().exits(0);
}

fn json(line: &str) -> Value {
    assert_eq!(line.lines().count(), 1, "{line}");
    serde_json::from_str(line).expect("JSON")
}
