//! `cargo xtask images`: what the repository holds.

use serde_json::json;

use crate::cli;
use crate::context::Ctx;
use crate::failure::{ExitCode, Failure};
use crate::publish::reached::Reached;
use crate::release::stock::Stock;
use crate::release::table;
use crate::terminal::stdout;

impl cli::Images {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { base, repository, base_repository, access } = self;
        let repository = if base { base_repository } else { repository };
        let reached = Reached::find(ctx, &access.checked()?, &repository)?;
        let ask = || reached.aws(ctx).describe_images(&reached.name);
        let found = ctx.report.step("images", ask).map_err(|error| Failure::of(ExitCode::Precondition, &error))?;
        let Stock { images, artifacts } = Stock::of(found);
        let uri = reached.registry.uri();
        if ctx.manner.is_json {
            return stdout::line(json!({ "schema": 1, "repository": uri, "images": images, "artifacts": artifacts }));
        }
        ctx.report.info(format!("{uri} holds {} images, and {artifacts} signatures and other artifacts", images.len()));
        if images.is_empty() { Ok(()) } else { stdout::line(table::of_images(&images)) }
    }
}
