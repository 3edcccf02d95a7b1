//! Which images the two Dockerfiles start from: the public ones, or their local stand-ins where no registry answers.

use crate::context::Ctx;
use crate::docker::Docker;

/// One of the two images that are not built by this project.
pub(crate) struct BaseImage {
    /// The build argument, environment variable and (in lower case, with dashes) flag that choose another one.
    pub(crate) variable: &'static str,
    /// What is used by default.
    pub(crate) public: &'static str,
    /// What `cargo xtask doctor --install` makes from Debian packages when the public image can't be had.
    pub(crate) stand_in: &'static str,
}

/// Toolchain and cargo-chef: where everything is compiled.
pub(crate) const CHEF: BaseImage = BaseImage {
    variable: "CHEF_IMAGE",
    public: "lukemathwalker/cargo-chef:latest-rust-1.87-alpine",
    stand_in: "distributed-colony-chef:local",
};

/// C runtime and CA certificates: where the binaries run.
pub(crate) const RUNTIME: BaseImage = BaseImage {
    variable: "RUNTIME_IMAGE",
    public: "gcr.io/distroless/cc",
    stand_in: "distributed-colony-runtime:local",
};

impl BaseImage {
    /// The image reference to build from: `chosen` (flag or environment), else a stand-in that stands on this
    /// machine (said in a warning, since it is not what the public image would give), else the public image.
    pub(crate) fn resolve(&self, ctx: &Ctx, docker: &Docker<'_>, chosen: Option<&str>) -> anyhow::Result<String> {
        if let Some(chosen) = chosen {
            return Ok(chosen.to_owned());
        }
        if docker.image(self.stand_in)?.is_none() {
            return Ok(self.public.to_owned());
        }
        ctx.report.warning(format!(
            "{} made on this machine stands in for {} (set {} to choose another)",
            self.stand_in, self.public, self.variable
        ));
        Ok(self.stand_in.to_owned())
    }
}
