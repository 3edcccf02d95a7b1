//! One alternative with its own copy of the workspace: brings a state into the copy, builds it, looks at the image.

use std::path::Path;
use std::time::Instant;

use anyhow::Context;

use crate::build_spec::{BuildSpec, Display};
use crate::context::Ctx;
use crate::docker::Docker;
use crate::failure::{ExitCode, Failure};
use crate::image_contents::Contents;
use crate::report::Report;

use super::args::Alternative;
use super::course::State;
pub(crate) use super::dockerfiles::Settings;
use super::edits::Originals;
pub(crate) use super::ours::Xtask;
use super::outcome::{Outcome, Sample};
use super::{dockerfiles, limit, workspace_copy};

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
    /// Stands for the copy, as if the program had been started in it.
    ctx: Ctx,
}

impl<'a> Contender<'a> {
    /// Copies the workspace into a folder of its own below `work`.
    pub(crate) fn new(ctx: &Ctx, work: &Path, alternative: Alternative, common: Common<'a>) -> anyhow::Result<Self> {
        let root = work.join(alternative.name());
        workspace_copy::make(&ctx.root, &root)?;
        let ctx = Ctx { runner: ctx.runner.in_folder(&root), report: Report::new(), root };
        Ok(Self { alternative, common, ctx })
    }

    /// The first build, from nothing but what the engine still has. Returns its seconds.
    pub(crate) fn warm_up(&self, state: &State) -> anyhow::Result<f64> {
        workspace_copy::write(&self.ctx.root, &self.common.originals.render(state)?)?;
        let started = Instant::now();
        match self.alternative {
            Alternative::Spec => self.plain_build(&dockerfiles::spec_base(self.common.settings))?,
            Alternative::Limit => {
                self.common.xtask.build_base(&self.ctx, self.common.settings)?;
                limit::start(&self.ctx)?;
            }
            Alternative::Ours => self.common.xtask.build_base(&self.ctx, self.common.settings)?,
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
            let (seconds, steps) = self.build(state)?;
            Ok(Sample { seconds, steps, right: self.is_right(state)?, bytes: self.bytes()? })
        };
        match sample() {
            Ok(sample) => Ok(Ok(sample)),
            Err(error) if is_interruption(&error) => Err(error),
            Err(error) => Ok(Err(format!("{error:#}"))),
        }
    }

    /// Edits the copy, then builds. Returns the seconds that the build took, and its steps where they are known.
    fn build(&self, state: &State) -> anyhow::Result<(f64, Vec<String>)> {
        let edited = workspace_copy::write(&self.ctx.root, &self.common.originals.render(state)?)?;
        let before = self.images()?;
        // As the specification says: the base is rebuilt when one of these changes, and only then.
        let base_is_old = edited.iter().any(|path| path.ends_with("Cargo.toml") || path.ends_with("Cargo.lock"));
        let started = Instant::now();
        let mut steps = Vec::new();
        let mut seconds = None;
        match self.alternative {
            Alternative::Limit => seconds = Some(limit::compile(&self.ctx)?),
            Alternative::Ours => steps = self.common.xtask.build_colony(&self.ctx, self.common.settings)?,
            plain => {
                if plain == Alternative::Spec && base_is_old {
                    self.plain_build(&dockerfiles::spec_base(self.common.settings))?;
                    steps.push(format!("base ({:.1} s)", started.elapsed().as_secs_f64()));
                }
                let version = crate::clock::now()?;
                let spec = dockerfiles::colony(self.common.settings, plain, &version).context("it is a plain build")?;
                self.plain_build(&spec)?;
            }
        }
        let seconds = seconds.unwrap_or_else(|| started.elapsed().as_secs_f64());
        self.drop_replaced(&before)?;
        Ok((seconds, steps))
    }

    /// Without BuildKit's output, which would drown the results; its end is part of the error when it fails.
    fn plain_build(&self, spec: &BuildSpec) -> anyhow::Result<()> {
        self.ctx
            .runner
            .capture(&format!("build with {}", spec.dockerfile), &spec.to_invocation(Display::Plain))
            .map(drop)
    }

    fn is_right(&self, state: &State) -> anyhow::Result<bool> {
        for binary in ["backend", "coordinator"] {
            let output = if self.alternative == Alternative::Limit {
                limit::version(&self.ctx, binary)?
            } else {
                let image = dockerfiles::image(self.alternative);
                let path = format!("/usr/local/bin/{binary}");
                Docker::new(&self.ctx).run_once(&image, &path, &["--version".to_owned()])?.unwrap_or_default()
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
        let docker = Docker::new(&self.ctx);
        let image = docker.image(&dockerfiles::image(self.alternative))?;
        image.map(|image| Contents::of(&self.ctx, &docker, &image.id).map(|contents| contents.bytes)).transpose()
    }

    /// The IDs of the images that this alternative makes, as far as they stand.
    fn images(&self) -> anyhow::Result<Vec<String>> {
        let docker = Docker::new(&self.ctx);
        let mut names = vec![dockerfiles::image(self.alternative)];
        match self.alternative {
            Alternative::Spec => names.push(dockerfiles::spec_base_image()),
            Alternative::Ours => names.push(dockerfiles::base_image()),
            _ => {}
        }
        let mut found = Vec::new();
        for name in names {
            found.extend(docker.image(&name)?.map(|image| image.id));
        }
        Ok(found)
    }

    /// Removes those images of before that have lost their name to a newer one, else each build would leave one.
    fn drop_replaced(&self, before: &[String]) -> anyhow::Result<()> {
        let now = self.images()?;
        for id in before.iter().filter(|id| !now.contains(id)) {
            super::traces::remove_nameless_image(&self.ctx, id)?;
        }
        Ok(())
    }
}

fn is_interruption(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Failure>().is_some_and(|failure| failure.code == ExitCode::Interrupted)
}
