//! `cargo xtask logs`: compose prints them in our place, on our stdout and until its own end.

use crate::cli;
use crate::commands::project;
use crate::compose::file::ComposeFile;
use crate::compose::{Logs, Project};
use crate::context::Ctx;
use crate::doctor;

impl cli::Logs {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { follow, tail, services } = self;
        let project = Project::of(&ctx.names.workspace)?;
        ComposeFile::require(&ctx.root)?;
        doctor::require_compose(ctx)?;
        // Compose would print nothing and call that a success.
        if project::containers(ctx, &project)?.is_empty() {
            return Err(project.none_runs().into());
        }
        match ctx.runner.replace(&project.logs(&Logs { follow, tail, services }))? {}
    }
}
