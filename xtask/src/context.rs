//! What every command gets: the workspace root, the way to start programs and the way to talk to the user.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::process::interrupt::Interrupt;
use crate::process::runner::Runner;
use crate::report::Report;

/// Where everything that we write goes, relative to the workspace root.
pub(crate) const STATE_DIR: &str = "target/xtask";

/// Built once in `main` and handed to every command.
pub(crate) struct Ctx {
    pub(crate) root: PathBuf,
    pub(crate) runner: Runner,
    pub(crate) report: Report,
}

impl Ctx {
    pub(crate) fn new(dry_run: bool) -> anyhow::Result<Self> {
        let root = root()?;
        let runner = Runner::new(&root, dry_run, Interrupt::catch()?);
        Ok(Self { runner, report: Report::new(), root })
    }

    /// For work beside the main thread, whose lines must not run into BuildKit's display.
    pub(crate) fn aside(&self) -> Self {
        Self { root: self.root.clone(), runner: self.runner.clone(), report: self.report.aside() }
    }

    /// Where everything that we write goes: plans, records, logs.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.root.join(STATE_DIR)
    }
}

/// The workspace root: the parent of this package as cargo names it when it runs us, so that any working
/// directory will do. Outside cargo the place where we were compiled counts.
fn root() -> anyhow::Result<PathBuf> {
    let package =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    package.parent().map(Path::to_owned).context("the xtask package has no parent folder")
}
