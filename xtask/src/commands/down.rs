//! `cargo xtask down`: removes exactly what `up` made.

use crate::cli;
use crate::commands::project;
use crate::compose::Project;
use crate::compose::file::ComposeFile;
use crate::context::Ctx;
use crate::doctor;

impl cli::Down {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self {} = self;
        let project = Project::of(&ctx.names.workspace)?;
        ComposeFile::require(&ctx.root)?;
        doctor::require_compose(ctx)?;
        project::require_ours(ctx, &project)?;
        let what = "remove the colony";
        ctx.report.step(what, || ctx.runner.stream(what, &project.down()))
    }
}
