//! Folders named by their content, of which the newest are kept: a run uses its own undisturbed while others make,
//! use and drop theirs. Nothing here is locked; every step is one that others cannot see half of.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;

use crate::staging::tree::{self, File};

/// How many states are kept of each kind.
const KEPT: usize = 16;

/// How the name begins of what is no state, or not yet.
pub(crate) const UNFINISHED: &str = "tmp-";

/// What is older than this and still unfinished was left by a killed run.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 60 * 60);

/// Writes the state `name` below `parent`, if it does not stand there already, and returns its folder.
pub(crate) fn stage<'a>(
    parent: &Path,
    name: &str,
    files: impl Iterator<Item = (&'a String, &'a File)>,
) -> anyhow::Result<PathBuf> {
    let folder = parent.join(name);
    if !is_taken_into_use(&folder)? {
        let own = OwnFolder::make(parent, UNFINISHED)?;
        tree::write(own.path(), files)?;
        own.move_to(&folder).with_context(|| format!("stage {}", folder.display()))?;
        drop_old(parent)?;
    }
    Ok(folder)
}

/// Makes a state the newest one, which are the ones that are kept. False where there is none.
fn is_taken_into_use(folder: &Path) -> anyhow::Result<bool> {
    let used = || {
        let handle = fs::File::open(folder)?;
        handle.set_modified(SystemTime::now())?;
        // Another run may have dropped it just then.
        Ok(fs::symlink_metadata(folder)?.ino() == handle.metadata()?.ino())
    };
    or_if_gone(used(), false).with_context(|| format!("take {} into use", folder.display()))
}

/// A folder for this run alone, which goes when the value goes.
pub(crate) struct OwnFolder(Option<PathBuf>);

impl OwnFolder {
    /// In `parent`, under a name that begins with `prefix` and that nobody else has.
    pub(crate) fn make(parent: &Path, prefix: &str) -> anyhow::Result<Self> {
        let make = || loop {
            let path = parent.join(format!("{prefix}{}", tree::unique()));
            match fs::create_dir(&path) {
                // Left by a killed run whose process had our number, or made in another container.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                outcome => return outcome.map(|()| Self(Some(path))),
            }
        };
        fs::create_dir_all(parent)
            .and_then(|()| make())
            .with_context(|| format!("make a folder in {}", parent.display()))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.as_deref().expect("it is taken by `move_to` alone, which ends the value")
    }

    /// Gives it its lasting place, unless another run was there first with the same content.
    fn move_to(mut self, place: &Path) -> anyhow::Result<()> {
        // It is readable for whoever could read the folder around it, and no less than the folders in it.
        fs::set_permissions(self.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        if let Err(error) = fs::rename(self.path(), place) {
            return if is_taken_into_use(place)? { Ok(()) } else { Err(error.into()) };
        }
        self.0 = None;
        Ok(())
    }
}

impl Drop for OwnFolder {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            if let Err(error) = remove(path) {
                eprintln!("[WARNING] remove {}: {error}", path.display());
            }
        }
    }
}

/// Drops all but the newest states, and what killed runs left.
fn drop_old(parent: &Path) -> anyhow::Result<()> {
    let look = || format!("tidy {}", parent.display());
    let mut states = Vec::new();
    let now = SystemTime::now();
    for entry in fs::read_dir(parent).with_context(look)? {
        let entry = entry.with_context(look)?;
        let time = entry.metadata().and_then(|data| data.modified()).map(Some);
        let Some(time) = or_if_gone(time, None).with_context(look)? else { continue };
        let is_unfinished = entry.file_name().to_string_lossy().starts_with(UNFINISHED);
        if !is_unfinished {
            states.push((time, entry.path()));
        } else if now.duration_since(time).is_ok_and(|age| age > LEFT_BEHIND) {
            drop_unused(&entry.path(), time).with_context(look)?;
        }
    }
    states.sort();
    let surplus = states.len().saturating_sub(KEPT);
    states[..surplus].iter().try_for_each(|(time, old)| drop_unused(old, *time).with_context(look))
}

/// Removes a state that nobody took into use since it had that time.
pub(crate) fn drop_unused(path: &Path, seen: SystemTime) -> io::Result<()> {
    let away = path.with_file_name(format!("{UNFINISHED}old-{}", tree::unique()));
    let is_unused = || fs::symlink_metadata(path)?.modified().map(|time| time == seen);
    if !or_if_gone(is_unused(), false)? {
        return Ok(());
    }
    // Moved first, so that nobody finds a state that is half gone; who took it into use until now gets it back.
    or_if_gone(fs::rename(path, &away), ())?;
    let was_used = fs::symlink_metadata(&away).and_then(|data| data.modified()).map(|time| time != seen);
    if or_if_gone(was_used, false)? && fs::rename(&away, path).is_ok() {
        return Ok(());
    }
    remove(&away)
}

