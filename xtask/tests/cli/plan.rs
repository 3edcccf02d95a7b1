//! `cargo xtask plan`: writes the two build contexts and prints where they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::archives::unpack;
use crate::support::Fixture;
use crate::workspace::Workspace;

/// Runs it, which asks no docker for anything, and returns the folders of the base's and the colony's context.
fn plan(workspace: &Workspace) -> [PathBuf; 2] {
    let outcome = Fixture::new(workspace).without("docker").xtask(["plan"]).run();
    let folders: Vec<PathBuf> = outcome.exits(0).stdout.lines().map(PathBuf::from).collect();
    folders.try_into().expect("two folders")
}

/// Path below `folder`, time and text of every file.
fn files(folder: &Path) -> BTreeMap<PathBuf, (SystemTime, String)> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("list a folder") {
            let path = entry.expect("list a folder").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let time = path.metadata().and_then(|data| data.modified()).expect("a time");
            let inner = path.strip_prefix(folder).expect("below it").to_owned();
            found.insert(inner, (time, fs::read_to_string(&path).expect("a text")));
        }
    }
    found
}

/// The paths of one listing, as texts.
fn names(files: &BTreeMap<PathBuf, (SystemTime, String)>) -> Vec<&str> {
    files.keys().map(|path| path.to_str().expect("UTF-8")).collect()
}

#[test]
fn both_contexts_are_written_below_target_and_hold_the_shipped_members_alone() {
    let workspace = Workspace::new();
    let [base, sources] = plan(&workspace);
    assert_eq!(base.parent(), Some(workspace.root().join("target/xtask/plan").as_path()));
    assert_eq!(sources.parent(), Some(workspace.root().join("target/xtask/sources").as_path()));
    let stubs = files(&base);
    assert_eq!(
        names(&stubs).into_iter().filter(|path| path.ends_with("Cargo.toml")).collect::<Vec<_>>(),
        ["Cargo.toml", "crates/backend/Cargo.toml", "crates/coordinator/Cargo.toml", "crates/shared/Cargo.toml"]
    );
    let staged = files(&unpack(&sources));
    for path in ["Cargo.lock", "crates/backend/src/main.rs", "crates/shared/src/lib.rs"] {
        assert!(staged.contains_key(Path::new(path)), "{path} of {:?}", names(&staged));
    }
    assert_eq!(staged[Path::new("crates/shared/src/lib.rs")].1, workspace.read("crates/shared/src/lib.rs"));
    assert!(!names(&staged).iter().any(|path| path.contains("gui") || path.contains("xtask")));
}

#[test]
fn a_second_run_leaves_every_file_as_it_is() {
    let workspace = Workspace::new();
    let folders = plan(&workspace);
    let age = SystemTime::UNIX_EPOCH;
    for path in files(&folders[0]).keys() {
        let file = fs::File::options().append(true).open(folders[0].join(path)).expect("just written");
        file.set_modified(age).expect("set a time");
    }
    let times = |folder: &PathBuf| {
        let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("a folder").path());
        let time = |path: PathBuf| (path.metadata().and_then(|data| data.modified()).expect("a time"), path);
        entries.map(time).collect::<BTreeSet<_>>()
    };
    let before = (files(&folders[0]), times(&folders[1]));
    assert_eq!(plan(&workspace), folders);
    assert_eq!((files(&folders[0]), times(&folders[1])), before);
}

#[test]
fn an_edit_of_a_source_changes_the_colonys_context_alone() {
    let workspace = Workspace::new();
    let [base, before] = plan(&workspace);
    let stubs = files(&base);
    workspace.append("crates/shared/src/lib.rs", "pub mod edited {}\n");
    let [_, after] = plan(&workspace);
    assert_ne!(before, after);
    assert!(files(&unpack(&after))[Path::new("crates/shared/src/lib.rs")].1.ends_with("pub mod edited {}\n"));
    assert_eq!(files(&base), stubs);
}

#[test]
fn an_edit_of_a_dependency_shows_in_both_contexts() {
    let workspace = Workspace::new();
    let [_, before] = plan(&workspace);
    workspace.cargo(["update", "--package", "leaf"]);
    let [base, after] = plan(&workspace);
    assert_ne!(before, after);
    for folder in [base, unpack(&after)] {
        let lock = files(&folder)[Path::new("Cargo.lock")].1.clone();
        assert!(lock.contains("name = \"leaf\"\nversion = \"1.0.1\""), "{}:\n{lock}", folder.display());
    }
}
