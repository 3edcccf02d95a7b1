//! The two images that the builds start from: the public ones, others by flag, or local stand-ins.

use crate::image::Image;
use crate::outcome::Outcome;
use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

const CHEF: &str = "distributed-colony-chef:local";
const RUNTIME: &str = "distributed-colony-runtime:local";

fn build_base(fixture: Fixture<'_>) -> Outcome {
    fixture.builds(&Image::new("sha256:base")).run()
}

fn plain(workspace: &Workspace) -> Fixture<'_> {
    Fixture::new(workspace).xtask(["build-base", "--no-push"])
}

#[test]
fn without_a_stand_in_the_public_images_are_used_in_silence() {
    let workspace = Workspace::new();
    let outcome = build_base(plain(&workspace));
    let chef = &outcome.exits(0).never_says("[WARNING]").build().pairs("--build-arg")["CHEF_IMAGE"];
    assert_eq!(chef, "lukemathwalker/cargo-chef:latest-rust-1.87-alpine");
}

#[test]
fn a_local_chef_stands_in_with_a_warning() {
    let workspace = Workspace::new();
    let outcome = build_base(plain(&workspace).image(CHEF, &Image::new("sha256:chef")));
    outcome.exits(0).says(
        "[WARNING] distributed-colony-chef:local made on this machine stands in for \
         lukemathwalker/cargo-chef:latest-rust-1.87-alpine (set CHEF_IMAGE to choose another)\n",
    );
    let build = outcome.build();
    assert_eq!(build.pairs("--build-arg")["CHEF_IMAGE"], CHEF);
    assert_eq!(build.pairs("--label")["io.distributed-colony.base.chef-id"], "sha256:chef");
}

#[test]
fn a_chosen_chef_wins_over_the_stand_in_without_a_look_at_it() {
    let workspace = Workspace::new();
    let from_env = build_base(plain(&workspace).env("CHEF_IMAGE", "chef:env"));
    assert_eq!(from_env.exits(0).never_says("[WARNING]").build().pairs("--build-arg")["CHEF_IMAGE"], "chef:env");
    assert!(!from_env.calls.iter().any(|call| call.args.iter().any(|arg| arg == CHEF)));

    let flag =
        plain(&workspace).env("CHEF_IMAGE", "chef:env").xtask(["build-base", "--no-push", "--chef-image=chef:flag"]);
    assert_eq!(build_base(flag).exits(0).build().pairs("--build-arg")["CHEF_IMAGE"], "chef:flag");
}

#[test]
fn a_local_runtime_stands_in_with_a_warning() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    let outcome = Fixture::new(&workspace)
        .image(BASE, &base)
        .image(RUNTIME, &Image::new("sha256:runtime"))
        .builds(&Image::new("sha256:new"))
        .xtask(["build-colony", "--no-push"])
        .run();
    outcome.exits(0).says(
        "[WARNING] distributed-colony-runtime:local made on this machine stands in for gcr.io/distroless/cc \
         (set RUNTIME_IMAGE to choose another)\n",
    );
    assert_eq!(outcome.build().pairs("--build-arg")["RUNTIME_IMAGE"], RUNTIME);
}
