//! A base that was pulled left nothing in the cache mount from which the next one starts: which one that is, and the build
//! that keeps what it holds there.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use crate::context::Ctx;
use crate::docker::build_spec::{BuildSpec, Output};
use crate::docker::{Docker, LocalImage};
use crate::failure::{self, ExitCode};
use crate::staging::tree;
use crate::start_images::Resolved;

/// The stage of the Dockerfile that does so.
const PLANTER: &str = "planter";

/// Holds the image ID of the base that was pulled last.
fn record(ctx: &Ctx) -> anyhow::Result<PathBuf> {
    Ok(ctx.state_dir()?.join("pulled-base"))
}

/// Remembers that this one was pulled.
pub(super) fn remember(ctx: &Ctx, image: &LocalImage) -> anyhow::Result<()> {
    tree::put(&record(ctx)?, image.id.as_bytes()).context("remember which base was pulled")
}

/// The build that comes before `spec`, which starts from `chef`, where the base that stands was pulled from this checkout.
/// A memory that is lost costs the compilation of what did not change.
pub(super) fn planter(
    ctx: &Ctx,
    standing: Option<&LocalImage>,
    chef: &Resolved,
    spec: &BuildSpec,
) -> anyhow::Result<Option<BuildSpec>> {
    let pulled = fs::read_to_string(record(ctx)?).unwrap_or_default();
    let Some(standing) = standing.filter(|standing| standing.id == pulled) else { return Ok(None) };
    // Where the chef image is not here, what the script looks at decides alone: packages, compiler, settings.
    let is_from = |chef: Option<LocalImage>| chef.is_none_or(|chef| standing.is_made_from(&chef));
    if chef.id.is_some() && !is_from(Docker::new(ctx).image(&chef.reference)?) {
        ctx.report
            .info(format!("the base that was pulled is of another {}, so nothing is taken from it", chef.reference));
        return Ok(None);
    }
    let last = [("LAST_BASE".to_owned(), spec.name.clone())];
    Ok(Some(BuildSpec {
        output: Output::Nowhere,
        target: Some(PLANTER),
        build_args: spec.build_args.clone().into_iter().chain(last).collect(),
        labels: [].into(),
        crates: None,
        anew: &[PLANTER],
        cache: None,
        ..spec.clone()
    }))
}

/// Keeps what the pulled base holds. Where that fails the next base is compiled from nothing, which is no reason to have none.
pub(super) fn plant(ctx: &Ctx, planter: &BuildSpec) -> anyhow::Result<()> {
    let built = ctx.report.step("keep what the pulled base holds", || Docker::new(ctx).build_stage(planter));
    match built {
        Err(error) if failure::code(&error) != ExitCode::Interrupted => {
            ctx.report.warning(format!("nothing is taken from the base that was pulled: {error:#}"));
            Ok(())
        }
        built => built,
    }
}
