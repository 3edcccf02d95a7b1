//! Cosign from Debian packages, which images are signed with.

use crate::context::Ctx;
use crate::doctor::facts;
use crate::doctor::install::apt::Apt;
use crate::doctor::install::next_release;
use crate::doctor::install::system::System;

const PACKAGE: &str = "cosign";

/// Installs it, unless it is there. Where no package has it, the table that follows says where to get it.
pub(crate) fn ensure(ctx: &Ctx, apt: &Apt<'_>) -> anyhow::Result<()> {
    if facts::cosign(ctx)?.is_some() {
        return Ok(());
    }
    let system = System::detect(ctx)?;
    apt.update_once()?;
    if apt.candidate(PACKAGE)?.is_some() {
        return apt.install(&[PACKAGE]);
    }
    if next_release::serves(&system) {
        next_release::add(ctx, apt)?;
        return apt.install(&[&format!("{PACKAGE}{}", next_release::SUFFIX)]);
    }
    ctx.report.info(format!("{} {} has no package of cosign", system.id, system.codename));
    Ok(())
}
