//! `cargo xtask check-base`: current, missing or stale, and why.

use serde_json::json;

use crate::base::remote::Remote;
use crate::base::{Expected, Freshness, Standing, Wanted};
use crate::cli;
use crate::codegen::written;
use crate::context::Ctx;
use crate::failure::{self, ExitCode};
use crate::publish::Ecr;
use crate::terminal::stdout;
use crate::workspace::plan::Plan;

impl cli::CheckBase {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { remote: is_remote_asked, base: reference, chef, access } = self;
        let options = if is_remote_asked { Some(access.checked()?) } else { None };
        let plan = Plan::make(ctx)?;
        written::require(&ctx.root, &plan.workspace.images, &ctx.names)?;
        let wanted = Wanted { image: reference.image(), chef_image: chef.chef_image, builder: None, is_local: false };
        let standing = Standing::ask(ctx, &wanted.image, wanted.chef_image.as_deref())?;
        let (expected, state) = standing.beside(ctx, &plan)?;
        let (word, reasons) = match &state {
            Freshness::Current(_) => ("current", Vec::new()),
            Freshness::Missing => ("missing", Vec::new()),
            Freshness::Stale(local, _) => ("stale", expected.reasons(local)),
        };
        let remote = match (&options, &state) {
            (Some(options), Freshness::Missing | Freshness::Stale(..)) => ask(ctx, options, &wanted, &expected)?,
            _ => Remote::Unknown,
        };
        if ctx.manner.is_json {
            let identity = expected.identity.hash();
            let mut answer =
                json!({ "image": wanted.image.to_string(), "state": word, "identity": identity, "reasons": reasons });
            if options.is_some() {
                answer["remote"] = json!(remote.word());
            }
            stdout::line(answer)?;
        } else {
            stdout::line(word)?;
        }
        match state {
            Freshness::Current(_) => Ok(()),
            Freshness::Missing => Err(wanted.missing(ctx, remote).into()),
            Freshness::Stale(_, reasons) => Err(wanted.stale(&ctx.names, &reasons, remote).into()),
        }
    }
}

/// An AWS that does not answer leaves the local answer as it is.
fn ask(ctx: &Ctx, options: &Ecr, wanted: &Wanted, expected: &Expected) -> anyhow::Result<Remote> {
    match Remote::ask(ctx, options, &wanted.image.repository, expected) {
        Err(error) if failure::code(&error) != ExitCode::Interrupted => {
            ctx.report.warning(format!("whether the registry has it is not known: {error:#}"));
            Ok(Remote::Unknown)
        }
        remote => remote,
    }
}
