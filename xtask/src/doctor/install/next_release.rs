//! Packages of Debian 13 on Debian 12.
//!
//! Debian 12 has an engine without named build contexts, and no cosign. Those of the next release need nothing newer than
//! what Debian 12 has, so they are taken from there; the pin keeps everything else where it is.

use std::fs;

use anyhow::Context;

use crate::context::Ctx;
use crate::doctor::install::apt::Apt;
use crate::doctor::install::sources;
use crate::doctor::install::system::System;
use crate::system_root;

const OLD_SUITE: &str = "bookworm";
const NEW_SUITE: &str = "trixie";
const NEW_SOURCE: &str = "/etc/apt/sources.list.d/distributed-colony-trixie.sources";
const PIN: &str = "/etc/apt/preferences.d/distributed-colony-trixie";

/// Behind the name of a package: that of the next release.
pub(crate) const SUFFIX: &str = "/trixie";

/// Whether this system can have its packages from there.
pub(crate) fn serves(system: &System) -> bool {
    system.codename == OLD_SUITE
}

/// Makes the packages of the next release known, beside those of this one.
pub(crate) fn add(ctx: &Ctx, apt: &Apt<'_>) -> anyhow::Result<()> {
    let own = sources::own(OLD_SUITE)?;
    let source = sources::for_suite(&own, OLD_SUITE, NEW_SUITE)?;
    let pin = format!("Package: *\nPin: release n={NEW_SUITE}\nPin-Priority: 100\n");
    // The pin first: without it the next upgrade would move the whole system.
    for (path, text) in [(PIN, pin), (NEW_SOURCE, sources::render(&[source]))] {
        ctx.report.info(format!("write {path}"));
        fs::write(system_root::place(path), text).with_context(|| format!("write {path}"))?;
    }
    apt.update()
}
