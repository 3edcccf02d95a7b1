//! Several runs in one checkout at the same time, as an editor's task, a terminal and a watcher make them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::archives::{listed, unpack};
use crate::image::Image;
use crate::support::{BASE, Fixture, current_base};
use crate::workspace::Workspace;

/// How many run at the same time.
const RUNS: usize = 4;

/// Runs each of them so often.
const ROUNDS: usize = 5;

/// Replaces a file in one step, as an editor does.
fn save(path: &Path, text: &str) {
    let beside = path.with_extension("swp");
    fs::write(&beside, text).expect("write a file");
    fs::rename(&beside, path).expect("move a file");
}

/// Path -> content of all files below a folder.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("list a folder") {
            let path = entry.expect("list a folder").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(
                    path.strip_prefix(folder).expect("below it").to_owned(),
                    fs::read_to_string(&path).expect("text"),
                );
            }
        }
    }
    found
}

/// What earlier runs left, and each run of now wants to drop.
fn leave_old_states(workspace: &Workspace) {
    for kind in ["plan", "sources", "locks"] {
        for number in 0..40 {
            workspace.write(&format!("target/xtask/{kind}/old{number}/Cargo.lock"), "");
            workspace.write(&format!("target/xtask/{kind}/old{number}/crates/old/src/lib.rs"), "");
        }
    }
}

/// Nothing unfinished is left, and no more states than are kept.
fn is_tidy(workspace: &Workspace) {
    for kind in ["plan", "sources", "locks"] {
        let entries = fs::read_dir(workspace.root().join("target/xtask").join(kind)).expect("list a folder");
        let name =
            |entry: std::io::Result<fs::DirEntry>| entry.expect("list").file_name().to_string_lossy().into_owned();
        let names: Vec<String> = entries.map(name).collect();
        assert!(names.len() <= 16 && !names.iter().any(|name| name.starts_with("tmp-")), "{kind}: {names:?}");
    }
}

#[test]
fn plans_at_once_all_end_well_while_sources_and_manifests_are_edited() {
    let workspace = Workspace::new();
    let manifest = workspace.read("crates/backend/Cargo.toml");
    let edit = |number: usize| {
        // No more often than that, to leave the processor to the runs.
        thread::sleep(Duration::from_millis(2));
        save(&workspace.root().join("crates/shared/src/lib.rs"), &format!("//! Edit {number}.\n"));
        // Each state of a manifest has a plan of its own, and a lock file that cargo is asked for.
        let features = format!("{manifest}[features]\nf{number} = []\n");
        save(&workspace.root().join("crates/backend/Cargo.toml"), &features);
    };
    let run = || {
        let outcome = Fixture::new(&workspace).xtask(["plan"]).run();
        outcome.exits(0).never_says("[WARNING]");
        let [base, sources] = outcome.stdout.lines().map(PathBuf::from).collect::<Vec<_>>().try_into().expect("two");
        assert_eq!(files(&base).len(), 8, "a plan is whole");
        // Each run has a context of its own, or shares one with runs that saw the same.
        let folder = unpack(&sources);
        assert!(listed(&sources, &folder).iter().all(|path| folder.join(path).is_file()), "the sources are whole");
    };
    for round in 0..ROUNDS {
        leave_old_states(&workspace);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                (0..).take_while(|_| !is_over.load(Ordering::Relaxed)).for_each(|n| edit(round + ROUNDS * n))
            });
            let runs: Vec<_> = (0..RUNS).map(|_| scope.spawn(run)).collect();
            let outcomes: Vec<_> = runs.into_iter().map(thread::ScopedJoinHandle::join).collect();
            is_over.store(true, Ordering::Relaxed);
            assert!(outcomes.iter().all(Result::is_ok), "one of the runs failed");
        });
        is_tidy(&workspace);
    }
}

#[test]
fn builds_checks_and_plans_at_once_never_fail_each_other() {
    let workspace = Workspace::new();
    let base = current_base(&workspace);
    for round in 0..ROUNDS {
        workspace.write("crates/shared/src/lib.rs", &format!("//! Edit {round}.\n"));
        fs::remove_dir_all(workspace.root().join("target/xtask")).expect("a checkout without any state");
        leave_old_states(&workspace);
        thread::scope(|scope| {
            for command in ["build-base", "build-colony", "build-colony", "check-base", "plan", "plan"] {
                let (workspace, base) = (&workspace, &base);
                scope.spawn(move || {
                    let fixture = Fixture::new(workspace);
                    match command {
                        "plan" => fixture.xtask([command]),
                        "check-base" => fixture.image(BASE, base).xtask([command]),
                        "build-base" => fixture.builds(&Image::new("sha256:base")).xtask([command, "--no-push"]),
                        build => {
                            fixture.image(BASE, base).builds(&Image::new("sha256:new")).xtask([build, "--no-push"])
                        }
                    }
                    .run()
                    .exits(0);
                });
            }
        });
        is_tidy(&workspace);
    }
}
