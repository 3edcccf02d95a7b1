//! The command line and the environment of the coordinator. Mistakes in either end the program with exit code 2.

use anyhow::Context;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use shared::settings::{self, Mode};
use shared::wire::StartRequest;

const ENVIRONMENT: &str = "\
Modes:
  local  listens on 127.0.0.1
  aws    listens on 0.0.0.0

Environment (arguments win over it; an empty variable counts as absent):
  COORDINATOR_PORT        both modes: port to listen on, default 8083
  COORDINATOR_START_WITH  both modes: the same as --start-with
  BUILD_VERSION           shown by --version and GET /health
COORDINATOR_HOST is where backends look for the coordinator, and the coordinator itself does not read it.";

/// Cuts the colony's world into strips, drives its ticks and answers questions about it.
#[derive(Debug, Parser)]
#[command(
    name = "coordinator",
    version = settings::version(env!("CARGO_PKG_VERSION")),
    after_help = ENVIRONMENT
)]
struct Cli {
    /// The mode, `local` or `aws`.
    #[arg(value_name = "local|aws")]
    mode: Mode,

    /// Host to listen on.
    #[arg(long)]
    host: Option<String>,

    /// Port to listen on; 0 is any free port.
    #[arg(long)]
    port: Option<u16>,

    /// Start the default world as soon as so many backends are registered. Without it a world starts with POST /start.
    #[arg(long, value_name = "BACKENDS")]
    start_with: Option<usize>,

    /// Start nothing: ask the service that runs with these very arguments whether it is well. Exit code 0 when it
    /// answers `GET /health`, 1 when it does not. For health checks inside an image that has no shell.
    #[arg(long)]
    health: bool,
}

/// What the coordinator has to know.
#[derive(Debug)]
pub struct Settings {
    /// Host to listen on.
    pub host: String,
    /// Port to listen on; 0 is any free port.
    pub port: u16,
    /// The world that starts by itself, if one does.
    pub start: Option<StartRequest>,
    /// Whether to ask a running coordinator how it is in place of being one.
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
    let default_host = match cli.mode {
        Mode::Local => "127.0.0.1",
        Mode::Aws => "0.0.0.0",
    };
    let start_with = match (cli.start_with, settings::set_variable("COORDINATOR_START_WITH")) {
        (Some(backends), _) => Some(backends),
        (None, Some(text)) => Some(text.parse().with_context(|| {
            format!("the environment variable COORDINATOR_START_WITH is `{text}`, but must be a number of backends")
        })?),
        (None, None) => None,
    };
    let start = start_with.map(|backends| StartRequest { backends, ..StartRequest::default() });
    start.as_ref().map_or(Ok(()), StartRequest::check).context("the world cannot start by itself")?;
    Ok(Settings {
        host: cli.host.unwrap_or_else(|| default_host.to_owned()),
        port: settings::port(cli.port, "COORDINATOR_PORT", settings::COORDINATOR_PORT)?,
        start,
        health: cli.health,
    })
}
