//! What becomes of links: nothing is ever written through one, and the build gets what the compiler on the host sees.

use super::*;

impl Fixture {
    fn link(&self, path: &str, target: impl AsRef<Path>) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a path")).expect("make a folder");
        symlink(target, path).expect("make a link");
    }

    /// A file outside of the workspace.
    fn outside(&self, dir: &TempDir, path: &str, text: &str) -> PathBuf {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().expect("a path")).expect("make a folder");
        fs::write(&path, text).expect("write a file");
        path
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).expect("staged").is_symlink()
}

#[test]
fn a_link_to_what_is_staged_stays_a_link() {
    let fixture = Fixture::new();
    fixture.write("crates/proto/a.proto", "1");
    let links =
        [("crates/app/folder", "src"), ("crates/app/file", "../lib/src/lib.rs"), ("crates/up", "proto/a.proto")];
    for (path, target) in links {
        fixture.link(path, target);
    }
    let staged = fixture.stage();
    for (path, target) in links {
        assert_eq!(fs::read_link(staged.join(path)).expect("a link"), Path::new(target), "{path}");
    }
    assert_eq!(text(&staged.join("crates/app/folder/lib.rs")), "// a source\n");
}

#[test]
fn what_lies_behind_a_link_that_leads_out_takes_its_place() {
    let (fixture, elsewhere) = (Fixture::new(), TempDir::new());
    let file = fixture.outside(&elsewhere, "file.rs", "file");
    fixture.outside(&elsewhere, "folder/deep/mod.rs", "folder");
    fixture.write("assets/logo", "relative");
    fixture.link("crates/app/file.rs", &file);
    fixture.link("crates/app/folder", elsewhere.path().join("folder"));
    fixture.link("crates/app/logo", "../../assets/logo");
    fixture.link("crates/app/unshipped.rs", "../gui/src/lib.rs");
    fixture.link("crates/app/absolute.rs", fixture.path("crates/lib/src/lib.rs"));
    let staged = fixture.stage().join("crates/app");
    for (path, expected) in [
        ("file.rs", "file"),
        ("folder/deep/mod.rs", "folder"),
        ("logo", "relative"),
        ("unshipped.rs", "// a source\n"),
        ("absolute.rs", "// a source\n"),
    ] {
        assert_eq!(text(&staged.join(path)), expected, "{path}");
        assert!(!is_link(&staged.join(path)), "{path}");
    }
    assert!(!is_link(&staged.join("folder")));
}

#[test]
fn links_behind_a_link_are_treated_alike() {
    let (fixture, elsewhere) = (Fixture::new(), TempDir::new());
    fixture.outside(&elsewhere, "folder/file", "1");
    fixture.outside(&elsewhere, "other/file", "2");
    symlink("file", elsewhere.path().join("folder/inside")).expect("make a link");
    symlink("../other/file", elsewhere.path().join("folder/outside")).expect("make a link");
    fixture.link("crates/app/folder", elsewhere.path().join("folder"));
    let staged = fixture.stage().join("crates/app/folder");
    assert!(is_link(&staged.join("inside")));
    assert_eq!(text(&staged.join("inside")), "1");
    assert!(!is_link(&staged.join("outside")));
    assert_eq!(text(&staged.join("outside")), "2");
}

/// Its text fits the tree by chance: what counts is where it really leads.
#[test]
fn a_link_behind_a_link_is_not_mistaken_for_one_inside() {
    let (fixture, elsewhere) = (Fixture::new(), TempDir::new());
    fixture.outside(&elsewhere, "a/app/x", "");
    fixture.outside(&elsewhere, "a/src/lib.rs", "theirs");
    symlink("../src/lib.rs", elsewhere.path().join("a/app/lib.rs")).expect("make a link");
    fixture.link("crates/app/folder", elsewhere.path().join("a/app"));
    assert_eq!(text(&fixture.stage().join("crates/app/folder/lib.rs")), "theirs");
}

#[test]
fn a_broken_link_is_staged_as_it_is() {
    let fixture = Fixture::new();
    let links = [("crates/app/a", "/nowhere/at/all"), ("crates/app/b", "nothing"), ("crates/app/c", "c")];
    for (path, target) in links {
        fixture.link(path, target);
    }
    let staged = fixture.stage();
    for (path, target) in links {
        assert_eq!(fs::read_link(staged.join(path)).expect("a link"), Path::new(target), "{path}");
    }
}

