//! What docker answers of itself: client, engine, buildx and builder. A dead engine is an answer, not an error.

use std::path::PathBuf;

use serde_json::Value;

use crate::context::Ctx;
use crate::docker::call;
use crate::docker::far_builder::FarBuilder;
use crate::doctor::clean_up;
use crate::doctor::question::{LIMIT, on_path};
use crate::doctor::version::Version;
use crate::process::last_lines::last_line;
use crate::process::runner::Answer;
use crate::system_root;

/// The first engine whose builder knows named build contexts.
pub(crate) const ENGINE_WANTED: Version = Version(23, 0);

/// The docker client on PATH.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) version: Option<String>,
    /// Unknown when the chosen context does not exist.
    pub(crate) context: Option<String>,
    pub(crate) engine: Result<Engine, Trouble>,
}

/// An engine that answers and can do what we need.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Engine {
    pub(crate) version: String,
}

/// Why the engine is of no use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Down(String, Daemon),
    /// The socket is there, but not for this user.
    Denied(String),
    /// The docker context does not exist.
    NoContext(String),
    /// `DOCKER_HOST` or a context names another engine than the one of this machine, which does not answer.
    Elsewhere(String),
    TooOld(String),
    /// It runs Windows containers.
    WrongSystem(String),
}

/// The engine's program on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Daemon {
    Absent,
    /// systemd starts it.
    Service,
    /// There is no systemd to start it.
    Loose,
}

/// The buildx plugin, or why it can't be told.
#[derive(Debug)]
pub(crate) enum Buildx {
    Version(String),
    Missing,
    NoClient,
}

/// The builder that bears the context's name, and its driver.
#[derive(Debug)]
pub(crate) enum Builder {
    Driver {
        name: String,
        driver: String,
        /// What is to be said of its clean-up.
        clean_up: Option<&'static str>,
    },
    /// There is none of that name.
    Absent(String),
    Unknown,
}

/// `None` when there is no docker client.
pub(crate) fn client(ctx: &Ctx) -> anyhow::Result<Option<Client>> {
    if !on_path("docker") {
        return Ok(None);
    }
    let answer = ctx.runner.probe_within(&call::version(), LIMIT)?;
    let host = std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty());
    Ok(Some(read_client(answer.as_ref(), host.as_deref(), daemon())))
}

/// With no engine the client still tells of itself, on stdout, and fails.
fn read_client(answer: Option<&Answer>, host: Option<&str>, daemon: Daemon) -> Client {
    let Some(answer) = answer else {
        let why = format!("no answer within {} s", LIMIT.as_secs());
        return Client { version: None, context: None, engine: Err(trouble(why, host, daemon)) };
    };
    let told: Value = serde_json::from_str(&answer.stdout).unwrap_or_default();
    let text = |part: &str, key: &str| told[part][key].as_str().map(str::to_owned);
    let engine = match text("Server", "Version") {
        Some(version) if answer.success => judge(version, text("Server", "Os").as_deref()),
        _ => Err(trouble(last_line(&answer.stderr), host, daemon)),
    };
    Client { version: text("Client", "Version"), context: text("Client", "Context"), engine }
}

fn judge(version: String, system: Option<&str>) -> Result<Engine, Trouble> {
    if let Some(system) = system.filter(|system| *system != "linux") {
        return Err(Trouble::WrongSystem(system.to_owned()));
    }
    match Version::find(&version) {
        Some(found) if found < ENGINE_WANTED => Err(Trouble::TooOld(version)),
        _ => Ok(Engine { version }),
    }
}

fn trouble(why: String, host: Option<&str>, daemon: Daemon) -> Trouble {
    let lower = why.to_lowercase();
    if lower.contains("permission denied") {
        Trouble::Denied(why)
    } else if lower.contains("context not found") {
        Trouble::NoContext(why)
    } else if let Some(host) = host.filter(|host| *host != "unix:///var/run/docker.sock") {
        Trouble::Elsewhere(format!("DOCKER_HOST={host}: {why}"))
    } else {
        Trouble::Down(why, daemon)
    }
}

pub(crate) fn buildx(ctx: &Ctx) -> anyhow::Result<Buildx> {
    if !on_path("docker") {
        return Ok(Buildx::NoClient);
    }
    let answer = ctx.runner.probe_within(&call::buildx_version(), LIMIT)?;
    Ok(match answer.filter(|answer| answer.success) {
        Some(answer) => Buildx::Version(answer.stdout),
        None => Buildx::Missing,
    })
}

/// The version of the compose plugin, `None` when there is none or no client to ask.
pub(crate) fn compose(ctx: &Ctx) -> anyhow::Result<Option<String>> {
    if !on_path("docker") {
        return Ok(None);
    }
    let answer = ctx.runner.probe_within(&call::compose_version(), LIMIT)?;
    Ok(answer.filter(|answer| answer.success).map(|answer| answer.stdout))
}

/// The driver is empty while the engine is down, although the call succeeds.
pub(crate) fn builder(ctx: &Ctx, client: Option<&Client>) -> anyhow::Result<Builder> {
    let Some(Client { context: Some(name), engine: Ok(engine), .. }) = client else {
        return Ok(Builder::Unknown);
    };
    let answer = ctx.runner.probe_within(&call::builder(name), LIMIT)?;
    let inspected = answer.filter(|answer| answer.success).map(|answer| answer.stdout).unwrap_or_default();
    Ok(match driver(&inspected) {
        Some(driver) => {
            let clean_up = clean_up::note(&engine.version, &inspected);
            Builder::Driver { name: name.clone(), driver, clean_up }
        }
        None => Builder::Unknown,
    })
}