/// Removes a folder or file that others may be removing as well.
fn remove(path: &Path) -> io::Result<()> {
    let is_folder = || fs::symlink_metadata(path).map(|data| Some(data.is_dir()));
    while let Some(is_folder) = or_if_gone(is_folder(), None)? {
        or_if_gone(if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }, ())?;
    }
    Ok(())
}

/// The value where the file is gone, which another run may have seen to.
fn or_if_gone<T>(outcome: io::Result<T>, gone: T) -> io::Result<T> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(gone),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::tree::Tree;
    use crate::staging::tree::tests::TempDir;

    fn files(text: &str) -> Tree {
        [("a/b".to_owned(), File::text(text))].into()
    }

    fn names(parent: &Path) -> Vec<String> {
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("list").file_name().to_string_lossy().into_owned();
        let mut names: Vec<String> = fs::read_dir(parent).expect("list").map(name).collect();
        names.sort();
        names
    }

    fn set_time(path: &Path, time: SystemTime) {
        fs::File::open(path).and_then(|handle| handle.set_modified(time)).expect("set a time");
    }

    #[test]
    fn the_newest_states_are_kept_and_one_that_is_used_again_is_new() {
        let dir = TempDir::new();
        let stage = |name: &str| stage(dir.path(), name, files(name).iter()).expect("stage");
        for number in 0..KEPT {
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(number as u64);
            set_time(&stage(&format!("{number:02}")), time);
        }
        stage("00");
        stage("new");
        let names = names(dir.path());
        assert_eq!(names.len(), KEPT);
        assert!(names.contains(&"00".to_owned()) && names.contains(&"new".to_owned()), "{names:?}");
        assert!(!names.contains(&"01".to_owned()), "{names:?}");
    }

    #[test]
    fn a_state_that_stands_is_left_as_it_is() {
        let dir = TempDir::new();
        let folder = stage(dir.path(), "one", files("1").iter()).expect("stage");
        fs::write(folder.join("a/b"), "mark").expect("write");
        assert_eq!(stage(dir.path(), "one", files("1").iter()).expect("stage"), folder);
        assert_eq!(fs::read_to_string(folder.join("a/b")).expect("staged"), "mark");
    }

    #[test]
    fn what_cannot_be_staged_leaves_nothing_behind() {
        let dir = TempDir::new();
        let files: Tree = [("a".to_owned(), File::text("")), ("a/b".to_owned(), File::text(""))].into();
        stage(dir.path(), "one", files.iter()).expect_err("a file and a folder in one place");
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[test]
    fn what_a_killed_run_left_goes_after_a_day_and_not_before() {
        let dir = TempDir::new();
        for name in ["tmp-1-0", "tmp-2-0"] {
            fs::create_dir(dir.path().join(name)).expect("make a folder");
        }
        set_time(&dir.path().join("tmp-1-0"), SystemTime::now() - 2 * LEFT_BEHIND);
        stage(dir.path(), "one", files("1").iter()).expect("stage");
        assert_eq!(names(dir.path()), ["one", "tmp-2-0"]);
    }

    #[test]
    fn a_state_that_was_taken_into_use_meanwhile_is_not_dropped() {
        let dir = TempDir::new();
        let folder = stage(dir.path(), "one", files("1").iter()).expect("stage");
        let seen = SystemTime::UNIX_EPOCH;
        drop_unused(&folder, seen).expect("it is not as old as that");
        assert_eq!(names(dir.path()), ["one"]);
        set_time(&folder, seen);
        drop_unused(&folder, seen).expect("drop");
        drop_unused(&folder, seen).expect("another run dropped it");
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[test]
    fn another_run_that_staged_the_same_first_is_no_failure() {
        let dir = TempDir::new();
        let own = OwnFolder::make(dir.path(), UNFINISHED).expect("make");
        tree::write(own.path(), files("1").iter()).expect("write");
        let folder = stage(dir.path(), "one", files("1").iter()).expect("stage");
        own.move_to(&folder).expect("the same content");
        assert_eq!(names(dir.path()), ["one"]);
    }
}
