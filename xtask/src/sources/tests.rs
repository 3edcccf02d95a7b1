//! What is staged for the colony build, and what tells one state of the sources from another.

mod links;
mod members;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::*;
use crate::staging::tree::tests::TempDir;
use crate::workspace::contexts::Files;
use crate::workspace::supply::Supply;
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
        fixture.write(SCRIPT, "echo compiled\n");
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
        Sources::read(self.root.path(), &self.path("target/xtask"), &self.plan).expect("read the sources")
    }

    fn refusal(&self) -> anyhow::Error {
        Sources::read(self.root.path(), &self.path("target/xtask"), &self.plan).err().expect("it is refused")
    }

    /// The folder with the archives.
    fn archives(&self) -> PathBuf {
        Sources::stage(self.root.path(), &self.path("target/xtask"), &self.plan).expect("stage the sources").1
    }

    /// A folder with what the archives hold.
    fn stage(&self) -> PathBuf {
        let archives = self.archives();
        let folder = self.path("unpacked").join(archives.file_name().expect("a name"));
        pack::tests::unpack(&archives, &folder);
        folder
    }

    /// Folder -> digest.
    fn members(&self) -> BTreeMap<String, String> {
        let file = &self.read().lists["members"];
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
        supply: Supply::default(),
        overlay: overlay.map(|(path, text)| (path.to_owned(), text.to_owned())).into(),
    }
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
    assert_eq!(fs::read_to_string(fixture.archives().join("flags")).expect("staged"), "--bin\napp\n");
}

#[test]
fn every_file_is_in_the_list_of_one_archive() {
    let fixture = Fixture::new();
    let names = fs::read_to_string(fixture.archives().join("packs")).expect("staged");
    let staged = fixture.stage();
    let list = |name| fs::read_to_string(staged.join(".colony/packs").join(name)).expect("unpacked");
    let lists: String = names.lines().map(list).collect();
    let line = format!("{} f644 crates/app/src/lib.rs", sha256(b"// a source\n"));
    assert!(lists.lines().any(|known| known == line), "{lists}");
    assert_eq!(lists.lines().count(), fixture.read().files.len());
    for name in names.lines() {
        assert_eq!(sha256(list(name).as_bytes()), name, "the name is the digest of the list");
    }
}

#[test]
fn an_edit_writes_one_archive_and_links_the_others() {
    let fixture = Fixture::new();
    let archives = |folder: PathBuf| {
        let names = fs::read_to_string(folder.join("packs")).expect("staged");
        let inode = |name: &str| (name.to_owned(), folder.join(name).metadata().expect("staged").ino());
        names.lines().map(inode).collect::<BTreeMap<_, _>>()
    };
    let before = archives(fixture.archives());
    fixture.write("crates/app/src/lib.rs", "// b source\n");
    let after = archives(fixture.archives());
    let new = after.iter().filter(|(name, inode)| before.get(*name) != Some(inode));
    assert_eq!((after.len(), new.count()), (3, 1));
}

