//! A build whose image goes from the builder into a registry, past the local engine.

use std::path::Path;

use crate::docker::Docker;
use crate::docker::build_spec::{BuildSpec, Display};
use crate::docker::progress::BuildLog;

/// A build whose image is in the registry, where only its digest names it so far.
pub(crate) struct PushedBuild {
    /// Of the manifest, as `sha256:…`.
    pub(crate) digest: String,
    pub(crate) log: BuildLog,
}

impl Docker<'_> {
    /// Builds as [`Docker::build_image`] does, but for where the image goes. `None` in a dry run, whose line writes what
    /// became of the build to `told`.
    pub(crate) fn build_into_registry(&self, spec: &BuildSpec, told: &Path) -> anyhow::Result<Option<PushedBuild>> {
        if self.runner().printed(spec.to_invocation(Display::AutoAnd(told)))? {
            return Ok(None);
        }
        let (metadata, log) = self.run_build(spec)?;
        Ok(Some(PushedBuild { digest: metadata.digest, log }))
    }
}
