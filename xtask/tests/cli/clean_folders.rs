//! `cargo xtask clean` and what lies below `target/xtask`.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};

use crate::clean::machine;
use crate::workspace::Workspace;

/// Gives everything below the path a time of two hours ago.
pub(crate) fn age(path: &Path) {
    if path.is_dir() {
        fs::read_dir(path).expect("list").for_each(|entry| age(&entry.expect("list").path()));
    }
    let old = SystemTime::now() - Duration::from_secs(7200);
    fs::File::open(path).and_then(|handle| handle.set_modified(old)).expect("set a time");
}

#[test]
fn folders_go_once_no_build_can_read_them_and_results_stay() {
    let workspace = Workspace::new();
    for file in ["sources/old/a", "plan/old/a", "colony-7.json", "deploy-colony.json", "test-tools/a"] {
        workspace.write(&format!("target/xtask/{file}"), "12345");
    }
    age(&workspace.root().join("target/xtask"));
    workspace.write("target/xtask/sources/new/a", "12345");
    let dry = machine(&workspace).xtask(["clean", "--dry-run"]).run();
    dry.exits(0).prints(
        "rm -rf -- target/xtask/colony-7.json\nrm -rf -- target/xtask/plan/old\nrm -rf -- target/xtask/sources/old\n",
    );
    let there = |file: &str| workspace.root().join("target/xtask").join(file).exists();
    assert!(there("sources/old/a"));
    let outcome = machine(&workspace).xtask(["clean", "--json"]).run();
    outcome.exits(0).says("kept: 1 folders and files in the target directory: used within the last hour");
    assert!(outcome.stdout.ends_with("\"freed\":15}\n"), "{}", outcome.stdout);
    let stays = ["sources/new/a", "deploy-colony.json", "test-tools/a"];
    assert!(stays.iter().all(|file| there(file)), "{}", outcome.stderr);
    assert!(["sources/old", "plan/old", "colony-7.json"].iter().all(|file| !there(file)), "{}", outcome.stderr);
    machine(&workspace).xtask(["clean", "--all"]).run().exits(0);
    assert!(!there("test-tools") && there("deploy-colony.json"));
}

#[test]
fn what_a_run_holds_stays_however_old_it_is() {
    let workspace = Workspace::new();
    for file in ["tmp-1-0/a", "tmp-2-0/a", "test-tools/a"] {
        workspace.write(&format!("target/xtask/{file}"), "12345");
    }
    let folder = workspace.root().join("target/xtask");
    age(&folder);
    let hold = |name: &str, operation| {
        let handle = File::open(folder.join(name)).expect("a folder");
        flock(&handle, operation).expect("nobody else has it");
        handle
    };
    let held = [
        hold("tmp-1-0", FlockOperation::NonBlockingLockExclusive),
        hold("test-tools", FlockOperation::NonBlockingLockShared),
    ];
    let outcome = machine(&workspace).xtask(["clean", "--all"]).run();
    let there = |name: &str| folder.join(name).exists();
    outcome.exits(0).says("kept: 2 folders and files in the target directory: a run of this program uses it\n");
    assert!(there("tmp-1-0") && there("test-tools") && !there("tmp-2-0"), "{}", outcome.stderr);
    drop(held);
    machine(&workspace).xtask(["clean", "--all"]).run().exits(0);
    assert!(!there("tmp-1-0") && !there("test-tools"));
}