#[test]
fn a_file_that_changes_between_reading_and_writing_is_read_again() {
    let fixture = Fixture::new();
    let read = fixture.read();
    fixture.write("crates/app/src/lib.rs", "// b source\n");
    let error = read.write(&fixture.path("target/xtask/sources")).expect_err("it holds another content");
    assert!(error.is::<Changed>() && format!("{error:#}").contains("crates/app/src/lib.rs"), "{error:#}");
    assert_eq!(fs::read_dir(fixture.path("target/xtask/sources")).expect("list").count(), 0);
    assert_eq!(fs::read_to_string(fixture.stage().join("crates/app/src/lib.rs")).expect("staged"), "// b source\n");
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
    let before = fixture.read().digest;
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

/// Each of them decides which of the compilations in a warm target directory cargo looks at; see `members::file`.
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
fn litter_is_left_out() {
    let fixture = Fixture::new();
    let before = fixture.read().digest;
    for litter in [".DS_Store", "lib.rs~", ".lib.rs.swp", ".#lib.rs", ".git/HEAD"] {
        fixture.write(&format!("crates/app/{litter}"), "litter");
    }
    assert_eq!(fixture.read().digest(), before);
}

#[test]
fn of_all_folders_named_target_only_cargos_own_is_left_out() {
    let mut fixture = Fixture::new();
    fixture.write("crates/app/src/target/mod.rs", "// a module");
    fixture.write("crates/target/debug/x", "compiled");
    fixture.plan.workspace.target_dir = fixture.path("crates/target");
    let sources = fixture.read();
    assert!(sources.files.contains_key("crates/app/src/target/mod.rs"));
    assert!(!sources.files.contains_key("crates/target/debug/x"));
    fixture.plan.workspace.target_dir = fixture.path("elsewhere");
    assert!(fixture.read().files.contains_key("crates/target/debug/x"));
}

#[test]
fn staging_the_same_state_again_leaves_its_folder_alone() {
    let fixture = Fixture::new();
    let staged = fixture.archives();
    // Something that a second writing would undo.
    fs::write(staged.join("flags"), "mark").expect("write");
    assert_eq!(fixture.archives(), staged);
    assert_eq!(fs::read_to_string(staged.join("flags")).expect("staged"), "mark");
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
fn what_a_killed_build_left_is_not_staged() {
    let fixture = Fixture::new();
    for number in 0..100 {
        let left = format!("target/xtask/sources/tmp-{}-{number}/crates/app/build.rs", std::process::id());
        fixture.write(&left, "fn main() {}");
    }
    assert!(!fixture.stage().join("crates/app/build.rs").exists());
}

#[test]
fn a_name_that_the_sums_cannot_hold_is_refused() {
    for (name, shown) in [("a\nb.rs", r"a\nb.rs"), ("a\rb.rs", r"a\rb.rs"), ("a\\b.rs", r"a\\b.rs")] {
        let fixture = Fixture::new();
        fixture.write(&format!("crates/app/{name}"), "");
        let error = fixture.refusal();
        assert!(error.to_string().contains(&format!("`crates/app/{shown}`")), "{error}");
    }
}

/// Root may do all that is forbidden, so root has another user look.
#[test]
fn an_ordinary_user_stages_what_nobody_may_write() {
    let dir = TempDir::new();
    let is_root = dir.path().metadata().expect("made").uid() == 0;
    if is_root {
        let own = dir.path().join("tests");
        fs::copy(std::env::current_exe().expect("we run"), &own).expect("copy the tests");
        let nobody = Some(65534);
        std::os::unix::fs::chown(dir.path(), nobody, nobody).expect("root may");
        let mut command = std::process::Command::new(own);
        command.args(["--exact", "sources::tests::an_ordinary_user_stages_what_nobody_may_write"]);
        std::os::unix::process::CommandExt::uid(&mut command, 65534);
        let done = command.env("TMPDIR", dir.path()).current_dir(dir.path()).output().expect("run the copy");
        let told = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && told.contains("1 passed"), "{told}");
        return;
    }
    let fixture = Fixture::new();
    fixture.write("crates/app/src/locked/mod.rs", "1");
    fixture.set_mode("crates/app/src/locked/mod.rs", 0o444);
    fixture.set_mode("crates/app/src/locked", 0o555);
    let staged = fixture.stage().join("crates/app/src/locked/mod.rs");
    fixture.set_mode("crates/app/src/locked", 0o755);
    assert_eq!(staged.metadata().expect("staged").permissions().mode() & 0o777, 0o444);
    fixture.set_mode("crates/app/src/locked/mod.rs", 0);
    assert!(format!("{:#}", fixture.refusal()).contains("crates/app/src/locked/mod.rs: Permission denied"));
    let names = fs::read_dir(fixture.path("target/xtask/sources")).expect("list").count();
    assert_eq!(names, 1, "something unfinished is left");
    // Old states can be dropped.
    fs::remove_dir_all(fixture.path("target/xtask/sources")).expect("remove");
}

#[test]
fn what_is_copied_into_the_image_is_no_part_of_the_sources_and_readable_for_everybody() {
    let mut fixture = Fixture::new();
    fixture.plan.workspace.images.copy = [("conf".to_owned(), "/etc/app".to_owned())].into();
    fixture.write("conf/a.toml", "1");
    fixture.write("conf/deep/run", "2");
    std::os::unix::fs::symlink("a.toml", fixture.path("conf/link")).expect("make a link");
    let mode = |path: &str, mode| {
        fs::set_permissions(fixture.path(path), std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("ours");
    };
    mode("conf/a.toml", 0o600);
    mode("conf/deep/run", 0o700);
    let sources = fixture.read();
    let found: Vec<_> = sources.copied.files.iter().map(|(path, file)| (path.as_str(), file.mode)).collect();
    assert_eq!(found, [("etc/app/a.toml", 0o644), ("etc/app/deep/run", 0o755), ("etc/app/link", 0o644)]);
    assert!(!sources.files.keys().any(|path| path.contains("conf")));
    assert!(sources.copied.origins.contains_key("conf/deep/run"));
    assert_eq!(fixture.changed_by(|fixture| fixture.write("conf/a.toml", "3")), [""; 0]);
    assert_ne!(fixture.read().digest(), sources.digest());
}

#[test]
fn the_folder_that_is_copied_must_be_there() {
    let mut fixture = Fixture::new();
    fixture.plan.workspace.images.copy = [("gone".to_owned(), "/etc/app".to_owned())].into();
    let state = fixture.path("target/xtask");
    let error = Sources::read(&fixture.path(""), &state, &fixture.plan).err().expect("it is refused");
    assert_eq!(error.to_string(), "[workspace.metadata.images] copy: there is no `gone` in the workspace");
}
