//! `cargo xtask pull-base`: the local base out of the registry, in place of a build.

use serde_json::json;

use crate::base::pull::{self, Pulled};
use crate::base::{Freshness, Standing, Wanted};
use crate::cli;
use crate::codegen::written;
use crate::context::Ctx;
use crate::workspace::plan::Plan;

impl cli::PullBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { base, chef, dry_run: _, access } = self;
        let options = access.checked()?;
        let wanted = Wanted { image: base.image(), chef_image: chef.chef_image, builder: None, is_local: false };
        let plan = ctx.report.step("plan", || Plan::make(ctx))?;
        ctx.warn_if_dry(written::require(&ctx.root, &plan.workspace.images, &ctx.names))?;
        let standing = Standing::ask(ctx, &wanted.image, wanted.chef_image.as_deref())?;
        let (expected, state) = standing.beside(ctx, &plan)?;
        let (word, image, pinned) = match state {
            Freshness::Current(local) => {
                ctx.report.info(format!("{} is current, so nothing is pulled", wanted.image));
                ("current", local, None)
            }
            state => match pull::pull(ctx, &options, &wanted, &expected, state.local())? {
                Some(Pulled { image, pinned }) => ("pulled", image, Some(pinned)),
                None => return Ok(()),
            },
        };
        // Stdout of a dry run is for a shell.
        if ctx.manner.is_dry {
            return Ok(());
        }
        let name = wanted.image.to_string();
        if ctx.manner.is_json {
            let identity = expected.identity.hash();
            ctx.report.result(json!({
                "image": name, "image_id": image.id, "state": word, "identity": identity, "pinned": pinned
            }));
        } else {
            ctx.report.result(name);
        }
        Ok(())
    }
}
