//! A folder for one run alone. It goes when that ends, and where the run is killed, when the next one makes its own.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::Context;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

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
    _lock: Lock,
}

/// What came of the wish for a lock, which ends with this value.
pub(crate) enum Lock {
    Got {
        _folder: File,
    },
    /// Somebody else has one.
    Refused,
    /// The disk knows none, so that nobody can take anything from us by one.
    NoneKnown,
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
                Ok(()) => match lock(&path)? {
                    // It is not for us any more.
                    Lock::Refused => {}
                    lock => return Ok(Self { _lock: lock, path: Some(path) }),
                },
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

/// Takes it into use, for us alone.
pub(super) fn lock(path: &Path) -> io::Result<Lock> {
    Lock::take(path, FlockOperation::NonBlockingLockExclusive)
}

/// Takes it into use together with others. Waits for whoever has it for himself, or looks whether anybody has it.
#[cfg(feature = "home")]
pub(crate) fn share(path: &Path) -> io::Result<Lock> {
    Lock::take(path, FlockOperation::LockShared)
}

impl Lock {
    fn take(path: &Path, operation: FlockOperation) -> io::Result<Self> {
        let folder = File::open(path)?;
        match flock(&folder, operation) {
            Ok(()) => Ok(Self::Got { _folder: folder }),
            Err(error) => Self::of(error),
        }
    }

    fn of(error: Errno) -> io::Result<Self> {
        if error == Errno::WOULDBLOCK {
            return Ok(Self::Refused);
        }
        let is_unknown = [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOLCK, Errno::NOSYS].contains(&error);
        if is_unknown { Ok(Self::NoneKnown) } else { Err(error.into()) }
    }
}

/// Whether it is a run's own by its name, in a folder that is ours.
pub(crate) fn is_own(path: &Path) -> bool {
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
    Ok(is_held(path)? == Some(false))
}

/// Whether somebody has a lock on it, or may be about to take one. `None` where the disk knows no locks.
pub(crate) fn is_held(path: &Path) -> io::Result<Option<bool>> {
    let made = fs::symlink_metadata(path)?.modified()?;
    let is_old = SystemTime::now().duration_since(made).is_ok_and(|age| age > JUST_MADE);
    if is_own(path) && !is_old {
        return Ok(Some(true));
    }
    Ok(match lock(path)? {
        Lock::Got { .. } => Some(false),
        Lock::Refused => Some(true),
        Lock::NoneKnown => None,
    })
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
pub(crate) fn or_if_gone<T>(outcome: io::Result<T>, gone: T) -> io::Result<T> {
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

    #[test]
    fn a_folder_is_held_while_anybody_has_it_alone_or_with_others() {
        let dir = TempDir::new();
        let is_held = || is_held(dir.path()).expect("a folder");
        assert_eq!(is_held(), Some(false));
        let alone = lock(dir.path()).expect("a folder");
        assert_eq!(is_held(), Some(true));
        drop(alone);
        let shared = [share(dir.path()).expect("a folder"), share(dir.path()).expect("a folder")];
        assert!(shared.iter().all(|lock| matches!(lock, Lock::Got { .. })));
        assert_eq!(is_held(), Some(true));
        drop(shared);
        assert_eq!(is_held(), Some(false));
    }

    #[test]
    fn a_disk_without_locks_is_told_from_a_lock_of_somebody_else() {
        assert!(matches!(Lock::of(Errno::WOULDBLOCK), Ok(Lock::Refused)));
        for error in [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOLCK] {
            assert!(matches!(Lock::of(error), Ok(Lock::NoneKnown)), "{error}");
        }
        assert!(Lock::of(Errno::IO).is_err());
    }
}
