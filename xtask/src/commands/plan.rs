//! `cargo xtask plan`: writes the build contexts without building.

use crate::cli;
use crate::context::Ctx;
use crate::sources::Sources;
use crate::workspace::plan::Plan;

impl cli::Plan {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let plan = Plan::make(ctx)?;
        let base = plan.write(ctx)?;
        let sources = Sources::read(&ctx.root, &plan)?.stage(&ctx.state_dir())?;
        println!("{}", base.display());
        println!("{}", sources.display());
        Ok(())
    }
}
