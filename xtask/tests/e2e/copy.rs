//! A copy of this workspace in a temporary folder, with a space in its path, to be edited by a test.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::shape::Shape;
use crate::temp_dir::TempDir;

/// What is no part of the sources.
const LEFT_OUT: [&str; 2] = [".git", "target"];

/// The copy; gone when the value goes.
pub(crate) struct Copy {
    dir: TempDir,
}

/// The time that a written file bears.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stamp {
    Now,
    /// Always the same second long ago, as a tool leaves it that restores files with their times.
    Old,
    /// A clock that was wrong.
    Future,
}

impl Copy {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new("a colony");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace");
        copy_folder(root, dir.path());
        Self { dir }
    }

    /// A small workspace of another shape in place of ours.
    pub(crate) fn of(shape: &Shape) -> Self {
        let dir = TempDir::new(shape.name);
        shape.write(dir.path());
        let mut cargo = Command::new(std::env::var_os("CARGO").expect("cargo runs the tests"));
        cargo.args(["generate-lockfile", "--offline", "--quiet"]).current_dir(dir.path());
        assert!(cargo.status().expect("start cargo").success(), "{}", shape.name);
        Self { dir }
    }

    pub(crate) fn root(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root().join(path)).unwrap_or_else(|error| panic!("read {path}: {error}"))
    }

    /// Makes a file, or replaces its content.
    pub(crate) fn write(&self, path: &str, text: &str) {
        self.write_at(path, text, Stamp::Now);
    }

    pub(crate) fn write_at(&self, path: &str, text: &str, stamp: Stamp) {
        let place = self.root().join(path);
        fs::create_dir_all(place.parent().expect("below the root")).expect("make a folder");
        fs::write(&place, text).unwrap_or_else(|error| panic!("write {path}: {error}"));
        let time = match stamp {
            Stamp::Now => return,
            Stamp::Old => SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000),
            Stamp::Future => SystemTime::now() + Duration::from_secs(1_000_000),
        };
        let file = fs::File::options().append(true).open(&place).expect("just written");
        file.set_modified(time).expect("set the time of a file of ours");
    }

    pub(crate) fn append(&self, path: &str, text: &str) {
        self.write(path, &format!("{}{text}", self.read(path)));
    }

    /// Replaces text that must be there.
    pub(crate) fn replace(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{path} has no {old:?}:\n{text}");
        self.write(path, &text.replace(old, new));
    }

    pub(crate) fn remove(&self, path: &str) {
        fs::remove_file(self.root().join(path)).unwrap_or_else(|error| panic!("remove {path}: {error}"));
    }

    /// Moves a file, which keeps its time.
    pub(crate) fn rename(&self, from: &str, to: &str) {
        let place = self.root().join(to);
        fs::create_dir_all(place.parent().expect("below the root")).expect("make a folder");
        fs::rename(self.root().join(from), place).unwrap_or_else(|error| panic!("move {from} to {to}: {error}"));
    }

    pub(crate) fn set_mode(&self, path: &str, mode: u32) {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(self.root().join(path), permissions).expect("a file of ours");
    }

    /// Gives every file of a folder the time of now, as a fresh checkout does.
    pub(crate) fn touch(&self, folder: &str) {
        let mut open = vec![self.root().join(folder)];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).expect("a folder of ours") {
                let path = entry.expect("a folder of ours").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let file = fs::File::options().append(true).open(&path).expect("a file of ours");
                    file.set_modified(SystemTime::now()).expect("a file of ours");
                }
            }
        }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("make a folder");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("list {}: {error}", from.display())) {
        let entry = entry.expect("list a folder");
        let (path, name) = (entry.path(), entry.file_name());
        let kind = entry.file_type().expect("look at a file");
        if LEFT_OUT.iter().any(|left_out| name == *left_out) {
            continue;
        }
        if kind.is_dir() {
            copy_folder(&path, &to.join(name));
        } else if kind.is_symlink() {
            symlink(fs::read_link(&path).expect("a link"), to.join(name)).expect("make a link");
        } else if kind.is_file() {
            fs::copy(&path, to.join(name)).unwrap_or_else(|error| panic!("copy {}: {error}", path.display()));
        }
    }
}
