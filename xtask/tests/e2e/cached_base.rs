//! Edits that cannot change how a dependency is compiled: the base stays current, and building it again does nothing.

use crate::copy::Copy;
use crate::engine;
use crate::fixture::Fixture;

type Edit = fn(&Copy);

/// Each edit with its name. `tests/cli/edits_that_do_not_count.rs` has all of them, and what they leave as it is; here
/// one of each kind meets BuildKit's cache: what is planned changes and the recipe does not, the lock file changes for
/// others alone, and nothing that is planned changes.
const EDITS: [(&str, Edit); 3] = [
    ("the version of all members", |copy| copy.replace("Cargo.toml", "version = \"0.1.0\"", "version = \"0.1.1\"")),
    ("a dependency of the gui", |copy| {
        copy.replace("crates/gui/Cargo.toml", "\n[dependencies]\n", "\n[dependencies]\nserde_json.workspace = true\n");
    }),
    ("sources and documents", |copy| {
        copy.append("crates/shared/src/lib.rs", "\n// A comment.\n");
        copy.write("README.md", "# New\n");
    }),
];

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn edits_that_cannot_change_a_dependency_leave_the_base_fully_cached() {
    let fixture = Fixture::new();
    fixture.build_base();
    let base = engine::image_id(&fixture.base());
    for (name, edit) in EDITS {
        edit(&fixture.copy);
        fixture.xtask(&["check-base"], &[]).exits(0).prints("current");
        fixture.build_base().never_says(" Compiling ");
        assert_eq!(engine::image_id(&fixture.base()), base, "after an edit of {name}");
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_edit_that_can_change_a_dependency_is_named_and_refused() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.copy.replace("Cargo.toml", "codegen-units = 256", "codegen-units = 255");
    let reason = "Cargo.toml changed (profile.release.codegen-units 256 -> 255)";
    fixture.xtask(&["check-base"], &[]).exits(4).prints("stale").says(reason);
    fixture.try_colony(&[], &[]).exits(4).says(reason);
    assert_eq!(fixture.colony_id(), None);
}
