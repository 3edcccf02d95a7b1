//! `cargo xtask plan`: writes the build contexts without building.

use serde_json::json;

use crate::cli;
use crate::context::Ctx;
use crate::sources::Sources;
use crate::terminal::stdout;
use crate::workspace::plan::Plan;

impl cli::Plan {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let plan = Plan::make(ctx)?;
        let base = plan.write(ctx)?;
        let (_, sources) = Sources::stage(&ctx.root, &ctx.state_dir()?, &plan)?;
        if ctx.manner.is_json {
            return stdout::line(
                json!({ "base": base.display().to_string(), "colony": sources.display().to_string() }),
            );
        }
        stdout::line(base.display())?;
        stdout::line(sources.display())
    }
}
