//! The apt verbs that we use. Lists are fetched once, and only when something has to be installed.

use std::cell::Cell;
use std::path::Path;

use crate::context::Ctx;
use crate::doctor::install::system::System;
use crate::process::invocation::Invocation;

pub(crate) struct Apt<'a> {
    ctx: &'a Ctx,
    updated: Cell<bool>,
}

impl<'a> Apt<'a> {
    pub(crate) fn new(ctx: &'a Ctx) -> Self {
        Self { ctx, updated: Cell::new(false) }
    }

    /// Installs those of `packages` that are not installed.
    pub(crate) fn ensure(&self, packages: &[&str]) -> anyhow::Result<()> {
        let mut missing = Vec::new();
        for package in packages {
            if !self.is_installed(package)? {
                missing.push(*package);
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        System::detect(self.ctx)?;
        self.update_once()?;
        self.install(&missing)
    }

    /// Installs `packages` (a name, or a name with `/suite`), upgrading what is there.
    pub(crate) fn install(&self, packages: &[&str]) -> anyhow::Result<()> {
        let what = format!("install {}", packages.join(", "));
        let call = apt_get().args(["install", "--yes", "-qq", "--no-install-recommends"]).args(packages);
        self.ctx.report.step(&what, || self.ctx.runner.stream(&what, &call))
    }

    pub(crate) fn update_once(&self) -> anyhow::Result<()> {
        if self.updated.get() { Ok(()) } else { self.update() }
    }

    /// For a new source of packages.
    pub(crate) fn update(&self) -> anyhow::Result<()> {
        self.updated.set(true);
        let what = "fetch the lists of Debian packages";
        self.ctx.report.step(what, || self.ctx.runner.stream(what, &apt_get().args(["update", "-qq"])))
    }

    /// The version that would be installed, `None` when the package is not known.
    pub(crate) fn candidate(&self, package: &str) -> anyhow::Result<Option<String>> {
        let call = Invocation::new("apt-cache").args(["policy", package]).env("LC_ALL", "C");
        let policy = self.ctx.runner.capture(&format!("look up the package {package}"), &call)?;
        Ok(candidate(&policy))
    }

    /// Fetches the archives of `packages` into `folder`.
    pub(crate) fn download(&self, packages: &[&str], folder: &Path) -> anyhow::Result<()> {
        let what = format!("download {}", packages.join(", "));
        // It downloads to the working directory. As root it would complain that its own user can't write there.
        let call = Invocation::new("env")
            .arg("--chdir")
            .arg(folder)
            .args(["apt-get", "download", "-qq", "-o", "APT::Sandbox::User=root"])
            .args(packages);
        self.ctx.report.step(&what, || self.ctx.runner.stream(&what, &call))
    }

    fn is_installed(&self, package: &str) -> anyhow::Result<bool> {
        let call = Invocation::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}", package]);
        // An unknown package is a failure with another text on stderr only.
        Ok(self.ctx.runner.probe(&call)?.stdout == "installed")
    }
}

/// Never asks anything, and waits for another apt (unattended upgrades, say) to end.
fn apt_get() -> Invocation {
    Invocation::new("apt-get")
        .args(["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"])
        .env("DEBIAN_FRONTEND", "noninteractive")
}

fn candidate(policy: &str) -> Option<String> {
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:"))?.trim();
    (version != "(none)").then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_candidate_is_what_apt_would_install() {
        let policy = "docker.io:\n  Installed: (none)\n  Candidate: 20.10.24+dfsg1-1\n  Version table:\n";
        assert_eq!(candidate(policy).as_deref(), Some("20.10.24+dfsg1-1"));
        assert_eq!(candidate("docker-buildx:\n  Installed: (none)\n  Candidate: (none)\n"), None);
        assert_eq!(candidate(""), None);
    }
}
