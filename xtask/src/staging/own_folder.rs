//! A folder for one run alone. It goes when that ends, and where the run is killed, when the next one makes its own.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use rustix::fs::{FlockOperation, flock};

use crate::staging::tree;

/// How the name of such a folder begins, in a folder that is ours.
pub(crate) const OWN: &str = "tmp-";

/// And in one that is everybody's, where nothing else may pass for ours.
const OUTSIDE: &str = "distributed-colony-xtask-";

/// Between the making of a folder and the lock on it lies less than this.
const JUST_MADE: Duration = Duration::from_secs(60);

/// Locked as long as its run lives, which tells the others that it is in use: the lock ends with the process, however
/// that ends, and holds for other containers that share the disk.
pub(crate) struct OwnFolder {
    /// `None` once it belongs to somebody else.
    path: Option<PathBuf>,
    _lock: File,
}

impl OwnFolder {
    /// In `parent`, which is ours, under a name that nobody else has.
    pub(crate) fn make(parent: &Path) -> anyhow::Result<Self> {
        let begin = || fs::create_dir_all(parent).and_then(|()| drop_left(parent));
        begin().with_context(|| format!("make a folder in {}", parent.display()))?;
        Self::named(parent, OWN)
    }

    /// Where the system keeps what is temporary, and clears what is left.
    pub(crate) fn outside() -> anyhow::Result<Self> {
        Self::named(&std::env::temp_dir(), OUTSIDE)
    }

    fn named(parent: &Path, prefix: &str) -> anyhow::Result<Self> {
        let make = || loop {
            let path = parent.join(format!("{prefix}{}", tree::unique()));
            match fs::create_dir(&path) {
                // Left by a killed run whose process had our number, or made in another container.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
                Ok(()) => return Ok(Self { _lock: lock(&path)?, path: Some(path) }),
            }
        };
        make().with_context(|| format!("make a folder in {}", parent.display()))
    }

    pub(crate) fn path(&self) -> &Path {
        self.path.as_deref().expect("it is taken by `forget` alone, which ends the value")
    }

    /// It has got another name, and stays.
    pub(super) fn forget(mut self) {
        self.path = None;
    }
}

impl Drop for OwnFolder {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // What stays after all is what a killed run leaves: the next one removes it.
            remove(path).unwrap_or_default();
        }
    }
}

/// Takes it into use. Where the disk knows no locks, nobody can take it from us either.
pub(super) fn lock(path: &Path) -> io::Result<File> {
    let folder = File::open(path)?;
    flock(&folder, FlockOperation::NonBlockingLockExclusive).unwrap_or_default();
    Ok(folder)
}

/// Whether it is a run's own by its name, in a folder that is ours.
pub(super) fn is_own(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(OWN))
}

/// Drops what killed runs left.
fn drop_left(parent: &Path) -> io::Result<()> {
    for entry in fs::read_dir(parent)? {
        let path = entry?.path();
        if is_own(&path) && or_if_gone(is_left(&path), false)? {
            remove(&path)?;
        }
    }
    Ok(())
}

fn is_left(path: &Path) -> io::Result<bool> {
    let made = fs::symlink_metadata(path)?.modified()?;
    let is_old = SystemTime::now().duration_since(made).is_ok_and(|age| age > JUST_MADE);
    Ok(is_old && flock(File::open(path)?, FlockOperation::NonBlockingLockExclusive).is_ok())
}

/// Removes a folder or file that others may be removing as well.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    let is_folder = || fs::symlink_metadata(path).map(|data| Some(data.is_dir()));
    while let Some(is_folder) = or_if_gone(is_folder(), None)? {
        or_if_gone(if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }, ())?;
    }
    Ok(())
}

/// The value where the file is gone, which another run may have seen to.
pub(super) fn or_if_gone<T>(outcome: io::Result<T>, gone: T) -> io::Result<T> {
    match outcome {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(gone),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::staging::tree::tests::TempDir;

    fn set_time(path: &Path, time: SystemTime) {
        File::open(path).and_then(|handle| handle.set_modified(time)).expect("set a time");
    }

    #[test]
    fn what_a_killed_run_left_goes_with_the_next_and_what_is_in_use_stays() {
        let dir = TempDir::new();
        let (left, fresh) = (dir.path().join("tmp-1-0"), dir.path().join("tmp-2-0"));
        for path in [&left, &fresh] {
            fs::create_dir(path).expect("make a folder");
        }
        let own = OwnFolder::make(dir.path()).expect("make");
        for path in [&left, own.path()] {
            set_time(path, SystemTime::now() - 2 * JUST_MADE);
        }
        let next = OwnFolder::make(dir.path()).expect("make");
        assert!(!left.exists());
        assert!(fresh.exists() && own.path().exists() && next.path().exists());
        let path = own.path().to_owned();
        drop(own);
        assert!(!path.exists());
    }
}
