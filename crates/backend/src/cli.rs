//! The command line and the environment of the backend. Mistakes in either end the program with exit code 2.

use anyhow::{Context, bail};
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use shared::settings::{self, Mode};

const ENVIRONMENT: &str = "\
Modes:
  local  everything runs on 127.0.0.1
  aws    the hosts come from the environment

Environment (arguments win over it; an empty variable counts as absent):
  BACKEND_HOST      aws mode: host to listen on, default 0.0.0.0
  BACKEND_PORT      both modes: port to listen on, default 8082
  COORDINATOR_HOST  aws mode: host of the coordinator, default localhost
  COORDINATOR_PORT  both modes: port of the coordinator, default 8083
  BUILD_VERSION     shown by --version and GET /health";

/// Owns a strip of the colony's world and computes its ticks.
#[derive(Debug, Parser)]
#[command(
    name = "backend",
    version = settings::version(env!("CARGO_PKG_VERSION")),
    override_usage = "backend [OPTIONS] [<HOST> <PORT>] <local|aws>",
    after_help = ENVIRONMENT
)]
struct Cli {
    /// The mode, `local` or `aws`; before it, optionally, the host and the port to listen on. Port 0 is any free
    /// port. The host is also the one given to the coordinator; for 0.0.0.0 the coordinator takes the address
    /// from which the backend calls.
    #[arg(required = true, num_args = 1..=3, value_name = "HOST PORT MODE")]
    words: Vec<String>,

    /// Host of the coordinator.
    #[arg(long, value_name = "HOST")]
    coordinator_host: Option<String>,

    /// Port of the coordinator.
    #[arg(long, value_name = "PORT")]
    coordinator_port: Option<u16>,

    /// Start nothing: ask the service that runs with these very arguments whether it is well. Exit code 0 when it
    /// answers `GET /health`, 1 when it does not. For health checks inside an image that has no shell.
    #[arg(long)]
    health: bool,
}

/// What the backend has to know.
#[derive(Debug)]
pub struct Settings {
    /// Host to listen on and to register with.
    pub host: String,
    /// Port to listen on; 0 is any free port.
    pub port: u16,
    /// `host:port` of the coordinator.
    pub coordinator: String,
    /// Whether to ask a running backend how it is in place of being one.
    pub health: bool,
}

/// Reads the command line and the environment; ends the program for `--help`, `--version` and mistakes.
pub fn settings() -> Settings {
    let cli = Cli::parse();
    match resolve(cli) {
        Ok(settings) => settings,
        Err(error) => Cli::command().error(ErrorKind::ValueValidation, format!("{error:#}")).exit(),
    }
}

fn resolve(cli: Cli) -> anyhow::Result<Settings> {
    let (listen, mode) = match cli.words.as_slice() {
        [mode] => (None, mode),
        [host, port, mode] => (Some((host.clone(), settings::parse_port(port)?)), mode),
        _ => bail!("give either the mode alone or host, port and mode"),
    };
    let mode: Mode = mode.parse().map_err(anyhow::Error::msg)?;
    let (host, port) = listen.unzip();
    let coordinator_host = mode.host(cli.coordinator_host, "COORDINATOR_HOST", "localhost");
    let coordinator_port = settings::port(cli.coordinator_port, "COORDINATOR_PORT", settings::COORDINATOR_PORT)
        .context("the coordinator cannot be found")?;
    Ok(Settings {
        health: cli.health,
        host: mode.host(host, "BACKEND_HOST", "0.0.0.0"),
        port: settings::port(port, "BACKEND_PORT", settings::BACKEND_PORT)?,
        coordinator: settings::address(&coordinator_host, coordinator_port),
    })
}
