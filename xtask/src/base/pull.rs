//! The base of exactly this workspace out of the registry: found by its identity, pulled by its digest, looked at, and only
//! then named as the local base. A run that is ended before that leaves an image that the next one finds.

use anyhow::Context;

use crate::base::identity::IDENTITY_LABEL;
use crate::base::{Expected, Freshness, Wanted, pulled, remote};
use crate::context::Ctx;
use crate::docker::name::PLATFORM;
use crate::docker::{self, Docker, LocalImage};
use crate::failure::{ExitCode, Failure};
use crate::ownership;
use crate::publish::Ecr;

/// A base that is the local one now.
pub(crate) struct Pulled {
    pub(crate) image: LocalImage,
    /// `registry/repository@sha256:…`
    pub(crate) pinned: String,
}

/// `standing` is what bears the name of the base now. `None` in a dry run.
pub(crate) fn pull(
    ctx: &Ctx,
    options: &Ecr,
    wanted: &Wanted,
    expected: &Expected,
    standing: Option<&LocalImage>,
) -> anyhow::Result<Option<Pulled>> {
    let name = wanted.image.to_string();
    ownership::require(ctx, &name, IDENTITY_LABEL, standing)?;
    // Else a dry run knows no digest, and so no line that would work.
    let Some((reached, pinned)) = ctx.warn_if_dry(remote::find(ctx, options, wanted, expected))? else {
        return Ok(None);
    };
    reached.login(ctx)?;
    let docker = Docker::new(ctx);
    if ctx.runner.printed(docker.pull_call(&pinned))? {
        ctx.runner.printed(docker.tag_call(&pinned, &name))?;
        return Ok(None);
    }
    let stood_before = docker.image(&pinned)?.is_some();
    ctx.report.step("pull base image", || docker.pull(&pinned))?;
    let image = docker.image(&pinned)?.with_context(|| format!("{pinned} was pulled and is not there"))?;
    let reasons = differences(expected, &image);
    if !reasons.is_empty() {
        // What somebody else pulled by that name stays theirs.
        if let Err(error) = if stood_before { Ok(()) } else { docker.untag(&pinned) } {
            ctx.report.warning(format!("{error:#}"));
        }
        return Err(not_it(&pinned, &reasons).into());
    }
    docker.tag(&image.id, &name).map_err(docker::error::explained)?;
    pulled::remember(ctx, &image)?;
    Ok(Some(Pulled { image, pinned }))
}

/// In what the image is not the base that was looked for, one line for each.
fn differences(expected: &Expected, image: &LocalImage) -> Vec<String> {
    let mut reasons = match expected.compare(Some(image.clone())) {
        Freshness::Stale(_, reasons) => reasons,
        Freshness::Current(_) | Freshness::Missing => Vec::new(),
    };
    let identity = expected.identity.hash();
    if reasons.is_empty() && image.label(IDENTITY_LABEL) != Some(&identity) {
        reasons.push(format!("its label {IDENTITY_LABEL} is not {identity}"));
    }
    if image.platform != PLATFORM {
        reasons.push(format!("it is for {}, not for {PLATFORM}", image.platform));
    }
    reasons
}

fn not_it(pinned: &str, reasons: &[String]) -> Failure {
    let mut failure = Failure::new(ExitCode::Failed, format!("{pinned} is not the base of this workspace"));
    for reason in reasons {
        failure = failure.hint(format!("  because {reason}"));
    }
    failure.hint("Nothing was named; put the right one in its place: cargo xtask build-base")
}
