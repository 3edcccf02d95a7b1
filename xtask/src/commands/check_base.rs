//! `cargo xtask check-base`: current, missing or stale, and why.

use serde_json::json;

use crate::base::{Freshness, Standing, Wanted};
use crate::cli;
use crate::codegen::written;
use crate::context::Ctx;
use crate::terminal::stdout;
use crate::workspace::plan::Plan;

impl cli::CheckBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { base: reference, chef } = self;
        let plan = Plan::make(ctx)?;
        written::require(&ctx.root, &plan.workspace.images, &ctx.names)?;
        let wanted = Wanted { image: reference.image(), chef_image: chef.chef_image, is_local: false };
        let standing = Standing::ask(ctx, &wanted.image, wanted.chef_image.as_deref())?;
        let (expected, state) = standing.beside(ctx, &plan)?;
        let (word, reasons) = match &state {
            Freshness::Current(_) => ("current", Vec::new()),
            Freshness::Missing => ("missing", Vec::new()),
            Freshness::Stale(local, _) => ("stale", expected.reasons(local)),
        };
        if ctx.manner.is_json {
            let identity = expected.identity.hash();
            let answer =
                json!({ "image": wanted.image.to_string(), "state": word, "identity": identity, "reasons": reasons });
            stdout::line(answer)?;
        } else {
            stdout::line(word)?;
        }
        match state {
            Freshness::Current(_) => Ok(()),
            Freshness::Missing => Err(wanted.missing(ctx).into()),
            Freshness::Stale(_, reasons) => Err(wanted.stale(&ctx.names, &reasons).into()),
        }
    }
}
