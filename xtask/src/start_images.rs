//! Which images the two Dockerfiles start from: the public ones, or their local stand-ins where no registry answers.

use std::collections::BTreeMap;

use crate::context::Ctx;
use crate::docker::far_builder::FarBuilder;
use crate::docker::{Docker, LocalImage};
use crate::failure::Failure;

/// One of the two images that are not built by this project.
pub(crate) struct StartImage {
    /// The build argument, environment variable and (in lower case, with dashes) flag that choose another one.
    pub(crate) variable: &'static str,
    /// What is used by default.
    pub(crate) public: &'static str,
    /// What `cargo xtask doctor --install` makes from Debian packages when the public image can't be had.
    pub(crate) stand_in: &'static str,
}

/// Toolchain and cargo-chef: where everything is compiled.
pub(crate) const CHEF: StartImage = StartImage {
    variable: "CHEF_IMAGE",
    public: "lukemathwalker/cargo-chef:latest-rust-1.87-alpine",
    stand_in: "distributed-colony-chef:local",
};

/// C runtime and CA certificates: where the binaries run.
pub(crate) const RUNTIME: StartImage = StartImage {
    variable: "RUNTIME_IMAGE",
    public: "gcr.io/distroless/cc",
    stand_in: "distributed-colony-runtime:local",
};

/// The label of a stand-in that holds the image that it stands in for.
pub(crate) const STAND_IN_FOR_LABEL: &str = "io.distributed-colony.stand-in.for";

/// A base image as a build uses it.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) reference: String,
    /// Its image ID, where it stands in the local engine.
    pub(crate) id: Option<String>,
    /// The version of Rust in it, as far as it says so: by what the images of Rust set, or by its tag.
    pub(crate) rust: Option<String>,
    /// What is to be said where a stand-in is used: it is not what the public image would give.
    stand_in: Option<String>,
}

impl Resolved {
    /// One of which nothing else is known.
    #[cfg(test)]
    pub(crate) fn named(reference: &str) -> Self {
        Self { reference: reference.to_owned(), id: None, rust: None, stand_in: None }
    }

    /// For a build, which says it once; a question has nothing to warn of.
    pub(crate) fn warn(&self, ctx: &Ctx) {
        if let Some(warning) = &self.stand_in {
            ctx.report.warning_once(warning);
        }
    }
}

impl StartImage {
    /// The image to build from: `chosen` (flag or environment), else a stand-in that stands on this machine, else the
    /// public image.
    pub(crate) fn resolve(&self, ctx: &Ctx, chosen: Option<&str>) -> anyhow::Result<Resolved> {
        Ok(self.among(&Docker::new(ctx).images(&self.candidates(chosen))?, chosen))
    }

    /// What it may be.
    pub(crate) fn candidates<'a>(&self, chosen: Option<&'a str>) -> Vec<&'a str> {
        chosen.map_or_else(|| vec![self.stand_in, self.public], |chosen| vec![chosen])
    }

    /// The same where those of the candidates that are here are known.
    pub(crate) fn among(&self, standing: &BTreeMap<String, LocalImage>, chosen: Option<&str>) -> Resolved {
        let resolved = |reference: &str| {
            let image = standing.get(reference);
            let set = image.and_then(|image| image.variable("RUST_VERSION")).map(str::to_owned);
            let rust = set.or_else(|| rust_of_tag(reference));
            Resolved { reference: reference.to_owned(), id: image.map(|image| image.id.clone()), rust, stand_in: None }
        };
        if let Some(chosen) = chosen {
            return resolved(chosen);
        }
        let stand_in = resolved(self.stand_in);
        if stand_in.id.is_none() {
            return resolved(self.public);
        }
        let warning = format!(
            "{} made on this machine stands in for {} (set {} to choose another)",
            self.stand_in, self.public, self.variable
        );
        Resolved { stand_in: Some(warning), ..stand_in }
    }
}

impl StartImage {
    /// The same for a builder that sees no image of this machine. Fails with code 3 where it would be the stand-in, which
    /// exists on this machine only.
    pub(crate) fn resolve_far(
        &self,
        ctx: &Ctx,
        chosen: Option<&str>,
        builder: &FarBuilder,
    ) -> anyhow::Result<Resolved> {
        let local = self.resolve(ctx, chosen)?;
        let Self { variable, public, stand_in } = self;
        if local.reference == *stand_in {
            let FarBuilder { name, driver } = builder;
            let failure = Failure::precondition(format!(
                "{stand_in} is an image of this machine, and the builder `{name}` ({driver} driver) sees none of these"
            ))
            .hint(format!(
                "Name one in a registry: {variable}={public}, or the stand-in under a name of a registry that"
            ))
            .hint(format!("  the builder reaches: docker tag {stand_in} HOST/NAME:TAG && docker push HOST/NAME:TAG"));
            ctx.warn_if_dry(Err::<(), _>(failure.into()))?;
        }
        // What this machine has of that name says nothing of what the builder gets.
        Ok(Resolved { id: None, ..local })
    }
}

/// The version in a tag such as `latest-rust-1.87-alpine`.
fn rust_of_tag(reference: &str) -> Option<String> {
    let (_, rest) = reference.rsplit_once(':')?.1.split_once("rust-")?;
    let version = rest.split('-').next()?;
    version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_may_tell_the_version_of_rust() {
        assert_eq!(rust_of_tag(CHEF.public).as_deref(), Some("1.87"));
        for other in ["chef", "chef:local", "chef:rust-nightly", "localhost:5000/chef"] {
            assert_eq!(rust_of_tag(other), None, "{other}");
        }
    }
}
