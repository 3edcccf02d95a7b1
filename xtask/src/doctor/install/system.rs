//! Which system this is: packages are installed on Debian and Ubuntu only, and by root only.

use std::fs;

use anyhow::Context;

use crate::context::Ctx;
use crate::failure::Failure;
use crate::process::invocation::Invocation;
use crate::system_root;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct System {
    /// `debian` or `ubuntu`.
    pub(crate) id: String,
    /// `bookworm`, `noble`: also the name of its package suite.
    pub(crate) codename: String,
}

impl System {
    /// This system, when we can install packages on it.
    pub(crate) fn detect(ctx: &Ctx) -> anyhow::Result<Self> {
        // Absent on other systems than Linux, which is an answer too.
        let release = fs::read_to_string(system_root::place("/etc/os-release")).unwrap_or_default();
        let system = Self::parse(&release).ok_or_else(|| {
            Failure::precondition("cures can be applied on Debian and Ubuntu only, and this is neither")
                .hint("See what is missing, with the cure for each: cargo xtask doctor")
        })?;
        let user = ctx.runner.capture("find out who we are", &Invocation::new("id").arg("-u"))?;
        if user != "0" {
            return Err(Failure::precondition("cures can be applied by root only")
                .hint("Run the same command as root, or:")
                .hint("  sudo env \"HOME=$HOME\" \"PATH=$PATH\" cargo xtask doctor --install")
                .into());
        }
        Ok(system)
    }

    fn parse(release: &str) -> Option<Self> {
        let value = |key: &str| {
            let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
            Some(line.trim_matches('"').to_owned())
        };
        let id = value("ID").filter(|id| id == "debian" || id == "ubuntu")?;
        Some(Self { id, codename: value("VERSION_CODENAME")? })
    }
}

/// The stand-ins are made from this machine's packages and toolchain, while the images are for one platform only.
pub(crate) fn require_amd64(ctx: &Ctx) -> anyhow::Result<()> {
    let call = Invocation::new("dpkg").arg("--print-architecture");
    let architecture = ctx.runner.capture("find the architecture of the packages", &call)?;
    if architecture == "amd64" {
        return Ok(());
    }
    Err(Failure::precondition(format!("base images for amd64 can't be made from packages for {architecture}"))
        .hint("Name images within reach: CHEF_IMAGE=… RUNTIME_IMAGE=…")
        .into())
}

/// The release of the toolchain and the target that it compiles for by default.
pub(crate) fn toolchain(ctx: &Ctx) -> anyhow::Result<(String, String)> {
    let call = Invocation::new("rustc").arg("-vV");
    let told = ctx.runner.capture("find the Rust toolchain", &call)?;
    let value = |key: &str| {
        let value = told.lines().find_map(|line| line.strip_prefix(key)).map(str::to_owned);
        value.with_context(|| format!("no `{key}` in what `{call}` prints"))
    };
    Ok((value("release: ")?, value("host: ")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_and_ubuntu_are_known() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_CODENAME=bookworm\nID=debian\n";
        let ubuntu = "ID=ubuntu\nID_LIKE=debian\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n";
        let system = |id: &str, codename: &str| System { id: id.to_owned(), codename: codename.to_owned() };
        assert_eq!(System::parse(debian), Some(system("debian", "bookworm")));
        assert_eq!(System::parse(ubuntu), Some(system("ubuntu", "noble")));
    }

    #[test]
    fn others_are_not_even_when_they_are_alike() {
        assert_eq!(System::parse("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_CODENAME=wilma\n"), None);
        assert_eq!(System::parse(""), None);
    }
}
