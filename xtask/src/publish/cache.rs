//! A repository in ECR for BuildKit's cache. It is made ready before the build, which begins by reading from it.

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::name::{Repository, Tag};
use crate::failure::{ExitCode, Failure};
use crate::publish::Ecr;
use crate::publish::aws::{Aws, Caller};
use crate::publish::ecr::{self, Described};
use crate::publish::prepare::{identify, login, registry};
use crate::publish::region::Region;

/// The one tag of a cache.
const TAG: &str = "cache";

/// Creates or completes the repository and logs docker in. Returns where the cache is, `registry/repository:tag`.
pub(crate) fn prepare(ctx: &Ctx, options: &Ecr, repository: &Repository) -> anyhow::Result<String> {
    let tag: Tag = TAG.parse().map_err(anyhow::Error::msg).context("name the tag of a cache")?;
    let region = ctx.warn_if_dry(Region::settle(ctx, options.region.clone()))?.unwrap_or_default();
    let aws = Aws::new(ctx, &region.name);
    let asked = ctx.report.step("AWS identity and cache repository", || ask(&aws, options, repository, &tag));
    let asked = asked.map_err(|error| Failure::of(ExitCode::Precondition, &error).into());
    let (identity, described) =
        ctx.warn_if_dry(asked)?.unwrap_or_else(|| (Caller::unknown(options), Described::missing(repository)));
    let uri = ctx.report.step("cache repository", || {
        let uri = described.ensure(ctx, &aws)?;
        described.ensure_cache_policy(ctx, &aws, options.force_policy)?;
        Ok(uri)
    })?;
    let registry = registry(options, repository, uri, &identity, &region)?;
    ctx.report.step("login", || login(ctx, &aws, &registry))?;
    Ok(registry.reference(&tag))
}

/// Changes nothing.
fn ask(aws: &Aws<'_>, options: &Ecr, repository: &Repository, tag: &Tag) -> anyhow::Result<(Caller, Described)> {
    let identity = identify(aws, options)?;
    let described = ecr::describe(aws, repository)?;
    described.require_movable(tag, None)?;
    Ok((identity, described))
}
