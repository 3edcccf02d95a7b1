//! Kinds of change besides an edited file: files that come, go, move or change their mode, build scripts, included
//! files, and members with an odd version.

use crate::fixture::Fixture;
use crate::marks::{self, path, source};

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn modules_and_included_files_that_come_move_and_go_reach_the_image() {
    come_move_and_go(&Fixture::new().with_marks());
}

/// A module and an included file that come, move and go.
pub(crate) fn come_move_and_go(fixture: &Fixture) {
    let copy = &fixture.copy;
    fixture.mark("shared", "plain");
    fixture.build_colony(&[]);

    // A new module.
    copy.write("crates/shared/src/inner.rs", "//! Inner.\n\n/// Its name.\npub const NAME: &str = \"inner\";\n");
    copy.append("crates/shared/src/lib.rs", "\npub mod inner;\n");
    copy.write(&path("shared"), &source("x").replace("\"x\"", "crate::inner::NAME"));
    fixture.build_colony(&[]);
    fixture.ships(["none", "none", "inner"]);

    // A file that moves, with its time and content, and needs no edit elsewhere.
    copy.rename("crates/shared/src/inner.rs", "crates/shared/src/inner/mod.rs");
    fixture.build_colony(&[]);
    fixture.ships(["none", "none", "inner"]);

    // A module that goes while another one stays needed: the mark comes from a file that is included.
    copy.remove("crates/shared/src/inner/mod.rs");
    copy.replace("crates/shared/src/lib.rs", "\npub mod inner;\n", "");
    copy.write(&path("shared"), &source("x").replace("\"x\"", "include_str!(\"mark.txt\")"));
    copy.write("crates/shared/src/mark.txt", "included");
    fixture.build_colony(&[]);
    fixture.ships(["none", "none", "included"]);

    // The included file alone, with the same length and an old time.
    copy.write_at("crates/shared/src/mark.txt", "incluDED", crate::copy::Stamp::Old);
    fixture.build_colony(&[]);
    fixture.ships(["none", "none", "incluDED"]);

    // A comment in a manifest, which counts for nothing until it is included.
    copy.write(
        &path("shared"),
        &source("x")
            .replace("\"x\"", "include_str!(\"../Cargo.toml\").rsplit(' ').next().unwrap_or_default().trim_end()"),
    );
    for word in ["comment-1", "comment-2"] {
        copy.append("crates/shared/Cargo.toml", &format!("# {word}\n"));
        fixture.build_colony(&[]);
        fixture.ships(["none", "none", word]);
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_file_that_is_needed_and_goes_fails_the_build() {
    let fixture = Fixture::new().with_marks();
    fixture.build_colony(&[]);
    let before = fixture.colony_id();
    fixture.copy.remove(&path("coordinator"));
    fixture.try_colony(&[], &[]).exits(1).says("mark");
    assert_eq!(fixture.colony_id(), before);
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_failing_edit_keeps_the_image_and_the_mended_one_ships() {
    fail_and_mend(&Fixture::new().with_marks());
}

/// An edit that does not compile, beside a good one.
pub(crate) fn fail_and_mend(fixture: &Fixture) {
    fixture.mark("shared", "good");
    fixture.build_colony(&[]);
    let before = fixture.colony_id();
    fixture.mark("shared", "half");
    fixture.copy.append(&path("backend"), "compile_error!(\"broken on purpose\");\n");
    let failed = fixture.try_colony(&[], &[]);
    failed.exits(1).says("broken on purpose").says("[ERROR]");
    assert_eq!(failed.0.stdout, "");
    assert_eq!(fixture.colony_id(), before, "a failed build must leave the image alone");

    // What the failed build compiled of the library must not stay.
    fixture.restore_mark("shared", "good");
    fixture.restore_mark("backend", "mend");
    fixture.build_colony(&[]);
    fixture.ships(["mend", "none", "good"]);
}

/// A build script that makes the mark of its member from everything that the text of the test names.
const SCRIPT: &str = r#"//! Makes the mark.

use std::os::unix::fs::PermissionsExt;

fn main() {
    println!("cargo::rerun-if-changed=words");
    println!("cargo::rerun-if-changed=../proto/word.txt");
    let mut words: Vec<String> = std::fs::read_dir("words")
        .expect("a folder")
        .map(|entry| {
            let entry = entry.expect("a file");
            let mode = entry.metadata().expect("a file").permissions().mode() & 0o111;
            format!("{}={}/{mode:o}", entry.file_name().display(), std::fs::read_to_string(entry.path()).expect("a text"))
        })
        .collect();
    words.sort();
    words.push(std::fs::read_to_string("../proto/word.txt").expect("a text"));
    let out = std::env::var("OUT_DIR").expect("cargo sets it");
    std::fs::write(format!("{out}/mark.txt"), words.join("+")).expect("cargo's own folder");
}
"#;

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_build_script_sees_files_that_change_go_change_their_mode_or_belong_to_no_member() {
    let fixture = Fixture::new().with_marks();
    let copy = &fixture.copy;
    // A folder below `crates` that is no member has to be said to cargo.
    copy.replace("Cargo.toml", "[workspace]\n", "[workspace]\nexclude = [\"crates/proto\"]\n");
    copy.write("crates/backend/build.rs", SCRIPT);
    copy.write("crates/backend/words/a", "one");
    copy.write("crates/backend/words/b", "two");
    copy.write("crates/proto/word.txt", "three");
    copy.write(
        &path("backend"),
        &source("x").replace("\"x\"", "include_str!(concat!(env!(\"OUT_DIR\"), \"/mark.txt\"))"),
    );
    // Its own dependencies would have to be in the base, so a new build script makes the base stale.
    fixture.try_colony(&[], &[]).exits(4).says("crates/backend/Cargo.toml changed");
    let ships = |mark: &str| {
        fixture.build_colony(&["--allow-stale-base"]);
        fixture.ships([mark, "none", "none"]);
    };
    ships("a=one/0+b=two/0+three");
    copy.write_at("crates/backend/words/a", "ONE", crate::copy::Stamp::Old);
    ships("a=ONE/0+b=two/0+three");
    copy.write_at("crates/proto/word.txt", "THREE", crate::copy::Stamp::Old);
    ships("a=ONE/0+b=two/0+THREE");
    copy.set_mode("crates/backend/words/b", 0o755);
    ships("a=ONE/0+b=two/111+THREE");
    copy.remove("crates/backend/words/a");
    ships("b=two/111+THREE");
    fixture.build_colony(&["--allow-stale-base"]).compiles_nothing();
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn members_with_the_version_of_a_stub_or_none_at_all_are_compiled() {
    // Cold, since what cargo-chef left in the base must not pass for the real thing.
    let fixture = Fixture::cold().with_marks();
    for (member, version) in
        [("backend", "version = \"0.0.1\"\n"), ("coordinator", ""), ("shared", "version = \"0.0.0\"\n")]
    {
        fixture.copy.replace(
            &format!("crates/{member}/Cargo.toml"),
            "\nversion.workspace = true\n",
            &format!("\n{version}"),
        );
        fixture.mark(member, member);
    }
    fixture.xtask(&["check-base"], &[]).exits(0);
    let told = fixture.build_colony(&[]);
    told.has_row("backend", "compiled, since the target directory was seeded anew from the base");
    fixture.ships(marks::MEMBERS);
    let versions = marks::shown(&fixture.colony()).map(|shown| (shown.version, shown.shared_version));
    assert_eq!(
        versions,
        [("0.0.1", "0.0.0"), ("0.0.0", "0.0.0")].map(|(own, shared)| (own.to_owned(), shared.to_owned()))
    );
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_version_or_a_feature_that_comes_back_brings_no_old_binary_along() {
    let fixture = Fixture::new().with_marks();
    let copy = &fixture.copy;
    copy.append(
        "crates/shared/src/lib.rs",
        "\n/// Of the feature.\npub const EXTRA: bool = cfg!(feature = \"extra\");\n",
    );
    copy.replace("crates/shared/Cargo.toml", "\n[features]\n", "\n[features]\nextra = []\n");
    // Each of them has compilations of its own in the target directory, and returning to one, cargo finds the old ones.
    let versions = [("Cargo.toml", "\nversion = \"0.1.0\"\n"), ("Cargo.toml", "\nversion = \"0.2.0\"\n")];
    let features = ["[\"service\"]", "[\"service\", \"extra\"]"].map(|list| ("crates/backend/Cargo.toml", list));
    for [(path, one), (_, other)] in [versions, features] {
        for (from, to, mark) in [(one, one, "one"), (one, other, "two"), (other, one, "two")] {
            copy.replace(path, from, to);
            marks::MEMBERS.iter().for_each(|member| fixture.restore_mark(member, mark));
            fixture.build_colony(&["--allow-stale-base"]);
            fixture.ships([mark; 3]);
        }
    }
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn a_fifth_crate_needs_no_edit_but_in_manifests_and_its_own_folder() {
    let fixture = Fixture::new().with_marks();
    let manifest = fixture.copy.read("crates/shared/Cargo.toml");
    let (package, _) = manifest.split_once("\n[features]").expect("the shared crate has features");
    fixture.copy.write("crates/fifth/Cargo.toml", &package.replace("\"shared\"", "\"fifth\""));
    fixture
        .copy
        .write("crates/fifth/src/lib.rs", "//! The fifth.\n\n/// Its name.\npub const NAME: &str = \"fifth\";\n");
    fixture.copy.replace(
        "crates/backend/Cargo.toml",
        "\n[dependencies]\n",
        "\n[dependencies]\nfifth = { path = \"../fifth\" }\n",
    );
    fixture.copy.write(&path("backend"), &source("x").replace("\"x\"", "fifth::NAME"));

    // The base holds a stub of every member, and of this one it does not.
    fixture.try_colony(&[], &[]).exits(4).says("crates/fifth/Cargo.toml is new").says("cargo xtask build-base");
    fixture.build_colony(&["--allow-stale-base"]).says("building on a stale base");
    fixture.ships(["fifth", "none", "none"]);
}
