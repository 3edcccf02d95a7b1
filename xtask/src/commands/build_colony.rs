//! `cargo xtask build-colony`: check the base, build, verify, push, sign, say what was compiled and why.

use crate::cli;
use crate::colony::build::{ColonyBuild, Order};
use crate::colony::far::FarColony;
use crate::colony::unfit_base::UnfitBase;
use crate::commands::{base_first, far_rules};
use crate::context::Ctx;
use crate::publish::{Destination, Release, Tags};
use crate::report::record::Record;
use crate::signing::signer::Signer;
use crate::watch;

impl cli::BuildColony {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { colony, build_base, watch, release, build, sign, ecr } = self;
        let mut order = colony.order(build.no_push);
        order.images.require_two_names()?;
        let destination = build.destination(ecr)?;
        let far = build.far_builder(ctx)?;
        if let Some(far) = &far {
            let is_stale_allowed = order.unfit_base == UnfitBase::StaleAllowed;
            let flags = [("--build-base", build_base), ("--allow-stale-base", is_stale_allowed)];
            if let Some((flag, _)) = flags.iter().find(|(_, is_set)| *is_set) {
                return Err(far_rules::local_base(flag, far).into());
            }
            order.images.base.builder = Some(far.name.clone());
        }
        let release = release.settle(ctx)?;
        if let Some(Release { version, .. }) = &release {
            // What a release says of itself; made of the clock, it would be another image on each machine.
            order.build_version.get_or_insert_with(|| version.to_string());
        }
        // Before anything is built, so that no image is pushed that nobody can sign.
        let signer = sign.signer(ctx)?;
        let tags = release.as_ref().map_or(Tags::PermanentAndMoving, Tags::Release);
        if let (Some(far), Destination::Ecr(ecr)) = (&far, &destination) {
            let plan = || FarColony::make(ctx, &order, ecr, far);
            let work = |planned: FarColony, uri: &str| planned.build(ctx, uri);
            let outcome = ecr.deliver_by_builder(ctx, &order.images.image, tags, signer.as_ref(), plan, work);
            return told(ctx, &build, outcome);
        }
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
    told(ctx, build, outcome)
}

/// Says what the build came to.
fn told(ctx: &Ctx, build: &cli::Build, outcome: anyhow::Result<Option<Record>>) -> anyhow::Result<()> {
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
