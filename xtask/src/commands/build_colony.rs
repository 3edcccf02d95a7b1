//! `cargo xtask build-colony`: check the base, build, verify, push, say what was compiled and why.

use std::thread;

use crate::cli;
use crate::colony::Planned;
use crate::context::Ctx;
use crate::docker::{Docker, LocalImage};
use crate::publish::record::Record;
use crate::publish::{self, Ready, permanent_tag};
use crate::result::Built;
use crate::threads::joined;

impl cli::BuildColony {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { colony, build, ecr } = self;
        let docker = Docker::new(ctx);
        let image = colony.image();
        let plan = || planned(ctx, &docker, &colony, &build);
        let work = |planned: Planned| Ok((planned.build(ctx, &docker)?, planned.base_identity));
        let ((built, base_identity), ready) = publish::around(ctx, build.pushes(&ecr), &image, plan, work)?;
        let Some(ready) = ready else {
            built.iter().for_each(|built| built.tell(ctx, "colony image", None, build.json));
            return Ok(());
        };
        push(ctx, &docker, &colony, &ready, built.as_ref(), &base_identity, build.json)
    }
}

/// Plans while the prerequisites are checked; what is missing there is told before what followed from it.
fn planned(ctx: &Ctx, docker: &Docker<'_>, colony: &cli::Colony, build: &cli::Build) -> anyhow::Result<Planned> {
    thread::scope(|scope| {
        let builder = scope.spawn(|| build.builder(ctx, docker));
        let planned = Planned::make(ctx, docker, colony);
        let builder = joined(builder)?;
        Ok(planned?.on(builder))
    })
}

/// Pushes the permanent tag, then the moving one, and hands over to the deploy.
fn push(
    ctx: &Ctx,
    docker: &Docker<'_>,
    colony: &cli::Colony,
    ready: &Ready,
    built: Option<&Built>,
    base_identity: &str,
    as_json: bool,
) -> anyhow::Result<()> {
    let planned = LocalImage::planned(&colony.image());
    let local = built.map_or(&planned, |built| &built.local);
    let commit = ready.commit.as_ref();
    let permanent = permanent_tag(commit, local.variable("BUILD_VERSION").unwrap_or_default(), &local.id)?;
    let pushed = ready.registry.push(ctx, docker, local, &[&permanent, &colony.tag])?;
    let (Some(built), Some(pushed)) = (built, &pushed) else { return Ok(()) };
    let permanent = Some(ready.registry.reference(&permanent));
    let record = Record { pushed, image: local, bytes: built.bytes, permanent, commit, base_identity };
    let path = record.write(ctx, "colony")?;
    built.tell(ctx, "colony image", Some(&record), as_json);
    ctx.report.info("Remember to deploy the CDK stack, for the instances keep what they run until then:");
    ctx.report.info(format!("  image   {}", pushed.reference));
    ctx.report.info(format!("  digest  {}", pushed.digest));
    ctx.report.info(format!("  record  {}", path.display()));
    Ok(())
}
