//! `cargo xtask build-colony`: check the base, build, verify, push, sign, say what was compiled and why.

use crate::cli;
use crate::colony::build::{ColonyBuild, Order};
use crate::commands::base_first;
use crate::context::Ctx;
use crate::publish::{Destination, Release, Tags};
use crate::signing::signer::Signer;
use crate::watch;

impl cli::BuildColony {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { colony, build_base, watch, release, build, sign, ecr } = self;
        let mut order = colony.order(build.no_push);
        order.images.require_two_names()?;
        let destination = build.destination(ecr)?;
        let release = release.settle(ctx)?;
        if let Some(Release { version, .. }) = &release {
            // What a release says of itself; made of the clock, it would be another image on each machine.
            order.build_version.get_or_insert_with(|| version.to_string());
        }
        // Before anything is built, so that no image is pushed that nobody can sign.
        let signer = sign.signer(ctx)?;
        let tags = release.as_ref().map_or(Tags::PermanentAndMoving, Tags::Release);
        let once = |ctx: &Ctx| once(ctx, order.clone(), build_base, &build, &destination, tags, signer.as_ref());
        if watch { watch::on_save(ctx, &[], once) } else { once(ctx) }
    }
}

/// `build_base`: whether the base comes first where it is missing or stale.
fn once(
    ctx: &Ctx,
    mut order: Order,
    build_base: bool,
    build: &cli::Build,
    destination: &Destination,
    tags: Tags<'_>,
    signer: Option<&Signer>,
) -> anyhow::Result<()> {
    if build_base {
        let image = order.images.image.clone();
        let builder = || destination.require(ctx, &image).and_then(|()| build.builder(ctx));
        base_first::build_where_needed(ctx, &mut order, || Ok(()), builder)?;
    }
    // Asked while the workspace is read.
    let builder = || build.builder(ctx);
    let plan = || ColonyBuild::make(ctx, &order, builder);
    let work = |planned: ColonyBuild| planned.build(ctx);
    let outcome = destination.deliver(ctx, &order.images.image, tags, signer, plan, work);
    build.draw(ctx, "colony");
    let Some(record) = outcome? else { return Ok(()) };
    let path = record.keep(ctx, "colony")?;
    record.tell(ctx, "colony image")?;
    if let (Some(push), Some(path)) = (&record.push, path) {
        ctx.report.info("Remember to deploy the CDK stack, for the instances keep what they run until then:");
        ctx.report.info(format!("  image   {}", push.reference));
        ctx.report.info(format!("  digest  {}", push.digest));
        ctx.report.info(format!("  record  {}", path.display()));
    }
    Ok(())
}
