//! The sources stay unpacked in the build from one to the next: whatever happens to them there, the next image is made
//! from those in front of the user. So do the images: one that stands already is named, if it is ours.

use crate::engine::{docker, image_id};
use crate::fixture::Fixture;
use crate::marks::path;

/// A member whose mark is in a file that its build script overwrites.
const WRITER: &str = "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    \
                      std::fs::write(\"src/written.txt\", \"script\").expect(\"write\");\n    \
                      std::fs::write(\"src/stray.txt\", \"stray\").expect(\"write\");\n}\n";
const MARK: &str = "//! What this build is.\n\n/// Its name.\npub fn mark() -> &'static str {\n    \
                    include_str!(\"written.txt\")\n}\n";

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn what_a_build_script_wrote_among_its_sources_is_gone_with_the_next_build() {
    let fixture = Fixture::new().with_marks();
    let copy = &fixture.copy;
    copy.write("crates/coordinator/src/written.txt", "source");
    copy.write(&path("coordinator"), MARK);
    copy.write("crates/coordinator/build.rs", WRITER);
    fixture.build_colony(&["--allow-stale-base"]);
    fixture.ships(["none", "script", "none"]);

    // The last of it is a sight of what lies there before any of it is compiled.
    copy.write(
        "crates/coordinator/build.rs",
        "fn main() {\n    println!(\"cargo::rerun-if-changed=build.rs\");\n    \
        assert!(!std::path::Path::new(\"src/stray.txt\").exists(), \"a stray file\");\n}\n",
    );
    fixture.mark("backend", "edited");
    fixture.build_colony(&["--allow-stale-base"]);
    fixture.ships(["edited", "source", "none"]);
}

/// The first build on a base fills the mount; half of that must not pass for the whole.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_mount_that_was_half_filled_from_the_base_is_filled_anew() {
    let fixture = Fixture::cold().with_marks();
    let script = fixture.copy.read("Docker/compile.sh");
    let fill = "    cp -a \"$base/.\" .\n";
    fixture.copy.replace(
        "Docker/compile.sh",
        fill,
        &format!("{fill}    rm -r target/release/.fingerprint/*\n    exit 1\n"),
    );
    fixture.try_colony(&[], &[]).exits(1);
    fixture.copy.write("Docker/compile.sh", &script);
    // It fails where a dependency is compiled anew.
    fixture.build_colony(&[]).says("seeded anew from the base");
    fixture.ships(["none", "none", "none"]);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_interrupted_unpacking_is_done_anew() {
    let fixture = Fixture::new().with_marks();
    fixture.mark("coordinator", "first");
    fixture.build_colony(&[]);
    let script = fixture.copy.read("Docker/compile.sh");
    // Files are gone, and their list is still there.
    fixture.copy.replace("Docker/compile.sh", "(cd \"$packs\" && for_each rm </tmp/gone)", "exit 1");
    fixture.mark("coordinator", "lost");
    fixture.try_colony(&[], &[]).exits(1);

    fixture.copy.write("Docker/compile.sh", &script);
    fixture.restore_mark("coordinator", "first");
    fixture.mark("backend", "next");
    fixture.build_colony(&[]);
    fixture.ships(["next", "first", "none"]);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_build_in_another_order_of_the_same_files_unpacks_what_moved_between_members() {
    let fixture = Fixture::new().with_marks();
    let copy = &fixture.copy;
    // From a member into what belongs to none, and a folder in the place of a file.
    copy.write("crates/coordinator/src/mark/inner.txt", "inside");
    let from = |path: &str| MARK.replace("written.txt", path);
    copy.write(&path("coordinator"), &from("mark/inner.txt"));
    fixture.build_colony(&[]);
    copy.rename("crates/coordinator/src/mark/inner.txt", "crates/outer.txt");
    std::fs::remove_dir(copy.root().join("crates/coordinator/src/mark")).expect("it is empty");
    copy.write("crates/coordinator/src/mark", "a file");
    copy.write(&path("coordinator"), &from("../../outer.txt"));
    fixture.build_colony(&[]);
    fixture.ships(["none", "inside", "none"]);
    copy.remove("crates/coordinator/src/mark");
    copy.write("crates/coordinator/src/mark/inner.txt", "again");
    copy.write(&path("coordinator"), &from("mark/inner.txt"));
    fixture.build_colony(&[]);
    fixture.ships(["none", "again", "none"]);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_undone_edit_names_the_image_that_stands_without_a_build() {
    let fixture = Fixture::new().with_marks();
    fixture.mark("backend", "one");
    fixture.build_colony(&[]);
    let first = fixture.colony_id();
    fixture.mark("backend", "two");
    fixture.build_colony(&[]);
    fixture.restore_mark("backend", "one");
    let told = fixture.build_colony(&[]);
    told.compiles_nothing();
    fixture.ships(["one", "none", "none"]);
    // On containerd's store the image went with its name, and so did its version.
    if crate::engine::store() == crate::store::Store::Classic {
        told.never_says("build colony image");
        assert_eq!(fixture.colony_id(), first);
    }
    fixture.build_colony(&[]).compiles_nothing().never_says("build colony image");
}

/// It bears all labels of the image that it was made from.
#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn an_image_that_somebody_made_from_ours_is_not_taken_for_ours() {
    let fixture = Fixture::new();
    fixture.build_base();
    fixture.build_colony(&[]);
    let ours = image_id(&fixture.colony()).expect("just built");
    let container = fixture.create_container();
    docker(["commit", "--change", "CMD [\"/nothing\"]", &container, &fixture.colony()]);
    assert_ne!(image_id(&fixture.colony()).as_ref(), Some(&ours));
    fixture.build_colony(&[]);
    assert_eq!(image_id(&fixture.colony()), Some(ours));
}
