//! Whether the registry has the base of exactly these inputs, by the tag that its identity gives. Asks, and changes nothing.

use crate::base::{Expected, Wanted};
use crate::context::Ctx;
use crate::docker::name::{Repository, Tag};
use crate::failure::{ExitCode, Failure};
use crate::publish::Ecr;
use crate::publish::aws::images::ImageId;
use crate::publish::identity_tag::identity_tag;
use crate::publish::reached::Reached;

/// Whether the base could be pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remote {
    Available,
    Absent,
    /// Nobody asked, or nobody answered.
    Unknown,
}

impl Remote {
    /// Fails where AWS does not answer. Where there is no repository, there is no base.
    pub(crate) fn ask(ctx: &Ctx, options: &Ecr, repository: &Repository, expected: &Expected) -> anyhow::Result<Self> {
        let Ok(reached) = Reached::look(ctx, options, repository)? else { return Ok(Self::Absent) };
        let digest = digest(ctx, &reached, &identity_tag(&expected.identity.hash())?)?;
        Ok(if digest.is_some() { Self::Available } else { Self::Absent })
    }

    /// As JSON has it; `None` where it is not known.
    pub(crate) fn word(self) -> Option<&'static str> {
        match self {
            Self::Available => Some("available"),
            Self::Absent => Some("absent"),
            Self::Unknown => None,
        }
    }
}

/// Where the base is, `registry/repository@sha256:…`. Fails with code 3 where it is not.
pub(super) fn find(
    ctx: &Ctx,
    options: &Ecr,
    wanted: &Wanted,
    expected: &Expected,
) -> anyhow::Result<(Reached, String)> {
    let absent = |place: &str| wanted.absent(&ctx.names, place, &expected.chef.reference);
    let reached = match Reached::look(ctx, options, &wanted.image.repository)? {
        Ok(reached) => reached,
        Err(missing) if wanted.builder.is_none() => return Err(missing.into()),
        Err(_) => return Err(absent(&format!("the repository {}", wanted.image.repository)).into()),
    };
    let tag = identity_tag(&expected.identity.hash())?;
    let Some(digest) = digest(ctx, &reached, &tag)? else {
        return Err(absent(&reached.registry.reference(&tag)).into());
    };
    let pinned = format!("{}@{digest}", reached.registry.uri());
    Ok((reached, pinned))
}

/// Of the image with that tag, as `sha256:…`; `None` where there is none.
fn digest(ctx: &Ctx, reached: &Reached, tag: &Tag) -> anyhow::Result<Option<String>> {
    let asked = ctx.report.step("look for the base in the registry", || {
        reached.aws(ctx).describe_image(&reached.name, &ImageId::Tag(tag.clone()))
    });
    let found = asked.map_err(|error| Failure::of(ExitCode::Precondition, &error))?;
    Ok(found.map(|image| image.digest))
}
