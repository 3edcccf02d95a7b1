//! Listens to folders, each for itself and not to what lies below: so nothing is heard of target directories, of `.git`,
//! or of whatever else lies beside the sources.

use std::collections::BTreeSet;
use std::io::ErrorKind::NotFound;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};
use rustix::io::Errno;

use crate::failure::{ExitCode, Failure};
use crate::watch::burst::Burst;

/// How often we look whether a burst is over or somebody wants us to end: short against what people notice.
const PAUSE: Duration = Duration::from_millis(20);

/// What Linux says when a user may have no further inotify instance.
const TOO_MANY_OPEN: i32 = Errno::MFILE.raw_os_error();

pub(super) struct Ears {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
}

impl Ears {
    pub(super) fn open() -> anyhow::Result<Self> {
        let (sender, events) = mpsc::channel();
        Ok(Self { watcher: notify::recommended_watcher(sender).map_err(explain)?, events })
    }

    /// A folder that is gone meanwhile is passed over: the one that held it is listened to as well.
    pub(super) fn listen(&mut self, folders: &BTreeSet<PathBuf>) -> anyhow::Result<()> {
        let mut paths = self.watcher.paths_mut();
        for folder in folders {
            match paths.add(folder, RecursiveMode::NonRecursive) {
                Err(error) if is_gone(&error) => {}
                added => added.map_err(explain)?,
            }
        }
        Ok(paths.commit().map_err(explain)?)
    }

    /// Drops what was heard so far.
    pub(super) fn forget(&mut self) -> anyhow::Result<()> {
        self.events.try_iter().try_for_each(|event| event.map(drop).map_err(explain))?;
        Ok(())
    }

    /// Waits for events that count and until it is quiet again. Fails without a word once `is_interrupted`: whoever ends
    /// what only waits knows why it ended.
    pub(super) fn wait(&mut self, is_interrupted: impl Fn() -> bool) -> anyhow::Result<Burst> {
        let mut burst = Burst::default();
        while !burst.is_over(Instant::now()) {
            if is_interrupted() {
                return Err(Failure::new(ExitCode::Interrupted, "").into());
            }
            match self.events.recv_timeout(PAUSE) {
                Ok(event) => burst.take(event.map_err(explain)?, Instant::now()),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => anyhow::bail!("the file watcher has ended"),
            }
        }
        Ok(burst)
    }
}

fn is_gone(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound => true,
        ErrorKind::Io(error) => error.kind() == NotFound,
        _ => false,
    }
}

/// With the cure for the two limits that Linux has; no edit mends these.
fn explain(error: notify::Error) -> Failure {
    let failure = |what: &str| Failure::precondition(format!("files cannot be watched: {what}"));
    let allow = |limit: &str, number: u32| {
        format!("Allow more, as root: sysctl fs.inotify.{limit}={number} (and into /etc/sysctl.d, to keep it)")
    };
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            failure("this user watches as many folders as the system allows").hint(allow("max_user_watches", 524_288))
        }
        ErrorKind::Io(io) if io.raw_os_error() == Some(TOO_MANY_OPEN) => {
            failure("this user has as many file watchers, or open files, as the system allows")
                .hint(allow("max_user_instances", 512))
        }
        _ => failure(&error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_of_the_system_are_told_with_their_cures() {
        let told = |error| {
            let Failure { code, message, hints, .. } = explain(error);
            assert_eq!(code, ExitCode::Precondition);
            [&message, &hints.concat()].map(String::clone).join("\n")
        };
        assert_eq!(
            told(notify::Error::new(ErrorKind::MaxFilesWatch)),
            "files cannot be watched: this user watches as many folders as the system allows\n\
             Allow more, as root: sysctl fs.inotify.max_user_watches=524288 (and into /etc/sysctl.d, to keep it)"
        );
        let instances = told(notify::Error::io(std::io::Error::from_raw_os_error(TOO_MANY_OPEN)));
        assert!(instances.contains("fs.inotify.max_user_instances=512"), "{instances}");
        assert_eq!(told(notify::Error::generic("odd")), "files cannot be watched: odd\n");
    }

    #[test]
    fn a_folder_that_is_gone_is_passed_over() {
        let gone = [std::env::temp_dir().join("no-such-folder-of-the-xtask")].into();
        assert!(Ears::open().expect("a watcher").listen(&gone).is_ok());
    }
}
