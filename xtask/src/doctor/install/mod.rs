//! Applies the cures on Debian and Ubuntu: packages, engine, stand-ins for the images to start from, cosign. Asks for nothing, says
//! each thing it does, and does only what is missing.

mod apt;
mod chef_image;
mod cosign;
mod engine;
mod next_release;
mod runtime_image;
mod sources;
mod stand_in;
mod system;
#[cfg(feature = "home")]
mod test_tools;

#[cfg(feature = "home")]
pub(crate) use crate::doctor::install::test_tools::{hold_test_tools, install_test_tools, test_tool};

use crate::context::Ctx;
use crate::doctor::facts::{self, Availability};
use crate::doctor::install::apt::Apt;
use crate::doctor::{Choice, docker_facts};
use crate::start_images::{CHEF, RUNTIME, StartImage};

/// Mends what is missing, as far as it can be mended here.
pub(crate) fn apply(ctx: &Ctx, choice: &Choice) -> anyhow::Result<()> {
    let apt = Apt::new(ctx);
    engine::ensure(ctx, &apt)?;
    if docker_facts::client(ctx)?.is_none_or(|client| client.engine.is_err()) {
        // To be mended by hand: the table that follows says how.
        return Ok(());
    }
    if is_needed(ctx, &RUNTIME, choice.runtime_image.as_deref())? {
        runtime_image::make(ctx, &apt)?;
    }
    if is_needed(ctx, &CHEF, choice.chef_image.as_deref())? {
        chef_image::make(ctx, &apt)?;
    }
    // Last, since no build needs it.
    cosign::ensure(ctx, &apt)
}

#[cfg(feature = "home")]
/// Installs those of the Debian packages that are not there yet.
pub(crate) fn apt_packages(ctx: &Ctx, packages: &[&str]) -> anyhow::Result<()> {
    Apt::new(ctx).ensure(packages)
}

/// Whether a stand-in has to be made. The client could not reach the registry; the engine, which may know a mirror,
/// has the last word.
fn is_needed(ctx: &Ctx, image: &StartImage, chosen: Option<&str>) -> anyhow::Result<bool> {
    let client = docker_facts::client(ctx)?;
    let Availability::Nowhere { reference, chosen: false, why, .. } =
        facts::start_image(ctx, client.as_ref(), image, chosen)?
    else {
        return Ok(false);
    };
    ctx.report.info(format!("{reference} is out of reach ({why}); asking the engine to pull it"));
    let pulled = stand_in::pull(ctx, &reference)?;
    ctx.report.info(match &pulled {
        Ok(()) => format!("the engine pulled {reference}"),
        Err(why) => format!("the engine can't either ({why}): making {} in its place", image.stand_in),
    });
    Ok(pulled.is_err())
}