/// The builder that the user chose by name, as far as that can be told: `None` where there is no reason to doubt it.
pub(crate) fn chosen_builder(ctx: &Ctx, name: &str) -> anyhow::Result<Option<Builder>> {
    if !on_path("docker") {
        return Ok(None);
    }
    let answer = ctx.runner.probe_within(&call::builder(name), LIMIT)?;
    let is_absent = answer.is_some_and(|answer| !answer.success && answer.stderr.contains("no builder"));
    Ok(is_absent.then(|| Builder::Absent(name.to_owned())))
}

/// The driver of a builder, as far as that can be told.
pub(crate) fn driver_of(ctx: &Ctx, builder: &str) -> anyhow::Result<Option<String>> {
    let answer = ctx.runner.probe_within(&call::builder(builder), LIMIT)?;
    Ok(answer.filter(|answer| answer.success).and_then(|answer| driver(&answer.stdout)))
}

/// The builder of that name where it is none of the engine's own, as far as that can be told.
pub(crate) fn far_builder(ctx: &Ctx, name: &str) -> anyhow::Result<Option<FarBuilder>> {
    let driver = if on_path("docker") { driver_of(ctx, name)? } else { None };
    Ok(driver.and_then(|driver| FarBuilder::of(name, driver)))
}

fn driver(inspected: &str) -> Option<String> {
    let driver = inspected.lines().find_map(|line| line.strip_prefix("Driver:"))?.trim();
    (!driver.is_empty()).then(|| driver.to_owned())
}

/// Whether the user made a builder of that name: buildx looks there before it takes the context's own.
pub(crate) fn is_stored_builder(name: &str) -> bool {
    let variable = |key| std::env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    let docker = variable("DOCKER_CONFIG").or_else(|| Some(variable("HOME")?.join(".docker")));
    let buildx = variable("BUILDX_CONFIG").or_else(|| Some(docker?.join("buildx")));
    buildx.is_some_and(|folder| folder.join("instances").join(name).exists())
}

/// Wherever PATH leads: root's may lack the folder of the daemons.
pub(crate) fn daemon() -> Daemon {
    let is_there = on_path("dockerd") || system_root::place("/usr/sbin/dockerd").exists();
    match (is_there, system_root::place("/run/systemd/system").is_dir()) {
        (false, _) => Daemon::Absent,
        (true, true) => Daemon::Service,
        (true, false) => Daemon::Loose,
    }
}

impl Trouble {
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Down(why, _) | Self::Denied(why) | Self::NoContext(why) | Self::Elsewhere(why) => why.clone(),
            Self::TooOld(version) => format!("{version} is too old: named build contexts came with {ENGINE_WANTED}"),
            Self::WrongSystem(system) => format!("it runs {system} containers"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(success: bool, stdout: &str, stderr: &str) -> Answer {
        Answer { success, stdout: stdout.to_owned(), stderr: stderr.to_owned() }
    }

    const CLIENT: &str = r#""Client":{"Version":"28.2.2","Context":"default"}"#;

    fn with_engine(version: &str, system: &str) -> Answer {
        answer(true, &format!(r#"{{{CLIENT},"Server":{{"Version":"{version}","Os":"{system}"}}}}"#), "")
    }

    #[test]
    fn one_call_tells_of_client_and_engine() {
        let client = read_client(Some(&with_engine("26.1.5+dfsg1", "linux")), None, Daemon::Loose);
        assert_eq!(client.version.as_deref(), Some("28.2.2"));
        assert_eq!(client.context.as_deref(), Some("default"));
        assert_eq!(client.engine, Ok(Engine { version: "26.1.5+dfsg1".to_owned() }));
    }

    #[test]
    fn an_engine_without_named_contexts_is_too_old() {
        let client = read_client(Some(&with_engine("20.10.24+dfsg1", "linux")), None, Daemon::Loose);
        assert_eq!(client.engine, Err(Trouble::TooOld("20.10.24+dfsg1".to_owned())));
    }

    #[test]
    fn an_engine_for_windows_containers_is_of_no_use() {
        let client = read_client(Some(&with_engine("27.0.1", "windows")), None, Daemon::Loose);
        assert_eq!(client.engine, Err(Trouble::WrongSystem("windows".to_owned())));
    }

    #[test]
    fn the_exit_status_counts_and_not_what_stands_on_stdout() {
        let down = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
        let client =
            read_client(Some(&answer(false, &format!(r#"{{{CLIENT},"Server":null}}"#), down)), None, Daemon::Loose);
        assert_eq!(client.version.as_deref(), Some("28.2.2"));
        assert_eq!(client.engine, Err(Trouble::Down(down.to_owned(), Daemon::Loose)));
    }

    #[test]
    fn troubles_with_different_cures_are_told_apart() {
        let text = |text: &str| text.to_owned();
        assert!(matches!(
            trouble(text("permission denied while trying to connect"), None, Daemon::Absent),
            Trouble::Denied(_)
        ));
        assert!(matches!(
            trouble(text("context \"nope\": context not found"), None, Daemon::Absent),
            Trouble::NoContext(_)
        ));
        assert!(matches!(
            trouble(text("cannot connect"), Some("tcp://10.0.0.1"), Daemon::Absent),
            Trouble::Elsewhere(_)
        ));
        assert!(matches!(trouble(text("cannot connect"), None, Daemon::Absent), Trouble::Down(..)));
        assert!(matches!(read_client(None, None, Daemon::Absent).engine, Err(Trouble::Down(..))));
    }

    #[test]
    fn the_driver_is_read_and_is_unknown_while_the_engine_is_down() {
        assert_eq!(driver("Name:          default\nDriver:        docker\n").as_deref(), Some("docker"));
        assert_eq!(driver("Name:          default\nDriver:        \nError: x\n"), None);
    }
}
