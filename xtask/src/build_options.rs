//! What the flags shared by the two builds mean.

use crate::cli;
use crate::docker::Docker;
use crate::failure::{ExitCode, Failure};

impl cli::Build {
    /// The chosen builder, or the docker driver's own.
    pub(crate) fn builder(&self, docker: &Docker<'_>) -> anyhow::Result<String> {
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