#[test]
fn folders_that_hold_themselves_come_to_an_end() {
    let (fixture, elsewhere) = (Fixture::new(), TempDir::new());
    fixture.outside(&elsewhere, "a/file", "1");
    fixture.outside(&elsewhere, "b/file", "2");
    symlink("../b", elsewhere.path().join("a/other")).expect("make a link");
    symlink("../a", elsewhere.path().join("b/back")).expect("make a link");
    symlink(".", elsewhere.path().join("a/self")).expect("make a link");
    fixture.link("crates/app/a", elsewhere.path().join("a"));
    fixture.link("crates/app/all", "/");
    fixture.link("crates/app/root", fixture.root.path());
    let staged = fixture.stage().join("crates/app");
    assert_eq!(text(&staged.join("a/file")), "1");
    assert_eq!(text(&staged.join("a/other/file")), "2");
    for path in ["a/self", "a/other/back", "all", "root"] {
        assert!(is_link(&staged.join(path)), "{path}");
    }
}

#[test]
fn a_member_that_is_a_link_is_staged_with_its_content_and_its_own_manifest_stays() {
    for is_absolute in [true, false] {
        let (fixture, elsewhere) = (Fixture::new(), TempDir::new());
        let real = if is_absolute { elsewhere.path().join("lib") } else { fixture.path("vendor/lib") };
        fs::create_dir_all(real.parent().expect("a path")).expect("make a folder");
        fs::rename(fixture.path("crates/lib"), &real).expect("move the member");
        fixture.link("crates/lib", if is_absolute { &real } else { Path::new("../vendor/lib") });
        let staged = fixture.stage();
        assert_eq!(text(&staged.join("crates/lib/Cargo.toml")), "[package] # planned\n");
        assert_eq!(text(&staged.join("crates/lib/src/lib.rs")), "// a source\n");
        assert!(!is_link(&staged.join("crates/lib")));
        assert_eq!(text(&real.join("Cargo.toml")), "[package] # real\n");
        let edit = |_: &Fixture| fs::write(real.join("src/lib.rs"), "// b source\n").expect("write");
        assert_eq!(fixture.changed_by(edit), ["crates/lib"]);
    }
}

#[test]
fn a_folder_of_members_that_is_a_link_is_staged_with_its_content() {
    let (fixture, elsewhere) = (Fixture::new(), TempDir::new());
    fs::rename(fixture.path("crates"), elsewhere.path().join("all")).expect("move the members");
    fixture.link("crates", elsewhere.path().join("all"));
    let staged = fixture.stage();
    assert_eq!(text(&staged.join("crates/app/Cargo.toml")), "[package] # planned\n");
    assert_eq!(text(&staged.join("crates/app/src/lib.rs")), "// a source\n");
    assert!(!staged.join("crates/gui").exists());
    assert_eq!(text(&elsewhere.path().join("all/app/Cargo.toml")), "[package] # real\n");
}

#[test]
fn a_manifest_that_is_a_link_is_replaced_and_not_written_to() {
    let fixture = Fixture::new();
    fixture.write("templates/Cargo.toml", "[package] # shared\n");
    fs::remove_file(fixture.path("crates/app/Cargo.toml")).expect("remove");
    fixture.link("crates/app/Cargo.toml", "../../templates/Cargo.toml");
    let staged = fixture.stage();
    assert_eq!(text(&staged.join("crates/app/Cargo.toml")), "[package] # planned\n");
    assert_eq!(text(&fixture.path("templates/Cargo.toml")), "[package] # shared\n");
}

#[test]
fn an_unshipped_member_that_is_a_link_is_left_out() {
    let (fixture, elsewhere) = (Fixture::new(), TempDir::new());
    fs::rename(fixture.path("crates/gui"), elsewhere.path().join("gui")).expect("move the member");
    fixture.link("crates/gui", elsewhere.path().join("gui"));
    assert!(fs::symlink_metadata(fixture.stage().join("crates/gui")).is_err());
}

#[test]
fn a_link_to_cargos_target_directory_is_not_followed() {
    let mut fixture = Fixture::new();
    fixture.write("target/debug/x", "compiled");
    fixture.plan.workspace.target_dir = fixture.path("target");
    fixture.link("crates/app/target", "../../target");
    assert!(is_link(&fixture.stage().join("crates/app/target")));
}

#[test]
fn what_lies_behind_a_link_counts_and_so_does_the_link() {
    let (fixture, elsewhere) = (Fixture::new(), TempDir::new());
    let file = fixture.outside(&elsewhere, "file.rs", "1");
    assert_eq!(fixture.changed_by(|f| f.link("crates/app/out.rs", &file)), ["crates/app"]);
    assert_eq!(fixture.changed_by(|_| fs::write(&file, "2").expect("write")), ["crates/app"]);
    assert_eq!(fixture.changed_by(|f| f.link("crates/app/in", "../lib/src")), ["crates/app"]);
    assert_eq!(fixture.changed_by(|f| f.write("crates/lib/src/lib.rs", "2")), ["crates/app", "crates/lib"]);
    assert_eq!(fixture.changed_by(|_| ()), [""; 0]);
}
