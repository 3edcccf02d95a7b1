//! What is staged for the colony build, and what tells one state of the sources from another.

use super::*;
use crate::plan::Files;
use crate::tree::tests::TempDir;
use crate::workspace::tests::member;

/// A workspace on disk with the shipped members `app` and `lib` and the unshipped `gui`.
struct Fixture {
    root: TempDir,
    plan: Plan,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self { root: TempDir::new(), plan: plan() };
        for name in ["app", "lib", "gui"] {
            fixture.write(&format!("crates/{name}/src/lib.rs"), "// a source\n");
            fixture.write(&format!("crates/{name}/Cargo.toml"), "[package] # real\n");
        }
        fixture
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("a path")).expect("make a folder");
        fs::write(path, text).expect("write a file");
    }

    fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).expect("set a mode");
    }

    fn read(&self) -> Sources {
        Sources::read(self.root.path(), &self.plan).expect("read the sources")
    }

    fn stage(&self) -> PathBuf {
        self.read().stage(&self.path("target/xtask")).expect("stage the sources")
    }

    /// Folder -> digest.
    fn members(&self) -> BTreeMap<String, String> {
        let file = self.read().members_file();
        let pairs = file.lines().map(|line| line.split_once(' ').expect("digest and folder"));
        pairs.map(|(digest, folder)| (folder.to_owned(), digest.to_owned())).collect()
    }

    /// The folders whose digest the edit changes.
    fn changed_by(&self, edit: impl FnOnce(&Self)) -> Vec<String> {
        let before = self.members();
        edit(self);
        let after = self.members();
        after
            .into_iter()
            .filter(|(folder, digest)| before.get(folder) != Some(digest))
            .map(|(folder, _)| folder)
            .collect()
    }
}

fn plan() -> Plan {
    let shipped = ["app", "lib"].map(|name| (name.to_owned(), member(name, "0.1.0")));
    let overlay = [
        ("Cargo.toml", "[workspace]\n"),
        ("Cargo.lock", "version = 4\n"),
        ("crates/app/Cargo.toml", "[package] # planned\n"),
        ("crates/lib/Cargo.toml", "[package] # planned\n"),
    ];
    Plan {
        workspace: Workspace {
            binaries: vec!["app".to_owned()],
            members: shipped.into(),
            unshipped: ["crates/gui".to_owned()].into(),
            ..Workspace::default()
        },
        base: Files::new(),
        overlay: overlay.map(|(path, text)| (path.to_owned(), text.to_owned())).into(),
    }
}

fn time(path: &Path) -> SystemTime {
    path.metadata().and_then(|data| data.modified()).expect("a file time")
}

#[test]
fn the_shipped_members_are_staged_with_the_planned_manifests() {
    let fixture = Fixture::new();
    fixture.write("README.md", "not staged");
    let sources = fixture.read();
    let paths: Vec<&String> = sources.files.keys().collect();
    let expected = [
        "Cargo.lock",
        "Cargo.toml",
        "crates/app/Cargo.toml",
        "crates/app/src/lib.rs",
        "crates/lib/Cargo.toml",
        "crates/lib/src/lib.rs",
    ];
    assert_eq!(paths, expected);
    let staged = fixture.stage();
    assert_eq!(fs::read_to_string(staged.join("crates/app/Cargo.toml")).expect("staged"), "[package] # planned\n");
    assert_eq!(fs::read_to_string(staged.join(".colony/binaries")).expect("staged"), "app\n");
}

#[test]
fn the_sums_name_every_staged_file_as_sha256sum_does() {
    let fixture = Fixture::new();
    let sums = fs::read_to_string(fixture.stage().join(".colony/sums")).expect("staged");
    let line = format!("{}  crates/app/src/lib.rs", hex(&Sha256::digest("// a source\n")));
    assert!(sums.lines().any(|known| known == line), "{sums}");
    assert_eq!(sums.lines().count(), fixture.read().files.len());
}

#[test]
fn an_edit_changes_the_line_of_its_member_alone() {
    let fixture = Fixture::new();
    assert_eq!(fixture.changed_by(|f| f.write("crates/app/src/lib.rs", "// b source\n")), ["crates/app"]);
    assert_eq!(fixture.changed_by(|f| f.write("crates/lib/src/new.rs", "")), ["crates/lib"]);
    assert_eq!(fixture.changed_by(|f| f.write("crates/gui/src/new.rs", "")), [""; 0]);
}

#[test]
fn a_deleted_and_a_moved_file_count() {
    let fixture = Fixture::new();
    fixture.write("crates/app/src/a.rs", "");
    let moved = |f: &Fixture| fs::rename(f.path("crates/app/src/a.rs"), f.path("crates/app/src/b.rs"));
    assert_eq!(fixture.changed_by(|f| moved(f).expect("move")), ["crates/app"]);
    let gone = |f: &Fixture| fs::remove_file(f.path("crates/app/src/b.rs"));
    assert_eq!(fixture.changed_by(|f| gone(f).expect("remove")), ["crates/app"]);
}

#[test]
fn the_permission_to_execute_counts_and_is_staged() {
    let fixture = Fixture::new();
    fixture.write("crates/app/run.sh", "#!/bin/sh\n");
    fixture.set_mode("crates/app/run.sh", 0o644);
    let before = fixture.read().digest();
    assert_eq!(fixture.changed_by(|f| f.set_mode("crates/app/run.sh", 0o755)), ["crates/app"]);
    assert_ne!(fixture.read().digest(), before);
    let staged = fixture.stage().join("crates/app/run.sh");
    assert_eq!(staged.metadata().expect("staged").permissions().mode() & 0o777, 0o755);
}

