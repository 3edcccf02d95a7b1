//! Folders named by their content, of which the newest are kept: a run uses its own undisturbed while others make,
//! use and drop theirs. No state is locked; every step is one that others cannot see half of.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context;

use crate::staging::own_folder::{self, Lock, OWN, OwnFolder, or_if_gone, remove};
use crate::staging::tree;

/// How many states are kept of each kind.
const KEPT: usize = 16;

/// Has the state `name` below `parent` written, if it does not stand there already, and returns its folder. `write` gets a
/// new folder to write it into.
pub(crate) fn stage(
    parent: &Path,
    name: &str,
    write: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let folder = parent.join(name);
    if !is_taken_into_use(&folder)? {
        let own = OwnFolder::make(parent)?;
        write(own.path())?;
        move_to(own, &folder).with_context(|| format!("stage {}", folder.display()))?;
        drop_old(parent)?;
    }
    Ok(folder)
}

/// The states that stand below `parent`, the newest one first. Any of them may be dropped at any time.
pub(crate) fn standing(parent: &Path) -> io::Result<Vec<PathBuf>> {
    let states = or_if_gone(list(parent), Vec::new())?;
    Ok(states.into_iter().rev().map(|(_, path)| path).collect())
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

/// Gives a folder its lasting place, unless another run was there first with the same content.
fn move_to(own: OwnFolder, place: &Path) -> anyhow::Result<()> {
    // It is readable for whoever could read the folder around it, and no less than the folders in it.
    fs::set_permissions(own.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    match fs::rename(own.path(), place) {
        Ok(()) => own.forget(),
        Err(error) if !is_taken_into_use(place)? => return Err(error.into()),
        Err(_) => {}
    }
    Ok(())
}

/// The states that stand below `parent` with the time of their last use, the oldest one first.
fn list(parent: &Path) -> io::Result<Vec<(SystemTime, PathBuf)>> {
    let mut states = Vec::new();
    for entry in fs::read_dir(parent)? {
        let entry = entry?;
        let time = entry.metadata().and_then(|data| data.modified()).map(Some);
        let Some(time) = or_if_gone(time, None)? else { continue };
        if !own_folder::is_own(&entry.path()) {
            states.push((time, entry.path()));
        }
    }
    states.sort();
    Ok(states)
}

/// Drops all but the newest states.
fn drop_old(parent: &Path) -> anyhow::Result<()> {
    let look = || format!("tidy {}", parent.display());
    let states = list(parent).with_context(look)?;
    let surplus = states.len().saturating_sub(KEPT);
    states[..surplus].iter().try_for_each(|(time, old)| drop_unused(old, *time).with_context(look))
}

/// Removes a state that nobody took into use since it had that time, and that nobody holds a lock on.
pub(crate) fn drop_unused(path: &Path, seen: SystemTime) -> io::Result<()> {
    let away = path.with_file_name(format!("{OWN}old-{}", tree::unique()));
    let is_unused = || fs::symlink_metadata(path)?.modified().map(|time| time == seen);
    if !or_if_gone(is_unused(), false)? {
        return Ok(());
    }
    // Locked, so that no other run takes it for left behind meanwhile.
    let lock = or_if_gone(own_folder::lock(path).map(Some), None)?;
    if matches!(lock, Some(Lock::Refused)) {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::staging::tree::Tree;
    use crate::staging::tree::tests::TempDir;

    /// Writes a file into a state.
    fn file(text: &str) -> impl FnOnce(&Path) -> anyhow::Result<()> {
        let files: Tree = [("a/b".to_owned(), text.to_owned())].into();
        move |folder| tree::write(folder, &files)
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
        let stage = |name: &str| stage(dir.path(), name, file(name)).expect("stage");
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
        let folder = stage(dir.path(), "one", file("1")).expect("stage");
        fs::write(folder.join("a/b"), "mark").expect("write");
        assert_eq!(stage(dir.path(), "one", file("1")).expect("stage"), folder);
        assert_eq!(fs::read_to_string(folder.join("a/b")).expect("staged"), "mark");
    }

    #[test]
    fn what_cannot_be_staged_leaves_nothing_behind() {
        let dir = TempDir::new();
        let files: Tree = ["a", "a/b"].map(|path| (path.to_owned(), String::new())).into();
        stage(dir.path(), "one", |folder| tree::write(folder, &files)).expect_err("a file and a folder in one place");
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[test]
    fn a_state_that_was_taken_into_use_meanwhile_is_not_dropped() {
        let dir = TempDir::new();
        let folder = stage(dir.path(), "one", file("1")).expect("stage");
        let seen = SystemTime::UNIX_EPOCH;
        drop_unused(&folder, seen).expect("it is not as old as that");
        assert_eq!(names(dir.path()), ["one"]);
        set_time(&folder, seen);
        drop_unused(&folder, seen).expect("drop");
        drop_unused(&folder, seen).expect("another run dropped it");
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[test]
    fn a_folder_that_somebody_holds_is_not_dropped() {
        let dir = TempDir::new();
        let own = OwnFolder::make(dir.path()).expect("make");
        let time = SystemTime::UNIX_EPOCH;
        set_time(own.path(), time);
        drop_unused(own.path(), time).expect("no failure");
        assert!(own.path().exists());
    }

    #[test]
    fn another_run_that_staged_the_same_first_is_no_failure() {
        let dir = TempDir::new();
        let own = OwnFolder::make(dir.path()).expect("make");
        file("1")(own.path()).expect("write");
        let folder = stage(dir.path(), "one", file("1")).expect("stage");
        move_to(own, &folder).expect("the same content");
        assert_eq!(names(dir.path()), ["one"]);
    }
}
