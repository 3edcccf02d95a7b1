//! `cargo xtask clean`: gives disk space back, and takes nothing from other projects.

use crate::clean::{self, Order};
use crate::cli;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::doctor;
use crate::report::megabytes;

impl cli::Clean {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { all, name, base, builder, dry_run: _ } = self;
        let context = doctor::require_build(ctx, builder.as_deref(), false)?;
        // The builder of the docker driver bears the name of its context.
        let builder = builder.or(context).map_or_else(|| Docker::new(ctx).default_builder(), Ok)?;
        let order = Order { all, colony: name.image(), base: base.image() };
        let Some(removed) = clean::run(ctx, &order, &builder)? else { return Ok(()) };
        ctx.report.info(format!("removed {}, kept {}", removed.removed.len(), removed.kept.len()));
        let is_json = ctx.manner.is_json;
        ctx.report.result(if is_json { serde_json::to_string(&removed)? } else { megabytes(removed.freed) });
        Ok(())
    }
}