#[test]
fn a_folder_beside_the_members_comes_along_and_counts_for_everything() {
    let fixture = Fixture::new();
    assert_eq!(fixture.changed_by(|f| f.write("crates/proto/a.proto", "one")), ["."]);
    assert_eq!(fixture.changed_by(|f| f.write("crates/proto/a.proto", "two")), ["."]);
    assert!(fixture.stage().join("crates/proto/a.proto").is_file());
}

/// Each of them decides which of the compilations in a warm target directory cargo looks at; see `Sources::settings`.
#[test]
fn a_manifest_the_lock_file_and_the_configuration_count_for_everything() {
    for (path, text) in [
        ("Cargo.toml", "[workspace.package]\nversion = \"0.0.1\"\n"),
        ("crates/app/Cargo.toml", "[package]\nversion = \"0.0.1\"\n"),
        ("Cargo.lock", "version = 4 # changed\n"),
        (".cargo/config.toml", "[build]\njobs = 1\n"),
    ] {
        let mut fixture = Fixture::new();
        let before = fixture.members();
        fixture.plan.overlay.insert(path.to_owned(), text.to_owned());
        let after = fixture.members();
        let changed: Vec<&String> = after.keys().filter(|folder| before.get(*folder) != after.get(*folder)).collect();
        assert!(changed.contains(&&".".to_owned()), "{path}: {changed:?}");
    }
}

/// A member may include its manifest as a text, comments and all.
#[test]
fn a_comment_in_a_manifest_counts_for_its_member_alone() {
    let mut fixture = Fixture::new();
    let before = fixture.members();
    let planned = fixture.plan.overlay["crates/app/Cargo.toml"].clone();
    fixture.plan.overlay.insert("crates/app/Cargo.toml".to_owned(), format!("# a comment\n{planned}"));
    let after = fixture.members();
    let changed: Vec<&String> = after.keys().filter(|folder| before.get(*folder) != after.get(*folder)).collect();
    assert_eq!(changed, ["crates/app"]);
}

#[test]
fn litter_and_target_folders_are_left_out() {
    let fixture = Fixture::new();
    let before = fixture.read().digest();
    for litter in [".DS_Store", "lib.rs~", ".lib.rs.swp", ".#lib.rs", ".git/HEAD", "target/debug/x"] {
        fixture.write(&format!("crates/app/{litter}"), "litter");
    }
    assert_eq!(fixture.read().digest(), before);
}

#[test]
fn a_link_is_staged_as_a_link_and_its_target_counts() {
    let fixture = Fixture::new();
    let link = |f: &Fixture, target: &str| symlink(target, f.path("crates/app/link")).expect("make a link");
    assert_eq!(fixture.changed_by(|f| link(f, "src")), ["crates/app"]);
    assert_eq!(fs::read_link(fixture.stage().join("crates/app/link")).expect("a link"), Path::new("src"));
    fs::remove_file(fixture.path("crates/app/link")).expect("remove the link");
    link(&fixture, "src");
    assert_eq!(fixture.changed_by(|_| ()), [""; 0]);
}

#[test]
fn file_times_are_made_from_content() {
    let (one, other) = (Fixture::new(), Fixture::new());
    other.write("crates/app/src/lib.rs", "// b source\n");
    let of = |folder: &Path, path: &str| time(&folder.join(path));
    let (one, other) = (one.stage(), other.stage());
    assert_eq!(of(&one, "crates/lib/src/lib.rs"), of(&other, "crates/lib/src/lib.rs"));
    assert_ne!(of(&one, "crates/app/src/lib.rs"), of(&other, "crates/app/src/lib.rs"), "same size, other content");
}

#[test]
fn staging_the_same_state_again_leaves_its_folder_alone() {
    let fixture = Fixture::new();
    let staged = fixture.stage();
    // Something that a second writing would undo.
    fs::write(staged.join("crates/app/src/lib.rs"), "mark").expect("write");
    assert_eq!(fixture.stage(), staged);
    assert_eq!(fs::read_to_string(staged.join("crates/app/src/lib.rs")).expect("staged"), "mark");
    assert_eq!(fixture.read().folder(&fixture.path("target/xtask")), staged);
}

#[test]
fn an_edit_that_is_undone_leads_back_to_the_first_folder() {
    let fixture = Fixture::new();
    let first = fixture.stage();
    fixture.write("crates/app/src/lib.rs", "// b source\n");
    let second = fixture.stage();
    fixture.write("crates/app/src/lib.rs", "// a source\n");
    assert_ne!(first, second);
    assert_eq!(fixture.stage(), first);
}

#[test]
fn old_states_go_and_the_newest_stays() {
    let fixture = Fixture::new();
    let mut newest = fixture.stage();
    for number in 0..KEPT_STATES + 2 {
        fixture.write("crates/app/src/lib.rs", &format!("// {number}\n"));
        newest = fixture.stage();
    }
    let states = fs::read_dir(newest.parent().expect("a folder")).expect("list").count();
    assert_eq!(states, KEPT_STATES);
    assert!(newest.is_dir());
}

#[test]
fn what_a_killed_build_left_is_not_staged() {
    let fixture = Fixture::new();
    let left = format!("target/xtask/sources/tmp-{}/crates/app/build.rs", std::process::id());
    fixture.write(&left, "fn main() {}");
    assert!(!fixture.stage().join("crates/app/build.rs").exists());
}

#[test]
fn a_name_that_the_sums_cannot_hold_is_refused() {
    let fixture = Fixture::new();
    fixture.write("crates/app/a\nb.rs", "");
    let error = Sources::read(fixture.root.path(), &fixture.plan).err().expect("it is refused");
    assert!(error.to_string().contains(r"`crates/app/a\nb.rs`"), "{error}");
}
