//! One alternative with its own copy of the workspace: brings a state into the copy, builds it, looks at the image.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;

use crate::args::Alternative;
use crate::course::State;
use crate::dockerfiles::{PlainBuild, Settings};
use crate::edits::{BINARIES, Originals};
use crate::ours::Xtask;
use crate::outcome::{Built, Outcome, Sample};
use crate::process::{Stop, capture};
use crate::tables::timed;
use crate::{clock, docker, dockerfiles, limit, traces, workspace_copy};

/// What all alternatives are given.
#[derive(Clone, Copy)]
pub(crate) struct Common<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) originals: &'a Originals,
    pub(crate) xtask: &'a Xtask,
}

/// An alternative that takes part.
pub(crate) struct Contender<'a> {
    pub(crate) alternative: Alternative,
    common: Common<'a>,
    /// Its own copy of the workspace.
    root: PathBuf,
}

impl<'a> Contender<'a> {
    /// Copies the workspace into a folder of its own below `work`.
    pub(crate) fn new(
        workspace: &Path,
        work: &Path,
        alternative: Alternative,
        common: Common<'a>,
    ) -> anyhow::Result<Self> {
        let root = work.join(alternative.name());
        workspace_copy::make(workspace, &root)?;
        Ok(Self { alternative, common, root })
    }

    /// The first build, from nothing but what the engine still has. Returns its seconds.
    pub(crate) fn warm_up(&self, state: &State) -> anyhow::Result<f64> {
        workspace_copy::write(&self.root, &self.common.originals.render(state)?)?;
        if [Alternative::Limit, Alternative::Ours].contains(&self.alternative) {
            // The copy has a name of its own, after which its images and cache mounts are called.
            self.common.xtask.codegen(&self.root)?;
        }
        let started = Instant::now();
        match self.alternative {
            Alternative::Spec => self.plain_build(&dockerfiles::spec_base(self.common.settings))?,
            Alternative::Limit => {
                self.common.xtask.build_base(&self.root, self.common.settings, &[])?;
                limit::start()?;
            }
            Alternative::Ours => {
                // A base out of the cache of an earlier run leaves nothing behind for the next one to start from.
                let is_changed_later = !self.common.originals.updates.is_empty();
                let flags: &[&str] = if is_changed_later { &["--from-scratch"] } else { &[] };
                self.common.xtask.build_base(&self.root, self.common.settings, flags)?;
            }
            Alternative::CargoChef | Alternative::CacheMounts | Alternative::CopyAll => {}
        }
        self.build(state)?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// Builds a state without a measurement.
    pub(crate) fn visit(&self, state: &State) -> anyhow::Result<()> {
        self.build(state).map(drop)
    }

    /// Builds a state and looks whether that is what came out. A failed build is an outcome too: the others go on.
    pub(crate) fn measure(&self, state: &State) -> anyhow::Result<Outcome> {
        let sample = || -> anyhow::Result<Sample> {
            let (seconds, Built { compiled, steps }) = self.build(state)?;
            Ok(Sample { seconds, compiled, steps, right: self.is_right(state)?, bytes: self.bytes()? })
        };
        match sample() {
            Ok(sample) => Ok(Ok(sample)),
            Err(error) if error.downcast_ref::<Stop>() == Some(&Stop::Interrupted) => Err(error),
            Err(error) => Ok(Err(format!("{error:#}"))),
        }
    }

    /// Edits the copy, then builds. Returns the seconds that the build took, and what it tells of itself.
    fn build(&self, state: &State) -> anyhow::Result<(f64, Built)> {
        let edited = workspace_copy::write(&self.root, &self.common.originals.render(state)?)?;
        let before = self.images()?;
        // As the specification says: the base is rebuilt when one of these changes, and only then.
        let base_is_old = edited.iter().any(|path| path.ends_with("Cargo.toml") || path.ends_with("Cargo.lock"));
        let started = Instant::now();
        let mut built = Built::default();
        let mut seconds = None;
        match self.alternative {
            Alternative::Limit => seconds = Some(limit::compile(&self.root, self.common.xtask)?),
            Alternative::Ours => built = self.common.xtask.build_colony(&self.root, self.common.settings)?,
            plain => {
                if plain == Alternative::Spec && base_is_old {
                    self.plain_build(&dockerfiles::spec_base(self.common.settings))?;
                    built.steps.push(timed("base", started.elapsed().as_secs_f64()));
                }
                let version = clock::now()?;
                let build =
                    dockerfiles::colony(self.common.settings, plain, &version).context("it is a plain build")?;
                self.plain_build(&build)?;
            }
        }
        let seconds = seconds.unwrap_or_else(|| started.elapsed().as_secs_f64());
        self.drop_replaced(&before)?;
        Ok((seconds, built))
    }

    /// Without BuildKit's output, which would drown the results; its end is part of the error when it fails.
    fn plain_build(&self, build: &PlainBuild) -> anyhow::Result<()> {
        let mut call = docker::docker(build.args());
        capture(&format!("build with {}", build.dockerfile), call.current_dir(&self.root)).map(drop)
    }

    fn is_right(&self, state: &State) -> anyhow::Result<bool> {
        for binary in BINARIES {
            let output = match self.alternative {
                Alternative::Limit => limit::version(binary)?,
                other => docker::version(&dockerfiles::image(other), &format!("/usr/local/bin/{binary}"))?,
            };
            if !self.common.originals.is_right(state, binary, &output) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The size of the final image; cargo alone makes none.
    fn bytes(&self) -> anyhow::Result<Option<u64>> {
        if self.alternative == Alternative::Limit {
            return Ok(None);
        }
        Ok(docker::image(&dockerfiles::image(self.alternative))?.map(|image| image.bytes))
    }

    /// The IDs of the images that this alternative makes, as far as they stand.
    fn images(&self) -> anyhow::Result<Vec<String>> {
        let mut names = vec![dockerfiles::image(self.alternative)];
        match self.alternative {
            Alternative::Spec => names.push(dockerfiles::spec_base_image()),
            Alternative::Ours => names.push(dockerfiles::base_image()),
            _ => {}
        }
        let mut found = Vec::new();
        for name in names {
            found.extend(docker::image(&name)?.map(|image| image.id));
        }
        Ok(found)
    }

    /// Removes those images of before that have lost their name to a newer one, else each build would leave one.
    fn drop_replaced(&self, before: &[String]) -> anyhow::Result<()> {
        let now = self.images()?;
        for id in before.iter().filter(|id| !now.contains(id)) {
            traces::remove_nameless_image(id)?;
        }
        Ok(())
    }
}
