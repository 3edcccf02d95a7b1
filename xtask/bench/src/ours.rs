//! Our own builds: the xtask, as a user would start it in the copy of the workspace.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::PREFIX;
use crate::args::Alternative;
use crate::compiled::{Compiled, Told};
use crate::dockerfiles::Settings;
use crate::outcome::Built;
use crate::process::{self, capture, probe};
use crate::tables::timed;

/// The exit code that says that the base is stale, as README.md documents it.
const STALE_BASE: i32 = 4;

/// A copy of the xtask, since a compilation meanwhile would replace the file that we were given.
#[derive(Clone, Debug)]
pub(crate) struct Xtask(PathBuf);

impl Xtask {
    pub(crate) fn copy(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let copy = folder.join("xtask");
        fs::copy(program, &copy).with_context(|| format!("copy {}", program.display()))?;
        Ok(Self(copy))
    }

    /// Builds the base image in the copy of the workspace at `root`, with further flags.
    pub(crate) fn build_base(&self, root: &Path, settings: &Settings, flags: &[&str]) -> anyhow::Result<()> {
        capture("build our base", self.build(root, settings, "build-base").args(flags)).map(drop)
    }

    /// Builds the colony image, after the base where that is stale. Returns what it tells; its time is for the caller.
    pub(crate) fn build_colony(&self, root: &Path, settings: &Settings) -> anyhow::Result<Built> {
        let mut build = self.build(root, settings, "build-colony");
        build.args(["--repository", &format!("{PREFIX}-{}", Alternative::Ours.name()), "--tag", "latest"]);
        build.args(["--runtime-image", &settings.runtime_image, "--json"]);
        let first = probe(&mut build)?;
        if first.status.code() != Some(STALE_BASE) {
            return told(&first).map(|(compiled, steps)| Built { compiled, steps });
        }
        let started = Instant::now();
        self.build_base(root, settings, &[])?;
        let base = timed("build-base", started.elapsed().as_secs_f64());
        let (compiled, steps) = told(&probe(&mut build)?)?;
        let compiled = compiled.map(|compiled| Compiled { base_rebuilt: true, ..compiled });
        Ok(Built { compiled, steps: [base].into_iter().chain(steps).collect() })
    }

    /// Asks whether the base is current, which it has to be.
    pub(crate) fn check_base(&self, root: &Path, settings: &Settings) -> anyhow::Result<()> {
        let mut check = self.command(root);
        check.args(["check-base", "--base-repository", &format!("{PREFIX}-base"), "--base-tag", "latest"]);
        check.args(["--chef-image", &settings.chef_image]);
        capture("check our base", &mut check).map(drop)
    }

    /// Writes the Dockerfiles of the table in the workspace at `root`.
    pub(crate) fn codegen(&self, root: &Path) -> anyhow::Result<()> {
        capture("generate the Dockerfiles", self.command(root).arg("codegen")).map(drop)
    }

    /// Stages the sources that the shipped binaries are compiled from, as for our own build. Returns their folder.
    pub(crate) fn stage(&self, root: &Path) -> anyhow::Result<PathBuf> {
        let folders = capture("stage the sources", self.command(root).arg("plan"))?;
        // The context of the base comes first.
        folders.lines().nth(1).map(PathBuf::from).context("`plan` prints no second folder")
    }

    fn build(&self, root: &Path, settings: &Settings, command: &str) -> Command {
        let mut build = self.command(root);
        build
            .args([command, "--no-push", "--builder", &settings.builder])
            .args(["--base-repository", &format!("{PREFIX}-base"), "--base-tag", "latest"])
            .args(["--chef-image", &settings.chef_image]);
        build
    }

    fn command(&self, root: &Path) -> Command {
        let mut command = Command::new(&self.0);
        // This is how cargo tells the program which workspace it is for.
        command.current_dir(root).env("CARGO_MANIFEST_DIR", root.join("xtask"));
        command
    }
}

/// What was compiled, and the steps with their times.
fn told(output: &Output) -> anyhow::Result<(Option<Compiled>, Vec<String>)> {
    if !output.status.success() {
        bail!("`build-colony` failed:\n{}", process::text(&output.stderr));
    }
    let Told { compiled, steps, .. } = Told::read(&process::text(&output.stdout))?;
    Ok((compiled, steps.iter().map(|step| timed(&step.name, step.seconds)).collect()))
}
