//! Edits that cannot change how a dependency is compiled: the base stays current, and building it again does nothing.

use crate::copy::Copy;
use crate::engine;
use crate::fixture::Fixture;

type Edit = fn(&Copy);

/// Each edit with its name.
const EDITS: [(&str, Edit); 10] = [
    ("a comment in a manifest", |copy| copy.append("crates/backend/Cargo.toml", "\n# A comment.\n")),
    ("a reformatted manifest", |copy| {
        copy.replace("crates/backend/Cargo.toml", "clap.workspace = true", "clap   = {   workspace=true }");
    }),
    ("a member's version", |copy| {
        copy.replace("crates/backend/Cargo.toml", "\nversion.workspace = true\n", "\nversion = \"9.8.7\"\n");
    }),
    ("the version of all members", |copy| copy.replace("Cargo.toml", "version = \"0.1.0\"", "version = \"0.1.1\"")),
    ("a member's description, authors and readme", |copy| {
        let described = "[package]\nauthors = [\"Somebody\"]\nreadme = false";
        copy.replace("crates/shared/Cargo.toml", "[package]", described);
        copy.replace("crates/shared/Cargo.toml", "description = \"", "description = \"Otherwise: ");
    }),
    ("a dependency of the gui", |copy| {
        copy.replace("crates/gui/Cargo.toml", "\n[dependencies]\n", "\n[dependencies]\nserde_json.workspace = true\n");
    }),
    ("a dev-dependency", |copy| {
        copy.append("crates/backend/Cargo.toml", "\n[dev-dependencies]\nserde_json.workspace = true\n");
    }),
    ("a new example, bench and test", |copy| {
        for folder in ["examples", "benches", "tests"] {
            copy.write(&format!("crates/backend/{folder}/new.rs"), "//! New.\n\nfn main() {}\n");
        }
    }),
    ("sources", |copy| copy.append("crates/shared/src/lib.rs", "\n// A comment.\n")),
    ("the README and the docs of the images", |copy| {
        copy.write("README.md", "# New\n");
        copy.write("Docker/README.md", "# New\n");
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
