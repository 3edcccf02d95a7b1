//! What every command gets: the workspace root, the way to start programs and the way to talk to the user.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use anyhow::Context;
use serde::Deserialize;

use crate::failure::{self, ExitCode};
use crate::process::interrupt::Interrupt;
use crate::process::invocation::Invocation;
use crate::process::runner::Runner;
use crate::report::Report;
use crate::terminal::manner::Manner;
use crate::workspace::names::Names;

/// The folder in cargo's target directory that is ours.
pub(crate) const STATE_DIR: &str = "xtask";

/// Built once in `main` and handed to every command.
pub(crate) struct Ctx {
    pub(crate) root: PathBuf,
    /// As the workspace's table had them at the start.
    pub(crate) names: Names,
    pub(crate) manner: Manner,
    pub(crate) runner: Runner,
    pub(crate) report: Report,
    /// Cargo's target directory, once it is known.
    target_dir: Arc<OnceLock<PathBuf>>,
    /// Held while cargo is asked for the workspace.
    asking: Arc<Mutex<()>>,
}

/// What cargo tells of its target directory, which a variable or its configuration may have moved.
#[derive(Deserialize)]
struct Metadata {
    target_directory: PathBuf,
}

impl Ctx {
    /// `root` is the workspace's, as [`root`] finds it.
    pub(crate) fn new(root: PathBuf, names: Names, manner: Manner) -> anyhow::Result<Self> {
        let runner = Runner::new(&root, manner, Interrupt::catch()?);
        Ok(Self {
            runner,
            manner,
            report: Report::new(manner),
            root,
            names,
            target_dir: Arc::default(),
            asking: Arc::default(),
        })
    }

    /// For one more round of the same work: times begin anew, and cargo is asked again.
    pub(crate) fn anew(&self) -> Self {
        Self {
            root: self.root.clone(),
            names: self.names.clone(),
            manner: self.manner,
            runner: self.runner.clone(),
            report: self.report.anew(),
            target_dir: Arc::default(),
            asking: Arc::default(),
        }
    }

    /// For work beside the main thread, whose lines must not run into BuildKit's display.
    pub(crate) fn aside(&self) -> Self {
        Self {
            root: self.root.clone(),
            names: self.names.clone(),
            manner: self.manner,
            runner: self.runner.clone(),
            report: self.report.aside(),
            target_dir: self.target_dir.clone(),
            asking: self.asking.clone(),
        }
    }

    /// What would stop a real run is only a warning in a dry one, which then goes on with `None`. An interruption stops
    /// either.
    pub(crate) fn warn_if_dry<T>(&self, outcome: anyhow::Result<T>) -> anyhow::Result<Option<T>> {
        self.warn_if_dry_that(outcome, "stop here")
    }

    /// The same where a real run would do that.
    pub(crate) fn warn_if_dry_that<T>(&self, outcome: anyhow::Result<T>, then: &str) -> anyhow::Result<Option<T>> {
        match outcome {
            Err(error) if self.manner.is_dry && failure::code(&error) != ExitCode::Interrupted => {
                self.report.warning(format!("a real run would {then}: {error:#}"));
                Ok(None)
            }
            outcome => outcome.map(Some),
        }
    }

    /// Where everything that we write goes: plans, records, logs. Asks cargo where nobody did before.
    pub(crate) fn state_dir(&self) -> anyhow::Result<PathBuf> {
        let known = || self.target_dir.get().map(|target_dir| target_dir.join(STATE_DIR));
        if let Some(folder) = known() {
            return Ok(folder);
        }
        let _asking = self.asking_cargo();
        // Somebody may have learnt it meanwhile.
        if let Some(folder) = known() {
            return Ok(folder);
        }
        let call = Invocation::cargo().args(["metadata", "--no-deps", "--format-version", "1"]);
        let answer = self.runner.capture("find the target directory", &call)?;
        let metadata: Metadata = serde_json::from_str(&answer).context("read the output of `cargo metadata`")?;
        Ok(self.target_dir.get_or_init(|| metadata.target_directory).join(STATE_DIR))
    }

    /// For whoever asks cargo for the whole workspace: those who want the target directory alone wait for the answer.
    pub(crate) fn asking_cargo(&self) -> MutexGuard<'_, ()> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For whoever asked cargo for more: that is its target directory.
    pub(crate) fn learn_target_dir(&self, path: &Path) {
        self.target_dir.get_or_init(|| path.to_owned());
    }

    /// The path as a line for a shell in the workspace root has it: relative where it lies below that.
    pub(crate) fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.root).unwrap_or(path).to_owned()
    }
}

/// The workspace root: the parent of this package as cargo names it when it runs us, so that any working
/// directory will do. Outside cargo the place where we were compiled counts.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package.parent().map(Path::to_owned).context("the xtask package has no parent folder")
}
