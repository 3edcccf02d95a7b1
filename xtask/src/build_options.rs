//! What the flags shared by the two builds mean.

use crate::cli;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::doctor;
use crate::failure::{ExitCode, Failure};

impl cli::Build {
    /// The chosen builder, or the docker driver's own, once everything that a build needs is known to be there.
    pub(crate) fn builder(&self, ctx: &Ctx, docker: &Docker<'_>) -> anyhow::Result<String> {
        if let Err(missing) = doctor::require_build(ctx, self.builder.as_deref()) {
            if !ctx.runner.is_dry() {
                return Err(missing);
            }
            ctx.report.warning(format!("a real run would stop here: {missing:#}"));
        }
        self.builder.clone().map_or_else(|| docker.default_builder(), Ok)
    }

    /// Pushing is not written yet; to leave it out silently would look like a push.
    pub(crate) fn require_no_push(&self) -> anyhow::Result<()> {
        if self.no_push {
            return Ok(());
        }
        Err(Failure::new(ExitCode::Usage, "pushing to ECR is not possible yet")
            .hint("Build for the local engine: add --no-push")
            .into())
    }
}
