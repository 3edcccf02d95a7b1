//! `cargo xtask build-base`: plan, build, label, push.

use anyhow::Context;

use crate::base::build::{BaseBuild, Order};
use crate::cli;
use crate::context::Ctx;
use crate::docker::name::{ImageReference, Repository};
use crate::doctor;
use crate::publish::{Destination, Tags, cache};

impl cli::BuildBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { repository, tag, chef, from_scratch, registry_cache, build, ecr } = self;
        let destination = build.destination(ecr)?;
        let builder = build.builder(ctx)?;
        let cache = registry_cache.map(|chosen| prepare_cache(ctx, &builder, &destination, chosen, &repository));
        let image = ImageReference { repository, tag };
        let order = Order { image, chef_image: chef.chef_image, from_scratch, cache: cache.transpose()?.flatten() };
        let plan = || BaseBuild::make(ctx, &order, builder);
        let work = |planned: BaseBuild| planned.build(ctx);
        let outcome = destination.deliver(ctx, &order.image, Tags::IdentityAndMoving, None, plan, work);
        build.draw(ctx, "base");
        let Some(record) = outcome? else { return Ok(()) };
        record.keep(ctx, "base")?;
        record.tell(ctx, "base image")
    }
}

/// Where BuildKit's cache is, in the repository that was chosen, or else the one beside the base's. `None` where nothing is
/// pushed.
fn prepare_cache(
    ctx: &Ctx,
    builder: &str,
    destination: &Destination,
    chosen: Option<Repository>,
    base: &Repository,
) -> anyhow::Result<Option<String>> {
    let Destination::Ecr(options) = destination else { return Ok(None) };
    ctx.warn_if_dry(doctor::require_cache_export(ctx, builder))?;
    let beside =
        || format!("{base}-cache").parse().map_err(anyhow::Error::msg).context("name the repository of the cache");
    let repository = chosen.map_or_else(beside, Ok)?;
    cache::prepare(ctx, options, &repository).map(Some)
}
