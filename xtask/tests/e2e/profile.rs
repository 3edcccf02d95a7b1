//! Both images built by a profile of their own.

use crate::edits;
use crate::engine::docker;
use crate::fixture::Fixture;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_profile_of_its_own_decides_both_images_and_no_edit_compiles_a_dependency() {
    let fixture = Fixture::cold();
    let copy = &fixture.copy;
    copy.replace("Cargo.toml", "verify = [\"--version\"]\n", "verify = [\"--version\"]\nprofile = \"image\"\n");
    // It is the quickest to compile.
    copy.append("Cargo.toml", "\n[profile.image]\ninherits = \"release\"\nopt-level = 0\n");
    let fixture = fixture.with_marks();
    let listed = docker(["run", "--rm", "--network", "none", &fixture.base(), "ls", "target"]);
    assert!(listed.lines().any(|name| name == "image") && !listed.contains("release"), "{listed}");
    edits::edit_a_leaf(&fixture);
}
