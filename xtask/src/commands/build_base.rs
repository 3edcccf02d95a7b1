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
        let far = build.far_builder(ctx)?;
        let builder = far.as_ref().map_or_else(|| build.builder(ctx), |far| Ok(far.name.clone()))?;
        let cache = registry_cache.map(|chosen| prepare_cache(ctx, &builder, &destination, chosen, &repository));
        let image = ImageReference { repository, tag };
        let order = Order { image, chef_image: chef.chef_image, from_scratch, cache: cache.transpose()?.flatten() };
        let tags = Tags::IdentityAndMoving;
        let outcome = match (&far, &destination) {
            (Some(far), Destination::Ecr(ecr)) => {
                let plan = || BaseBuild::make_far(ctx, &order, far);
                ecr.deliver_by_builder(ctx, &order.image, tags, None, plan, |planned, uri| planned.build_far(ctx, uri))
            }
            _ => {
                let plan = || BaseBuild::make(ctx, &order, builder);
                destination.deliver(ctx, &order.image, tags, None, plan, |planned: BaseBuild| planned.build(ctx))
            }
        };
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
