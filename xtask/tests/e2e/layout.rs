//! Cargo's new layout of its build directory, which becomes the default in 1.100: no `release/deps`, no `.fingerprint`, a
//! folder for each unit of work. Older cargos know it as an unstable feature.

use std::sync::OnceLock;

use crate::chef;
use crate::engine::docker;
use crate::fixture::Fixture;
use crate::{edits, killed, shapes};

/// The first is how cargo's own tests use unstable features in a stable toolchain, and concerns cargo alone: the
/// compiler and what is compiled remain what they are.
const CHANGES: &str =
    "ENV __CARGO_TEST_CHANNEL_OVERRIDE_DO_NOT_USE_THIS=nightly CARGO_UNSTABLE_BUILD_DIR_NEW_LAYOUT=true\n";

pub(crate) fn chef() -> &'static str {
    static NAME: OnceLock<String> = OnceLock::new();
    NAME.get_or_init(|| chef::variant(CHANGES, &[]))
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn edits_failures_and_killed_compilers_are_right_in_the_new_build_layout_of_cargo() {
    // Cold, so that what is seeded from the base is seen to be of use: no build compiles a dependency anew.
    let fixture = Fixture::cold().with_chef(chef()).with_marks();
    let listed = docker(["run", "--rm", "--network", "none", &fixture.base(), "ls", "-A", "target/release"]);
    let folders: Vec<&str> = listed.lines().collect();
    assert!(folders.contains(&"build") && !folders.contains(&"deps"), "this is not the new layout: {folders:?}");
    edits::edit_a_leaf(&fixture);

    let warm = || Fixture::new().with_chef(chef()).with_marks();
    edits::edit_and_undo(&warm());
    shapes::fail_and_mend(&warm());
    killed::kill_the_compiler(&warm());
}
