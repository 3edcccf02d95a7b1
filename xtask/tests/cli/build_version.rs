//! BUILD_VERSION: the time of the build, but the same while the inputs are the same.

use std::collections::BTreeMap;

use crate::answer::Answer;
use crate::image::Image;
use crate::support::{BASE, COLONY, Fixture, current_base};
use crate::workspace::Workspace;

/// Builds where `before` stands as the colony image. Gives the version and the labels of the new one.
fn build(fixture: Fixture<'_>, base: &Image, before: &Image) -> (String, BTreeMap<String, String>) {
    let fixture = fixture.image(BASE, base).image(COLONY, before).builds(&Image::new("sha256:new"));
    let outcome = fixture.run();
    let build = outcome.exits(0).build();
    (build.pairs("--build-arg")["BUILD_VERSION"].clone(), build.pairs("--label"))
}

fn plain(workspace: &Workspace) -> Fixture<'_> {
    Fixture::new(workspace).xtask(["build-colony", "--no-push"])
}

#[test]
fn it_is_a_time_in_utc_by_default() {
    let workspace = Workspace::new();
    let (version, _) = build(plain(&workspace), &current_base(&workspace), &Image::new("sha256:old"));
    let shape: String = version.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00Z", "{version}");
}

#[test]
fn it_stays_while_the_inputs_stay() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let (_, labels) = build(plain(&workspace), &base, &Image::new("sha256:old"));
    let before = Image::new("sha256:old").labels(&labels).variable("BUILD_VERSION", "the first");
    assert_eq!(build(plain(&workspace), &base, &before), ("the first".to_owned(), labels));
}

#[test]
fn it_is_new_after_an_edit() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let (_, labels) = build(plain(&workspace), &base, &Image::new("sha256:old"));
    let before = Image::new("sha256:old").labels(&labels).variable("BUILD_VERSION", "the first");
    workspace.write("crates/backend/src/main.rs", "fn main() { println!() }\n");
    let (version, edited) = build(plain(&workspace), &base, &before);
    assert_ne!(version, "the first");
    assert_ne!(edited, labels);
}

#[test]
fn it_is_new_on_another_base_or_runtime_or_dockerfile() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let (_, labels) = build(plain(&workspace), &base, &Image::new("sha256:old"));
    let before = Image::new("sha256:old").labels(&labels).variable("BUILD_VERSION", "the first");

    let other_base = Image::new("sha256:base2").labels(&current_base_labels(&workspace));
    assert_ne!(build(plain(&workspace), &other_base, &before).0, "the first");
    let other_runtime = plain(&workspace).env("RUNTIME_IMAGE", "runtime:2");
    assert_ne!(build(other_runtime, &base, &before).0, "the first");
    workspace.append("Docker/compile.sh", "true\n");
    assert_ne!(build(plain(&workspace), &base, &before).0, "the first");
}

#[test]
fn an_edit_to_what_is_not_shipped_keeps_it() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let (_, labels) = build(plain(&workspace), &base, &Image::new("sha256:old"));
    let before = Image::new("sha256:old").labels(&labels).variable("BUILD_VERSION", "the first");
    workspace.write("crates/gui/src/main.rs", "fn main() { println!() }\n");
    workspace.write("xtask/src/main.rs", "fn main() { println!() }\n");
    workspace.append("README.md", "More.\n");
    workspace.append("crates/gui/Cargo.toml", "[features]\nnew = []\n");
    assert_eq!(build(plain(&workspace), &base, &before).0, "the first");
}

#[test]
fn flag_comes_before_environment_before_the_kept_one() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let (_, labels) = build(plain(&workspace), &base, &Image::new("sha256:old"));
    let before = Image::new("sha256:old").labels(&labels).variable("BUILD_VERSION", "the first");
    let set = || plain(&workspace).env("BUILD_VERSION", "from env");
    assert_eq!(build(set(), &base, &before).0, "from env");
    let flag = set().xtask(["build-colony", "--no-push", "--build-version", "from flag"]);
    assert_eq!(build(flag, &base, &before).0, "from flag");
}

#[test]
fn a_chosen_version_does_not_stick() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let chosen = plain(&workspace).xtask(["build-colony", "--no-push", "--build-version", "mine"]);
    let (_, labels) = build(chosen, &base, &Image::new("sha256:old"));
    let before = Image::new("sha256:old").labels(&labels).variable("BUILD_VERSION", "mine");
    assert_ne!(build(plain(&workspace), &base, &before).0, "mine");
}

#[test]
fn an_image_of_the_same_inputs_under_another_name_gives_its_version() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let (_, labels) = build(plain(&workspace), &base, &Image::new("sha256:old"));
    let inputs = format!("label=io.distributed-colony.inputs={}", labels["io.distributed-colony.inputs"]);
    let made = "label=io.distributed-colony.version=made";
    let of = |id, version| Image::new(id).labels(&labels).variable("BUILD_VERSION", version).to_json();
    let listed = plain(&workspace)
        .answer(
            ["docker", "image", "ls", "--all", "--no-trunc", "--quiet", "--filter", &inputs, "--filter", made],
            Answer::stdout("sha256:b\nsha256:a\nsha256:b\n"),
        )
        .answer(
            ["docker", "image", "inspect", "--format", "{{json .}}", "sha256:a", "sha256:b"],
            Answer::stdout(of("sha256:a", "2026-11-25T02:02:10Z") + &of("sha256:b", "2026-11-25T02:02:09Z")),
        );
    assert_eq!(build(listed, &base, &Image::new("sha256:old")).0, "2026-11-25T02:02:09Z");
}

fn current_base_labels(workspace: &Workspace) -> BTreeMap<String, String> {
    let outcome = Fixture::new(workspace).builds(&Image::new("sha256:base2")).xtask(["build-base", "--no-push"]).run();
    outcome.exits(0).build().pairs("--label")
}
