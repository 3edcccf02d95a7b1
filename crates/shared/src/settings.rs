//! The settings that both services share: the mode, the addresses, the version. Everything is read at run time, so
//! that one binary serves every place and a new build number needs no new build.

use std::env;

use anyhow::Context;

/// Port of a backend unless told otherwise.
pub const BACKEND_PORT: u16 = 8082;
/// Port of the coordinator unless told otherwise.
pub const COORDINATOR_PORT: u16 = 8083;

/// Where the services run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// All on this machine, on the loopback interface.
    Local,
    /// In containers, whose environment says who is where.
    Aws,
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "local" => Ok(Self::Local),
            "aws" => Ok(Self::Aws),
            other => Err(format!("the mode is `{other}`, but must be `local` or `aws`")),
        }
    }
}

impl Mode {
    /// A host: the argument, else in `aws` mode the variable or `aws_default`, else 127.0.0.1.
    pub fn host(self, argument: Option<String>, variable: &str, aws_default: &str) -> String {
        match (argument, self) {
            (Some(host), _) => host,
            (None, Self::Local) => "127.0.0.1".to_owned(),
            (None, Self::Aws) => set_variable(variable).unwrap_or_else(|| aws_default.to_owned()),
        }
    }
}

/// A port: the argument, else the variable, else the default; the same in both modes.
///
/// Fails when the variable is not a port number.
pub fn port(argument: Option<u16>, variable: &str, default: u16) -> anyhow::Result<u16> {
    match (argument, set_variable(variable)) {
        (Some(port), _) => Ok(port),
        (None, Some(text)) => {
            parse_port(&text).with_context(|| format!("the environment variable {variable} is wrong"))
        }
        (None, None) => Ok(default),
    }
}

/// A port number in decimal digits. Fails with a sentence that names the bounds.
pub fn parse_port(text: &str) -> anyhow::Result<u16> {
    text.parse()
        .with_context(|| format!("`{text}` is not a port; give a number from 0 to 65535, where 0 means any free port"))
}

/// The build that is running: BUILD_VERSION as it is now, or `unknown`.
pub fn build() -> String {
    set_variable("BUILD_VERSION").unwrap_or_else(|| "unknown".to_owned())
}

/// What `--version` says after the name, such as `0.1.0 (build 2026-01-31.7)`.
pub fn version(crate_version: &str) -> String {
    format!("{crate_version} (build {})", build())
}

/// A host and a port as they stand in a URL; IPv6 addresses need brackets there.
pub fn address(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The variable, unless it is absent or empty: templates of container services often set unused variables to nothing.
pub fn set_variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}
