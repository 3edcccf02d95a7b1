//! Everything that decides the colony image, as it lies on disk now.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::base;
use crate::colony;
use crate::context::{Ctx, STATE_DIR};
use crate::sources;
use crate::sources::source::Source;
use crate::watch::seen::Seen;
use crate::workspace::paths::is_cache;
use crate::workspace::{self, Workspace};

/// What decides it besides the sources, of which some need not be there.
const BESIDE: [&str; 10] = [
    "Cargo.toml",
    "Cargo.lock",
    ".cargo/config",
    ".cargo/config.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    base::DOCKERFILE,
    base::SEED,
    colony::DOCKERFILE,
    sources::SCRIPT,
];

/// Which files count.
pub(super) struct Scope {
    /// Relative to the workspace root.
    beside: Vec<&'static str>,
    /// As cargo read it last.
    workspace: Option<Workspace>,
    /// Whether cargo cannot read it now: a manifest is broken, and nobody knows which.
    is_lost: bool,
}

impl Scope {
    /// `beside` are further files.
    pub(super) fn new(beside: &[&'static str]) -> Self {
        Self { beside: [&BESIDE, beside].concat(), workspace: None, is_lost: true }
    }

    /// Asks cargo where the sources lie. That it cannot say is for the build to tell, which asks too.
    pub(super) fn learn(&mut self, ctx: &Ctx) {
        let read = workspace::read::workspace(ctx);
        self.is_lost = read.is_err();
        self.workspace = read.ok().or(self.workspace.take());
    }

    /// Asks which files of the root are sources, where that is not for cargo to say.
    pub(super) fn list(&mut self, ctx: &Ctx) -> anyhow::Result<()> {
        self.workspace.as_mut().map_or(Ok(()), |workspace| workspace.list(ctx))
    }

    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// `folders` gets every folder in which a change would be one of what is seen.
    pub(super) fn look(&self, root: &Path, folders: &mut BTreeSet<PathBuf>) -> Seen {
        let mut seen = Seen::default();
        if let Some(workspace) = &self.workspace {
            match sources::on_disk(root, &workspace.target_dir.join(STATE_DIR), workspace, folders) {
                Ok(tree) => {
                    let state = |file: &Source| format!("{:o} {}", file.mode, file.sha256);
                    seen.files.extend(tree.iter().map(|(path, file)| (path.clone(), state(file))));
                }
                Err(error) => seen.trouble = Some(format!("{error:#}")),
            }
        }
        let mut others: Vec<String> = self.beside.iter().map(|path| (*path).to_owned()).collect();
        // A broken one lets cargo read none of them.
        let unshipped = self.workspace.iter().flat_map(|workspace| &workspace.unshipped);
        others.extend(unshipped.map(|folder| format!("{folder}/Cargo.toml")));
        if self.is_lost {
            others.extend(rust_files(root, folders));
        }
        folders.extend(others.iter().filter_map(|path| root.join(path).parent().map(Path::to_owned)));
        // Where one of these is moved away and comes back, the folder that holds it hears of it.
        let outer = folders.iter().flat_map(|folder| folder.ancestors().take_while(|outer| outer.starts_with(root)));
        *folders = outer.filter(|folder| folder.is_dir()).map(Path::to_owned).collect();
        seen.files.extend(read(root, others));
        seen
    }
}

/// Files that are there and can be read; any other is for the build to complain about.
fn read(root: &Path, paths: Vec<String>) -> BTreeMap<String, String> {
    let digest = |path: &String| Some(format!("{:x}", Sha256::digest(fs::read(root.join(path)).ok()?)));
    paths.into_iter().filter_map(|path| Some((path.clone(), digest(&path)?))).collect()
}

/// Every manifest and source of Rust below the root, but for what is hidden or a cache: among them is what keeps cargo
/// from reading the workspace.
fn rust_files(root: &Path, folders: &mut BTreeSet<PathBuf>) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        let place = root.join(&folder);
        if is_cache(&place) {
            continue;
        }
        // One that cannot be listed holds nothing that cargo could read.
        let Ok(entries) = fs::read_dir(&place) else { continue };
        folders.insert(place);
        for entry in entries.flatten() {
            let (Ok(kind), Some(name)) = (entry.file_type(), entry.file_name().to_str().map(str::to_owned)) else {
                continue;
            };
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            if kind.is_dir() && !name.starts_with('.') {
                open.push(path);
            } else if kind.is_file() && (name == "Cargo.toml" || name.ends_with(".rs")) {
                found.push(path);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::tree::tests::TempDir;
    use crate::workspace::Member;
    use crate::workspace::tests::member;

    const FILES: [&str; 6] =
        ["Cargo.toml", "a/b/app/src/main.rs", "a/b/app/Cargo.toml", "a/gui/Cargo.toml", "a/gui/main.rs", "x/y.rs"];

    fn scope(is_lost: bool) -> Scope {
        let app = Member { dir: "a/b/app".to_owned(), ..member("app", "1.0.0") };
        let members = [("app".to_owned(), app)].into();
        let workspace = Workspace { members, unshipped: ["a/gui".to_owned()].into(), ..Workspace::default() };
        Scope { workspace: Some(workspace), is_lost, ..Scope::new(&["more"]) }
    }

    /// Files and folders, relative to the root.
    fn look(scope: &Scope, root: &TempDir) -> (Vec<String>, Vec<String>) {
        for path in FILES.iter().chain(&["target/CACHEDIR.TAG", "target/z.rs", ".git/z.rs", "more"]) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().expect("below the root")).expect("make a folder");
            fs::write(path, "").expect("write a file");
        }
        let mut folders = BTreeSet::new();
        let seen = scope.look(root.path(), &mut folders);
        assert_eq!(seen.trouble, None);
        let below = |folder: PathBuf| folder.strip_prefix(root.path()).expect("below the root").display().to_string();
        (seen.files.into_keys().collect(), folders.into_iter().map(below).collect())
    }

    #[test]
    fn sources_settings_and_every_manifest_count_and_the_folders_on_the_way_to_them() {
        let (files, folders) = look(&scope(false), &TempDir::new());
        assert_eq!(files, ["Cargo.toml", "a/b/app/Cargo.toml", "a/b/app/src/main.rs", "a/gui/Cargo.toml", "more"]);
        assert_eq!(folders, ["", "a", "a/b", "a/b/app", "a/b/app/src", "a/gui"]);
    }

    #[test]
    fn where_cargo_cannot_read_the_workspace_every_source_counts_but_in_caches_and_hidden_folders() {
        let (files, folders) = look(&scope(true), &TempDir::new());
        let mut all: Vec<&str> = FILES.into_iter().chain(["more"]).collect();
        all.sort_unstable();
        assert_eq!(files, all);
        assert!(folders.contains(&"x".to_owned()) && !folders.contains(&"target".to_owned()), "{folders:?}");
    }
}
