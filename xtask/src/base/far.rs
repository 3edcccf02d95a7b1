//! The base beyond this machine: found in the registry for a colony that is made by a builder which sees no local image.
//! Nothing is pulled.

use anyhow::Context;

use crate::base::identity::IDENTITY_LABEL;
use crate::base::{Expected, Wanted, remote};
use crate::context::Ctx;
use crate::docker::Docker;
use crate::docker::name::PLATFORM;
use crate::failure::{ExitCode, Failure};
use crate::publish::Ecr;

/// In place of a digest in a dry run that knows none.
const UNKNOWN: &str = "unknown";

/// A base in the registry.
pub(crate) struct FarBase {
    /// `registry/repository@sha256:…`
    pub(crate) pinned: String,
    /// Of the manifest, as `sha256:…`.
    pub(crate) digest: String,
    /// The registry, which docker is logged in to; `None` where a dry run found none.
    pub(crate) host: Option<String>,
}

/// Where the base of exactly this workspace is, looked at there. Fails with code 3 where it is not; a dry run then goes on
/// with a digest that means nothing.
pub(crate) fn find(ctx: &Ctx, options: &Ecr, wanted: &Wanted, expected: &Expected) -> anyhow::Result<FarBase> {
    let found = ctx.warn_if_dry(remote::find(ctx, options, wanted, expected))?;
    let Some((reached, pinned)) = found else {
        let (pinned, digest) = (format!("{}@{UNKNOWN}", wanted.image.repository), UNKNOWN.to_owned());
        return Ok(FarBase { pinned, digest, host: None });
    };
    // The builder asks for the base with the login of this machine.
    reached.login(ctx)?;
    if !ctx.manner.is_dry {
        ctx.report.step("look at the base", || require(ctx, expected, &pinned))?;
    }
    let digest = pinned.rsplit_once('@').map_or(UNKNOWN, |(_, digest)| digest).to_owned();
    Ok(FarBase { host: Some(reached.registry.host().to_owned()), digest, pinned })
}

/// Fails with code 3 for another image that somebody gave the tag of this base.
fn require(ctx: &Ctx, expected: &Expected, pinned: &str) -> anyhow::Result<()> {
    let image =
        Docker::new(ctx).remote_image(pinned).and_then(|image| image.with_context(|| format!("{pinned} is gone")));
    let image = image.map_err(|error| Failure::of(ExitCode::Precondition, &error))?;
    let identity = expected.identity.hash();
    let why = if image.label(IDENTITY_LABEL) != Some(&identity) {
        format!("its label {IDENTITY_LABEL} is not {identity}")
    } else if image.platform() != PLATFORM {
        format!("it is for {}, not for {PLATFORM}", image.platform())
    } else {
        return Ok(());
    };
    Err(Failure::precondition(format!("{pinned} is not the base of this workspace"))
        .hint(format!("  because {why}"))
        .hint("Put the right one in its place: cargo xtask build-base")
        .into())
}
