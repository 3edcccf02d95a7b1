//! `cargo xtask build-base`: plan, build, label, push.

use crate::base::build::{BaseBuild, Order};
use crate::cli;
use crate::context::Ctx;
use crate::docker::name::ImageReference;
use crate::publish::Tags;

impl cli::BuildBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { repository, tag, chef, from_scratch, build, ecr } = self;
        let order = Order { image: ImageReference { repository, tag }, chef_image: chef.chef_image, from_scratch };
        let destination = build.destination(ecr)?;
        let builder = build.builder(ctx)?;
        let plan = || BaseBuild::make(ctx, &order, builder);
        let work = |planned: BaseBuild| planned.build(ctx);
        let outcome = destination.deliver(ctx, &order.image, Tags::IdentityAndMoving, plan, work);
        build.draw(ctx, "base");
        let Some(record) = outcome? else { return Ok(()) };
        record.keep(ctx, "base")?;
        record.tell(ctx, "base image")
    }
}
