//! What the flags shared by the two builds mean.

use crate::cli;
use crate::context::Ctx;
use crate::docker::Docker;
use crate::doctor;

impl cli::Build {
    /// The chosen builder, or the docker driver's own, once everything that a build needs is known to be there.
    pub(crate) fn builder(&self, ctx: &Ctx, docker: &Docker<'_>) -> anyhow::Result<String> {
        let context = doctor::require_build(ctx, self.builder.as_deref(), !self.no_push).or_else(|missing| {
            if !ctx.runner.is_dry() {
                return Err(missing);
            }
            ctx.report.warning(format!("a real run would stop here: {missing:#}"));
            Ok(None)
        })?;
        // The builder of the docker driver bears the name of its context.
        self.builder.clone().or(context).map_or_else(|| docker.default_builder(), Ok)
    }

    /// Where to push to, `None` when the image stays in the local engine.
    pub(crate) fn pushes<'a>(&self, ecr: &'a cli::Ecr) -> Option<&'a cli::Ecr> {
        (!self.no_push).then_some(ecr)
    }
}
