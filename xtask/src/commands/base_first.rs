//! The base before the colony, for those who do not want to think of it.

use std::thread;

use crate::base::build::BaseBuild;
use crate::base::{self, Freshness, Standing};
use crate::codegen::written;
use crate::colony;
use crate::colony::unfit_base::UnfitBase;
use crate::context::Ctx;
use crate::process::threads::joined;
use crate::report::record::Built;
use crate::workspace::plan::Plan;

/// Builds the base into the local engine where it is missing, or stale and not allowed to be; a dry run then notes in the
/// colony's order that it would. `require` fails where something is missing that a build needs, and runs beside the look at
/// the workspace; `builder` names the builder, once what comes after the build is known to be possible.
pub(super) fn build_where_needed(
    ctx: &Ctx,
    order: &mut colony::build::Order,
    require: impl FnOnce() -> anyhow::Result<()> + Send,
    builder: impl FnOnce() -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let wanted = &order.images.base;
    let plan = thread::scope(|scope| {
        let required = scope.spawn(require);
        let plan = Plan::make(ctx);
        joined(required)?;
        plan
    })?;
    ctx.warn_if_dry(written::require(&ctx.root, &plan.workspace.images, &ctx.names))?;
    let standing = Standing::ask(ctx, &wanted.image, wanted.chef_image.as_deref())?;
    match standing.beside(ctx, &plan)?.1 {
        Freshness::Current(_) => return Ok(()),
        // The colony's build warns of it.
        Freshness::Stale(..) if order.unfit_base == UnfitBase::StaleAllowed => return Ok(()),
        Freshness::Missing => ctx.report.info("the base image is missing, so it is built first"),
        Freshness::Stale(_, reasons) => {
            ctx.report.info(format!("the base image is stale, so it is built first: {}", reasons.join("; ")));
        }
    }
    let (image, chef_image) = (wanted.image.clone(), wanted.chef_image.clone());
    let base = base::build::Order { image, chef_image, from_scratch: false, cache: None };
    if let Built::Printed { .. } = BaseBuild::make(ctx, &base, builder()?)?.build(ctx)? {
        order.unfit_base = UnfitBase::StillToBeBuilt;
    }
    Ok(())
}
